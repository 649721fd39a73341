"""Whom a file of contacts says to leave alone: by which headings and words; suppressed once, and lifted again."""

import csv
import io
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.leads.test_contacts import CLI, contacts, imported
from tests.leads.world import World
from tests.stages.check.rows import MARKET, Rows
from wholesaler.leads.answers import is_of_number_alone, read_answer, read_flag
from wholesaler.leads.contact_columns import read_columns

SMITH = {"owner_name": "SMITH JOHN", "owner_class": "person", "owner_key": "SMITH JOHN|1 OAK STREET|32801"}


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine, Rows(engine))


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        *((text, {"dnc"}) for text in (
            "DNC", "Do not call", "Do-Not-Contact", "DoNotCall", "Correct DNC", "No Answer DNC", "DNC Contact",
            "DNC Number", "Don't call!", "said no do not call me", "Said no. Do not call again", "opted out",
            "Take me off your list", "mobile; DNC", "DNC on file",
        )),
        *((text, {"litigator"}) for text in ("Litigator", "TCPA litigator", "Known litigators", "mobile, TCPA")),
        *((text, {"deceased"}) for text in ("Deceased", "Owner is deceased", "passed away")),
        *((text, {"other"}) for text in ("Wrong number", "Wrong", "Wrong Number - hung up")),
        ("Do not mail", {"do_not_mail"}), ("DNC / Litigator", {"dnc", "litigator"}), ("Wrong DNC", {"dnc"}),
        *((text, set()) for text in (
            "", "N", "No", "0", "False", "Not DNC", "No DNC", "Non-DNC", "DNC: No", "DNC clean", "DNC - not found",
            "not on the do not call list", "DNC/Litigator: no", "no litigator", "Not a litigator", "TCPA compliant",
            "do not call before 6pm", "Do not call on weekends", "husband deceased",
            "mother passed away, wants to sell", "Dead", "Not interested", "No answer", "Left message", "Wants 200k",
        )),
    ],
)  # fmt: skip
def test_what_people_write_is_understood_and_so_is_what_denies_it(said: str, reasons: set[str]) -> None:
    assert read_answer(said) == reasons


def test_a_mark_is_yes_or_no_or_another_reason_or_neither() -> None:
    for yes in ("Y", "yes", "TRUE", "1", "x", "✓", "DNC", "Federal, State", "Do Not Call"):
        assert read_flag(yes, "dnc") == {"dnc"}, yes
    for no in ("", "N", "No", "false", "0", "-", "n/a", "Clean", "Not on DNC", "no; no", "None"):
        assert read_flag(no, "dnc") == set(), no
    assert (read_flag("Litigator", "dnc"), read_flag("Y", "deceased")) == ({"litigator"}, {"deceased"})
    assert (read_flag("maybe", "dnc"), read_flag("2024-01-01", "dnc")) == (None, None)
    assert [is_of_number_alone(text) for text in ("DNC Number", "DNC", "DNC Contact")] == [True, False, False]


@pytest.mark.parametrize(
    ("headings", "telephones", "marks", "unused"),
    [
        ("Phone 1,Phone 1 Type,Phone 1 DNC,Litigator,Skip Traces", {"Phone 1": ["Phone 1 DNC"]}, ["Litigator"],
         ["Skip Traces"]),
        ("Phone1_Number,Phone1_Type,Phone1_DNC,Phone1_Score,Phone10_Number,Phone10_DNC",
         {"Phone1_Number": ["Phone1_DNC"], "Phone10_Number": ["Phone10_DNC"]}, [], ["Phone1_Score"]),
        ("Contact1Name,Contact1Phone_1,Contact1Phone_1_DNC,Contact1Phone_1_Litigator,Contact2Phone_1,Contact2Deceased",
         {"Contact1Phone_1": ["Contact1Phone_1_DNC", "Contact1Phone_1_Litigator"], "Contact2Phone_1": []}, [],
         ["Contact1Name", "Contact2Deceased"]),
        ("Phone 1,DNC 1,Phone 2,DNC 2,Is Deceased,Has DNC,Do Not Contact", {"Phone 1": ["DNC 1"], "Phone 2": ["DNC 2"]},
         ["Has DNC", "Is Deceased", "Do Not Contact"], []),
        ("Mobile 1,Landline 1,Wireless 1,Phone Number 1,Cell Phone,DNC 1", {
            "Mobile 1": ["DNC 1"], "Landline 1": ["DNC 1"], "Wireless 1": ["DNC 1"], "Phone Number 1": ["DNC 1"],
            "Cell Phone": [],
        }, [], []),
        ("Phone,Cell,Mobile Number,Home Phone,Mobile Home,Relative 1 Phone 1,Note,APN,Input Data: Property Address",
         {"Phone": [], "Cell": [], "Mobile Number": [], "Home Phone": []}, [], ["Mobile Home", "Relative 1 Phone 1"]),
    ],
)  # fmt: skip
def test_headings_of_skip_tracers_are_known_and_others_are_named(
    headings: str, telephones: dict[str, list[str]], marks: list[str], unused: list[str]
) -> None:
    columns = read_columns(headings.split(","))
    assert {each.value: [name for name, _ in each.marks] for each in columns.telephones} == telephones
    assert [name for name, _ in (*columns.telephone_marks, *columns.marks)] == marks
    assert columns.unused == unused


def test_whom_a_file_says_to_leave_alone_is_suppressed_once_and_can_be_lifted(cli: CLI, world: World) -> None:
    numbers = [world.lead(f"{number} ELM ST", SMITH if number < 3 else None) for number in range(1, 7)]
    traced, _, dead, told, wrong, fine = numbers
    text = (
        "lead_id,Phone 1,Phone 1 DNC,Phone 2,Phone Tag 2,Phone 2 DNC,Deceased,Result,Notes,Score,Carrier\n"
        f"{MARKET}:{traced},4075550101,Y,4075550102,Litigator,N,N,,,9,x\n"
        f"{MARKET}:{dead},4075550103,No,,,,Yes,,,9,x\n"
        f"{MARKET}:{told},4075550104,0,4075550105,,False,,Do not call,,9,x\n"
        f"{MARKET}:{wrong},4075550106,,4075550109,DNC,,,Wrong number,,9,x\n"
        f"{MARKET}:{fine},4075550107,N,4075550108,,maybe,No,Not interested,call after six,9,x\n"
    )
    code, outcome = imported(cli, text)
    # what is neither yes nor no is told
    assert (code, outcome["unusable"]) == (3, {"mark": 1})
    assert outcome["suppressed"] == {
        "added": {"parcel": 2, "owner": 0, "telephone": 5}, "known": {"parcel": 0, "owner": 0, "telephone": 0},
        "unmatched": {"parcel": 0, "owner": 0}, "leads": 2,
    }  # fmt: skip
    assert outcome["unused_columns"] == ["Carrier"]
    page = cli("leads", "suppress", "list", "--json").document["suppressions"]
    assert {(one["value"], one["reason"], one["note"], one["source"]) for one in page} == {
        ("+14075550101", "dnc", "Phone 1 DNC: Y", "back.csv"),
        ("+14075550102", "litigator", "Phone Tag 2: Litigator", "back.csv"),
        (dead, "deceased", "Deceased: Yes", "back.csv"),
        (told, "dnc", "Result: Do not call", "back.csv"),
        ("+14075550104", "dnc", "Result: Do not call", "back.csv"),
        ("+14075550105", "dnc", "Result: Do not call", "back.csv"),
        ("+14075550109", "dnc", "Phone Tag 2: DNC", "back.csv"),
    }
    # of two telephones nobody knows which one was wrong; the answer is kept, and no other number goes by it
    assert [row[1] for row in contacts(cli, wrong)] == ["Wrong number", "+14075550106"]
    assert [row[1] for row in contacts(cli, fine)] == [
        "Not interested",
        "call after six",
        "+14075550107",
        "+14075550108",
    ]
    assert cli("leads", "export", "--for", "crm", "--output", "crm.csv").code == 0
    rows = {row["APN"]: row for row in csv.DictReader(io.StringIO(Path("crm.csv").read_text("utf-8-sig")))}
    assert not rows.keys() & {dead, told}
    called = {row[f"Phone {place}"] for row in rows.values() for place in (1, 2, 3)}
    assert called == {"", "4075550106", "4075550107", "4075550108"}
    assert imported(cli, Path("crm.csv").read_bytes(), "crm.csv")[1]["suppressed"]["added"]["telephone"] == 0
    again = imported(cli, text)[1]
    assert (again["suppressed"]["added"], again["added"]) == ({"parcel": 0, "owner": 0, "telephone": 0}, 0)
    said = cli("leads", "import", "back.csv")
    assert "Suppressed before: 2 parcels, 5 telephones." in said.out
    assert said.err == "wholesaler: Columns not used: Carrier.\n"
    lifted = cli("leads", "suppress", "remove", told, "--telephone", "407-555-0101", "--json")
    assert len(lifted.document["lifted"]) == 2


def test_a_dialers_answer_about_a_number_is_about_that_number_alone(cli: CLI, world: World) -> None:
    lead = world.lead("1 ELM ST", SMITH)
    imported(cli, f"lead_id,Phone 1,Phone 2,Phone 3\n{MARKET}:{lead},4075550101,4075550102,4075550103\n")
    said = "Wrong number, Mary Jones has had it for eleven years"
    text = f'lead_id,Phone,Result\n{MARKET}:{lead},4075550101,"{said}"\n{MARKET}:{lead},4075550102,DNC Number\n'
    added = imported(cli, text, "dialed.csv")[1]["suppressed"]["added"]
    assert (added, world.listed()) == ({"parcel": 0, "owner": 0, "telephone": 2}, ["1 ELM ST"])
    assert [row[1] for row in contacts(cli, lead)] == ["+14075550103"]
    # what somebody said of people is not kept beside a telephone
    page = cli("leads", "suppress", "list", "--json").document["suppressions"]
    assert {one["note"] for one in page} == {"Result", "Result: DNC Number"}


def test_an_answer_of_the_owner_is_about_all_that_is_owned(cli: CLI, world: World) -> None:
    numbers = [world.lead(f"{number} ELM ST", SMITH) for number in (1, 2)]
    code, outcome = imported(cli, f"lead_id,Status,Litigator\n{MARKET}:{numbers[0]},open,Y\n", "traced.csv")
    assert (code, outcome["suppressed"]["added"], outcome["suppressed"]["leads"]) == (
        0, {"parcel": 1, "owner": 1, "telephone": 0}, 2,
    )  # fmt: skip
    assert world.listed() == []
    # nothing forbids anything, and nothing is amiss
    code, outcome = imported(cli, f"lead_id,Litigator\n{MARKET}:{numbers[0]},N\n", "traced.csv")
    assert (code, outcome["suppressed"]["known"]["parcel"]) == (0, 0)
    out = cli("leads", "import", "traced.csv").out
    assert out == "traced.csv: 1 line; contacts of 0 leads: none.\n"
