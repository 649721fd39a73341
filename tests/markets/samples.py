"""Market files made from the bundled ones, and the real records served as the county's server does."""

import json
import re
from pathlib import Path
from typing import Any

from tests.servers.arcgis import ArcGISServer
from tests.support import DATA
from wholesaler.markets import Market, bundled_markets, load_market
from wholesaler.markets.writing import effective_text

#: the day on which the sales of the real tax deed list lie ahead
LIVE_DAY = "2025-12-01"
#: the markets that come with the program
KEYS = (
    "allegheny-pa",
    "cook-il",
    "harris-tx",
    "hillsborough-fl",
    "lee-fl",
    "mecklenburg-nc",
    "miami-dade-fl",
    "orange-fl",
    "wayne-mi",
)
TAX_SALES = DATA / "orange-fl" / "tax_sales.json"
LAYER = "Tax_Sale_Data/FeatureServer/0"

_SOURCE = """
[hosts."127.0.0.1"]
requests_per_second = 1000

[sources.tax_sales]
kind = "{kind}"
url = "{url}"
key = ["tda_number"]
parcel_form = "str-dashed"
location = "geometry"
date_formats = ["%m/%d/%Y"]
record_date = "sale_date"
stale_after_days = 60

[sources.tax_sales.fields]
parcel = "USER_PARCEL"
tda_number = "USER_TDA_NUM"
sale_date = "USER_Sale_Date"
deed_status = "USER_Deed_Status"
"""


def orange_text() -> str:
    """What the file of Orange County comes to, no links and no state roll; its own is asked for signal parcels."""
    text = changed(effective_text(bundled_markets()["orange-fl"]), "whole = true\n", "")
    return without_source(text.replace(text[text.index("[links]") : text.index("# How politely")], ""), "state_roll")


def orange_market() -> Market:
    """The market of :func:`orange_text`."""
    market = load_market("orange-fl")
    sources = {name: source for name, source in market.sources.items() if name != "state_roll"}
    sources["property_records"] = sources["property_records"].model_copy(update={"whole": False})
    return market.model_copy(update={"sources": sources, "links": {}})


def without_source(text: str, name: str) -> str:
    """A market file without one of its sources, and what is said of it."""
    assert f"[sources.{name}]" in text
    kept: list[str] = []
    dropped = False
    for block in re.split(r"\n\n(?=#|\[)", text):
        heading = next((line for line in block.splitlines() if line.startswith("[")), "")
        dropped = heading == f"[sources.{name}]" or (dropped and f".{name}." in heading)
        if not dropped:
            kept.append(block.rstrip("\n"))
    return "\n\n".join(kept) + "\n"


def changed(text: str, old: str, new: str) -> str:
    """``text`` with its one ``old`` replaced."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


def tax_sale_market(folder: Path, url: str | Path, *, kind: str = "arcgis", key: str = "test-county") -> Path:
    """A market file of Orange's parcels with the tax deed list as its one source."""
    head = changed(orange_text().partition("# How politely")[0], 'key = "orange-fl"', f'key = "{key}"')
    path = folder / f"{key}.toml"
    path.write_text(head + _SOURCE.format(kind=kind, url=url), "utf-8")
    return path


def file_market(folder: Path, key: str = "test-county") -> Path:
    """A market whose one source is the file of real tax deed sales."""
    return tax_sale_market(folder, TAX_SALES, kind="file", key=key)


def records(name: str) -> list[dict[str, Any]]:
    """The real records of one layer, as attributes."""
    features = json.loads((DATA / "orange-fl" / f"{name}.json").read_bytes())["features"]
    return [feature["attributes"] for feature in features]


def serve_tax_sales(server: ArcGISServer, **options: Any) -> str:
    """Serve the real tax deed list; returns the layer's URL."""
    published = json.loads(TAX_SALES.read_bytes())
    fields = {field["name"]: field["type"] for field in published["fields"]}
    return server.add_layer(LAYER, fields, published["features"], **options)
