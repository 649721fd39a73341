"""What the statements of ingest ask for, keep and remember, case by case and beside other sources and markets."""

from datetime import date
from math import inf
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import Engine, text

from tests.stages.check.rows import AS_OF, MARKET, Rows
from tests.stages.county import Database
from wholesaler.db.sql import statement
from wholesaler.markets import load_market
from wholesaler.sample.state_plane import florida_east_feet
from wholesaler.stages.ingest.convert.raw import DEEPEST, RAW_LIMIT, content_hashes, encode_records
from wholesaler.stages.ingest.load import store_rejects

SOURCE = {"market": MARKET, "source": "tax_sales"}


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


def run(engine: Engine, file: str, name: str, *, after: str | None = None, **parameters: Any) -> list[Any]:
    """The rows of a statement, or of what is asked ``after`` it in its transaction."""
    with engine.begin() as connection:
        result = connection.execute(statement("wholesaler.stages.ingest", file, name), parameters)
        if after is not None:
            result = connection.execute(text(after))
        return [tuple(row) for row in result]


def test_the_roll_is_asked_for_active_and_merged_parcels(engine: Engine, rows: Rows) -> None:
    active, merged, other = rows.parcel(), rows.parcel(), Rows(engine, "other-county")
    winner = rows.property(active)
    rows.property(merged, is_active=False, merged_into=winner)
    rows.property(is_active=False)
    other.property(rows.parcel())
    asked = run(engine, "roll.sql", "signal_parcels", after="SELECT * FROM signal_parcels ORDER BY 1", market=MARKET)
    assert asked == [(active,), (merged,)]


def test_the_roll_is_searched_at_addresses_of_signals_without_a_parcel_and_of_numbers_not_on_it(
    engine: Engine, rows: Rows
) -> None:
    def record(address: str | None, parcel_id: str | None = None, table: str = "tax_sales", **values: Any) -> None:
        rows.record(table, parcel_id, None, address=address, **values)

    listed, unlisted, barred, away, gone = (rows.parcel() for _ in range(5))
    for parcel_id in (listed, unlisted, gone):
        rows.property(parcel_id)
    rows.property(barred, never_merge=True)
    rows.property(away, is_active=False)
    rows.record("property_records", listed, None)
    rows.record("property_records", gone, None, is_active=False)
    record("1 WITHOUT")
    record("1 WITHOUT", table="foreclosures")
    record("2 OPEN", table="code_violations")
    record("3 UNLISTED", unlisted)
    record("4 GONE", gone, "foreclosures")
    # a closed case of a number that is not on the roll is evidence of where that lies
    record("5 CLOSED BUT UNLISTED", unlisted, "code_violations", status="Closed")
    for number, values in enumerate(
        [
            {"table": "code_violations", "status": "Closed"}, {"is_active": False}, {"parcel_id": listed},
            {"parcel_id": barred}, {"parcel_id": away}, {"parcel_id": rows.parcel()},
            {"parcel_id": unlisted, "is_active": False},
        ]
    ):  # fmt: skip
        record(f"9 NOT {number}", **values)
    record(None)
    other = Rows(engine, "other-county")
    other.record("tax_sales", None, None, address="8 THEIRS")
    other.record("property_records", unlisted, None)
    rows.record("property_records", unlisted, None, source="owners", merged=False)
    asked = run(engine, "roll.sql", "addresses_without_parcel", market=MARKET, source="property_records")
    assert sorted(asked) == [
        ("1 WITHOUT",), ("2 OPEN",), ("3 UNLISTED",), ("4 GONE",), ("5 CLOSED BUT UNLISTED",),
    ]  # fmt: skip


def test_rejects_are_kept_once_come_back_and_are_retired_by_source(engine: Engine, rows: Rows) -> None:
    database, hashes = Database(engine), [uuid4() for _ in range(3)]

    def fetch(*staged: tuple[UUID, str | None]) -> int:
        with engine.begin() as connection:
            columns = "ordinal bigint, content_hash uuid, reason text, raw jsonb"
            connection.execute(text(f"CREATE TEMPORARY TABLE staging ({columns})"))
            for ordinal, (content_hash, reason) in enumerate(staged):
                values = {"ordinal": ordinal, "hash": content_hash, "reason": reason}
                connection.execute(text("INSERT INTO staging VALUES (:ordinal, :hash, :reason, '{}')"), values)
            count = store_rejects(connection, SOURCE)
            connection.execute(statement("wholesaler.stages.ingest", "load.sql", "retire_rejects"), SOURCE)
            connection.execute(text("DROP TABLE staging, rejects"))
        return count

    def known() -> list[tuple[UUID, str, bool, bool]]:
        query = (
            "SELECT content_hash, reason, is_active, last_seen_at IS NULL FROM rejected_records"
            " WHERE source = 'tax_sales' AND market = :market ORDER BY reason"
        )
        found = database.rows(query, market=MARKET)
        return [tuple(row.values()) for row in found]  # type: ignore[misc]

    for other, source in ((Rows(engine, "other-county"), "tax_sales"), (rows, "foreclosures")):
        other.insert("rejected_records", source=source, content_hash=hashes[0], reason="a", raw={})
    assert fetch((hashes[0], "a"), (hashes[0], "a"), (hashes[0], "b"), (hashes[1], "c"), (hashes[2], None)) == 4
    assert known() == [(hashes[0], "a", True, True), (hashes[0], "b", True, True), (hashes[1], "c", True, True)]
    assert fetch((hashes[0], "b"), (hashes[0], None), (hashes[1], "a")) == 2
    assert [row for row in known() if row[2]] == [(hashes[1], "a", True, True), (hashes[0], "b", True, True)]
    assert [row for row in known() if not row[2]] == [(hashes[0], "a", False, False), (hashes[1], "c", False, False)]
    before = database.versions("rejected_records")
    assert fetch((hashes[0], "b"), (hashes[1], "a")) == 2
    assert database.versions("rejected_records") == before
    assert fetch((hashes[0], "a")) == 1
    assert [row for row in known() if row[2]] == [(hashes[0], "a", True, True)]
    assert database.value("SELECT count(*) FROM rejected_records WHERE is_active") == 3


@pytest.mark.parametrize(
    ("changes", "believed"),
    [
        ({}, True), ({"version": "2"}, False), ({"status": "partial"}, False), ({"status": "failure"}, False),
        ({"read_on": "2025-11-14"}, True), ({"read_on": "2025-11-13"}, False), ({"read_on": "2025-11-26"}, True),
        ({"read_on": "2025-11-27"}, False), ({"read_on": None}, False), ({"version": None}, False),
    ],
)  # fmt: skip
def test_a_reading_is_believed_when_it_is_the_last_whole_of_the_version_and_of_the_week(
    engine: Engine, rows: Rows, changes: dict[str, Any], believed: bool
) -> None:
    def read(one: Rows = rows, status: str = "success", **values: Any) -> None:
        stats = {"version": values.pop("version", "1"), "read_on": values.pop("read_on", AS_OF)}
        known = {"stage": "ingest", "source": "tax_sales", "processed": 5, "failed": 1, "stats": stats}
        one.run(**{**known, "status": status, **values})

    def last() -> list[Any]:
        return run(engine, "unchanged.sql", "last_load", **SOURCE, as_of=AS_OF, days=7, version="1")

    read(status="failure")
    read(**changes)
    # none of these is a later reading of this source
    read(status="running", version="2")
    read(source="foreclosures", version="2")
    read(stage="enrich", version="2")
    read(Rows(engine, "other-county"), version="2")
    assert [row[:2] for row in last()] == ([(5, 1)] if believed else [])
    read(status="failure")
    assert last() == []


@pytest.mark.parametrize("mark", ["x", "\\"])
def test_a_record_is_kept_whole_up_to_64000_bytes(mark: str) -> None:
    frame = len(orjson.dumps({"a": mark}))
    for size, is_cut in ((RAW_LIMIT, False), (RAW_LIMIT + 1, True)):
        value = mark + "x" * (size - frame)
        (body,), oversize = encode_records([{"a": value}])
        assert len(orjson.dumps({"a": value})) == size
        assert oversize == ([0] if is_cut else [])
        assert (len(body) > 60_000) is not is_cut


def test_a_coordinate_of_0_stays_and_what_cannot_be_of_the_market_is_nowhere(engine: Engine) -> None:
    box = load_market(MARKET).bounding_box
    feet = florida_east_feet(-81.379, 28.538)
    places = [(0.0, 0.0), (0.0, feet[1]), (feet[0], 0.0), feet, (feet[0], feet[1] * 5), (feet[0] * 5, feet[1])]
    found = run(
        engine, "load.sql", "project", xs=[x for x, _ in places], ys=[y for _, y in places], crs=2236,
        **box.model_dump(),
    )  # fmt: skip
    assert found[:3] == places[:3]
    assert found[3] == (pytest.approx(-81.379, abs=1e-7), pytest.approx(28.538, abs=1e-7))
    assert found[4:] == [(inf, inf)] * 2


def test_the_first_of_records_with_one_key_is_kept(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(statement("wholesaler.stages.ingest", "load.sql", "fetched_keys"))
        connection.execute(text("INSERT INTO fetched_keys VALUES (3, 'a'), (1, 'a'), (2, 'b'), (4, 'a')"))
        # of a long key its beginning is enough to find it by
        connection.execute(text("INSERT INTO fetched_keys VALUES (5, repeat('c', 201)), (6, repeat('c', 201))"))
        connection.execute(statement("wholesaler.stages.ingest", "load.sql", "duplicates"))
        assert connection.scalars(text("SELECT ordinal FROM duplicates ORDER BY 1")).all() == [3, 4, 6]
        assert connection.scalar(text("SELECT length(reason) FROM duplicates WHERE ordinal = 6")) == 231
        connection.execute(text("CREATE TEMPORARY TABLE staging (ordinal bigint, reason text)"))
        connection.execute(text("INSERT INTO staging VALUES (1, NULL), (2, NULL), (4, NULL)"))
        connection.execute(statement("wholesaler.stages.ingest", "load.sql", "mark_duplicates"))
        marked = connection.execute(text("SELECT ordinal, reason FROM staging ORDER BY 1")).all()
    assert [tuple(row) for row in marked] == [(1, None), (2, None), (4, "duplicate of a in the same fetch")]


def test_of_the_records_of_a_key_those_of_the_highest_rank_stand(engine: Engine) -> None:
    ranks = [("a", 1), ("a", 2), ("a", 2), ("a", None), ("b", None), ("b", None), ("c", 1), ("d", 3), ("d", -1)]
    with engine.begin() as connection:
        connection.execute(statement("wholesaler.stages.ingest", "latest.sql", "versions"))
        for ordinal, (key, rank) in enumerate(ranks):
            values = {"ordinal": ordinal, "key": key, "rank": rank}
            connection.execute(text("INSERT INTO versions VALUES (:ordinal, :key, :rank)"), values)
        superseded = connection.scalars(statement("wholesaler.stages.ingest", "latest.sql", "superseded")).all()
    assert sorted(superseded) == [0, 3, 8]


@pytest.mark.parametrize("column", ["address", "owner_name"])
def test_of_the_rejected_the_duplicates_are_counted_and_those_without_a_number(engine: Engine, column: str) -> None:
    rejected = [
        ("duplicate of 1 in the same fetch", "1 ELM"), ("duplicate of 2 in the same fetch", None), (None, "1 ELM"),
        ("no parcel number", "1 ELM"), ("no parcel number", None), ("no parcel number", None), ("another", "1 ELM"),
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TEMPORARY TABLE staging (reason text, {column} text)"))
        for reason, value in rejected:
            connection.execute(text("INSERT INTO staging VALUES (:reason, :value)"), {"reason": reason, "value": value})
        (counts,) = connection.execute(statement("wholesaler.stages.ingest", "load.sql", "reject_reasons"))
    # of some kinds of record there are no addresses
    assert tuple(counts) == (2, 3, 1 if column == "address" else 0)


def test_what_is_rejected_of_a_confidential_parcel_is_stored_without_its_reason_and_record(
    engine: Engine, rows: Rows
) -> None:
    with engine.begin() as connection:
        columns = "ordinal bigint, content_hash uuid, reason text, raw jsonb, confidential boolean"
        connection.execute(text(f"CREATE TEMPORARY TABLE staging ({columns})"))
        for ordinal, confidential in enumerate((True, False, None)):
            values = {"ordinal": ordinal, "hash": UUID(int=ordinal), "said": confidential}
            staged = "INSERT INTO staging VALUES (:ordinal, :hash, 'bad', jsonb_build_object('a', 1), :said)"
            connection.execute(text(staged), values)
        assert store_rejects(connection, SOURCE) == 3
    query = "SELECT reason, CAST(raw AS text) AS raw FROM rejected_records ORDER BY content_hash"
    stored = Database(engine).rows(query)
    assert [tuple(row.values()) for row in stored] == [
        ("of a confidential parcel", "{}"), *[("bad", '{"a": 1}')] * 2,
    ]  # fmt: skip


def test_the_last_day_on_which_all_was_read_is_of_the_newest_good_load(engine: Engine, rows: Rows) -> None:
    def read(one: Rows = rows, status: str = "success", *, day: int, whole: bool = True, **values: Any) -> None:
        known = {"stage": "ingest", "source": "tax_sales", "stats": {"whole": whole}, "as_of": f"2025-11-{day:02}"}
        one.run(**{**known, "status": status, **values})

    def last() -> list[Any]:
        return [day for (day,) in run(engine, "unchanged.sql", "last_whole_day", **SOURCE)]

    for ignored in range(2):
        read(day=20, status="partial")
        read(day=21, whole=False)
        read(day=22, source="foreclosures")
        read(day=23, stage="enrich")
        read(Rows(engine, "other-county"), day=24)
        assert last() == ([date(2025, 11, 8)] if ignored else [])
        # a day may be read again after a later one
        read(day=9)
        read(day=8)


def test_the_words_that_lists_write_in_several_ways_are_known(engine: Engine) -> None:
    words = {word for (word,) in run(engine, "roll.sql", "abbreviated_words")}
    # written otherwise, the standard form of others, parts of several
    assert {"STREET", "ST", "AVENUE", "MLK", "MARTIN", "LUTHER", "KING"} <= words
    assert words.isdisjoint({"ELM", "VIA ROSA", "MARTIN LUTHER KING"})


def test_what_is_nested_deeper_than_50_is_cut_there() -> None:
    value: Any = 1
    for _ in range(DEEPEST + 5):
        value = [value]
    (text,), _ = encode_records([{"deep": value, "long": "x" * RAW_LIMIT}])
    depth, kept = 0, orjson.loads(text)["deep"]
    while isinstance(kept, list):
        depth, kept = depth + 1, kept[0]
    assert (depth, kept) == (DEEPEST, "…")


@pytest.mark.parametrize(
    "records",
    [
        [{"a": 1, "b": 2}, {"a": 1, "b": 3}],
        [{"OID": 1, "a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3}],
        [{"OID": 1, "a": 1, "b": 2}, {"OID": 2, "a": 1, "b": 2}],
        [{"OID": 1, "a": 1, "b": 2}, {"OID": 2, "a": 1}],
        [{"a": 1, "b": 2}, {"OID": 1, "a": 1}],
        [{"a": 1}, {"a": 1}],
    ],
)
def test_a_record_has_one_hash_whatever_comes_with_it(records: list[dict[str, Any]]) -> None:
    together = content_hashes(records, "OID", [None] * len(records), b"salt")
    assert together == [content_hashes([record], "OID", [None], b"salt")[0] for record in records]
    bare = [{name: value for name, value in record.items() if name != "OID"} for record in records]
    assert (together[0] == together[1]) is (bare[0] == bare[1])
