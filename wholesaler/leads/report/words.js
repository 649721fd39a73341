/* The data of the report, and how they are said. Text reaches the page as text alone, never as markup.
   The five scripts share their names, in this order: words, sheet, places, table, page. */
"use strict";

const report = JSON.parse(document.getElementById("data").textContent);
const PIECE = 100;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const COLOURS = { A: "#b3261e", B: "#d97706", C: "#2563a8", D: "#9aa3b2" };
const MAIL = { same: "lives there", in_county: "mail within the county", in_state: "mail within the state",
  out_of_state: "mail out of state" };
const LABELS = { arv: "After-repair value", mao: "Maximum allowable offer", debt: "Known debt", tda_number: "TDA number",
  total_mkt: "Market value", total_assd: "Assessed value", is_land: "Vacant land", value_to_median: "Value to the median",
  own_open_violations: "Open violations", nearby_open_violations: "Open violations nearby" };
const UNITS = { living_area: "sq ft", acreage: "acres" };
const DOLLARS = /^(arv|repairs|mao|debt|spread|amount|opening_bid|default_amount|total_mkt|total_assd|taxes|sale_price)$|_(low|high)$/;
const element = (id) => document.getElementById(id);

/* An element: attributes by name, then what is in it. */
function make(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const isDay = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value);
const day = (iso) => `${Number(iso.slice(8))} ${MONTHS[Number(iso.slice(5, 7)) - 1]} ${iso.slice(0, 4)}`;
const grouped = (number, places) => number.toLocaleString("en-US", { maximumFractionDigits: places });
const money = (amount) => amount === null || amount === undefined ? "unknown"
  : `${amount < 0 ? "−" : ""}$${grouped(Math.abs(Math.round(amount)), 0)}`;
const exact = (number) => number.toFixed(2);
const counted = (number, word) => `${grouped(number, 0)} ${word}${number === 1 ? "" : "s"}`;
const words = (name) => String(name).replace(/_/g, " ");
const label = (name) => LABELS[name] || words(name).replace(/^./, (first) => first.toUpperCase());

function shown(name, value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (isDay(value)) return day(value);
  if (typeof value !== "number") return String(value);
  if (DOLLARS.test(name)) return money(value);
  if (name === "year_built") return String(value);
  return grouped(value, 2) + (UNITS[name] ? ` ${UNITS[name]}` : "");
}

/* Days left are counted from the day on which somebody reads this. */
const now = new Date();
const local = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
const today = local > report.day ? local : report.day;
const daysTo = (iso) => Math.round((Date.parse(iso) - Date.parse(today)) / 864e5);
function inDays(days) {
  if (days === 0) return "today";
  if (days < 0) return `${counted(-days, "day")} ago`;
  return days === 1 ? "tomorrow" : `in ${grouped(days, 0)} days`;
}

/* What the table sorts and filters by is worked out once. */
for (const lead of report.leads) {
  const ahead = (lead.dates || []).map(([, iso]) => daysTo(iso)).filter((days) => days >= 0);
  lead.days = ahead.length ? Math.min(...ahead) : null;
  lead.place = [lead.city, lead.zip].filter(Boolean).join(" ");
  lead.title = lead.address || "Address not published";
  lead.working = (lead.status || {}).status || "open";
  const owner = lead.owner || {};
  lead.owns = [owner.class, MAIL[owner.mail]].filter(Boolean).join(", ");
  lead.why = (lead.rules || []).filter((rule) => rule[1] > 0).slice(0, 2).map((rule) => rule[2]).join("; ");
  const change = lead.change || {};
  lead.changed = change.first || change.tier || change.score || change.components ? true : false;
  lead.text = [lead.title, lead.place, lead.parcel, owner.name, ...(owner.address || []), ...(lead.signals || []).map(words),
    ...(lead.rules || []).map((rule) => rule[2])].filter(Boolean).join(" ").toLowerCase();
}
