/* The sheet of one lead: everything behind its score. */
"use strict";

const sheet = element("sheet");
const facts = (pairs) => make("dl", null, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
  .flatMap(([name, value]) => [make("dt", null, name), make("dd", null, value)]));
/* A title is followed by what is below it: "number", which is never broken, or "text", whose words may be. */
function grid(titles, lines, foot) {
  const cells = (line) => line.map((cell, index) => make(index ? "td" : "th", { scope: index ? null : "row",
    class: titles[index][1] || null }, String(cell)));
  return make("table", null,
    make("thead", null, make("tr", null, titles.map(([title, kind]) => make("th", { scope: "col", class: kind === "number" ? kind : null }, title)))),
    make("tbody", null, lines.map((line) => make("tr", null, cells(line)))),
    foot ? make("tfoot", null, make("tr", null, cells(foot))) : null);
}

function dates(lead) {
  const pairs = (lead.dates || []).map(([what, iso]) => [report.words[what], `${day(iso)}, ${inDays(daysTo(iso))}`]);
  const next = (lead.status || {}).next_date;
  if (next) pairs.push(["Next date", `${day(next)}, ${inDays(daysTo(next))}`]);
  return pairs.length ? [make("h3", null, "Dates"), facts(pairs)] : [];
}

function owner(lead) {
  const { class: kind, homestead, mail, parcels, years, name, address } = lead.owner || {};
  const pairs = [["Owner of record", name], ["Mailing address", address ? address.join(", ") : null], ["Owner is", kind],
    ["Homestead", homestead === undefined ? null : homestead ? "yes" : "no"], ["Mailing address is", MAIL[mail]],
    ["Parcels in the county", parcels ? grouped(parcels, 0) : null],
    ["Held for", years === undefined ? null : years === 0 ? "less than a year" : counted(years, "year")]];
  const hidden = report.names ? "" : "Names, mailing addresses, reasons and notes are not in this report: with ALERT_SHOW_NAMES=true they are.";
  return [make("h3", null, "Owner"), pairs.some(([, value]) => value) ? facts(pairs) : make("p", null, "Nothing is known of the owner."),
    hidden ? make("p", { class: "quiet" }, hidden) : null];
}

function reasons(lead) {
  const rules = lead.rules || [];
  if (!rules.length) return [];
  const points = (rule) => rule[3] === "covered" ? "covered" : `${rule[1] < 0 ? "−" : "+"}${Math.abs(rule[1])}`;
  return [make("h3", null, "Why"), grid([["Reason", "text"], ["Points", "number"], ["Component"]], rules.map((rule) => [rule[2], points(rule), rule[0]]))];
}

function arithmetic(lead) {
  if (!report.profile) return [];
  const { weights, tiers: least, name: profile } = report.profile;
  const lines = Object.entries(weights).map(([name, weight]) => {
    const sum = (lead.rules || []).filter((rule) => rule[0] === name).reduce((all, rule) => all + rule[1], 0);
    const held = lead.components[name] || 0;
    return [name, grouped(sum, 2), grouped(held, 2), weight, exact(held * weight)];
  });
  const limits = Object.entries(least).map(([name, score]) => `${name} from ${score}`).join(", ");
  return [make("h3", null, "Arithmetic of the score"),
    grid([["Component"], ["Points", "number"], ["Within 0 and 100", "number"], ["Weight", "number"], ["Product", "number"]], lines,
      ["Score", "", "", "", exact(lead.score)]),
    make("p", { class: "quiet" }, `Tier ${limits}; below that D. Profile ${profile}.`)];
}

function deal(lead) {
  const { arv, repairs, mao, debt, spread } = lead.deal;
  const known = lead.facts || {};
  const title = make("h3", null, "Deal estimate");
  if (known.is_land) return [title, make("p", null, "Vacant land has no deal estimate.")];
  if (arv === null || !report.profile) return [title, make("p", null, "No estimate: the market value is unknown.")];
  const by = report.profile.deal;
  const share = grouped(by.purchase_share * 100, 1);
  const isCompared = (known.comparable_count || 0) >= by.comparables;
  const source = isCompared
    ? `the living area at the median price of ${known.comparable_count} comparable sales (${money(known.comparable_low)} to ${money(known.comparable_high)})`
    : `market value ${money(known.total_mkt)} / ${by.market_share_of_price}`;
  return [title,
    grid([["Step"], ["Dollars", "number"], ["How", "text"]], [
      ["After-repair value", money(arv), source],
      ["Repairs", money(repairs), `${money(by.repair_rate)} a square foot, at least ${money(by.repair_minimum)}; ${money(by.old_surcharge)} more if built before ${by.old_before}; ${money(by.violation_surcharge)} more with open violations. Here: ${known.living_area ? grouped(known.living_area, 0) : "unknown"} sq ft, built ${known.year_built || "in an unknown year"}, ${counted(known.own_open_violations || 0, "open violation")}`],
      ["Maximum allowable offer", money(mao), `${share} % of the value after repair, less repairs, less ${money(by.assignment_fee)} fee`],
      ["Known debt", money(debt), "the auction's opening bid, else the amount in default, else a tax sale's bid; unpaid taxes, liens and mortgages come on top"],
      ["Spread", money(spread), "the offer less the known debt; whatever else is owed comes off it"]]),
    make("p", { class: "quiet" }, "An estimate from public records and these assumptions, no appraisal.")];
}

function changes(lead) {
  if (!report.before) return [];
  const change = lead.change || {};
  const since = day(report.before);
  const said = [];
  const pair = ([before, after]) => `${before === null || before === undefined ? "none" : before} → ${after === null || after === undefined ? "none" : after}`;
  if (change.first) said.push(`Not on the list on ${since}.`);
  if (change.tier) said.push(`Tier ${pair(change.tier)}`);
  if (change.score) said.push(`Score ${pair(change.score.map(exact))}`);
  for (const [name, values] of Object.entries(change.components || {})) said.push(`${label(name)} ${pair(values)}`);
  return [make("h3", null, `What changed since ${since}`), said.length ? make("ul", null, said.map((one) => make("li", null, one)))
    : make("p", null, "Nothing.")];
}

function line(lead) {
  const spans = lead.history || [];
  if (!spans.length) return [];
  const count = report.days.length;
  const scores = spans.map((span) => span[2]);
  let path = "";
  let end = null;
  for (const [first, final, score] of spans) {
    path += `${first === end ? "L" : "M"}${first} ${100 - score}H${final + 1}`;
    end = final + 1;
  }
  const name = "http://www.w3.org/2000/svg";
  const draw = (tag, attributes, ...children) => {
    const drawn = document.createElementNS(name, tag);
    for (const [key, value] of Object.entries(attributes)) drawn.setAttribute(key, value);
    drawn.append(...children);
    return drawn;
  };
  const said = `Score on ${counted(count, "scored day")}, ${day(report.days[0])} to ${day(report.days[count - 1])}: lowest ${exact(Math.min(...scores))}, highest ${exact(Math.max(...scores))}, now ${exact(lead.score)}`;
  const limits = Object.values((report.profile || { tiers: {} }).tiers).map((score) =>
    draw("line", { x1: 0, x2: count, y1: 100 - score, y2: 100 - score }));
  return [make("h3", null, "History"),
    draw("svg", { class: "line", viewBox: `0 0 ${count} 100`, preserveAspectRatio: "none", role: "img", "aria-label": said }, ...limits, draw("path", { d: path })),
    make("p", { class: "quiet" }, `${said}. The broken lines are where the tiers begin.`)];
}

function records(lead) {
  const made = [];
  let before = null;
  for (const { kind, source, total, facts: said } of lead.records || []) {
    if (kind !== before) {
      const some = (lead.records || []).filter((record) => record.kind === kind).length;
      made.push(make("h3", null, report.kinds[kind] || label(kind), total > some ? ` (the newest ${some} of ${grouped(total, 0)})` : ""));
    }
    made.push(facts([["Source", words(source)], ...Object.entries(said).map(([name, value]) => [label(name), shown(name, value)])]));
    before = kind;
  }
  return made;
}

function working(lead) {
  const { status: is, amount, reason, note } = lead.status || {};
  if (!is) return [];
  return [make("h3", null, "Status"), facts([["Status", words(is)], ["Amount", amount === undefined ? null : money(amount)],
    ["Reason", reason], ["Note", note]])];
}

const HIDDEN = /^(is_land|comparable_(count|low|high))$/;
function property(lead) {
  const pairs = Object.entries(lead.facts || {}).filter(([name]) => !HIDDEN.test(name));
  return pairs.length ? [make("h3", null, "Property"), facts(pairs.map(([name, value]) => [label(name), shown(name, value)]))] : [];
}

function links(lead) {
  const made = Object.entries(lead.links || {}).filter(([, address]) => /^https?:\/\//i.test(address))
    .map(([name, address]) => make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label(name)));
  return made.length ? [make("p", { class: "links" }, made)] : [];
}

function show(lead) {
  const close = make("button", { type: "button", class: "close" }, "Close");
  close.addEventListener("click", () => sheet.close());
  const title = make("h2", { id: "sheet-title" }, [lead.title, lead.place].filter(Boolean).join(", "));
  sheet.replaceChildren(close, make("div", null, title,
    make("p", null, tier(lead), ` score ${exact(lead.score)} · parcel ${lead.parcel}`),
    make("p", { class: "quiet" }, (lead.signals || []).map(words).join(", ")),
    lead.back ? make("p", { class: "remark" }, "Came back: it was dead, and has a signal now that it did not have then.") : null,
    lead.law ? make("p", { class: "remark" }, report.law.replace(/^./, (first) => first.toUpperCase())) : null,
    links(lead), dates(lead), working(lead), owner(lead), changes(lead), reasons(lead), arithmetic(lead), deal(lead), property(lead),
    records(lead), line(lead)));
  if (!sheet.open) sheet.showModal();
  sheet.scrollTop = 0;
  sheet.dataset.parcel = lead.parcel;
  keep(lead.parcel);
}
/* the address names the lead, so that it can be kept, sent and found again */
function keep(name) {
  if (decodeURIComponent(location.hash.slice(1)) === (name || "")) return;
  try {
    if (name) location.hash = encodeURIComponent(name);
    else history.replaceState(null, "", location.pathname + location.search);
  } catch (error) { /* where a browser forbids it for files, the sheet works without */ }
}
function follow() {
  const name = decodeURIComponent(location.hash.slice(1));
  const lead = report.leads.find((one) => one.parcel === name);
  if (lead && !(sheet.open && sheet.dataset.parcel === name)) show(lead);
  else if (!lead && sheet.open) sheet.close();
}
