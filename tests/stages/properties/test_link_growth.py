"""What linking costs in a database whose statistics know only another county: rows, not the product of two tables."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text

from tests.stages.work import rows_handled
from wholesaler.db.sql import statement

ROWS = 2000
PARAMETERS = {"market": "here", "sources": ["property_records"], "rolls": ["property_records"]}
SIGNALS = ("tax_sales", "foreclosures", "code_violations")


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A county in the statistics, and another one that is not; nobody else collects them."""
    tables = ("properties", "property_records", "parcels", *SIGNALS)
    with engine.begin() as connection:
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} SET (autovacuum_enabled = false)"))
        fill(connection, "there")
        connection.execute(text(f"ANALYZE {', '.join(tables)}"))
        fill(connection, "here")
        yield connection


def fill(connection: Connection, market: str) -> None:
    """A record of each source for every parcel, half of which are properties."""
    for table in ("property_records", *SIGNALS):
        connection.execute(
            text(
                f"INSERT INTO {table} (market, source, record_key, parcel_id, raw, content_hash)"
                f" SELECT :market, '{table}', number::text, number::text, '{{}}', md5(number::text)::uuid"
                " FROM generate_series(1, :rows) AS number"
            ),
            {"market": market, "rows": ROWS},
        )
    connection.execute(
        text(
            "INSERT INTO parcels (market, parcel_id, is_listed)"
            " SELECT :market, number::text, true FROM generate_series(1, :rows) AS number"
        ),
        {"market": market, "rows": ROWS},
    )
    connection.execute(
        text(
            "INSERT INTO properties (market, parcel_id)"
            " SELECT :market, number::text FROM generate_series(1, :rows) AS number"
        ),
        {"market": market, "rows": ROWS // 2},
    )


@pytest.mark.parametrize(
    ("file", "name", "table"),
    [
        ("link.sql", "create_properties", None),
        *(("link.sql", "link_records", table) for table in SIGNALS),
        ("link.sql", "refresh_activity", None),
        ("link.sql", "join_rates", None),
        ("addresses.sql", "changed_addresses", None),
    ],
)
def test_linking_a_county_that_no_statistics_know_is_no_product_of_its_tables(
    connection: Connection, file: str, name: str, table: str | None
) -> None:
    query = statement("wholesaler.stages.properties", file, name, table=table)
    assert rows_handled(connection, query, PARAMETERS) < 50 * ROWS
