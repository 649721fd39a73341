"""Whole lines of addresses are cut into street, city and ZIP."""

import re
from typing import Any

import pytest

from tests.draft.lists import PARCELS, ROWS, TODAY, cases, looked
from wholesaler.draft.lines import WHOLE
from wholesaler.draft.sources import SourceDraft, draft_source

LINES = [
    ("507 S Calle Del Sol Lane, Piedra West, CO 81007", "507 S Calle Del Sol Lane", "Piedra West", "81007"),
    ("12 Elm St, Unit B, Piedra West, CO 81007-1234", "12 Elm St, Unit B", "Piedra West", "81007"),
    ("12345 Elm St, Milton OH 44001", "12345 Elm St", "Milton", "44001"),
    ("9 Elm St, Milton, OH", "9 Elm St", "Milton", ""),
    ("9 ELM ST,MILTON, OH 44001", "9 ELM ST", "MILTON", "44001"),
    ("9 Elm St, Unit 4", "9 Elm St, Unit 4", "", ""),
    ("9 Elm St", "9 Elm St", "", ""),
    ("12345 County Road 7", "12345 County Road 7", "", ""),
]


def of_cases(lines: list[str], **columns: list[Any]) -> SourceDraft:
    without = {name: values for name, values in cases().items() if name != "PIN"}
    return draft_source(looked(without | {"LOCATION": lines} | columns, "Code Violations"), (), TODAY)


def cut(value: dict[str, str], line: str) -> str:
    """As a run does it."""
    found = re.search(value["match"], line)
    assert found is not None
    return (found[1] or "").strip()


@pytest.mark.parametrize(("line", "street", "city", "code"), LINES)
def test_a_whole_line_is_cut(line: str, street: str, city: str, code: str) -> None:
    source = of_cases([f"{number} Elm Street, Piedra West, CO 81007" for number in range(1, ROWS + 1)])
    fields = source.columns.fields
    assert "city" not in source.columns.questions
    assert [cut(fields[column], line) for column in ("address", "city", "zip_code")] == [street, city, code]


@pytest.mark.parametrize(("whole", "is_cut"), [(80, True), (79, False)])
def test_lines_are_cut_where_most_are_whole(whole: int, is_cut: bool) -> None:
    assert whole in {WHOLE * ROWS, WHOLE * ROWS - 1}
    lines = [f"{number} Elm Street, Milton, OH 44001" for number in range(1, whole + 1)]
    source = of_cases(lines + [f"{number} Oak Street" for number in range(1, ROWS - whole + 1)])
    assert isinstance(source.columns.fields["address"], dict) is is_cut


def test_a_city_of_its_own_stays() -> None:
    lines = [f"{number} Elm Street, Milton, OH 44001" for number in range(1, ROWS + 1)]
    source = of_cases(lines, CITY=["MILTON", "AVON"] * 50)
    assert source.columns.fields["city"] == "CITY"


def test_city_and_state_of_owners_are_cut_as_well() -> None:
    columns = {
        "PIN": PARCELS, "OWNER_NAME": [f"MILLER RUTH {n}" for n in range(ROWS)],
        "MAILING_STREET": [f"{n} OAK ST" for n in range(1, ROWS + 1)],
        "MAILING_CITY_STATE": ["COLORADO SPRINGS, CO", "LAKE CITY UT"] * 50, "MAILING_ZIP": ["80909", "84101"] * 50,
    }  # fmt: skip
    fields = draft_source(looked(columns, "Parcels"), (), TODAY).columns.fields
    assert (fields["mail_address"], fields["mail_zip"]) == ("MAILING_STREET", "MAILING_ZIP")
    for line, city, state in (("COLORADO SPRINGS, CO", "COLORADO SPRINGS", "CO"), ("LAKE CITY UT", "LAKE CITY", "UT")):
        assert (cut(fields["mail_city"], line), cut(fields["mail_state"], line)) == (city, state)


def test_a_line_without_a_state_is_cut_by_its_zip() -> None:
    fields = of_cases([f"{number} Elm Street, Piedra West 81007" for number in range(1, ROWS + 1)]).columns.fields
    told = [cut(fields[column], "9 Elm St, Milton 44001-12") for column in ("address", "city", "zip_code")]
    assert told == ["9 Elm St", "Milton", "44001"]
