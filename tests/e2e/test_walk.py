"""One tax sale from the wire to Slack: ARCHITECTURE.md says what the program does with it at each step."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.e2e.county import County, Violation
from tests.servers.slack import SlackSink
from tests.support import Outcome
from wholesaler.markets import load_market
from wholesaler.sources.interface import Fetch
from wholesaler.stages.ingest.convert.records import Converter

CLI = Callable[..., Outcome]
DAY = date(2025, 12, 1)
PARCEL = "292427266700460"
ARCHITECTURE = (Path(__file__).parent.parent.parent / "ARCHITECTURE.md").read_text("utf-8")
WALK = " ".join(ARCHITECTURE.split("\n## How data flows\n")[1].split("\n## ")[0].split())


@pytest.fixture
def county() -> Iterator[County]:
    """The sale as published; the roll's record of its parcel and a case on it are made up."""
    county = County(violations=[Violation("2025-00460LOT", date(2025, 11, 20), True, -81.3947, 28.3662, PARCEL)])
    roll = county.layers["property_records"]["features"]
    attributes = roll[0]["attributes"] | {
        "OBJECTID": 9000,
        "PARCEL": PARCEL,
        "SITUS": "1460 Sample Lake Circle",
        "SITUS_CITY": "Orlando",
        "SITUS_ZIP": "32837",
        "LATITUDE": 28.3662,
        "LONGITUDE": -81.3947,
        "TOTAL_ASSD": 120000.0,
        "TAXES": 1450.0,
    }
    roll.append({**roll[0], "attributes": attributes})
    with county:
        yield county


def test_the_walk_in_the_architecture_is_what_happens(
    county: County, cli: CLI, home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = county.market_file(home, cli("markets", "show", "orange-fl").out)
    with SlackSink() as slack:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", slack.url)
        run = cli("run-all", "--market", market, "--as-of", DAY, "--profile", "v1", "--json").document
    lead = cli("leads", "show", PARCEL, "--market", market, "--json").document
    with engine.connect() as connection:
        (sale,) = connection.execute(text(f"SELECT * FROM tax_sales WHERE parcel_id = '{PARCEL}'")).mappings()
        (place,) = connection.execute(text(f"SELECT * FROM properties WHERE parcel_id = '{PARCEL}'")).mappings()
        scored = text("SELECT * FROM lead_scores WHERE property_id = :id")
        (score,) = connection.execute(scored, {"id": place["id"]}).mappings()
        told = text("SELECT channel, status FROM alert_deliveries WHERE kind = 'new_lead' AND subject = :id")
        channels = {row.channel: row.status for row in connection.execute(told, {"id": str(place["id"])})}

    (feature,) = (f for f in county.features("tax_sales") if f["attributes"]["USER_TDA_NUM"] == sale["record_key"])
    for name, value in {**feature["attributes"], **feature["geometry"]}.items():
        assert f'"{name}": ' + (f'"{value}"' if isinstance(value, str) else f"{value}") in WALK
    processed = run["stages"][0]["stats"]["tax_sales"]["processed"]
    assert f"{processed} of {len(county.features('tax_sales'))}" in WALK
    for value in (sale["market"], sale["source"], sale["record_key"], sale["parcel"], sale["parcel_id"]):
        assert f"`{value}`" in WALK
    for value in (sale["sale_date"], sale["deed_status"]):
        assert f"`{value}`" in WALK
    columns = Converter("tax_sales", load_market(str(market)), Fetch).columns
    assert " ⇥ ".join(str(sale[name]) for name in columns[: columns.index("parcel_id") + 1]) in WALK
    asked = [request.params.get("where", "") for request in county.arcgis.requests]
    assert any(re.match(r"PARCEL IN \(.*'292427266700460'", where) for where in asked)

    assert (place["address_source"], place["location_source"]) == ("property_records", "tax_sales")
    assert f"`{place['address']}`" in WALK
    assert f"`{place['house_number']}` `{place['street']}`" in WALK
    counts = (place["own_open_violations"], place["nearby_violations"])
    assert "counts {} open case on the parcel, {} of others within a quarter of a mile".format(*counts) in WALK

    for name in ("tax_sale_days", "own_open_violations", "signal_count", "mao"):
        assert f"`{name}` {score[name]}" in WALK
    assert f"`market_to_assessed` {score['market_to_assessed']:.2f}" in WALK
    assert (score["spread"], score["debt"]) == (None, None)
    components = lead["components"]
    assert ", ".join(f"{name} {points}" for name, points in components.items()) in WALK
    weights = zip(("0.35", "0.30", "0.20", "0.15"), components.values(), strict=True)
    total = " + ".join(f"{weight} × {points}" for weight, points in weights)
    assert f"{total} = {score['total_score']}, tier {score['tier']}" in WALK
    assert channels == {"slack": "sent", "report": "sent"}

    message = ARCHITECTURE.split("*1 new tier A lead")[1].split("```")[0]
    lines = [line.strip() for line in ("*1 new tier A lead" + message).splitlines()]
    for line in lines:
        assert line in {"", "…"} or line in slack.text
