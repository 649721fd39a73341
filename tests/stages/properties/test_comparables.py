"""Sales nearby that a parcel is compared with: every limit at its edge, what a change reaches, and a plain reading."""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from statistics import median, quantiles
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import DOWNTOWN, Rows
from tests.stages.county import Database, shifted
from tests.stages.properties.rolls import context_of, market_of, read_whole
from wholesaler.stages.properties.county import refresh_county_facts
from wholesaler.stages.properties.parcels import refresh_parcels

MILE = 1609.344
#: comparables depend on the day: 12 and 24 months before it are the 20th too
DAY = date(2025, 11, 20)
YEAR, TWO_YEARS = date(2024, 11, 20), date(2023, 11, 20)
ONE_DAY = timedelta(days=1)
MARKET = market_of(assessments={})
PLAIN: dict[str, Any] = {
    "use_code": "0100", "living_area": 1_000, "building_mkt": 90_000, "total_mkt": 100_000, "sale_qualified": True,
    "sale_date": DAY - timedelta(days=30), "sale_price": 200_000,
}  # fmt: skip


@pytest.fixture
def rows(engine: Engine) -> Rows:
    found = Rows(engine)
    read_whole(found, "assessments")
    return found


def record(rows: Rows, number: str, point: tuple[float, float] | None = DOWNTOWN, **values: Any) -> None:
    place = {} if point is None else {"location": point}
    rows.record("property_records", number, None, source="assessments", merged=False, **place, **values)


def subject(rows: Rows, number: str = "subject", **values: Any) -> None:
    """A parcel with a signal: 1,000 square feet downtown, never sold."""
    rows.property(number)
    record(rows, number, **{**PLAIN, "sale_date": None, "sale_price": None, "sale_qualified": None, **values})


def sales(rows: Rows, *prices: float, north: float = 100, **values: Any) -> None:
    """Sales of 1,000 square feet, so many metres away."""
    for price in prices:
        place = shifted(DOWNTOWN, 0, north)
        record(rows, rows.parcel(), **{"point": place, **PLAIN, "sale_price": price, **values})


def compare(engine: Engine, day: date = DAY) -> int:
    context = context_of(engine, MARKET, day)
    with engine.begin() as connection:
        refresh_parcels(connection, MARKET, day)
        return refresh_county_facts(connection, context)


def found(engine: Engine, number: str = "subject") -> tuple[Any, ...]:
    """Value, count, low, high."""
    (row,) = Database(engine).rows("SELECT * FROM parcels WHERE parcel_id = :id", id=number)
    value = tuple(row[f"comparable_{name}"] for name in ("value", "count", "low", "high"))
    return tuple(None if one is None else float(one) for one in value)


def test_the_value_is_the_living_area_at_the_median_price_a_square_foot_with_the_quartiles(
    engine: Engine, rows: Rows
) -> None:
    subject(rows, living_area=1_100)
    sales(rows, 100_000, 200_000, 300_000, 400_000, 1_000_000)
    compare(engine)
    assert found(engine) == (330_000, 5, 220_000, 440_000)


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({"living_area": 800}, True), ({"living_area": 799}, False), ({"living_area": 1_200}, True),
        ({"living_area": 1_201}, False), ({"use_code": "0101"}, False), ({"use_code": None}, False),
        ({"sale_date": DAY}, True), ({"sale_date": DAY + ONE_DAY}, False), ({"sale_date": None}, False),
        ({"sale_date": TWO_YEARS}, True), ({"sale_date": TWO_YEARS - ONE_DAY}, False),
        ({"sale_price": 10_000}, True), ({"sale_price": 9_999}, False), ({"sale_price": None}, False),
        ({"sale_qualified": False}, False), ({"sale_qualified": None, "sale_price": 50_000}, True),
        ({"sale_qualified": None, "sale_price": 49_999}, False), ({"sale_qualified": None, "total_mkt": None}, False),
        ({"point": shifted(DOWNTOWN, 0.999 * MILE)}, True), ({"point": shifted(DOWNTOWN, 1.001 * MILE)}, False),
        ({"point": shifted(DOWNTOWN, 0, -0.999 * MILE)}, True), ({"point": shifted(DOWNTOWN, 0, -1.001 * MILE)}, False),
        ({"point": None}, False), ({"is_active": False}, False),
    ],
)  # fmt: skip
def test_a_third_sale_makes_a_value_when_it_is_comparable(
    engine: Engine, rows: Rows, values: dict[str, Any], counts: bool
) -> None:
    subject(rows)
    sales(rows, 200_000, 200_000, sale_date=YEAR - ONE_DAY, north=0.9 * MILE)
    compare(engine)
    assert found(engine) == (None, 2, None, None)
    record(rows, "third", **{**PLAIN, "sale_date": YEAR - ONE_DAY, **values})
    compare(engine)
    value, count, _, _ = found(engine)
    assert (value is not None, count) == ((True, 3) if counts else (False, 2))


@pytest.mark.parametrize(
    ("near", "far", "expected"),
    [
        # of a year within half a mile, else of two years there, else of a year within a mile, else of two
        ([DAY] * 3, [DAY] * 3, (100_000, 3)), ([DAY] * 2 + [YEAR], [DAY] * 3, (100_000, 3)),
        ([DAY] * 2 + [YEAR - ONE_DAY], [DAY] * 3, (100_000, 3)), ([DAY] * 3 + [YEAR - ONE_DAY] * 2, [], (100_000, 3)),
        ([DAY] * 2, [DAY] * 3, (300_000, 5)), ([YEAR - ONE_DAY] * 2, [DAY] * 3, (300_000, 3)),
        ([YEAR - ONE_DAY] * 2, [DAY] * 2, (200_000, 4)), ([DAY], [YEAR - ONE_DAY] * 2, (300_000, 3)),
        ([DAY], [YEAR - ONE_DAY], (None, 2)), ([], [], (None, 0)),
    ],
)  # fmt: skip
def test_the_nearest_then_the_latest_that_are_enough_are_taken(
    engine: Engine, rows: Rows, near: list[date], far: list[date], expected: tuple[float | None, int]
) -> None:
    subject(rows)
    for day in near:
        sales(rows, 100_000, sale_date=day, north=0.499 * MILE)
    for day in far:
        sales(rows, 300_000, sale_date=day, north=0.501 * MILE)
    compare(engine)
    assert found(engine)[:2] == expected


def test_a_parcels_own_sale_is_none_of_its_comparables(engine: Engine, rows: Rows) -> None:
    subject(rows, sale_date=DAY, sale_price=900_000, sale_qualified=True)
    sales(rows, 100_000, 100_000)
    compare(engine)
    assert found(engine) == (None, 2, None, None)
    sales(rows, 100_000)
    compare(engine)
    assert found(engine)[:2] == (100_000, 3)


@pytest.mark.parametrize(
    "lacks", [{"building_mkt": 0}, {"living_area": 0}, {"living_area": None}, {"use_code": None}, {"point": None}]
)
def test_land_and_what_lacks_a_fact_has_no_comparables(engine: Engine, rows: Rows, lacks: dict[str, Any]) -> None:
    subject(rows, **lacks)
    sales(rows, 100_000, 100_000, 100_000)
    compare(engine)
    assert found(engine) == (None, None, None, None)


def test_only_parcels_with_a_signal_are_compared_and_a_second_run_writes_nothing(engine: Engine, rows: Rows) -> None:
    subject(rows)
    sales(rows, 100_000, 100_000, 100_000)
    assert compare(engine) == 2  # its comparables, and its value to the median
    assert Database(engine).column("SELECT parcel_id FROM parcels WHERE comparable_count IS NOT NULL") == ["subject"]
    before = Database(engine).versions("parcels", "counted_sales", "merged_rolls")
    assert compare(engine) == 0
    assert Database(engine).versions("parcels", "counted_sales", "merged_rolls") == before
    rows.execute("UPDATE properties SET is_active = false RETURNING 1")
    compare(engine)
    assert found(engine) == (None, None, None, None)


def test_another_day_counts_otherwise_and_the_same_day_again_as_before(engine: Engine, rows: Rows) -> None:
    subject(rows)
    sales(rows, 100_000, 100_000, 100_000, sale_date=YEAR)
    sales(rows, 400_000, 400_000, 400_000, 400_000, sale_date=TWO_YEARS + ONE_DAY)
    expected = {
        DAY: (100_000, 3), DAY + ONE_DAY: (400_000, 7), DAY + 2 * ONE_DAY: (100_000, 3), YEAR: (400_000, 7),
        YEAR - ONE_DAY: (400_000, 4),
    }  # fmt: skip
    for _ in range(2):
        for day, values in expected.items():
            compare(engine, day)
            assert found(engine)[:2] == values, day


def test_a_change_is_seen_where_it_was_and_where_it_is(engine: Engine, rows: Rows) -> None:
    here, there = DOWNTOWN, shifted(DOWNTOWN, 5 * MILE)
    subject(rows, "here", point=here)
    subject(rows, "there", point=there)
    sales(rows, 100_000, 100_000, point=here)
    sales(rows, 300_000, 300_000, point=there)
    record(rows, "moves", **{**PLAIN, "point": here})
    compare(engine)
    assert (found(engine, "here")[1], found(engine, "there")[1]) == (3, 2)
    change = "UPDATE property_records SET {}, updated_at = now() WHERE record_key = 'moves' RETURNING 1"
    rows.execute(change.format(f"location = ST_GeogFromText('POINT({there[0]} {there[1]})')"))
    compare(engine)
    assert (found(engine, "here")[1], found(engine, "there")[1]) == (2, 3)
    rows.execute(change.format("use_code = '0400'"))
    compare(engine)
    assert (found(engine, "here")[1], found(engine, "there")[1]) == (2, 2)
    rows.execute(change.format("use_code = '0100', sale_price = 900000"))
    compare(engine)
    assert found(engine, "there")[:2] == (300_000, 3)
    rows.execute(change.format("is_active = false"))
    compare(engine)
    assert found(engine, "there")[:2] == (None, 2)


def test_without_a_whole_roll_there_are_no_comparables(engine: Engine, rows: Rows) -> None:
    subject(rows)
    sales(rows, 100_000, 100_000, 100_000)
    compare(engine)
    rows.execute("DELETE FROM data_ingestion_runs RETURNING 1")
    compare(engine)
    assert found(engine) == (None, None, None, None)
    assert Database(engine).value("SELECT count(*) FROM counted_sales") == 0
    read_whole(rows, "assessments")
    compare(engine)
    assert found(engine)[:2] == (100_000, 3)


def plain_reading(parcels: Mapping[str, dict[str, Any]], number: str, day: date) -> tuple[Any, ...]:
    """The comparables of one parcel, by looking at every other one."""
    own = parcels[number]
    if own["building_mkt"] == 0 or not own["living_area"] or own["use_code"] is None:
        return None, None, None, None
    rates: dict[tuple[float, int], list[float]] = {}
    for other, parcel in parcels.items():
        sold, price, area = parcel["sale_date"], parcel["sale_price"], parcel["living_area"]
        if other == number or sold is None or sold > day or price < 10_000 or not area:
            continue
        if parcel["sale_qualified"] is False or (parcel["sale_qualified"] is None and price < parcel["total_mkt"] / 2):
            continue
        if parcel["use_code"] != own["use_code"] or not 8 * own["living_area"] <= 10 * area <= 12 * own["living_area"]:
            continue
        east, north = (parcel["metres"][axis] - own["metres"][axis] for axis in (0, 1))
        miles = (east**2 + north**2) ** 0.5 / MILE
        for reach in (0.5, 1):
            for months, since in ((12, day.replace(year=day.year - 1)), (24, day.replace(year=day.year - 2))):
                if miles <= reach and sold >= since:
                    rates.setdefault((reach, months), []).append(price / area)
    for level in ((0.5, 12), (0.5, 24), (1, 12), (1, 24)):
        if len(rates.get(level, [])) >= 3:
            low, _, high = quantiles(rates[level], n=4, method="inclusive")
            area = own["living_area"]
            return median(rates[level]) * area, len(rates[level]), low * area, high * area
    return None, len(rates.get((1, 24), [])), None, None


def test_a_plain_reading_of_a_made_up_county_agrees_as_days_pass_and_records_change(engine: Engine, rows: Rows) -> None:
    chance = random.Random(4)

    def made_up() -> dict[str, Any]:
        # by whole steps, so that none lies within an inch of half a mile
        metres = (chance.randint(-30, 30) * 60.0, chance.randint(-30, 30) * 60.0)
        return {
            "metres": metres, "use_code": chance.choice(["0100", "0400", None]),
            "living_area": chance.choice([0, 800, 1_000, 1_000, 1_200, 1_500]),
            "building_mkt": chance.choice([0, 90_000, 90_000, 90_000]), "total_mkt": 100_000,
            "sale_date": chance.choice([None, DAY - timedelta(days=chance.randint(-20, 900))]),
            "sale_price": chance.choice([100, 9_999, 10_000, 49_999, 50_000, 120_000, 250_000]),
            "sale_qualified": chance.choice([True, False, None]),
        }  # fmt: skip

    parcels = {str(number): made_up() for number in range(400)}
    for number, values in parcels.items():
        if int(number) % 4 == 0:
            rows.property(number)
        fields = {name: value for name, value in values.items() if name != "metres"}
        record(rows, number, shifted(DOWNTOWN, *values["metres"]), **fields)
    for night in range(5):
        day = DAY + timedelta(days=9 * night)
        compare(engine, day)
        compared = 0
        for number in parcels:
            expected = plain_reading(parcels, number, day) if int(number) % 4 == 0 else (None,) * 4
            assert found(engine, number) == pytest.approx(expected, abs=0.01), (night, number)
            compared += expected[0] is not None
        assert compared > 10
        assert compare(engine, day) == 0
        for number in chance.sample(sorted(parcels), 25):
            parcels[number] = values = made_up()
            place = shifted(DOWNTOWN, *values["metres"])
            names = [name for name in values if name != "metres"]
            rows.execute(
                f"UPDATE property_records SET {', '.join(f'{name} = :{name}' for name in names)}, updated_at = now(),"
                " location = ST_SetSRID(ST_MakePoint(:x, :y), 4326) WHERE record_key = :id RETURNING 1",
                id=number, x=place[0], y=place[1], **{name: values[name] for name in names},
            )  # fmt: skip
