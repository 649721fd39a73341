"""What a line of a file of contacts has: telephones, e-mails and answers in their order, and whom it forbids."""

from pathlib import Path

import pytest

from wholesaler.errors import UsageError
from wholesaler.leads.contact_file import Contact, ContactFile, Line
from wholesaler.leads.suppression import Entry, Unusable
from wholesaler.markets import load_market

LEAD = "orange-fl:292228000000001"


def lines(directory: Path, headings: str, *rows: str) -> tuple[list[Line], Unusable]:
    path, unusable = directory / "back.csv", Unusable()
    path.write_text("\n".join((headings, *rows)) + "\n")
    return list(ContactFile(path, load_market("orange-fl"), unusable).lines()), unusable


def line(directory: Path, headings: str, row: str) -> Line:
    (only,), unusable = lines(directory, headings, row)
    assert not unusable.counts
    return only


def forbidden(directory: Path, headings: str, row: str) -> list[tuple[str, str, str | None]]:
    """Telephone or lead, reason, and what was said."""
    entries = line(directory, f"lead_id,{headings}", f"{LEAD},{row}").forbidden
    assert all(entry.with_owner is (entry.parcel is not None) for entry in entries)
    return [(entry.parcel or entry.telephones[0][-4:], entry.reason, entry.note) for entry in entries]


def test_contacts_are_in_the_order_of_their_kinds(tmp_path: Path) -> None:
    headings = "lead_id,Notes,Email 1,Phone 1,Phone Type 1,Phone 2,Email 2,Result"
    found = line(tmp_path, headings, f"{LEAD},{'n' * 501},mailto:A@B.co,n/a,Cell,4075550101,-,Left message")
    assert (found.number, found.parcel_ids, found.forbidden) == (2, ("292228000000001",), ())
    assert found.contacts == (
        Contact("telephone", "+14075550101", 0), Contact("email", "a@b.co", 1), Contact("result", "Left message", 2),
        Contact("result", "n" * 500, 3),
    )  # fmt: skip
    several = "lead_id,Phone 1,Phone Type 1,Phone 2,Email 1,Email 2,Result"
    found = line(tmp_path, several, f"{LEAD},4075550101,,4075550102,a@b.co,c@d.co,None")
    assert [(one.value, one.place, one.label) for one in found.contacts] == [
        ("+14075550101", 0, None), ("+14075550102", 1, None), ("a@b.co", 2, None), ("c@d.co", 3, None),
    ]  # fmt: skip


def test_what_cannot_be_used_is_told_by_its_line_and_short(tmp_path: Path) -> None:
    name, other = "n" * 45, "o" * 45
    found, unusable = lines(
        tmp_path, f"lead_id,APN,Phone,Email,{name} Litigator".replace(name, "Litigator " + "is " * 15),
        f"{LEAD},,{name},,", f"{LEAD},,,{name},", f"{LEAD},,,,{name}", f"{other}:{other},,4075550101,,",
        ",,4075550101,,",
    )  # fmt: skip
    assert [one.number for one in found] == [2, 3, 4, 5, 6]
    assert [one.parcel_ids for one in found] == [("292228000000001",)] * 3 + [()] * 2
    mark = ("Litigator " + "is " * 15)[:40]
    assert [tuple(one.values()) for one in unusable.examples] == [
        (2, f"'{name[:40]}' is no telephone"), (3, f"'{name[:40]}' is no e-mail address"),
        (4, f"'{name[:40]}' in {mark} is neither yes nor no"),
        (5, f"'{f'{other}:{other}'[:80]}' is a lead of {other[:40]}, and not of orange-fl"), (6, "it names no lead"),
    ]  # fmt: skip


@pytest.mark.parametrize(("length", "is_one"), [(254, True), (255, False)])
def test_an_address_has_at_most_254_characters(tmp_path: Path, length: int, is_one: bool) -> None:
    (found,), unusable = lines(tmp_path, "lead_id,Email", f"{LEAD},{'a' * (length - 5)}@b.co")
    assert (len(found.contacts), unusable.counts["email"]) == ((1, 0) if is_one else (0, 1))


def test_a_line_is_about_all_the_leads_that_it_names(tmp_path: Path) -> None:
    two = f"{LEAD} orange-fl:292228000000002"
    found = line(tmp_path, "lead_id,APN,Litigator,Phone", f"{two},292228000000009,Y,4075550101")
    assert found.parcel_ids == ("292228000000001", "292228000000002")
    assert found.forbidden == (
        Entry(2, telephones=("+14075550101",), reason="litigator", note="Litigator: Y"),
        *(Entry(2, parcel=one, with_owner=True, reason="litigator", note="Litigator: Y") for one in two.split()),
    )
    # a number alone is one, with what separates its parts, and may have two readings
    # a number alone may have two readings, and what has spaces in it is one
    (either, spaced), unusable = lines(
        tmp_path, "lead_id,APN,Phone", ",292228000000001,4075550101", ",29 22,4075550101"
    )
    assert (either.parcel_ids, spaced.parcel_ids) == (("292228000000001", "282229000000001"), ())
    assert unusable.counts == {"parcel": 1}


CASES = [
    ("Phone,Phone Status,Phone DNC,Litigator", "4075550101,,Y,",
     [("0101", "dnc", "Phone DNC: Y")]),
    # the gravest reason of each
    ("Phone,Phone DNC,Phone Tag,Litigator,Deceased", "4075550101,Y,Litigator,Y,Y",
     [("0101", "litigator", "Phone Tag: Litigator"), (LEAD, "litigator", "Litigator: Y")]),
    ("Phone,Deceased,Do Not Mail", "4075550101,Y,Y", [(LEAD, "deceased", "Deceased: Y")]),
    # DNC is of all telephones, and of the lead only where there is none
    ("Phone 1,Phone 2,DNC", "4075550101,4075550102,Y", [("0101", "dnc", "DNC: Y"), ("0102", "dnc", "DNC: Y")]),
    ("Phone 1,DNC", ",Y", [(LEAD, "dnc", "DNC: Y")]),
    ("Phone 1,Result", "4075550101,Do not mail", [(LEAD, "do_not_mail", "Result: Do not mail")]),
    ("Phone 1,Result", "4075550101,DNC number", [("0101", "dnc", "Result: DNC number")]),
    ("Phone 1,Result", ",DNC number", [(LEAD, "dnc", "Result: DNC number")]),
    ("Phone 1,Result", "4075550101,Wrong number", [("0101", "other", "Result: Wrong number")]),
    ("Phone 1,Result", ",Wrong number", []),
    ("Phone 1,Phone 2,Result", "4075550101,,Wrong number", []),
    ("Phone 1,Result", f"4075550101,Do not call {'x' * 28}",
     [(one, "dnc", f"Result: Do not call {'x' * 28}") for one in ("0101", LEAD)]),
    ("Phone 1,Result", f"4075550101,Do not call {'x' * 29}", [("0101", "dnc", "Result"), (LEAD, "dnc", "Result")]),
]  # fmt: skip


@pytest.mark.parametrize(("headings", "row", "whom"), CASES)
def test_whom_a_line_forbids(tmp_path: Path, headings: str, row: str, whom: list[tuple[str, str, str]]) -> None:
    assert forbidden(tmp_path, headings, row) == whom


def test_an_answer_about_a_number_is_kept_beside_no_other(tmp_path: Path) -> None:
    found = line(tmp_path, "lead_id,Phone,Result,Notes", f"{LEAD},4075550101,Wrong number,DNC number")
    assert [one.kind for one in found.contacts] == ["telephone"]
    found = line(tmp_path, "lead_id,Phone,Result,Notes", f"{LEAD},,Wrong number,DNC number")
    assert [one.value for one in found.contacts] == ["Wrong number", "DNC number"]


def test_a_file_names_a_lead_and_a_contact(tmp_path: Path) -> None:
    for headings, missing in (
        ("Phone,Size", "a lead_id or a parcel number"), ("lead_id,Size", "a telephone, an e-mail or a result"),
        ("Litigator,Size", "a lead_id or a parcel number"), ("Size", "a telephone, an e-mail or a result"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=f"none of them is {missing}"):
            lines(tmp_path, headings, "1")
    for headings in ("APN,Litigator", "lead_id,Phone"):
        assert len(lines(tmp_path, headings, f"{LEAD},N")[0]) == 1
    with pytest.raises(UsageError, match=rf"^{tmp_path}/back\.csv cannot be used: it has no header row"):
        lines(tmp_path, "")
    with pytest.raises(UsageError, match=r"none\.csv cannot be read: No such file or directory\."):
        ContactFile(tmp_path / "none.csv", load_market("orange-fl"), Unusable())
