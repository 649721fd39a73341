"""A roll without an owner, an address or a value is not left so unsaid."""

from typing import Any

import pytest

from tests.draft.lists import ROLL, ROWS, TODAY, looked
from wholesaler.draft.sources import SourceDraft, draft_source

MAIL: dict[str, list[Any]] = {
    "MAIL_CITY": ["BEDFORD", "PAOLI", "AKRON", "GARY"] * 25, "MAIL_STATE": ["OH", "OH", "TX", "CA"] * 25,
    "MAIL_ZIP": ["44146", "44147", "75001", "90001"] * 25,
}  # fmt: skip
#: whole names, most of them different
PEOPLE = [f"{chr(65 + number % 26)}ARLOW {chr(65 + number // 26)}ENRY" for number in range(ROWS)]
STREETS = [f"{number} OAK AVE" for number in range(1, ROWS + 1)]


def of_roll(*without: str, **further: list[Any]) -> SourceDraft:
    columns = {name: values for name, values in ROLL.items() if name not in without}
    return draft_source(looked(columns | further, "Parcels"), (), TODAY)


def test_the_one_field_that_says_owner_is_taken_and_said() -> None:
    source = of_roll("OWNER_NAME", Vested_Owner_Zq=PEOPLE)
    assert source.columns.fields["owner_name"] == "Vested_Owner_Zq"
    assert "owner_name" not in source.columns.questions


def test_names_that_no_word_tells_are_asked_and_masked() -> None:
    source = of_roll("OWNER_NAME", Zqx=PEOPLE)
    question = source.columns.questions["owner_name"]
    assert question.choices == (("owner_name", "Zqx"),)
    assert "ARLOW" not in question.seen


@pytest.mark.parametrize(("different", "asked"), [(20, True), (19, False)])
def test_few_different_texts_are_no_names(different: int, asked: bool) -> None:
    source = of_roll("OWNER_NAME", Zqx=[PEOPLE[number % different] for number in range(ROWS)])
    assert ("owner_name" in source.columns.questions) is asked
    assert any("no field has the owners' names" in note for note in source.notes) is not asked


def test_the_street_beside_the_owners_city_is_that_of_the_mail() -> None:
    source = of_roll(assessee_zq_street=STREETS, **MAIL)
    assert source.columns.fields["mail_address"] == "assessee_zq_street"
    further = {"CREATED": ["2020-01-01"] * ROWS, "ZQ_A": ["1"] * ROWS, "ZQ_B": ["1"] * ROWS}
    far = of_roll(**({"Zqx": STREETS} | further | MAIL))
    assert far.columns.questions["mail_address"].choices == (("mail_address", "Zqx"),)


def test_a_roll_that_has_neither_says_so() -> None:
    source = of_roll("OWNER_NAME", "SITUS_ADDRESS")
    assert sum("without it" in note for note in source.notes) == 3
    assert not {"owner_name", "mail_address"} & source.columns.questions.keys()
