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
