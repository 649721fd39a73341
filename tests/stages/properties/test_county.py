"""What the whole roll tells of a parcel: the median of its kind; for whom, and when it is not known."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import Rows
from tests.stages.county import Database
from tests.stages.properties.rolls import context_of, market_of, read_whole
from wholesaler.markets import Market
from wholesaler.stages.properties.county import refresh_county_facts
from wholesaler.stages.properties.parcels import refresh_parcels
from wholesaler.stages.properties.rolls import merged_rolls

ROLL = market_of(assessments={})


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


def parcel(rows: Rows, value: float | None, source: str = "assessments", signal: bool = True, **other: Any) -> str:
    number = rows.parcel()
    if signal:
        rows.property(number)
    rows.record("property_records", number, None, source=source, merged=False, total_mkt=value, **other)
    return number


def refresh(engine: Engine, market: Market = ROLL) -> int:
    context = context_of(engine, market)
    with engine.begin() as connection:
        refresh_parcels(connection, market, context.as_of)
        return refresh_county_facts(connection, context)


def fact(engine: Engine, number: str) -> Any:
    return Database(engine).value("SELECT value_to_median FROM parcels WHERE parcel_id = :id", id=number)


def test_the_value_is_compared_with_the_median_of_its_kind(engine: Engine, rows: Rows) -> None:
    dwellings = [parcel(rows, value, building_mkt=1) for value in (100_000, 200_000, 400_000, 500_000)]
    unknown = parcel(rows, 300_000)
    land = [parcel(rows, value, building_mkt=0) for value in (10_000, 40_000)]
    # neither counts: not on the roll, or without a value
    parcel(rows, None, building_mkt=0)
    parcel(rows, 0)
    read_whole(rows, "assessments")
    refresh(engine)
    assert fact(engine, dwellings[0]) == Decimal("0.3333")
    assert fact(engine, unknown) == 1
    assert [fact(engine, number) for number in land] == [Decimal("0.4"), Decimal("1.6")]


def test_what_is_worth_a_dollar_has_a_value(engine: Engine, rows: Rows) -> None:
    numbers = [parcel(rows, value) for value in (1, 3, 0)]
    # what another market's parcels are worth is no matter of these
    theirs = Rows(engine, "other-county")
    theirs.insert("parcels", parcel_id=numbers[0], is_listed=True, total_mkt=9, value_to_median=7)
    read_whole(rows, "assessments")
    refresh(engine)
    found = Database(engine).rows("SELECT market, value_to_median AS fact FROM parcels ORDER BY market DESC, parcel_id")
    assert [row["fact"] for row in found] == [7, Decimal("0.5"), Decimal("1.5"), None]


def test_only_parcels_with_a_signal_are_compared_and_a_second_time_nothing_is_written(
    engine: Engine, rows: Rows
) -> None:
    quiet = parcel(rows, 100_000, signal=False)
    loud = parcel(rows, 300_000)
    worthless = parcel(rows, 0)
    read_whole(rows, "assessments")
    assert refresh(engine) == 1
    assert [fact(engine, number) for number in (quiet, loud, worthless)] == [None, Decimal("1.5"), None]
    before = Database(engine).versions("parcels", "merged_rolls")
    assert refresh(engine) == 0
    assert Database(engine).versions("parcels", "merged_rolls") == before
    rows.execute("UPDATE properties SET is_active = parcel_id = :id RETURNING 1", id=quiet)
    rows.property(quiet)
    assert refresh(engine) == 2
    assert (fact(engine, quiet), fact(engine, loud)) == (Decimal("0.5"), None)


def test_the_medians_follow_what_a_merge_changes(engine: Engine, rows: Rows) -> None:
    number = parcel(rows, 100_000)
    parcel(rows, 300_000)
    read_whole(rows, "assessments")
    refresh(engine)
    assert fact(engine, number) == Decimal("0.5")
    rows.execute(
        "UPDATE property_records SET is_active = false, updated_at = now() WHERE total_mkt = 300000 RETURNING 1"
    )
    refresh(engine)
    assert fact(engine, number) == 1


@pytest.mark.parametrize(
    ("whole", "known"),
    [
        ((), (False, False)), (("assessments",), (True, False)), (("owners",), (False, False)),
        (("assessments", "owners"), (True, True)),
    ],
)  # fmt: skip
def test_what_a_source_gives_is_known_of_the_county_when_that_was_read_whole(
    engine: Engine, rows: Rows, whole: tuple[str, ...], known: tuple[bool, bool]
) -> None:
    market = market_of(
        assessments={"fields": {"parcel": "A", "total_mkt": "B"}}, owners={"fields": {"parcel": "A", "owner_name": "C"}}
    )
    number = parcel(rows, 100_000)
    rows.record("property_records", number, None, source="owners", merged=False, owner_name="SMITH JOHN")
    for source in ("assessments", "owners"):
        read_whole(rows, source, whole=False)
        read_whole(rows, source, status="partial")
    read_whole(rows, *whole)
    refresh(engine, market)
    with engine.connect() as connection:
        knows_owners = merged_rolls(connection, market.key).cover(market, {"owner_name"})
    assert (fact(engine, number) is not None, knows_owners) == known


def test_a_source_that_never_gave_anything_makes_nothing_unknown(engine: Engine, rows: Rows) -> None:
    number = parcel(rows, 100_000)
    read_whole(rows, "assessments")
    refresh(engine, market_of(assessments={}, dead={}))
    assert fact(engine, number) == 1


def test_without_a_whole_roll_what_was_known_goes(engine: Engine, rows: Rows) -> None:
    number = parcel(rows, 100_000)
    read_whole(rows, "assessments")
    refresh(engine)
    rows.execute("DELETE FROM data_ingestion_runs RETURNING 1")
    refresh(engine)
    assert fact(engine, number) is None
