"""Properties come and go with their signals, and are up to date when they come back."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.stages.county import CLI, County, Database, parcel, run, stages


def test_a_property_that_becomes_active_again_has_its_violations_counted_anew(
    cli: CLI, tmp_path: Path, engine: Engine
) -> None:
    county, database = County(tmp_path), Database(engine)
    for number in (1, 2, 3):
        county.sale(parcel(number)).roll(parcel(number))
    stages(cli, county.violation(parcel(2)).write(), "ingest", "enrich")
    sale = county.records["tax_sales"].pop(0)
    stages(cli, county.violation(parcel(2)).write(), "ingest", "enrich")
    assert not database.property(parcel(1))["is_active"]
    county.records["tax_sales"].append(sale)
    stages(cli, county.write(), "ingest", "enrich")
    assert database.property(parcel(1))["nearby_violations"] == 2


@pytest.mark.parametrize(
    ("damage", "leads"),
    [
        ("UPDATE tax_sales SET property_id = NULL WHERE tda_number = '2023-1'", 2),
        ("UPDATE properties SET is_active = false, last_seen_at = now()", 2),
        ("UPDATE tax_sales SET is_active = false WHERE tda_number = '2023-1'", 1),
    ],
    ids=["orphans", "hidden_signals", "idle_properties"],
)
def test_dedupe_by_itself_mends_what_the_checks_send_people_to_it_for(
    cli: CLI, tmp_path: Path, engine: Engine, damage: str, leads: int
) -> None:
    county, database = County(tmp_path), Database(engine)
    market = county.sale(parcel(1)).roll(parcel(1)).sale(parcel(2)).roll(parcel(2)).write()
    stages(cli, market, "ingest", "enrich", "dedupe", "score")
    database.execute(damage)
    run(cli, market, "dedupe")
    run(cli, market, "score")
    assert database.value("SELECT count(*) FROM properties WHERE is_active") == leads
    assert database.value("SELECT count(*) FROM lead_scores") == leads
    assert database.value("SELECT count(property_id) FROM tax_sales") == 2
