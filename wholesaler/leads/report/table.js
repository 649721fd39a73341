/* The table of the leads, its filters and its order. */
"use strict";

/* What the leads can be ordered by: in words, the value, and whether the highest comes first. */
const ORDERS = {
  score: { words: "Score, best first", value: (lead) => lead.score, falls: true },
  days: { words: "Sale, soonest first", value: (lead) => lead.days },
  offer: { words: "Offer, highest first", value: (lead) => lead.deal.mao, falls: true },
  spread: { words: "Spread, highest first", value: (lead) => lead.deal.spread, falls: true },
  address: { words: "Address", value: (lead) => lead.title },
  city: { words: "City", value: (lead) => lead.place },
  owner: { words: "Owner", value: (lead) => lead.owns || null },
  status: { words: "Status", value: (lead) => lead.working },
  next: { words: "Next date, soonest first", value: (lead) => (lead.status || {}).next_date },
};
const collator = new Intl.Collator("en", { numeric: true });
function inOrder(leads, order, turned) {
  const { value, falls } = ORDERS[order];
  const sign = Boolean(falls) === turned ? 1 : -1; /* what is unknown comes last either way */
  const unknown = (known) => known === null || known === undefined;
  return [...leads].sort((a, b) => {
    const [one, other] = [value(a), value(b)];
    if (unknown(one) || unknown(other)) return unknown(one) - unknown(other);
    return sign * (typeof one === "number" ? one - other : collator.compare(one, other));
  });
}

const COLUMNS = [
  { order: "score", title: "Score", number: true, cell: (lead) => [tier(lead), make("span", { class: "under" }, exact(lead.score))] },
  { order: "address", title: "Address", head: true, cell: (lead) => [
    make("button", { type: "button", class: "open" }, lead.title),
    make("span", { class: "under" }, lead.place, lead.place ? " · " : "", lead.parcel),
    make("span", { class: "under narrow-on" }, (lead.signals || []).map(words).join(", "))] },
  { title: "Why", off: true, cell: (lead) => [lead.why] },
  { order: "days", title: "Sale", number: true, cell: (lead) => [lead.days === null ? "–"
    : make("span", { class: lead.days <= 14 ? "soon" : null }, inDays(lead.days))] },
  { order: "offer", title: "Offer", number: true, cell: (lead) => [lead.deal.mao === null ? "–" : money(lead.deal.mao)] },
  { order: "spread", title: "Spread", number: true, off: true, cell: (lead) => [lead.deal.spread === null ? "–" : money(lead.deal.spread)] },
  { order: "owner", title: "Owner", off: true, cell: (lead) => [lead.owns || "unknown",
    lead.owner && lead.owner.name ? make("span", { class: "under" }, lead.owner.name) : null] },
  { order: "status", title: "Status", off: true, cell: (lead) => [words(lead.working),
    lead.status && lead.status.next_date ? make("span", { class: "under" }, `next ${day(lead.status.next_date)}`) : null] },
];
const tier = (lead) => make("span", { class: "badge" }, lead.tier, lead.new ? " new" : "");

const state = { order: "score", turned: false, found: [], rows: 0 };
const fields = ["search", "tier", "signal", "city", "owner", "status", "change", "sort"].map(element);
const [search, tierField, signalField, cityField, ownerField, statusField, changeField, sortField] = fields;

function fill(select, everything, options) {
  const made = options.map(([value, text]) => make("option", { value }, text));
  select.replaceChildren(...(everything ? [make("option", { value: "" }, everything)] : []), ...made);
}
function tally(values) {
  const counts = new Map();
  for (const value of values) if (value) counts.set(value, (counts.get(value) || 0) + 1);
  return [...counts].sort(([a], [b]) => String(a).localeCompare(String(b), "en"));
}
const options = (values) => tally(values).map(([value, count]) => [value, `${words(value)} (${grouped(count, 0)})`]);
function fillFilters() {
  const { leads } = report;
  fill(tierField, "All", options(leads.map((lead) => lead.tier)));
  fill(signalField, "All", options(leads.flatMap((lead) => lead.signals || [])));
  fill(cityField, "All", options(leads.map((lead) => lead.city)));
  const mail = tally(leads.map((lead) => (lead.owner || {}).mail)).map(([value, count]) => [`mail:${value}`, `${MAIL[value]} (${grouped(count, 0)})`]);
  fill(ownerField, "All", [...options(leads.map((lead) => (lead.owner || {}).class)), ["absent", "absentee"], ...mail]);
  fill(statusField, "All", options(leads.map((lead) => lead.working)));
  const changes = [["new", `new in tier A (${grouped(leads.filter((lead) => lead.new).length, 0)})`]];
  if (report.before) {
    changes.push(["first", `not there on ${day(report.before)}`], ["changed", `other than on ${day(report.before)}`]);
  }
  fill(changeField, "All", changes);
  fill(sortField, null, Object.entries(ORDERS).map(([name, order]) => [name, order.words]));
}

function isOwned(lead, wanted) {
  const owner = lead.owner || {};
  if (wanted === "absent") return Boolean(owner.mail) && owner.mail !== "same";
  return wanted.startsWith("mail:") ? owner.mail === wanted.slice(5) : owner.class === wanted;
}
const CHANGED = { new: (lead) => lead.new, first: (lead) => (lead.change || {}).first, changed: (lead) => lead.changed };
function choose() {
  const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = report.leads.filter((lead) => (!tierField.value || lead.tier === tierField.value)
    && (!signalField.value || (lead.signals || []).includes(signalField.value))
    && (!cityField.value || lead.city === cityField.value)
    && (!ownerField.value || isOwned(lead, ownerField.value))
    && (!statusField.value || lead.working === statusField.value)
    && (!changeField.value || CHANGED[changeField.value](lead))
    && asked.every((word) => lead.text.includes(word)));
  state.found = inOrder(found, state.order, state.turned);
}

/* The table, in pieces: 5,000 rows at once would take a second that nobody waits for. */
const [rows, more, headings] = ["rows", "more", "headings"].map(element);
function drawHeadings() {
  headings.replaceChildren(...COLUMNS.map(({ order, title, number, off }) => {
    const kind = [number ? "number" : "", off ? "narrow-off" : ""].join(" ").trim() || null;
    if (!order) return make("th", { scope: "col", class: kind }, make("span", { class: "plain" }, title));
    const isSorted = order === state.order;
    const rises = Boolean(ORDERS[order].falls) === state.turned;
    const button = make("button", { type: "button", "data-order": order }, title, isSorted ? (rises ? " ▲" : " ▼") : "");
    return make("th", { scope: "col", class: kind, "aria-sort": isSorted ? (rises ? "ascending" : "descending") : null }, button);
  }));
}
function row(lead) {
  const cells = COLUMNS.map(({ number, off, head, cell }) => {
    const kind = [number ? "number" : "", off ? "narrow-off" : ""].join(" ").trim() || null;
    return make(head ? "th" : "td", { scope: head ? "row" : null, class: kind }, cell(lead));
  });
  return make("tr", { "data-parcel": lead.parcel }, cells);
}
function drawRows(until) {
  const piece = document.createDocumentFragment();
  for (const lead of state.found.slice(state.rows, until)) piece.append(row(lead));
  rows.append(piece);
  state.rows = Math.min(until, state.found.length);
  const left = state.found.length - state.rows;
  more.hidden = left === 0;
  more.textContent = `Show ${grouped(Math.min(PIECE, left), 0)} more of ${grouped(left, 0)}`;
}
function draw() {
  choose();
  rows.replaceChildren();
  state.rows = 0;
  drawHeadings();
  drawRows(PIECE);
  const total = report.total > report.leads.length ? `the best ${grouped(report.leads.length, 0)} of ${counted(report.total, "lead")}`
    : counted(report.leads.length, "lead");
  element("count").textContent = state.found.length === report.leads.length ? `All of ${total}.`
    : `${grouped(state.found.length, 0)} of ${total}.`;
  drawPoints();
}
