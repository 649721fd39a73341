"""What tells how a record stands is mapped, made a condition, or asked about; it is never left out unsaid."""

from typing import Any

import pytest

from tests.draft.lists import OWNERS, PARCELS, ROWS, TODAY, cases, looked
from wholesaler.draft.sources import SourceDraft, draft_source
from wholesaler.draft.statuses import KNOWN
from wholesaler.draft.vocabulary import meaning_of, words_of
from wholesaler.draft.writing import mapped

SUITS: dict[str, list[Any]] = {
    "CASE_NUMBER": [f"F-{number:05d}" for number in range(ROWS)],
    "PIN": PARCELS,
    "MORTGAGOR": OWNERS,
    "RECORDED_DATE": ["2026-10-02"] * ROWS,
}


def of_suits(words: list[str], name: str = "STATUS") -> SourceDraft:
    return draft_source(looked(SUITS | {name: words}, "Lis Pendens"), (), TODAY)


def test_a_suit_that_has_ended_is_left_out_by_a_condition() -> None:
    source = of_suits(["Lis Pendens Filed"] * 40 + ["Sale Scheduled"] * 30 + ["Dismissed"] * 20 + ["SOLD"] * 10)
    assert source.only == {"STATUS": ["Lis Pendens Filed", "Sale Scheduled"]}
    assert "STATUS" not in source.ignored()
    assert source.questions.get("only") is None
    assert "'Dismissed' (20), 'SOLD' (10)" in source.comments["only"][0]


def test_a_condition_names_every_spelling() -> None:
    assert of_suits(["Active", "ACTIVE", "active ", "Closed"] * 25).only == {"STATUS": ["Active", "ACTIVE", "active"]}


def test_words_of_suits_that_are_not_clear_are_asked_with_their_counts() -> None:
    source = of_suits(["Active"] * 60 + ["Cured"] * 30 + ["Zugzwang"] * 10)
    assert source.only == {"STATUS": ["Active"]}
    (question,) = source.questions["only"]
    assert "'Zugzwang' (10, median of RECORDED_DATE 2026-10-02)." in question.seen
    (question,) = of_suits(["Alpha"] * 60 + ["Beta"] * 40).questions["only"]
    assert question.choices == (("only", {"STATUS": ["Alpha", "Beta"]}),)


def test_a_result_that_only_ended_suits_have_leaves_the_others() -> None:
    source = of_suits(["Sold to Plaintiff"] * 30 + ["Dismissed"] * 30 + [""] * 40, "SALE_RESULT")
    assert source.only == {"SALE_RESULT": {"present": False}}


@pytest.mark.parametrize("name", ["CASE_DISPOSITION", "Disposition Text", "INSPECTION_RESULT", "CURRENT_STAGE"])
def test_a_status_is_one_under_other_names(name: str) -> None:
    columns = cases() | {name: ["In Violation", "Closed - Complied"] * 50}
    del columns["STATUS"]
    source = draft_source(looked(columns, "Code Violations"), (), TODAY)
    assert source.columns.fields["status"] == name
    assert source.words["status"].mapped == {"In Violation": "Open", "Closed - Complied": "Closed"}


def test_a_disposition_that_only_ended_cases_have_leaves_the_others_open() -> None:
    columns = cases() | {"DISPOSITION": ["Abated", "Dismissed", "", "", ""] * 20}
    del columns["STATUS"]
    source = draft_source(looked(columns, "Code Violations"), (), TODAY)
    assert source.columns.fields["status"] == {"first": ["DISPOSITION", {"const": "Open"}]}
    assert source.words["status"].mapped == {"Abated": "Closed", "Dismissed": "Closed"}


@pytest.mark.parametrize(("known", "column"), [(50, "WHERE_IT_IS"), (49, None)])
def test_a_field_whose_name_does_not_say_so_is_one_by_its_words(known: int, column: str | None) -> None:
    assert known in {KNOWN * ROWS, KNOWN * ROWS - 1}
    columns = cases() | {"WHERE_IT_IS": ["Pending"] * known + ["Zugzwang"] * (ROWS - known)}
    del columns["STATUS"]
    source = draft_source(looked(columns, "Code Violations"), (), TODAY)
    assert source.columns.fields.get("status") == column


def test_words_of_a_sale_that_are_no_sale_stand_for_themselves() -> None:
    words = ["Pending Sale", "Paid In Full", "Pulled by Court", "No Bid - Struck to County"] * 25
    sales = {"PIN": PARCELS, "SALE_DATE": ["2026-12-10"] * ROWS, "OUTCOME": words}
    source = draft_source(looked(sales, "Tax Deed Sales"), (), TODAY)
    assert source.columns.fields["deed_status"] == "OUTCOME"
    assert source.words["deed_status"].mapped == {
        "Pending Sale": "Active Sale", "Paid In Full": "Paid In Full", "Pulled by Court": "Pulled by Court",
    }  # fmt: skip
    assert source.of_words("deed_status").choices == (("No Bid - Struck to County", "Lands Available"),)


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("ned recorded", "Open"), ("notice of default", "Open"), ("sale scheduled", "Open"), ("continued", "Open"),
        ("cured", "Closed"), ("withdrawn", "Closed"), ("deeded", "Closed"), ("sold to third party", "Closed"),
        ("removed - court order", "Closed"), ("bankruptcy", None), ("zugzwang", None),
    ],
)  # fmt: skip
def test_words_of_suits_that_are_clear(word: str, meaning: str | None) -> None:
    assert meaning_of("sale", word) == meaning


STAGES = {"1": "Received", "2": "Closed - Compliance Achieved", "3": "Zugzwang", "4": "Abatement Ordered"}


def test_codes_of_a_status_are_told_by_the_names_that_the_publisher_has_for_them() -> None:
    columns = cases() | {"CASE_STAT": [1, 2, 3, 2] * 25, "KIND": ["VB", "ZN"] * 50}
    del columns["STATUS"]
    kinds = {"VB": "Vacant Building", "ZN": "Zoning"}
    source = draft_source(looked(columns, "Cases", codes={"CASE_STAT": STAGES, "KIND": kinds}), (), TODAY)
    assert source.columns.fields["status"] == "CASE_STAT"
    # with those that nobody met, as far as they are clear
    assert list(mapped(source.words["status"])) == [
        '1 = "Open"  # Received', '2 = "Closed"  # Closed - Compliance Achieved', '4 = "Open"  # Abatement Ordered',
    ]  # fmt: skip
    question = source.of_words("status")
    assert ("'3' (Zugzwang, 25)" in question.seen, question.choices) == (True, (("3", "Closed"),))
    assert source.columns.fields["case_type"] == "KIND"
    assert list(mapped(source.words["case_type"])) == ['VB = "Vacant Building"', 'ZN = "Zoning"']


def test_a_condition_on_codes_names_the_codes() -> None:
    columns = SUITS | {"STAGE": [1, 2] * 50}
    source = draft_source(
        looked(columns, "Lis Pendens", codes={"STAGE": {"1": "Sale Scheduled", "2": "Dismissed"}}), (), TODAY
    )
    assert source.only == {"STAGE": ["1"]}
    assert "'2' (Dismissed, 50)" in source.comments["only"][0]


def test_a_status_that_nobody_filled_is_none() -> None:
    columns = cases() | {"CASE_STATUS": [""] * ROWS}
    del columns["STATUS"]
    source = draft_source(looked(columns, "Code Violations"), (), TODAY)
    assert "CASE_STATUS" not in source.columns.fields.values()


def test_two_letters_are_clear_together_alone() -> None:
    pair = words_of("status", {"O": 5, "C": 3})
    assert pair is not None
    assert pair.mapped == {"O": "Open", "C": "Closed"}
    three = words_of("status", {"O": 5, "C": 3, "P": 1})
    assert three is not None
    assert three.unclear == {"O": 5, "C": 3, "P": 1}


def test_words_beside_their_codes_are_taken() -> None:
    columns = cases() | {"STATUS": ["A", "B"] * 50, "STATUS_DESC": ["Open", "Complied"] * 50}
    source = draft_source(looked(columns, "Code Violations"), (), TODAY)
    assert source.columns.fields["status"] == "STATUS_DESC"
    assert source.words["status"].mapped == {"Complied": "Closed"}


@pytest.mark.parametrize(("different", "asked"), [(15, True), (16, False)])
def test_numbers_of_a_status_without_names_are_asked(different: int, asked: bool) -> None:
    columns = cases() | {"CASE_STATUS": [number % different for number in range(ROWS)]}
    del columns["STATUS"]
    source = draft_source(looked(columns, "Code Violations"), (), TODAY)
    assert ("status" in source.words) is asked
    assert (source.columns.fields.get("status") == "CASE_STATUS") is asked


@pytest.mark.parametrize(("different", "many"), [(40, False), (41, True)])
def test_more_words_than_anybody_maps_are_said(different: int, many: bool) -> None:
    source = of_suits([f"stage {number % different}" for number in range(ROWS)])
    (question,) = source.questions["only"]
    assert ("different words" in question.seen) is many


def test_who_bought_a_house_is_in_no_question() -> None:
    buyers = [f"{chr(65 + number % 26)}ADA OKAFOR {chr(65 + number // 26)}" for number in range(ROWS)]
    (question,) = of_suits(buyers, "SALE_RESULT").questions["only"]
    assert question.choices == (("only", {"SALE_RESULT": ["WORD"]}),)
    assert "OKAFOR" not in question.seen
