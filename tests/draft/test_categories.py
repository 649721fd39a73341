"""What a case is about stands in a list of few words, if there is one, and not in notes."""

from typing import Any

import pytest

from tests.draft.lists import ROWS, TODAY, cases, looked
from wholesaler.draft.sources import SourceDraft, draft_source

WORDS = ["Overgrown lot", "Roof open", "Junk in yard", "Fence down"] * 25
NOTES = [f"spoke to a neighbor, gate {number} locked, dog" for number in range(ROWS)]


def of_cases(titles: dict[str, str] | None = None, **columns: list[Any]) -> SourceDraft:
    return draft_source(looked(cases() | columns, "Code Violations", titles=titles), (), TODAY)


@pytest.mark.parametrize(
    ("name", "title"), [("ComplaintNature", ""), ("ZQ_CAT2", "Violation"), ("PROBLEM", ""), ("sub_type", "")]
)
@pytest.mark.parametrize("notes", ["COMMENTS", "field_notes", "Remarks"])
def test_few_words_come_before_notes(name: str, title: str, notes: str) -> None:
    fields = of_cases({name: title} if title else {}, **{name: WORDS, notes: NOTES}).columns.fields
    assert (fields["case_type"], fields["description"]) == (name, name)


def test_a_description_stays_and_a_type_too() -> None:
    prose = [f"Weeds of {number} inches and more at the back of the house" for number in range(ROWS)]
    kinds = ["Fence", "Unsafe", "Sign", "Vacant"] * 25
    fields = of_cases(CASE_TYPE=kinds, VIOLATION_DESC=prose, COMPLAINT=WORDS).columns.fields
    assert (fields["case_type"], fields["description"]) == ("CASE_TYPE", "VIOLATION_DESC")


@pytest.mark.parametrize(
    "columns",
    [
        {"COMPLAINT": NOTES}, {"COMPLAINT": ["Y", "N"] * 50}, {"COMPLAINT": WORDS, "PROBLEM": WORDS},
        {"COMPLAINT": [*WORDS[:79], *[""] * 21]}, {"COMPLAINT_NO": WORDS},
        {"VIOL_SEC": ["12-4", "18-220", "7", "9"] * 25},
    ],
)  # fmt: skip
def test_what_is_no_list_of_few_words_is_none(columns: dict[str, list[Any]]) -> None:
    assert "case_type" not in of_cases(**columns).columns.fields
