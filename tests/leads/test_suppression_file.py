"""What the columns and the cells of a list of whom nobody is to contact mean."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wholesaler.errors import UsageError
from wholesaler.leads.suppression import Entry, Unusable
from wholesaler.leads.suppression_file import cell_text, read_list

PLACE = {"mail_address": "1 Oak St", "mail_city": "Orlando", "mail_state": "FL", "mail_zip": "32801"}


def entries(directory: Path, headings: str, *rows: str) -> tuple[list[Entry], Unusable]:
    path, unusable = directory / "list.csv", Unusable()
    path.write_text("\n".join((headings, *rows)) + "\n")
    return list(read_list(path, "sold", unusable)), unusable


@pytest.mark.parametrize(
    ("headings", "row", "values"),
    [
        ("APN,Phone 1,Cell,Note", "7,1,2,said", {"parcel": "7", "telephones": ("1", "2"), "note": "said"}),
        # the first of several, and of two that are alike the first
        ("Parcel,APN,Folio", "1,2,3", {"parcel": "1"}),
        ("Phone", "1", {"telephones": ("1",)}),
        ("Owner,First Name,Last Name,Address,City,State,Zip", "Roe LLC,Ann,Roe,1 Oak St,Orlando,FL,32801",
         {"owner_name": "Roe LLC", **PLACE}),
        ("Company,First Name,Last Name,Address", "Acme,Ann,Roe,1 Oak St",
         {"owner_name": "Acme", "mail_address": "1 Oak St"}),
        ("First Name,Last Name,Address", "Ann,Roe,1 Oak St", {"owner_name": "Ann Roe", "mail_address": "1 Oak St"}),
        ("Phone,Last Name,First Name", "1,,", {"telephones": ("1",)}),
        # what has a mailing address has no use for another one
        ("Owner,Mailing Address,Address,City", "Roe,1 Oak St,9 Elm St,Apopka",
         {"owner_name": "Roe", "mail_address": "1 Oak St"}),
        ("Phone,Reason", "1,Do not mail", {"telephones": ("1",), "reason": "do_not_mail"}),
        ("Phone,Reason", "1,", {"telephones": ("1",)}),
    ],
)  # fmt: skip
def test_a_line_is_what_its_headings_say(tmp_path: Path, headings: str, row: str, values: dict[str, Any]) -> None:
    (first, second), unusable = entries(tmp_path, headings, row, row)
    assert first == Entry(2, **{"reason": "sold", **values})
    assert second == replace(first, line=3)
    assert not unusable.counts


def test_a_reason_that_is_none_and_a_line_that_is_none_are_told(tmp_path: Path) -> None:
    found, unusable = entries(tmp_path, "Phone,Reason", f"1,{'r' * 41}", "1,dnc,x,y", "2,dnc")
    assert [(one.line, one.reason) for one in found] == [(2, "sold"), (4, "dnc")]
    assert unusable.examples[0] == {"line": 2, "why": f"'{'r' * 40}' is no reason; 'sold' is taken"}
    assert (unusable.examples[1]["line"], unusable.counts) == (3, {"reason": 1, "line": 1})


@pytest.mark.parametrize("headings", ["Owner,Size", "Mailing Address,First Name", "Address,City", "Size"])
def test_a_list_that_names_nobody_is_none(tmp_path: Path, headings: str) -> None:
    with pytest.raises(UsageError, match=f"has the headings {', '.join(headings.split(','))}: none of them is"):
        entries(tmp_path, headings, "1,2")
    with pytest.raises(UsageError, match=rf"^{tmp_path}/list\.csv cannot be used: it has no header row"):
        entries(tmp_path, "")


@pytest.mark.parametrize(
    ("value", "meant"),
    [(None, None), (4075550100.0, "4075550100"), (1.5, "1.5"), (7, "7"), ('="0123"', "0123"), ("'0123", "0123"),
     (" a\0b ", "ab"), ("", None), ('=""', None), ("'", None)],
)  # fmt: skip
def test_a_cell_is_its_text(value: Any, meant: str | None) -> None:
    assert cell_text(value) == meant
