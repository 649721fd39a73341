"""What the checks cost of a large county: tables are joined, and not looked into once for each of a million rows."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text

from tests.stages.work import most_loops
from wholesaler.db.sql import statement

ROWS = 20_000
PARAMETERS = {
    "market": "here", "examples": 3, "projection": 2236, "metres": 10, "west": -82, "south": 28, "east": -81,
    "north": 29,
}  # fmt: skip
SIGNALS = ("tax_sales", "foreclosures", "code_violations")
CHECK = "wholesaler.stages.check"


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A county of which every property is on the roll and has a signal in each list."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO properties (market, parcel_id, house_number, street, location, is_active)"
                " SELECT 'here', number::text, number::text, 'ELM STREET',"
                " ST_SetSRID(ST_MakePoint(-81.9 + number / 40000.0, 28.5), 4326), true"
                " FROM generate_series(1, :rows) AS number"
            ),
            {"rows": ROWS},
        )
        connection.execute(
            text("INSERT INTO parcels (market, parcel_id, is_listed) SELECT market, parcel_id, true FROM properties")
        )
        for table in SIGNALS:
            connection.execute(
                text(
                    f"INSERT INTO {table} (market, source, record_key, parcel_id, property_id, raw, content_hash)"
                    f" SELECT market, '{table}', parcel_id, parcel_id, id, '{{}}', md5(parcel_id)::uuid FROM properties"
                )
            )
        connection.execute(text(f"ANALYZE properties, parcels, {', '.join(SIGNALS)}"))
        yield connection


@pytest.mark.parametrize(
    ("package", "file", "name"),
    [
        (CHECK, "consistency.sql", "orphans"),
        (CHECK, "consistency.sql", "missing_properties"),
        (CHECK, "consistency.sql", "hidden_signals"),
        (CHECK, "consistency.sql", "idle_properties"),
        (CHECK, "consistency.sql", "records_of_merged"),
        (CHECK, "consistency.sql", "duplicate_places"),
        ("wholesaler.stages.properties", "link.sql", "join_rates"),
    ],
)
def test_no_table_is_looked_into_once_a_row(connection: Connection, package: str, file: str, name: str) -> None:
    if name == "duplicate_places":
        connection.execute(text("SET LOCAL enable_nestloop = off"))
    assert most_loops(connection, statement(package, file, name), PARAMETERS) < ROWS / 100
