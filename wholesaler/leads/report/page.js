/* What stands around the leads, and what happens when somebody does something. */
"use strict";

/* What stands around the leads. */
function surround() {
  const lines = [];
  const tiers = Object.entries(report.tiers).map(([name, count]) => `${name} ${grouped(count, 0)}`).join(", ");
  lines.push(make("p", null, `${counted(report.total, "lead")}: ${tiers}.`));
  if (today > report.day) lines.push(make("p", { class: "remark" }, `This report is of ${day(report.day)}; days are counted from today, ${day(today)}.`));
  if (report.stale.length) lines.push(make("p", null, `Stale sources, not counted in the scores: ${report.stale.join(", ")}.`));
  element("summary").append(...lines);
  element("note").textContent = report.note;
  if (report.gone.length) {
    const some = report.gone.length < report.gone_total ? `, the best ${report.gone.length}` : "";
    element("gone-title").textContent = `No lead any more since ${day(report.before)}: ${grouped(report.gone_total, 0)}${some}`;
    element("gone-list").append(...report.gone.map((lead) => make("li", null, `${lead.place || "Address not published"} · ${lead.parcel} · was ${lead.tier} ${exact(lead.score)}`)));
    element("gone").hidden = false;
  }
}

function listen() {
  for (const field of [tierField, signalField, cityField, ownerField, statusField, changeField]) field.addEventListener("change", draw);
  sortField.addEventListener("change", () => {
    Object.assign(state, { order: sortField.value, turned: false });
    draw();
  });
  let typed = 0;
  search.addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(draw, 120);
  });
  const filters = element("filters");
  element("narrow").open = window.matchMedia("(min-width: 721px)").matches;
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(() => {
    Object.assign(state, { order: "score", turned: false });
    draw();
  }));
  headings.addEventListener("click", (event) => {
    const order = (event.target.closest("button") || { dataset: {} }).dataset.order;
    if (!order) return;
    Object.assign(state, { turned: state.order === order && !state.turned, order });
    sortField.value = order;
    draw();
    headings.querySelector(`[data-order=${order}]`).focus();
  });
  rows.addEventListener("click", (event) => {
    const chosen = event.target.closest("tr");
    if (chosen && String(getSelection()) === "") show(report.leads.find((lead) => lead.parcel === chosen.dataset.parcel));
  });
  more.addEventListener("click", () => drawRows(state.rows + PIECE));
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting) && !more.hidden) drawRows(state.rows + PIECE);
  }, { rootMargin: "600px" }).observe(more);
  window.addEventListener("beforeprint", () => { if (!sheet.open) drawRows(state.found.length); });
  sheet.addEventListener("close", () => keep(null));
  sheet.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });
  window.addEventListener("hashchange", follow);
}

fillFilters();
surround();
openMap();
listen();
draw();
follow();
performance.mark("ready");
