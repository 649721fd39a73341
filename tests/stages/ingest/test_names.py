"""What the statements take over from a source's former name, and drop of one that is no more: these rows, no others."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import MARKET, Rows
from tests.stages.county import Database
from wholesaler.db.sql import statement

NAMES = {"market": MARKET, "source": "now", "was": "former"}
#: whose rows stay as they are
THEIRS = "their-county"


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


@pytest.fixture
def theirs(engine: Engine) -> Rows:
    return Rows(engine, THEIRS)


def run(engine: Engine, name: str, table: str | None = None, **parameters: Any) -> list[Any]:
    """What a statement returns; nothing of one that only changes rows."""
    with engine.begin() as connection:
        result = connection.execute(statement("wholesaler.stages.ingest", "names.sql", name, table=table), parameters)
        return [row[0] for row in result] if result.returns_rows else []


def stored(engine: Engine, table: str, columns: str, market: str = MARKET) -> list[str]:
    """The rows of a market, each as its words, sorted."""
    query = f"SELECT concat_ws(' ', {columns}) FROM {table} WHERE market = :market ORDER BY 1"
    return [str(row) for row in Database(engine).column(query, market=market)]


@pytest.mark.parametrize("status", ["success", "partial"])
def test_a_name_was_loaded_when_a_load_of_it_ended(engine: Engine, rows: Rows, theirs: Rows, status: str) -> None:
    known = {"market": MARKET, "source": "now"}
    rows.run("ingest", "now", "failure")
    rows.run("enrich", "now", status)
    rows.run("ingest", "former", status)
    theirs.run("ingest", "now", status)
    assert run(engine, "was_loaded", **known) == [False]
    rows.run("ingest", "now", status)
    assert run(engine, "was_loaded", **known) == [True]


def test_what_the_present_name_has_not_is_taken_over(engine: Engine, rows: Rows, theirs: Rows) -> None:
    keys = [
        (rows, "former", "abc"), (rows, "now", "ad"), (rows, "third", "be"), (theirs, "former", "ax"),
        (theirs, "now", "cy"),
    ]  # fmt: skip
    for one, source, letters in keys:
        for key in letters:
            one.record("tax_sales", None, None, source=source, record_key=key)
            # alike in one half or the other with what is there already
            for half in "12":
                one.insert("undone_matches", source=source, record_key=key, parcel_id=half)
                content_hash = UUID(int=ord(key))
                one.insert("rejected_records", source=source, content_hash=content_hash, reason=half, raw={})
    rows.insert("undone_matches", source="former", record_key="a", parcel_id="3")
    rows.insert("rejected_records", source="former", content_hash=UUID(int=ord("a")), reason="3", raw={})
    undone = ("undone_matches", "source, record_key, parcel_id")
    rejects = ("rejected_records", "source, right(CAST(content_hash AS text), 2), reason")
    records = ("tax_sales", "source, record_key")
    before = [stored(engine, *one, market=THEIRS) for one in (undone, rejects, records)]
    run(engine, "take_over_records", "tax_sales", **NAMES)
    run(engine, "take_over_undone_matches", **NAMES)
    run(engine, "take_over_rejects", **NAMES)
    assert [stored(engine, *one, market=THEIRS) for one in (undone, rejects, records)] == before
    sources = {"former": "a", "now": "abcd", "third": "be"}
    assert stored(engine, *records) == [f"{source} {key}" for source, keys in sources.items() for key in keys]
    halves = [(source, key, half) for source, keys in sources.items() for key in keys for half in "12"]
    halves.insert(4, ("now", "a", "3"))
    assert stored(engine, *undone) == [f"{source} {key} {half}" for source, key, half in halves]
    assert stored(engine, *rejects) == [f"{source} {ord(key):x} {half}" for source, key, half in halves]


def test_runs_and_the_origins_of_properties_are_taken_over(engine: Engine, rows: Rows, theirs: Rows) -> None:
    for stage, source in (("ingest", "former"), ("ingest", "third"), ("enrich", "former")):
        rows.run(stage, source)
    theirs.run("ingest", "former")
    for one in (rows, theirs):
        for address, location in (("former", "third"), ("third", "former"), ("third", "third"), ("former", "former")):
            one.property(address_source=address, location_source=location)
    run(engine, "take_over_runs", **NAMES)
    before = Database(engine).versions("properties")
    run(engine, "take_over_properties", **NAMES)
    # and none is written again that has nothing from it
    assert len(before - Database(engine).versions("properties")) == 3
    runs, origins = ("data_ingestion_runs", "stage, source"), ("properties", "address_source, location_source")
    assert stored(engine, *runs) == ["enrich former", "ingest now", "ingest third"]
    assert stored(engine, *runs, market=THEIRS) == ["ingest former"]
    assert stored(engine, *origins) == ["now now", "now third", "third now", "third third"]
    assert stored(engine, *origins, market=THEIRS) == [
        "former former", "former third", "third former", "third third",
    ]  # fmt: skip


def test_the_sources_of_records_are_each_named_once(engine: Engine, rows: Rows, theirs: Rows) -> None:
    assert run(engine, "sources_of_records", "tax_sales", market=MARKET) == []
    for one, sources in ((rows, "bdbfdf"), (theirs, "aceg")):
        for source in sources:
            one.record("tax_sales", None, None, source=source)
    assert run(engine, "sources_of_records", "tax_sales", market=MARKET) == ["b", "d", "f"]


def test_what_a_dropped_source_left_was_last_seen_at_its_last_good_load(
    engine: Engine, rows: Rows, theirs: Rows
) -> None:
    for one, source, values in (
        (rows, "now", {}), (rows, "now", {"is_active": False}), (rows, "third", {}), (theirs, "now", {}),
    ):  # fmt: skip
        one.record("tax_sales", None, None, source=source, updated_at="2025-01-01", **values)
        one.insert(
            "rejected_records", source=source, content_hash=UUID(int=len(values)), reason="bad", raw={}, **values
        )

    def drop() -> list[str]:
        run(engine, "drop_records", "tax_sales", market=MARKET, source="now")
        found = stored(engine, "tax_sales", "source, is_active, last_seen_at::date, updated_at > '2025-01-02'")
        rows.execute("UPDATE tax_sales SET is_active = true WHERE last_seen_at IS NOT NULL")
        rows.execute("UPDATE tax_sales SET last_seen_at = NULL, updated_at = '2025-01-01' WHERE is_active")
        return found

    # without a load it was seen when it was written
    assert drop() == ["now f 2025-01-01 t", "now f f", "third t f"]
    for one, stage, source, status, day in (
        (rows, "ingest", "now", "success", 2), (rows, "ingest", "now", "success", 3),
        (rows, "ingest", "now", "success", 1), (rows, "ingest", "now", "partial", 4),
        (rows, "ingest", "third", "success", 5), (rows, "enrich", "now", "success", 6),
        (theirs, "ingest", "now", "success", 7),
    ):  # fmt: skip
        one.run(stage, source, status, finished_at=f"2025-02-0{day}")
    assert drop() == ["now f 2025-02-03 t", "now f f", "third t f"]
    assert stored(engine, "tax_sales", "source, is_active", market=THEIRS) == ["now t"]

    run(engine, "drop_rejects", market=MARKET, sources=["third", "fourth"])
    rejects = ("rejected_records", "source, is_active, last_seen_at IS NULL")
    assert stored(engine, *rejects) == ["now f f", "now f t", "third t t"]
    assert stored(engine, *rejects, market=THEIRS) == ["now t t"]
