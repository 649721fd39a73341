"""Properties come and go with their signals, and are up to date when they come back."""

from pathlib import Path

from sqlalchemy import Engine

from tests.stages.county import CLI, County, Database, parcel, stages


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
