"""Sums, shares and equal fields of a roll, which prove what no name says."""

from typing import Any

import pytest

from tests.draft.lists import ROLL, ROWS, TODAY, looked
from wholesaler.draft.sources import SourceDraft, draft_source

LAND = [9_000 + 10 * number for number in range(ROWS)]
HOUSE = [0 if number % 10 == 0 else 80_000 + 37 * number for number in range(ROWS)]
SHOP = [50_000 + number if number % 25 == 1 else 0 for number in range(ROWS)]
SHED = [1_500 if number % 7 == 0 else 0 for number in range(ROWS)]


def total(*parts: list[int]) -> list[int]:
    return [sum(row) for row in zip(*parts, strict=True)]


def of_roll(titles: dict[str, str] | None = None, **columns: list[Any]) -> SourceDraft:
    bare = {name: values for name, values in ROLL.items() if not name.endswith("VALUE")}
    texts = {name: [str(value) for value in values] for name, values in columns.items()}
    return draft_source(
        looked(bare | {"LAND_VALUE": list(map(str, LAND))} | texts, "Parcels", titles=titles), (), TODAY
    )


def told(source: SourceDraft) -> tuple[Any, Any, Any]:
    return tuple(source.columns.fields.get(column) for column in ("total_mkt", "building_mkt", "extra_features_mkt"))  # type: ignore[return-value]


def test_the_whole_of_its_parts_is_the_market_value() -> None:
    source = of_roll(V1=HOUSE, V2=SHOP, V3=SHED, V4=total(LAND, HOUSE, SHOP, SHED), titles={"V3": "Yard items"})
    assert told(source) == ("V4", {"sum": ["V1", "V2"]}, "V3")
    assert "V4 is the sum of LAND_VALUE, V1, V2, V3" in source.comments["total_mkt"][0]
    assert "total_mkt" not in source.columns.questions


@pytest.mark.parametrize(("wrong", "found"), [(2, True), (3, False)])
def test_a_sum_holds_in_nearly_all_records(wrong: int, found: bool) -> None:
    whole = total(LAND, HOUSE)
    source = of_roll(V1=HOUSE, V4=[5_000_000] * wrong + whole[wrong:])
    assert (told(source)[0] == "V4") is found
    assert ("total_mkt" in source.columns.questions) is not found


def test_farm_land_is_no_building() -> None:
    source = of_roll(V1=HOUSE, AG_CREDIT=SHOP, V4=total(LAND, HOUSE, SHOP))
    assert told(source) == ("V4", None, None)


def test_an_assessed_value_is_the_sum_of_assessed_parts_and_no_market_value() -> None:
    assert told(of_roll(V1=HOUSE, ASSESSED_V=total(LAND, HOUSE)))[0] is None


@pytest.mark.parametrize(
    ("share", "wrong", "taken"), [(0.35, 2, True), (0.35, 3, False), (0.95, 0, True), (0.96, 0, False), (1.5, 0, False)]
)
def test_a_constant_share_is_the_assessed_value(share: float, wrong: int, taken: bool) -> None:
    market = total(LAND, HOUSE)
    part = [7_777] * wrong + [round(share * value) for value in market[wrong:]]
    assert (of_roll(TOTAL_VALUE=market, ZQ=part).columns.fields.get("total_assd") == "ZQ") is taken


def test_what_the_assessed_value_is_a_share_of_is_the_market_value() -> None:
    market = [100_000 + 370 * number for number in range(ROWS)]
    source = of_roll(V1=market, V2=[value + 5_000 for value in market], ASSESSED=[value // 10 * 4 for value in market])
    assert source.columns.fields["total_mkt"] == "V1"


@pytest.mark.parametrize(("other", "taken"), [("0.2500", True), ("0.26", False), ("", False)])
def test_two_that_are_the_same_are_no_question(other: str, taken: bool) -> None:
    acres = {"ACREAGE": ["0.25", "0.31"] * 50, "ACRES": [other, "0.31"] * 50}
    source = of_roll(**acres)
    assert (source.columns.fields.get("acreage") == "ACREAGE") is taken
    assert ("acreage" in source.columns.questions) is not taken


def test_numbers_that_could_be_days_are_compared_as_numbers() -> None:
    source = of_roll(WORTH_A=HOUSE, WORTH_B=[value + 1 for value in HOUSE])
    assert len(source.columns.questions["total_mkt"].choices) == 2
