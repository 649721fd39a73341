"""What follows from a parcel's merged values: since when it is held, and whether it is land."""

import itertools
import re
from datetime import date, timedelta
from string import ascii_uppercase, digits
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import Rows
from tests.stages.properties.rolls import change, market_of, merge, one, record
from wholesaler.stages.properties.merge import LOWEST_PRICE, _land_rules

#: values in one table, owners in another, sales in a third
THREE: dict[str, dict[str, Any]] = {
    "assessments": {}, "owners": {}, "sales": {"record_date": "sale_date", "stale_after_days": 30},
}  # fmt: skip

BEFORE, AFTER = date(2012, 5, 1), date(2024, 3, 1)


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


@pytest.mark.parametrize(
    ("day", "price", "held"),
    [
        (AFTER, LOWEST_PRICE, AFTER), (AFTER, LOWEST_PRICE - 1, BEFORE), (AFTER, 0, BEFORE), (AFTER, None, None),
        (BEFORE, 100, BEFORE), (BEFORE - timedelta(days=1), 100, None), (None, 100, None), (None, None, None),
        (date(2001, 1, 1), 90_000, date(2001, 1, 1)), (None, 90_000, None),
    ],
)  # fmt: skip
def test_held_since_is_the_last_sale_at_a_price_and_an_heirs_deed_resets_nothing(
    engine: Engine, rows: Rows, day: date | None, price: int | None, held: date | None
) -> None:
    market = market_of(assessments={})
    record(rows, "assessments", "1", sale_date=BEFORE, sale_price=150_000)
    merge(engine, market)
    assert one(engine)["held_since"] == BEFORE
    change(rows, "assessments", "1", sale_date=day, sale_price=price)
    for _ in range(2):
        merge(engine, market, everything=True)
        assert one(engine)["held_since"] == held


@pytest.mark.parametrize(
    ("day", "price", "held"),
    [
        (AFTER, LOWEST_PRICE - 1, BEFORE), (AFTER, 0, BEFORE), (BEFORE, 0, BEFORE),
        (BEFORE - timedelta(days=1), 0, None), (AFTER, LOWEST_PRICE, AFTER), (AFTER, None, BEFORE), (None, 0, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("lived", [False, True])
def test_a_fresh_database_knows_of_a_sale_that_another_source_still_has(
    engine: Engine, rows: Rows, day: date | None, price: int | None, held: date | None, lived: bool
) -> None:
    """The county shows an heir's deed, the state's roll of last year the sale before."""
    market = market_of(assessments={}, owners={})
    record(rows, "owners", "1", sale_date=BEFORE, sale_price=150_000)
    if lived:
        record(rows, "assessments", "1", sale_date=BEFORE, sale_price=150_000)
        merge(engine, market)
        change(rows, "assessments", "1", sale_date=day, sale_price=price)
    else:
        record(rows, "assessments", "1", sale_date=day, sale_price=price)
    merge(engine, market)
    assert one(engine)["held_since"] == held


def test_of_a_deed_at_no_price_alone_nothing_is_known(engine: Engine, rows: Rows) -> None:
    record(rows, "assessments", "1", sale_date=AFTER, sale_price=100)
    merge(engine, market_of(assessments={}))
    assert one(engine)["held_since"] is None


@pytest.mark.parametrize(
    ("state", "values", "is_land"),
    [
        ("FL", {"building_mkt": 0, "use_code": "0100"}, True), ("FL", {"building_mkt": 1, "use_code": "0000"}, False),
        ("FL", {}, None), ("FL", {"living_area": 900}, False), ("FL", {"living_area": 0}, None),
        ("FL", {"use_code": "00"}, True), ("FL", {"use_code": "000"}, True), ("FL", {"use_code": "0000"}, True),
        ("FL", {"use_code": "0"}, True), ("FL", {"use_code": "10"}, True), ("FL", {"use_code": "010"}, True),
        ("FL", {"use_code": " 1000 "}, True), ("FL", {"use_code": "4000"}, True), ("FL", {"use_code": "070"}, True),
        ("FL", {"use_code": "0100"}, False), ("FL", {"use_code": "001"}, False), ("FL", {"use_code": "01"}, False),
        ("FL", {"use_code": "100"}, False), ("FL", {"use_code": "1100"}, False),
        ("FL", {"use_code": "Vacant Residential", "living_area": 5}, True), ("FL", {"use_code": "CONDO"}, None),
        ("PA", {"use_code": "100"}, None), ("PA", {"use_code": "VACANT LAND"}, True),
        ("PA", {"use_code": "VACANT COMMERCIAL BUILDING"}, None), ("PA", {"use_code": "NON-VACANTLY"}, None),
        ("MI", {"use_code": "402"}, True), ("MI", {"use_code": "401"}, False),
        ("TX", {"use_code": "C1"}, True), ("TX", {"use_code": "A1"}, False),
    ],
)  # fmt: skip
def test_land_is_what_has_no_building_else_what_its_use_code_says(
    engine: Engine, rows: Rows, state: str, values: dict[str, Any], is_land: bool | None
) -> None:
    record(rows, "assessments", "1", **values)
    merge(engine, market_of(assessments={}).model_copy(update={"state": state}))
    assert one(engine)["is_land"] is is_land


FLORIDA = {f"{before}{kind}" for kind in ("00", "10", "40", "70") for before in ("", "0")} | {"0"}
EXAMPLES = {
    "FL": (
        {"".join(code) for length in range(1, 6) for code in itertools.product(digits, repeat=length)},
        {"".join(code) for length in range(1, 5) for code in itertools.product(digits, repeat=length)},
        FLORIDA | {f"{kind}{number:02}" for kind in ("00", "10", "40", "70") for number in range(100)},
    ),
    "MI": (
        {f"{number}" for number in range(10_000)},
        {f"{number}" for number in range(100, 800)},
        {f"{number}02" for number in range(1, 7)},
    ),
    "TX": (
        {f"{letter}{number}" for letter in (*ascii_uppercase, *digits) for number in ("", *range(100))},
        {f"{letter}{number}" for letter in ascii_uppercase for number in ("", *range(10))},
        {f"{letter}{number}" for letter in "CD" for number in ("", *range(10))},
    ),
}


@pytest.mark.parametrize("state", EXAMPLES)
def test_the_codes_of_a_state_and_those_of_land(state: str) -> None:
    written, codes, land = EXAMPLES[state]
    rules = _land_rules()["states"][state]
    assert {code for code in {*written, "-", "1-2", "C-"} if re.search(rules["codes"], code)} == codes
    assert {code for code in codes if re.search(rules["land"], code)} == land
