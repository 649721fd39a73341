"""A homestead is told by what says yes, and no only where many have it."""

from typing import Any

import pytest

from tests.draft.lists import PARCELS, ROWS, TODAY, looked
from wholesaler.draft.flags import COMMON
from wholesaler.draft.sources import SourceDraft, draft_source


def of_roll(values: list[Any], codes: dict[str, str] | None = None, **more: list[Any]) -> SourceDraft:
    columns = {"PIN": PARCELS, "OWNER_NAME": [f"MILLER RUTH {n}" for n in range(ROWS)], "HOMESTEAD": values} | more
    return draft_source(looked(columns, "Parcels", codes={"HOMESTEAD": codes} if codes else None), (), TODAY)


@pytest.mark.parametrize(("has", "unknown"), [(19, True), (20, False)])
@pytest.mark.parametrize(("yes", "no"), [(True, False), ("Y", "N"), ("Yes", "No"), ("1", "0")])
def test_no_of_an_exemption_that_few_have_is_not_known(has: int, unknown: bool, yes: Any, no: Any) -> None:
    assert has in {COMMON * ROWS, COMMON * ROWS - 1}
    source = of_roll([yes] * has + [no] * (ROWS - has))
    assert source.columns.fields["homestead"] == "HOMESTEAD"
    word = str(no).lower() if isinstance(no, bool) else no
    assert source.words["homestead"].mapped == ({word: ""} if unknown else {})
    assert ("homestead" in source.comments) is unknown


@pytest.mark.parametrize("mark", ["Y", "HX", "25000"])
@pytest.mark.parametrize(("has", "unknown"), [(19, True), (20, False)])
def test_what_is_empty_is_no_where_many_have_it(mark: str, has: int, unknown: bool) -> None:
    source = of_roll([mark] * has + [""] * (ROWS - has))
    assert source.columns.fields["homestead"] == {"present": "HOMESTEAD"}
    words = source.words["homestead"].mapped if "homestead" in source.words else {}
    assert words == ({"no": ""} if unknown else {})


CODES = {"10": "Owner Occupied", "20": "Senior Freeze", "30": "Non-Resident", "40": "Life Tenant"}


def test_what_the_publisher_calls_its_codes_tells_them() -> None:
    source = of_roll(["10"] * 40 + ["20"] * 10 + ["30"] * 40 + ["40"] * 10, CODES)
    assert source.columns.fields["homestead"] == "HOMESTEAD"
    words = source.words["homestead"]
    assert (words.mapped, words.unclear) == ({"10": "yes", "20": "yes", "30": "no"}, {"40": 10})
    question = source.of_words("homestead")
    assert "'40' (Life Tenant, 10)" in question.seen
    # whoever takes the line as it stands says nothing of them
    assert (question.choices, question.behind) == ((("40", ""),), ("Life Tenant",))


@pytest.mark.parametrize("no", ["N", "NONE", "Not eligible"])
def test_what_holds_a_word_for_no_is_no_mark(no: str) -> None:
    source = of_roll(["Y"] * 40 + [no] * 30 + ["Zugzwang"] * 10 + [""] * 20)
    assert source.columns.fields["homestead"] == "HOMESTEAD"
    assert source.words["homestead"].unclear == {"Zugzwang": 10}


def test_an_exemption_that_has_ended_is_asked() -> None:
    source = of_roll(["Y"] * 40 + ["N"] * 30 + ["Homestead denied"] * 30)
    assert source.words["homestead"].unclear == {"Homestead denied": 30}


@pytest.mark.parametrize(("more", "asked"), [(["Y", "N"] * 50, True), (["A", "B"] * 50, False), (["N"] * 100, False)])
def test_of_two_that_may_say_it_both_are_asked_with_their_shares(more: list[str], asked: bool) -> None:
    source = of_roll(["Y"] * 8 + ["N"] * 92, OCC_FLAG_CR=more)
    assert ("homestead" in source.columns.fields) is not asked
    if asked:
        (question,) = source.questions["homestead"]
        assert "OCC_FLAG_CR of 50% of the parcels, HOMESTEAD of 8% of the parcels" in question.seen
        assert question.choices == (("homestead", "OCC_FLAG_CR"), ("homestead", "HOMESTEAD"))
