"""Cities of a list without parcel numbers: from a field that has them with the ZIP, or by the roll."""

import re
from typing import Any

import pytest

from tests.draft.lists import ROLL, ROWS, TODAY, cases, looked
from wholesaler.draft.cities import settle_cities
from wholesaler.draft.sources import SourceDraft, draft_source

ADDRESSES = [f"{number} ELM ST" for number in range(1, ROWS + 1)]


def of_cases(addresses: list[str], **columns: list[Any]) -> SourceDraft:
    bare = {name: values for name, values in cases().items() if name != "PIN"} | {"ADDRESS": addresses}
    return draft_source(looked(bare | columns, "Code Violations"), (), TODAY)


@pytest.mark.parametrize(
    ("text", "city", "zip_code"),
    [
        ("OAK HILL 44146", "OAK HILL", "44146"), ("St. Cloud / 34769-1201", "St. Cloud", "34769"),
        ("Milton, PA 17847", "Milton", "17847"),
    ],
)  # fmt: skip
def test_a_city_with_its_zip_is_cut_apart(text: str, city: str, zip_code: str) -> None:
    source = of_cases(ADDRESSES, **{"Town & ZIP": [text] * 80 + [""] * 20})
    for column, expected in (("city", city), ("zip_code", zip_code)):
        value = source.columns.fields[column]
        match = re.search(value["match"], text)
        assert (value["field"], match and match[1]) == ("Town & ZIP", expected)
        # where the ZIP is missing, the city is still one, and the ZIP nothing to be told of
        alone = re.search(value["match"], "Milton")
        assert alone is not None
        assert alone[1] == ("Milton" if column == "city" else None)
    assert "city" not in source.columns.questions


def roll(cities: list[str]) -> SourceDraft:
    return draft_source(looked(ROLL | {"SITUS_CITY": cities}, "Parcels"), (), TODAY)


@pytest.mark.parametrize(
    ("other", "asked", "line"), [(0, True, "ERIE"), (2, True, "ERIE"), (3, True, "CITY"), (5, False, "")]
)
def test_the_roll_tells_in_which_cities_addresses_lie(other: int, asked: bool, line: str) -> None:
    source = of_cases([address.title().replace(" ", "  ") for address in ADDRESSES])
    settle_cities([source, roll(["MILTON"] * other + ["ERIE"] * (ROWS - other))])
    question = source.columns.questions.get("city")
    assert (question is not None) is asked
    if question is not None:
        assert question.choices == (("city", {"const": line}),)


def test_addresses_that_are_not_on_the_roll_tell_nothing() -> None:
    source = of_cases([f"{number} OAK AVE" for number in range(ROWS)])
    settle_cities([source, roll(["MILTON", "ERIE"] * 50)])
    assert source.columns.questions["city"].choices == (("city", {"const": "CITY"}),)
