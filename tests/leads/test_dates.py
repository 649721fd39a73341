"""The days of leads for a calendar: what is one entry for good, which leads are in it, and how numbers grow."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.markets.samples import orange_market
from tests.stages.check.rows import Rows
from wholesaler.leads.dates import PAST_DAYS, lead_dates
from wholesaler.notify.calendar import CalendarDay

AS_OF = date(2025, 11, 20)
SALE = AS_OF + timedelta(days=20)


@pytest.fixture
def rows(engine: Engine) -> Rows:
    """Rows of the market, beside another one that has days and is watched."""
    other = Rows(engine, "other-county")
    theirs = other.property()
    watch(other, theirs)
    sale(other, theirs)
    step(other, theirs, next_date=SALE)
    return Rows(engine)


def sale(rows: Rows, property_id: int, day: date = SALE, kind: str = "tax_sale", **values: Any) -> None:
    rows.insert("sale_dates", property_id=property_id, kind=kind, day=day, **values)


def watch(rows: Rows, property_id: int) -> None:
    rows.insert("told_leads", property_id=property_id, signals=[])


def step(rows: Rows, property_id: int, status: str | None = "follow_up", **values: Any) -> None:
    rows.insert("lead_status_events", property_id=property_id, status=status, **values)


def days(rows: Rows, properties: Collection[int] | None = None, as_of: date = AS_OF) -> list[CalendarDay]:
    with rows.connect() as connection:
        return list(lead_dates(connection, orange_market(), as_of, properties))


def test_all_that_is_watched_or_what_is_asked_for(rows: Rows) -> None:
    watched, other = rows.property(address="1 ELM ST", city="Orlando", zip_code="32801"), rows.property()
    watch(rows, watched)
    for number in (watched, other):
        sale(rows, number)
    sale(rows, watched, SALE + timedelta(days=1), "auction", sequence=3)
    first, second = days(rows)
    assert (first.title, first.location) == ("Tax deed sale: 1 ELM ST, Orlando 32801", "1 ELM ST, Orlando 32801")
    assert (second.title, second.day, second.sequence) == (
        "Foreclosure auction: 1 ELM ST, Orlando 32801", SALE + timedelta(days=1), 3,
    )  # fmt: skip
    assert [one.day for one in days(rows, [other])] == [SALE]
    assert days(rows, []) == []
    # of both kinds of work, each once; what is asked for alone is no other
    step(rows, watched, next_date=SALE + timedelta(days=2))
    step(rows, other, None, note="seen")
    assert [one.day - SALE for one in days(rows)] == [timedelta(days=number) for number in (0, 0, 1, 2)]
    assert [one.day for one in days(rows, [other])] == [SALE]
    assert len({one.uid for one in (*days(rows), *days(rows, [other]))}) == 4


@pytest.mark.parametrize(("age", "is_in"), [(PAST_DAYS, True), (PAST_DAYS + 1, False)])
def test_what_is_long_past_is_no_entry(rows: Rows, age: int, is_in: bool) -> None:
    number = rows.property()
    watch(rows, number)
    sale(rows, number, AS_OF - timedelta(days=age))
    assert bool(days(rows)) is is_in


def test_a_follow_up_has_the_number_of_the_steps_and_goes_where_there_is_none(rows: Rows) -> None:
    number = rows.property()
    step(rows, number, next_date=SALE)
    (entry,) = days(rows)
    assert (entry.day, entry.sequence, entry.is_cancelled) == (SALE, 0, False)
    step(rows, number, None, note="no step")
    step(rows, number, next_date=SALE + timedelta(days=2))
    assert [(one.uid, one.day, one.sequence) for one in days(rows)] == [(entry.uid, SALE + timedelta(days=2), 1)]
    # taken back: it is where it was, by a higher number
    rows.execute("UPDATE lead_status_events SET undone_at = now() WHERE next_date > :day", day=SALE)
    assert [(one.day, one.sequence, one.is_cancelled) for one in days(rows)] == [(SALE, 2, False)]
    step(rows, number, "contacted")
    assert [(one.day, one.sequence, one.is_cancelled) for one in days(rows)] == [(SALE, 3, True)]


def test_a_follow_up_that_is_overdue_stays(rows: Rows) -> None:
    number = rows.property()
    step(rows, number, next_date=AS_OF - timedelta(days=PAST_DAYS + 1), changed_at="2025-10-01 00:00+00")
    assert len(days(rows)) == 1
    # one that is off goes as any other day does; the moment is that of what was done last
    step(rows, number, "contacted", changed_at="2025-10-03 00:00+00", undone_at="2025-10-04 00:00+00")
    step(rows, number, "contacted", changed_at="2025-10-02 00:00+00")
    assert days(rows) == []
    (entry,) = days(rows, as_of=AS_OF - timedelta(days=1))
    assert (entry.is_cancelled, entry.changed_at.day) == (True, 4)


def test_what_was_done_with_a_property_goes_with_it_into_another(rows: Rows) -> None:
    winner, loser = rows.property(), rows.property()
    step(rows, loser, next_date=SALE)
    sale(rows, loser)
    rows.execute(
        "UPDATE properties SET merged_into = :winner, is_active = false WHERE id = :loser", winner=winner, loser=loser
    )
    watch(rows, winner)
    (entry,) = days(rows)
    assert (entry.day, entry.uid.split(".")[0]) == (SALE, "follow_up")
    assert days(rows, [loser]) == []


@pytest.mark.parametrize("status", ["closed", "dnc", "dead"])
def test_nothing_is_in_it_of_what_somebody_is_done_with(rows: Rows, status: str) -> None:
    number, kept = rows.property(), rows.property()
    for one in (number, kept):
        watch(rows, one)
        sale(rows, one)
    step(rows, number, next_date=SALE)
    assert (len(days(rows)), len(days(rows, [number]))) == (3, 2)
    step(rows, number, status)
    assert (len(days(rows)), days(rows, [number])) == (1, [])


def test_nothing_is_in_it_of_what_is_suppressed_or_confidential(rows: Rows) -> None:
    suppressed, confidential = rows.property(), rows.property()
    for number in (suppressed, confidential):
        watch(rows, number)
        sale(rows, number)
    rows.execute(
        "INSERT INTO suppressions (market, kind, value, reason, source)"
        " SELECT market, 'parcel', parcel_id, 'litigator', 'a list' FROM properties WHERE id = :id", id=suppressed,
    )  # fmt: skip
    rows.execute(
        "INSERT INTO parcels (market, parcel_id, is_listed, confidential)"
        " SELECT market, parcel_id, true, true FROM properties WHERE id = :id", id=confidential,
    )  # fmt: skip
    assert days(rows) == days(rows, [suppressed, confidential]) == []
