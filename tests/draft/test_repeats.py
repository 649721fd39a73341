"""Several records of a roll with one parcel number: what tells them apart is asked about, with its line."""

from typing import Any

import pytest

from tests.draft.lists import PARCELS, ROWS, TODAY, looked
from wholesaler.draft.repeats import settle_repeats
from wholesaler.draft.sources import SourceDraft, draft_source

#: five parcels with a second record
REPEATED = [*PARCELS[:-5], *PARCELS[:5]]


def of_roll(**columns: list[Any]) -> SourceDraft:
    owners = {"OWNER_NAME": [f"MILLER RUTH {number}" for number in range(ROWS)]}
    source = draft_source(looked({"PIN": REPEATED} | owners | columns, "Parcels"), (), TODAY)
    settle_repeats(source)
    return source


def test_cards_of_a_parcel_are_told_apart_by_their_number() -> None:
    (question,) = of_roll(CARD=["1"] * 95 + ["2"] * 5).questions["only"]
    assert question.choices == (("only", {"CARD": 1}),)
    assert question.seen.startswith("5 parcel numbers stand on several records ('07-0000-003', ")


def test_accounts_of_two_kinds_are_told_apart_by_their_letter() -> None:
    accounts = [f"R{number:07d}" for number in range(95)] + [f"M{number:07d}" for number in range(5)]
    (question,) = of_roll(REFERENCE=accounts).questions["only"]
    assert question.choices == (("only", {"REFERENCE": {"at_least": "R", "below": "S"}}),)


@pytest.mark.parametrize(("others", "asked"), [(9, True), (10, False)])
def test_what_is_not_the_same_of_nearly_all_tells_nothing(others: int, asked: bool) -> None:
    """Of 90 numbers that stand alone, 81 must have it."""
    cards = ["1"] * (95 - others) + ["3"] * others + ["2"] * 5
    source = of_roll(CARD=cards)
    assert ("only" in source.questions) is asked
    assert any("rejected as duplicates" in note for note in source.notes) is not asked


def test_a_roll_without_repeats_says_nothing() -> None:
    source = draft_source(looked({"PIN": PARCELS, "CARD": ["1"] * ROWS}, "Parcels"), (), TODAY)
    settle_repeats(source)
    assert (source.questions, [note for note in source.notes if "several" in note]) == ({}, [])


@pytest.mark.parametrize(("differ", "kept"), [(3, "MARKET_VALUE"), (2, None)])
def test_of_a_house_and_its_shed_the_one_of_the_higher_value_stands(differ: int, kept: str | None) -> None:
    values = [str(100_000 + 7 * number) for number in range(ROWS)]
    source = of_roll(MARKET_VALUE=[*values[:-5], *("900" for _ in range(differ)), *values[differ:5]])
    assert source.columns.fields["total_mkt"] == "MARKET_VALUE"
    assert source.latest_by == kept
