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
