"""A database of a former revision after the upgrade: the next run writes what it would have written from the start."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine

from tests.db.databases import alembic
from tests.stages.county import CLI, DOWNTOWN, County, Database, parcel, shifted, stages

#: the revision before addresses had a standard form of our own
FORMER = "20261126_acknowledgements"
RUN = ("ingest", "enrich", "dedupe")
#: what rests upon forms
WRITTEN = {
    "properties": "parcel_id, address, house_number, street, unit, is_active, merged_into IS NULL AS stands",
    "foreclosures": "address, property_id IS NULL AS is_unmatched, match_evidence",
    "standard_addresses": "address, house_number, predirection, street_name, suffix, postdirection, street, unit",
    "parcels": "parcel_id, owner_key, mail_differs",
}


@pytest.fixture
def county(tmp_path: Path) -> County:
    return County(tmp_path)


def snapshot(database: Database) -> dict[str, list[dict[str, object]]]:
    return {name: database.rows(f"SELECT {columns} FROM {name} ORDER BY 1") for name, columns in WRITTEN.items()}


def test_the_first_run_after_the_upgrade_writes_what_a_fresh_database_has(
    cli: CLI, county: County, engine: Engine, database: Database
) -> None:
    for number, address in enumerate(["12 STATE ROAD 50", "100 MAIN ST UNIT 5", "7 ST JOHNS AVE", "9 OAK ST"], 1):
        county.roll(parcel(number), address, shifted(DOWNTOWN, 400 * number))
    notices = ("12 SR 50", "100 MAIN ST UNIT 5½", "7 SAINT JOHNS AVE", "9 OAK STREET")
    for number, address in enumerate(notices, 1):
        county.foreclosure(None, address, shifted(DOWNTOWN, 400 * number))
    market = county.write()
    for _ in range(2):  # what a run matches has its address with the next one
        stages(cli, market, *RUN)
    fresh = snapshot(database)
    assert [row["is_unmatched"] for row in fresh["foreclosures"]] == [True, False, False, False]
    alembic(engine, command.downgrade, FORMER)
    database.execute("UPDATE parcels SET mail_differs = 'in_county', owner_key = 'of the former form'")
    database.execute("INSERT INTO standard_addresses (market, address) SELECT market, address FROM parcels")
    alembic(engine, command.upgrade, "head")
    assert database.value("SELECT count(*) FROM standard_addresses") == 0
    stages(cli, market, *RUN)
    assert snapshot(database) == fresh
    versions = database.versions(*WRITTEN)
    stages(cli, market, *RUN)
    assert database.versions(*WRITTEN) == versions
