"""What a block of records costs to look up, whatever the planner believes of the table.

Counted are the rows that the server read, which no other load of the machine makes more or fewer.
"""

from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text

from wholesaler.db.sql import statement
from wholesaler.markets import load_market
from wholesaler.stages.ingest.completeness import Records
from wholesaler.stages.ingest.convert.evaluate import Table
from wholesaler.stages.ingest.convert.records import Block
from wholesaler.stages.ingest.convert.values import NULL
from wholesaler.stages.ingest.lookup import Lookup

ROWS, BLOCK = 5000, 500
HASH = str(UUID(int=7))
TABLES = ("property_records", "code_violations", "properties")


@pytest.fixture
def connection(engine: Engine) -> Connection:
    """Nobody else collects statistics."""
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"ALTER TABLE {table} SET (autovacuum_enabled = false)"))
        yield connection


def fill(connection: Connection, market: str) -> None:
    """Records and properties of ``market``, numbered from 1."""
    numbers = {"market": market, "rows": ROWS, "hash": HASH}
    for table in TABLES[:2]:
        connection.execute(
            text(
                f"INSERT INTO {table} (market, source, record_key, parcel_id, raw, content_hash)"
                f" SELECT :market, '{table}', 'key-' || number, 'parcel-' || number, '{{}}', CAST(:hash AS uuid)"
                " FROM generate_series(1, :rows) AS number"
            ),
            numbers,
        )
    connection.execute(
        text(
            "INSERT INTO properties (market, parcel_id)"
            " SELECT :market, 'parcel-' || number FROM generate_series(1, :rows) AS number"
        ),
        numbers,
    )


def analyse(connection: Connection) -> None:
    connection.execute(text(f"ANALYZE {', '.join(TABLES)}"))


def rows_read(connection: Connection, table: str) -> int:
    """The rows of ``table`` that this transaction has read so far."""
    query = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = :table"
    return int(connection.scalar(text(query), {"table": table}) or 0)


def block(first: int) -> Block:
    """Records from the number ``first`` on."""
    numbers = range(first, first + BLOCK)
    return Block(
        ordinal=0,
        records=[{}] * BLOCK,
        table=Table({}, {}, 0),
        texts={},
        keys=[f"key-{number}" for number in numbers],
        parcel_ids=[f"parcel-{number}" for number in numbers],
        places=[None] * BLOCK,
        hashes=[HASH] * BLOCK,
        reasons=[NULL] * BLOCK,
    )


@pytest.mark.parametrize("table", TABLES[:2])
@pytest.mark.parametrize("statistics", ["none", "of none", "of another market", "of this market"])
def test_each_record_is_looked_up_by_its_key_whatever_the_statistics_say(
    connection: Connection, statistics: str, table: str
) -> None:
    market = load_market("orange-fl")
    if statistics == "of none":
        analyse(connection)
    if statistics == "of another market":
        fill(connection, "another")
        analyse(connection)
    fill(connection, market.key)
    if statistics == "of this market":
        analyse(connection)
    connection.execute(statement("wholesaler.stages.ingest", "load.sql", "fetched_keys"))
    lookup = Lookup(Records(connection, market, table), 4326)
    before = {name: rows_read(connection, name) for name in (table, "properties")}

    same = lookup.execute(lookup.prepare(block(ROWS - BLOCK + 1)))
    new = lookup.execute(lookup.prepare(block(ROWS + 1)))

    assert (len(same.unchanged), len(new.unchanged), len(new.updates)) == (BLOCK, 0, 0)
    read = {name: rows_read(connection, name) - before[name] for name in before}
    assert read == {table: BLOCK, "properties": 0}


def test_owners_are_looked_up_by_their_parcel_number(connection: Connection) -> None:
    market = load_market("orange-fl")
    fill(connection, "another")
    analyse(connection)
    fill(connection, market.key)
    connection.execute(text("DELETE FROM code_violations WHERE market = :market"), {"market": market.key})
    connection.execute(statement("wholesaler.stages.ingest", "load.sql", "fetched_keys"))
    lookup = Lookup(Records(connection, market, "code_violations"), 4326)
    before = rows_read(connection, "properties")
    assert len(lookup.execute(lookup.prepare(block(1))).owners) == BLOCK
    assert rows_read(connection, "properties") - before == BLOCK
    # the roll's records belong to parcels
    roll = Lookup(Records(connection, market, "property_records"), 4326)
    connection.execute(text("TRUNCATE fetched_keys"))
    assert roll.execute(roll.prepare(block(ROWS + 1))).owners == {}
    assert rows_read(connection, "properties") - before == BLOCK
