"""What it costs to keep and to retire rejected records, whatever the planner believes of their table."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text

from tests.stages.work import rows_handled
from wholesaler.db.sql import statement

STATEMENTS = ("rejects", "revive_rejects", "insert_rejects", "retire_rejects")
PARAMETERS = {"market": "here", "source": "code_violations"}


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """Nobody else collects statistics, and little fits into memory, as little of a million does."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE rejected_records SET (autovacuum_enabled = false)"))
        connection.execute(text("SET LOCAL work_mem = '64kB'"))
        yield connection


def work(connection: Connection, rows: int, known: int) -> dict[str, int]:
    """The rows each statement handles when ``rows`` are rejected and ``known`` of them are kept already."""
    connection.execute(text("DELETE FROM rejected_records WHERE market = :market"), PARAMETERS)
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE staging AS SELECT number AS ordinal, 'parcel: no such form' AS reason,"
            " md5(number::text)::uuid AS content_hash, CAST('{}' AS jsonb) AS raw"
            " FROM generate_series(1, :rows) AS number"
        ),
        {"rows": rows},
    )
    connection.execute(
        text(
            "INSERT INTO rejected_records (market, source, content_hash, reason, raw)"
            " SELECT :market, :source, md5(number::text)::uuid, 'parcel: no such form', '{}'"
            # as many again that do not come any more
            " FROM generate_series(:rows - :known + 1, :rows + :known) AS number"
        ),
        {**PARAMETERS, "rows": rows, "known": known},
    )
    found = {}
    for name in STATEMENTS:
        found[name] = rows_handled(connection, statement("wholesaler.stages.ingest", "load.sql", name), PARAMETERS)
        if name == "rejects":
            connection.execute(statement("wholesaler.stages.ingest", "load.sql", "index_rejects"))
    active = connection.scalar(
        text("SELECT count(*) FROM rejected_records WHERE market = :market AND is_active"), PARAMETERS
    )
    assert active == rows
    connection.execute(text("DROP TABLE staging, rejects"))
    return found


@pytest.mark.parametrize("statistics", ["none", "of none", "of another market"])
def test_twice_as_many_rejects_are_twice_the_work(connection: Connection, statistics: str) -> None:
    if statistics == "of another market":
        connection.execute(
            text(
                "INSERT INTO rejected_records (market, source, content_hash, reason, raw)"
                " SELECT 'there', 'code_violations', md5(number::text)::uuid, 'no key', '{}'"
                " FROM generate_series(1, 2000) AS number"
            )
        )
    if statistics != "none":
        connection.execute(text("ANALYZE rejected_records"))
    once, twice = work(connection, 3000, 1500), work(connection, 6000, 3000)
    for name in STATEMENTS:
        assert twice[name] <= 2.5 * max(once[name], 6000), (name, once[name], twice[name])
