/* The map: points alone, and tiles under them where the report has any. */
"use strict";

const map = { view: null, points: null, fits: false };
function openMap() {
  if (!report.leads.some((lead) => lead.at)) {
    element("place").hidden = true;
    return;
  }
  const isTouched = window.matchMedia("(pointer: coarse)").matches;
  map.view = L.map("map", { preferCanvas: true, renderer: L.canvas({ tolerance: 6, padding: 0.3 }), attributionControl: Boolean(report.tiles),
    scrollWheelZoom: false, dragging: !isTouched, fadeAnimation: false, maxZoom: 19 });
  /* the wheel and one finger scroll the page until the map is asked for */
  map.view.on("focus", () => map.view.scrollWheelZoom.enable());
  map.view.on("blur", () => map.view.scrollWheelZoom.disable());
  L.control.scale({ metric: false }).addTo(map.view);
  if (report.tiles && navigator.onLine) {
    const host = new URL(report.tiles.replace("{s}", "a")).host;
    const credit = /(^|\.)openstreetmap\.org$/.test(host) ? "© OpenStreetMap contributors" : `Map: ${host}`;
    L.tileLayer(report.tiles, { maxZoom: 19, attribution: credit }).addTo(map.view);
    map.view.attributionControl.setPrefix("Leaflet");
  }
  map.points = L.layerGroup().addTo(map.view);
  const tiers = Object.keys(report.tiers).map((name) => [make("span", { class: `swatch tier-${name}` }), `tier ${name}`]);
  const lost = report.leads.filter((lead) => !lead.at).length;
  element("legend").append(...tiers.flat(), lost ? make("span", { class: "swatch-free" }, `${counted(lost, "lead")} without a place`) : "",
    report.tiles ? "" : make("span", { class: "swatch-free" }, "No streets: REPORT_TILES_URL names a server that has them."));
}
function drawPoints() {
  if (!map.view) return;
  map.points.clearLayers();
  const placed = state.found.filter((lead) => lead.at);
  /* the best ones come last and so lie on top */
  for (const lead of [...placed].sort((a, b) => a.score - b.score)) {
    const point = L.circleMarker(lead.at, { radius: lead.tier === "A" ? 7 : 5, weight: 1, color: "#1d2430",
      fillColor: COLOURS[lead.tier], fillOpacity: 0.85 });
    point.bindTooltip(() => make("span", null, `${lead.tier} ${exact(lead.score)} · ${lead.title}`));
    point.on("click", () => show(lead));
    map.points.addLayer(point);
  }
  if (placed.length) map.view.fitBounds(L.latLngBounds(placed.map((lead) => lead.at)).pad(0.05), { maxZoom: 16, animate: false });
  else if (!map.fits) map.view.fitBounds(L.latLngBounds(report.leads.filter((lead) => lead.at).map((lead) => lead.at)), { animate: false });
  map.fits = true;
}
