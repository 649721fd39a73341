"""Words of a status that nobody could tell are told by the day on which records ended."""

from typing import Any

import pytest

from tests.draft.lists import OWNERS, PARCELS, ROWS, TODAY, cases, looked
from wholesaler.draft.sources import SourceDraft, draft_source
from wholesaler.draft.vocabulary import is_likely_over, meaning_of

DAY = "2026-10-01"


def of_cases(words: list[str], closed: list[str]) -> SourceDraft:
    columns: dict[str, list[Any]] = cases() | {"STATUS": words, "CLOSURE_DATE": closed}
    return draft_source(looked(columns, "Code Violations"), (), TODAY)


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("Roof Repaired", "Closed"), ("Entered by Error", "Closed"), ("Notice Rescinded", "Closed"),
        ("Taxes Redeemed", "Closed"), ("Foreclosed; title passed", "Closed"),
        ("Sent to court - no further action", "Closed"),
        ("To be repaired", None), ("Not repaired", None), ("Partially satisfied", None), ("Order issued: seal", "Open"),
        ("Appeal dismissed", None), ("Sold", None),
    ],
)  # fmt: skip
def test_what_is_over_is_told_wherever_a_word_says_it(word: str, meaning: str | None) -> None:
    assert meaning_of("status", word.casefold()) == meaning


def test_a_house_that_may_still_be_redeemed_is_asked() -> None:
    assert meaning_of("sale", "sold - in redemption") is None
    assert meaning_of("sale", "sold - redemption period expired") == "Closed"
    assert (is_likely_over("sold"), is_likely_over("not sold yet"), is_likely_over("zugzwang")) == (True, False, False)


@pytest.mark.parametrize(("ended", "meaning"), [(18, "Closed"), (17, None), (1, "Open"), (2, None)])
def test_the_day_of_the_end_tells_a_word_at_its_edges(ended: int, meaning: str | None) -> None:
    words = ["Open"] * 40 + ["Complied"] * 40 + ["Zugzwang"] * 20
    source = of_cases(words, [""] * 40 + [DAY] * 40 + [DAY] * ended + [""] * (20 - ended))
    assert source.columns.fields["resolved_date"] == "CLOSURE_DATE"
    assert source.words["status"].mapped.get("Zugzwang") == meaning
    if meaning is None:
        assert source.of_words("status").choices == (("Zugzwang", "Closed" if ended == 17 else "Open"),)


def test_a_day_that_does_not_part_the_known_words_tells_nothing() -> None:
    source = of_cases(["Open", "Complied", "Zugzwang", "Fernweh"] * 25, [DAY, DAY, DAY, ""] * 25)
    assert source.of_words("status").choices == (("Zugzwang", "Closed"), ("Fernweh", "Open"))


def test_an_open_word_of_which_all_have_ended_is_asked() -> None:
    source = of_cases(["Open"] * 50 + ["Complied"] * 40 + ["Referred to the state"] * 10, [""] * 50 + [DAY] * 50)
    assert source.of_words("status").choices == (("Referred to the state", "Closed"),)


def test_a_suit_that_ended_is_left_out_by_its_day() -> None:
    suits = {
        "CASE_NUMBER": [f"F-{number:05d}" for number in range(ROWS)], "PIN": PARCELS, "MORTGAGOR": OWNERS,
        "RECORDED_DATE": ["2026-09-02"] * ROWS, "STATUS": ["Active", "Dismissed", "Zugzwang", "Fernweh"] * 25,
        "DATE_OF_RELEASE": ["", DAY, "", DAY] * 25,
    }  # fmt: skip
    source = draft_source(looked(suits, "Lis Pendens"), (), TODAY)
    assert source.only == {"STATUS": ["Active", "Zugzwang"]}
    assert "only" not in source.questions


def test_the_day_of_a_judgment_is_no_end() -> None:
    columns = cases() | {"STATUS": ["Open", "Complied", "Zugzwang", "Zugzwang"] * 25, "JUDGMENT_DATE": ["", DAY] * 50}
    source = draft_source(looked(columns, "Code Violations"), (), TODAY)
    assert source.of_words("status").choices == (("Zugzwang", "Open"),)
