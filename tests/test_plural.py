"""How many of what: of one there is one, in any number of people's words."""

import re
from pathlib import Path

import pytest

from wholesaler.plural import counted

PACKAGE = Path(__file__).parent.parent / "wholesaler"
#: a number in a text with a noun of several behind it, which would be wrong of one
MANY = re.compile(r"\{[^{}]*:,\} (leads|records|rows|parcels|addresses|errors|warnings|alerts|days|duplicates)\b")


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 leads"), (1, "1 lead"), (2, "2 leads"), (1200, "1,200 leads"), (-1, "-1 leads")]
)
def test_one_is_one(number: int, said: str) -> None:
    assert counted(number, "lead") == said


def test_some_nouns_have_a_plural_of_their_own() -> None:
    assert [counted(number, "address", "addresses") for number in (1, 2)] == ["1 address", "2 addresses"]


def test_no_text_of_the_program_has_a_plural_for_any_number() -> None:
    found = [f"{path.name}: {text[0]}" for path in PACKAGE.rglob("*.py") for text in MANY.finditer(path.read_text())]
    assert found == []
