"""A list's key is what no two of its records share, where there is such a thing."""

from typing import Any

import pytest

from tests.draft.lists import PARCELS, ROWS, TODAY, cases, looked
from wholesaler.draft.sources import draft_source

TWICE = [f"V-{max(1, number):05d}" for number in range(ROWS)]
BOOKED = [f"B{number:05d}" for number in range(ROWS)]


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({}, ["case_number"]),
        ({"CASE_NUMBER": TWICE}, ["case_number", "parcel"]),
        ({"CASE_NUMBER": TWICE, "PIN": PARCELS[1:2] * 2 + PARCELS[2:]}, ["case_number"]),
        ({"CASE_NUMBER": TWICE, "REGISTRY_NO": BOOKED}, [{"field": "REGISTRY_NO"}]),
        ({"CASE_NUMBER": TWICE, "REGISTRY_NO": TWICE}, ["case_number", "parcel"]),
        ({"REGISTRY_NO": BOOKED}, ["case_number"]),
        # the number of a line is that of another case tomorrow
        ({"CASE_NUMBER": TWICE, "LINE_NO": [str(2 * number + 2) for number in range(ROWS)]}, ["case_number", "parcel"]),
        ({"CASE_NUMBER": TWICE, "LINE_NO": [str(2 * number + 3) for number in range(ROWS)]}, [{"field": "LINE_NO"}]),
    ],
)
def test_a_key_is_what_no_two_records_share(columns: dict[str, list[Any]], key: list[Any]) -> None:
    assert draft_source(looked(cases() | columns, "Code Violations"), (), TODAY).key == key


def alike(rows: int) -> dict[str, list[Any]]:
    """Liens of which so many are as another in all fields but in none that could be of a key."""
    numbers = [f"07-{number % rows:04d}-003" for number in range(ROWS)]
    return {"PIN": numbers, "AMOUNT_DUE": [str(90 + number % 3) for number in range(ROWS)]}


def test_rows_that_are_the_same_in_all_fields_argue_against_no_key() -> None:
    once = alike(90) | {"AMOUNT_DUE": ["90"] * ROWS}
    source = draft_source(looked(once, "Weed Liens"), (), TODAY)
    assert source.key == ["parcel"]
    assert "10 records of those that were read are the same in all fields" in " ".join(source.notes)
    assert "key" not in source.questions


def test_a_question_about_the_key_leaves_one_line_of_it() -> None:
    source = draft_source(looked(alike(50), "Weed Liens", OBJECTID="esriFieldTypeOID"), (), TODAY)
    (question,) = source.questions["key"]
    assert (source.key, question.choices) == (["parcel"], ())
    assert "ROW_ID" not in question.do
