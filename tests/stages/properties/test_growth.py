"""What it costs to tell which properties are to be counted again, and that no more are than may have changed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from tests.stages.county import AS_OF, CLI, DOWNTOWN, County, Database, parcel, shifted, stages
from tests.stages.work import rows_handled
from wholesaler.db.sql import statement

MILE = 1609.344
PARAMETERS = {
    "market": "here", "sources": ["code_violations"], "as_of": AS_OF, "period_days": 730,
    "radius_miles": 0.25, "radius_metres": MILE / 4,
    "furthest_metres": MILE, "metres_north": 111_000, "metres_east": 97_500,
}  # fmt: skip


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """Nobody else collects statistics."""
    with engine.begin() as connection:
        for table in ("properties", "code_violations", "counted_violations"):
            connection.execute(text(f"ALTER TABLE {table} SET (autovacuum_enabled = false)"))
        yield connection


def fill(connection: Connection, market: str, rows: int) -> None:
    """So many properties that were counted, and as many cases that were not, two miles wide and as long as it takes."""
    place = "ST_SetSRID(ST_MakePoint(-81.4 + 0.0003 * (number % 100), 28.3 + 0.0003 * (number / 100)), 4326)::geography"
    parameters = {"market": market, "rows": rows}
    connection.execute(
        text(
            "INSERT INTO properties (market, parcel_id, location, counted_location, counted_radius_miles,"
            " nearby_violations)"
            f" SELECT :market, number::text, {place}, {place}, 0.25, number % 2"
            " FROM generate_series(1, :rows) AS number"
        ),
        parameters,
    )
    connection.execute(
        text(
            "INSERT INTO code_violations (market, source, record_key, raw, content_hash, location, opened_date, status,"
            " property_id)"
            " SELECT :market, 'code_violations', number::text, '{}', md5(number::text)::uuid,"
            f" {place}, :day, 'Open', property.id"
            " FROM generate_series(1, :rows) AS number"
            " JOIN properties AS property ON property.market = :market AND property.parcel_id = number::text"
        ),
        {**parameters, "day": AS_OF - timedelta(days=5)},
    )


def work(connection: Connection, rows: int) -> int:
    fill(connection, "here", rows)
    connection.execute(statement("wholesaler.stages.properties", "violations.sql", "current_states"), PARAMETERS)
    handled = rows_handled(
        connection, statement("wholesaler.stages.properties", "violations.sql", "dirty_properties"), PARAMETERS
    )
    assert connection.scalar(text("SELECT count(*) FROM dirty_properties")) == rows
    connection.execute(text("DROP TABLE changed_violations, dirty_properties"))
    for table in ("code_violations", "properties"):
        connection.execute(text(f"DELETE FROM {table} WHERE market = 'here'"))
    return handled


@pytest.mark.parametrize("statistics", ["none", "of another market"])
def test_twice_as_many_changed_cases_and_properties_are_twice_the_work(connection: Connection, statistics: str) -> None:
    if statistics == "of another market":
        fill(connection, "there", 2000)
        connection.execute(text("ANALYZE properties, code_violations"))
    once, twice = work(connection, 2000), work(connection, 4000)
    assert twice <= 2.5 * once, (once, twice)


def test_a_changed_case_has_only_the_properties_counted_again_that_it_may_be_near_to(
    cli: CLI, tmp_path: Path, database: Database
) -> None:
    county = County(tmp_path)
    places: dict[int, Any] = {number: shifted(DOWNTOWN, east=(number - 1) * MILE / 2) for number in range(1, 6)}
    for number, place in places.items():
        county.sale(parcel(number), point=place).roll(parcel(number), point=place)
        if number != 4:
            county.violation(None, place, number=f"case {number}")
    stages(cli, county.write(), "ingest", "enrich")
    before = {number: database.property(parcel(number))["version"] for number in places}
    county.violation(None, shifted(places[5], north=10), number="new")
    # those within the radius, and within a mile those that had none; of the former all are different
    stages(cli, county.write(), "ingest", "enrich")
    after = {number: database.property(parcel(number)) for number in places}
    assert [number for number in places if after[number]["version"] != before[number]] == [5]
    assert [after[number]["nearby_violations"] for number in places] == [1, 1, 1, 0, 2]
