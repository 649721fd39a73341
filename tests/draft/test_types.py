"""Of an index of suits those that are no foreclosures are left out or asked about; liens may be for several things."""

from typing import Any

import pytest

from tests.draft.lists import OWNERS, PARCELS, ROWS, TODAY, looked
from wholesaler.draft.sources import SourceDraft, draft_source

SUITS: dict[str, list[Any]] = {
    "CASE_NUMBER": [f"F-{number:05d}" for number in range(ROWS)], "PIN": PARCELS, "MORTGAGOR": OWNERS,
    "RECORDED_DATE": ["2026-10-02"] * ROWS,
}  # fmt: skip


def of_suits(words: list[str], further: dict[str, list[Any]] | None = None, **codes: dict[str, str]) -> SourceDraft:
    columns = SUITS | {"DOC_KIND": words} | (further or {})
    return draft_source(looked(columns, "Lis Pendens", codes=codes), (), TODAY)


def test_suits_of_another_type_are_left_out_and_said() -> None:
    names = {"DT": "Deed of Trust", "DV": "Divorce", "QT": "Quiet Title"}
    source = of_suits(["DT", "DT", "DV", "QT"] * 25, {"STATUS": ["Active", "Dismissed"] * 50}, DOC_KIND=names)
    assert source.only == {"DOC_KIND": ["DT"], "STATUS": ["Active"]}
    assert "'DV' (Divorce, 25), 'QT' (Quiet Title, 25)" in source.comments["only"][0]
    assert source.columns.fields["record_type"] == "DOC_KIND"


def test_types_that_nobody_could_tell_are_asked() -> None:
    source = of_suits(["Mortgage Suit", "Zugzwang"] * 50)
    (question,) = source.questions["only"]
    assert question.choices == (("only", {"DOC_KIND": ["Mortgage Suit", "Zugzwang"]}),)
    both = of_suits(["Mortgage Suit", "Zugzwang"] * 50, {"STATUS": ["Alpha", "Beta"] * 50})
    assert [bool(one.choices) for one in both.questions["only"]] == [True, False]


@pytest.mark.parametrize(("different", "read"), [(20, True), (21, False)])
def test_more_words_are_no_type(different: int, read: bool) -> None:
    words = ["Foreclosure", *(f"Divorce {number % (different - 1)}" for number in range(ROWS - 1))]
    assert bool(of_suits(words).only) is read


def test_liens_for_several_things_are_liens() -> None:
    liens = {"PIN": PARCELS, "LIEN_NUMBER": [f"L-{number:04d}" for number in range(ROWS)],
             "LIEN_TYPE": ["MOWING", "DEMO OF HOUSE - DEMOLITION"] * 50}  # fmt: skip
    source = draft_source(looked(liens, "Demolition and Mowing Liens"), (), TODAY)
    assert source.columns.fields["signal"] == {"const": "lien"}
    only = draft_source(looked(liens | {"LIEN_TYPE": ["DEMOLITION", "RAZE"] * 50}, "Demolition Liens"), (), TODAY)
    assert only.columns.fields["signal"] == {"const": "demolition"}
