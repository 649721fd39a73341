"""Which telephone a heading is about: by its number and its kind, the first contact's, or none."""

from dataclasses import replace

import pytest

from wholesaler.leads.contact_columns import Columns, Telephone, read_columns


def telephones(columns: Columns) -> dict[str, tuple[dict[str, str], list[tuple[str, str]]]]:
    return {each.value: (each.parts, each.marks) for each in columns.telephones}


@pytest.mark.parametrize(
    ("headings", "known", "unused"),
    [
        # without a device in it, or of another number, nobody knows of which
        ("Phone,Line Type,Phone Score", {"Phone": ({}, [])}, ["Line Type", "Phone Score"]),
        ("Phone 2,Phone Type,Phone 2 Tags", {"Phone 2": ({"tag": "Phone 2 Tags"}, [])}, ["Phone Type"]),
        ("Phone,Phone 1 Status", {"Phone": ({"state": "Phone 1 Status"}, [])}, []),
        (
            "Mobile 1,Landline 1,Mobile 1 DNC,Mobile 1 Status,Phone Type 7",
            {"Mobile 1": ({"state": "Mobile 1 Status"}, [("Mobile 1 DNC", "dnc")]), "Landline 1": ({}, [])},
            ["Phone Type 7"],
        ),
        ("Mobile 8,Landline 8,Phone Type 8", {"Mobile 8": ({}, []), "Landline 8": ({}, [])}, ["Phone Type 8"]),
        # a mark on a contact is one on its telephones, what kind they are is none
        (
            "Contact1Phone_1,Contact2Phone_1,Contact2 DNC,Contact3 DNC,Contact1 Phone Type,Contact 2 Litigator",
            {
                "Contact1Phone_1": ({}, []),
                "Contact2Phone_1": ({}, [("Contact2 DNC", "dnc"), ("Contact 2 Litigator", "litigator")]),
            },
            ["Contact3 DNC", "Contact1 Phone Type"],
        ),
    ],
)
def test_what_is_said_of_a_telephone_is_given_to_it(
    headings: str, known: dict[str, tuple[dict[str, str], list[tuple[str, str]]]], unused: list[str]
) -> None:
    columns = read_columns(headings.split(","))
    assert (telephones(columns), columns.unused) == (known, unused)
    assert columns.has_contacts
    assert not columns.has_marks


def test_a_mark_is_of_the_first_owner_of_all_telephones_or_of_one() -> None:
    headings = (
        "Phone 1,Phone 2,Do Not Contact 1,Contact 1 Litigator,Litigator 2,Deceased 1,Deceased 2,"
        "Contact 2 Do Not Mail,DNC,Do Not Mail,Contact 1 DNC,Contact 1 Do Not Contact,Litigator Score,Known Litigator"
    )
    columns = read_columns(headings.split(","))
    assert telephones(columns) == {
        "Phone 1": ({}, [("Do Not Contact 1", "dnc"), ("Contact 1 DNC", "dnc")]),
        "Phone 2": ({}, [("Litigator 2", "litigator")]),
    }
    assert columns.telephone_marks == [("DNC", "dnc")]
    assert columns.marks == [
        ("Contact 1 Litigator", "litigator"), ("Deceased 1", "deceased"), ("Do Not Mail", "do_not_mail"),
        ("Contact 1 Do Not Contact", "dnc"), ("Known Litigator", "litigator"),
    ]  # fmt: skip
    assert columns.unused == ["Deceased 2", "Contact 2 Do Not Mail", "Litigator Score"]


def test_what_stands_for_itself_and_what_only_looks_like_it() -> None:
    headings = (
        "Parcel Number,APN,Lead ID,Phone List,Email 1,Mobile Email,E-Mail Address,Call Result,Last Disposition,"
        "Agent Notes,Comments 2,Tags,Lead Status,Input Data: Lead ID,Input Data: Size,Land Line,Phone Num 2,"
        "Mobile Home 1"
    )
    columns = read_columns(headings.split(","))
    assert replace(columns, telephones=[]) == Columns(
        lead_ids="Lead ID", parcel="APN", emails=["Email 1", "E-Mail Address"],
        results=["Call Result", "Last Disposition"], notes=["Agent Notes", "Comments 2"],
        others=["Tags", "Lead Status"],
        unused=["Phone List", "Mobile Email", "Input Data: Size", "Mobile Home 1"],
    )  # fmt: skip
    assert columns.telephones == [
        Telephone("Land Line", frozenset({"landline"}), ()), Telephone("Phone Num 2", frozenset({"phone"}), ("2",)),
    ]  # fmt: skip
    assert not read_columns(["Size", ""]).has_contacts
    assert read_columns(["Size", ""]).unused == ["Size"]
