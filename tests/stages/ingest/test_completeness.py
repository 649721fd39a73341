"""When a fetch is believed to be everything: each limit at its edge, on both sides."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from tests.stages.check.rows import MARKET, Rows
from wholesaler.markets import load_market
from wholesaler.sources.interface import Outcome
from wholesaler.stages.ingest.completeness import Records, Scope, doubts
from wholesaler.stages.interface import LoadResult

DAY = date(2025, 11, 20)
#: the bundled market wants as many tax sales
MINIMUM = 5


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


@pytest.fixture
def records(engine: Engine) -> Iterator[Records]:
    with engine.connect() as connection:
        yield Records(connection, load_market(MARKET), "tax_sales")


def doubted(records: Records, usable: int, before: int = 0, failed: int = 0, scope: Scope | None = None) -> str:
    """The doubts about a complete answer with so many usable records; empty when it is believed."""
    result = LoadResult(processed=usable + failed, failed=failed)
    return "; ".join(doubts(records, DAY, Outcome(True, usable, usable), result, scope, before))


def test_as_many_as_the_market_file_wants_are_enough_and_rejected_ones_do_not_count(records: Records) -> None:
    assert records.market.sources["tax_sales"].minimum_rows == MINIMUM
    assert doubted(records, MINIMUM) == ""
    assert doubted(records, MINIMUM - 1) == "4 usable records, at least 5 expected"
    assert doubted(records, MINIMUM - 1, failed=1) == "4 usable records, at least 5 expected"


def test_of_a_part_no_more_is_wanted_than_was_asked_for(records: Records) -> None:
    asked = "CREATE TEMPORARY TABLE asked (parcel_id text)"
    records.connection.execute(text(asked))
    for number, enough in ((3, 3), (5, 5), (9, 5)):
        scope = Scope(number, "asked")
        assert doubted(records, enough, scope=scope) == ""
        assert f"for {number} parcels asked for" in doubted(records, enough - 1, scope=scope)
    assert doubted(records, 0, 100, scope=Scope(9)) == ""


def test_half_as_many_as_before_are_believed_and_fewer_are_not(records: Records) -> None:
    assert doubted(records, 50, 100) == ""
    assert doubted(records, 49, 100).startswith("shrunk from 100 to 49 records")
    assert doubted(records, 50, 101).startswith("shrunk from 101 to 50 records")


@pytest.mark.parametrize(
    ("earlier", "usable", "believed"),
    [(100, 90, True), (100, 89, False), (90, 100, True), (89, 100, False), (10, 9, True), (10, 8, False)],
)
def test_a_shrunken_source_is_believed_when_it_was_within_a_tenth_as_small_before(
    records: Records, rows: Rows, earlier: int, usable: int, believed: bool
) -> None:
    rows.run("ingest", "tax_sales", processed=earlier + 7, failed=7, stats={"complete": True}, as_of="2025-11-19")
    assert (doubted(records, usable, 1000) == "") is believed


def whole(rows: Rows, processed: int | None, days_ago: int, hour: int = 2, **values: object) -> None:
    """An earlier fetch of the tax sales, complete unless said otherwise."""
    day = DAY - timedelta(days=days_ago)
    known = {"processed": processed, "stats": {"complete": True}, "as_of": day, "started_at": f"{day} {hour:02}:00+00"}
    rows.run(**{"stage": "ingest", "source": "tax_sales", **known, **values})


def test_the_size_before_is_that_of_the_newest_fetch_of_an_earlier_day(records: Records, rows: Rows) -> None:
    whole(rows, 100, 2)
    # no failures are 0 failures: a tenth of 111 is just enough
    assert doubted(records, 111, 1000) == ""
    assert doubted(records, 112, 1000) != ""
    whole(rows, 300, 1, hour=2)
    assert doubted(records, 100, 1000) != ""
    whole(rows, 100, 1, hour=3)
    assert doubted(records, 100, 1000) == ""


def test_the_size_before_is_no_other_days_sources_stages_or_markets(records: Records, rows: Rows) -> None:
    whole(rows, 100, 0)
    whole(rows, 100, 1, source="foreclosures")
    whole(rows, 100, 1, stage="enrich")
    whole(Rows(records.connection.engine, "other-county"), 100, 1)
    assert doubted(records, 100, 1000) != ""
    whole(rows, 100, 9)
    whole(rows, None, 1)
    assert doubted(records, 100, 1000) == ""


def test_a_fetch_of_some_parcels_is_no_size_before_of_everything_nor_the_other_way_round(
    records: Records, rows: Rows
) -> None:
    records.connection.execute(text("CREATE TEMPORARY TABLE asked (parcel_id text)"))
    part = Scope(9, "asked")
    # what is older than the word for it is of everything
    whole(rows, 100, 3)
    whole(rows, 200, 2, stats={"complete": True, "whole": False})
    assert (doubted(records, 100, 1000) == "", doubted(records, 200, 1000, scope=part) == "") == (True, True)
    assert (doubted(records, 200, 1000) == "", doubted(records, 100, 1000, scope=part) == "") == (False, False)
    whole(rows, 300, 1, stats={"complete": True, "whole": True})
    assert (doubted(records, 300, 1000) == "", doubted(records, 200, 1000, scope=part) == "") == (True, True)


def test_what_is_newly_unwanted_is_not_missing(records: Records, rows: Rows) -> None:
    def doubt(unwanted: int, usable: int = 40) -> str:
        result = LoadResult(processed=usable, out_of_scope=unwanted)
        return "; ".join(doubts(records, DAY, Outcome(True, usable, usable), result, None, 100))

    assert [doubt(unwanted) == "" for unwanted in (0, 9, 10)] == [False, False, True]
    # as many were not wanted at the last load
    for out_of_scope in (20, 5):
        whole(rows, 100, 9, stats={"out_of_scope": out_of_scope})
    whole(rows, 100, 0, source="foreclosures", stats={"out_of_scope": 50})
    whole(rows, 100, 0, stage="enrich", stats={"out_of_scope": 50})
    whole(rows, None, 0, stats={"out_of_scope": 50})
    whole(Rows(records.connection.engine, "other-county"), 100, 0, stats={"out_of_scope": 50})
    assert [doubt(unwanted) == "" for unwanted in (14, 15, 16)] == [False, True, True]
    # fewer than then are none that are new, not less than none
    assert doubt(1, usable=50) == ""
    # where nothing is wanted any more, the publisher may use another word
    assert "shrunk from 100 to 0" in doubt(99, usable=0)


def test_the_source_says_what_is_missing_and_that_nothing_can_be_used(records: Records) -> None:
    def said(outcome: Outcome, result: LoadResult, scope: Scope | None = None) -> list[str]:
        return doubts(records, DAY, outcome, result, scope, 0)

    enough = LoadResult(processed=7)
    assert said(Outcome(False, 7, None), enough) == ["7 of an unknown number of records received"]
    assert said(Outcome(False, 0, 1), enough) == ["0 of 1 record received"]
    none_of_it = LoadResult(processed=3, failed=3)
    assert said(Outcome(True, 3, 3), none_of_it) == [
        "none of the 3 records can be used: see `wholesaler rejects list`", "0 usable records, at least 5 expected",
    ]  # fmt: skip
    assert said(Outcome(True, 0, 0), LoadResult()) == ["0 usable records, at least 5 expected"]
    # of some parcels, or of addresses, it is nothing to wonder at
    assert said(Outcome(True, 3, 3), none_of_it, Scope(3)) == []
    assert said(Outcome(False, 3, 4), none_of_it, Scope(3)) == ["3 of 4 records received"]


def test_a_fetch_that_was_not_complete_is_no_size_before(records: Records, rows: Rows) -> None:
    whole(rows, 100, 2)
    whole(rows, 100, 1, stats={"complete": False})
    assert doubted(records, 100, 1000) != ""


def test_only_active_records_of_the_source_and_of_the_parcels_asked_for_are_counted(
    records: Records, rows: Rows
) -> None:
    connection: Connection = records.connection
    for parcel_id in ("1", "2", "3"):
        rows.record("tax_sales", parcel_id, None)
    rows.record("tax_sales", "1", None, is_active=False)
    rows.record("tax_sales", "1", None, source="former")
    Rows(connection.engine, "other-county").record("tax_sales", "1", None)
    connection.execute(text("CREATE TEMPORARY TABLE asked AS SELECT unnest(ARRAY['1', '3', '9']) AS parcel_id"))
    assert (records.count_active(), records.count_active(Scope(3, "asked")), records.count_active(Scope(3))) == (
        3,
        2,
        0,
    )
