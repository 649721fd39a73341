"""Contacts that come back: from which headings, of whom none are kept, and where they are seen."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.leads.world import World
from tests.stages.check.rows import MARKET, Rows
from tests.support import Outcome

CLI = Callable[..., Outcome]


@pytest.fixture
def world(engine: Engine) -> World:
    other = Rows(engine, "other-county")
    other.lead(other.property("292228000000001"))
    return World(engine, Rows(engine))


def imported(cli: CLI, text: str | bytes, name: str = "back.csv") -> tuple[int, dict[str, Any]]:
    Path(name).write_bytes(text.encode() if isinstance(text, str) else text)
    outcome = cli("leads", "import", name, "--json")
    return outcome.code, outcome.document


def contacts(cli: CLI, parcel: str) -> list[tuple[Any, ...]]:
    known = cli("leads", "show", parcel, "--json").document["contacts"]
    return [(one["kind"], one["value"], one["label"], one["state"], one["tag"]) for one in known]


@pytest.mark.parametrize(
    "headings",
    [
        "lead_id,Phone 1,Phone Type 1,Phone Status 1,Phone Tag 1,Email 1,Result",
        "LeadId,Phone1,Phone1 Type,Phone1 Status,Phone1 Tags,Email,Disposition",
        "Lead ID,phone_1,phone_type_1,phone_status_1,phone_tag_1,email_1,call_result",
        "lead_ids,Mobile,Mobile Type,Mobile Status,Mobile Tag,E-Mail Address,Call Status",
        "APN,Telephone Number 1,Telephone Type 1,Telephone Status 1,Telephone Tag 1,email address 1,Outcome",
    ],
)
def test_headings_of_round_trips_are_known(cli: CLI, world: World, headings: str) -> None:
    parcel = world.lead("1 ELM ST")
    name = parcel if headings.startswith("APN") else f"{MARKET}:{parcel}"
    code, outcome = imported(cli, f"{headings}\n{name},(407) 555-0123,Mobile,Correct,spouse,John@X.com,Wants 200k\n")
    assert (code, outcome["added"], outcome["leads"]) == (0, 3, 1)
    assert contacts(cli, parcel) == [
        ("email", "john@x.com", None, None, None),
        ("result", "Wants 200k", None, None, None),
        ("telephone", "+14075550123", "Mobile", "Correct", "spouse"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_of_other_encodings_are_read(cli: CLI, world: World, encoding: str) -> None:
    parcel = world.lead("1 ELM ST")
    text = f"lead_id;Phone;Result\r\n{MARKET}:{parcel};4075550123;Señora Muñoz llamó\r\n"
    code, outcome = imported(cli, text.encode(encoding))
    assert (code, outcome["added"]) == (0, 2)
    assert ("result", "Señora Muñoz llamó", None, None, None) in contacts(cli, parcel)


def test_a_preset_comes_back_as_it_went_and_nothing_is_doubled(cli: CLI, world: World) -> None:
    parcel = world.lead("1 ELM ST", {"owner_class": "person", "owner_name": "SMITH JOHN"})
    text = f"lead_id,Phone 1,Phone Type 1,Email 1\n{MARKET}:{parcel},407-555-0123,Mobile,a@b.co\n"
    assert imported(cli, text)[1]["added"] == 2
    assert cli("leads", "export", "--for", "crm", "--output", "crm.csv").code == 0
    (row,) = csv.DictReader(io.StringIO(Path("crm.csv").read_text("utf-8-sig")))
    assert (row["Phone 1"], row["Phone Type 1"], row["Email 1"]) == ("4075550123", "Mobile", "a@b.co")
    code, outcome = imported(cli, Path("crm.csv").read_bytes())
    assert (code, outcome["added"], outcome["updated"], outcome["unchanged"]) == (0, 0, 0, 2)
    code, outcome = imported(cli, text.replace("Mobile", "Landline") + f"{MARKET}:{parcel},4075550123,Mobile,\n")
    assert (outcome["added"], outcome["updated"], outcome["unchanged"], outcome["repeated"]) == (0, 1, 1, 1)
    assert contacts(cli, parcel)[1] == ("telephone", "+14075550123", "Landline", None, None)
    assert "4075550123" in cli("leads", "show", parcel).out


def test_what_is_suppressed_is_dropped_counted_and_shown_no_more(cli: CLI, world: World) -> None:
    parcels = [world.lead(f"{number} ELM ST") for number in (1, 2)]
    world.rows.insert("suppressions", kind="parcel", value=parcels[1], reason="dnc", source="user")
    Rows(world.engine, "*").insert("suppressions", kind="telephone", value="+14075550100", reason="dnc", source="user")
    code, outcome = imported(
        cli,
        f"lead_id,Phone 1,Phone 2\n{MARKET}:{parcels[0]},4075550100,4075550101\n{MARKET}:{parcels[1]},4075550102,\n",
    )
    assert (code, outcome["added"], outcome["suppressed_telephones"], outcome["suppressed_leads"]) == (0, 1, 1, 1)
    assert contacts(cli, parcels[0]) == [("telephone", "+14075550101", None, None, None)]
    Rows(world.engine, "*").insert("suppressions", kind="telephone", value="+14075550101", reason="dnc", source="user")
    assert contacts(cli, parcels[0]) == []
    cli("leads", "export", "--output", "out.csv")
    assert "40755501" not in Path("out.csv").read_text("utf-8-sig")
    code, outcome = imported(cli, f"lead_id,Phone\n{MARKET}:{parcels[0]},407 555 0100\n")
    assert (code, outcome["added"], outcome["suppressed_telephones"]) == (0, 0, 1)


def test_what_cannot_be_used_is_told_and_stops_nothing_else(cli: CLI, world: World) -> None:
    parcel = world.lead("1 ELM ST")
    code, outcome = imported(
        cli,
        "lead_id,Phone 1,Email\n"
        f"{MARKET}:{parcel},4075550123,\n"
        f"other-county:{parcel},4075550124,\n"
        f"{MARKET}:292228999999999,4075550125,\n"
        f"{MARKET}:{parcel},123,no mail\n"
        f"{MARKET}:12x,4075550126,\n"
        ",4075550127,\n"
        f"{MARKET}:{parcel},n/a,\n"
        f"{MARKET}:{parcel},a,b,c,d\n",
    )
    assert (code, outcome["lines"], outcome["added"], outcome["unknown"]) == (3, 8, 1, 1)
    assert outcome["unusable"] == {"other_market": 1, "telephone": 1, "email": 1, "parcel": 1, "line": 2}
    assert outcome["examples"][0] == {
        "line": 3, "why": f"'other-county:{parcel}' is a lead of other-county, and not of {MARKET}",
    }  # fmt: skip
    out = cli("leads", "import", "back.csv").out
    assert "Not usable: 1 × other market" in out
    assert contacts(cli, parcel) == [("telephone", "+14075550123", None, None, None)]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("Name,Phone\nx,4075550123\n", 2, "none of them is a lead_id or a parcel number"),
        ("lead_id,Name\nx,y\n", 2, "none of them is a telephone, an e-mail or a result"),
        ("", 2, "cannot be used"),
        (
            "lead_id,Phone\norange-fl:292228999999999,4075550123\n",
            1,
            "Line 2: no lead or record has this parcel number",
        ),
        ("lead_id,Phone\n", 1, "Nothing in back.csv is a contact"),
    ],
)
def test_a_file_that_is_none_is_one_line(cli: CLI, world: World, text: str, code: int, message: str) -> None:
    Path("back.csv").write_text(text)
    outcome = cli("leads", "import", "back.csv")
    assert (outcome.code, outcome.err.count("\n"), message in outcome.err) == (code, 1, True), outcome.err
    missing = cli("leads", "import", "none.csv")
    assert (missing.code, missing.err.count("\n")) == (2, 1)


def test_contacts_follow_a_merge_and_come_back_with_its_undo(cli: CLI, world: World) -> None:
    first, second = (world.lead(f"{number} ELM ST") for number in (1, 2))
    imported(cli, f"lead_id,Phone\n{MARKET}:{first},4075550123\n")
    merge = "UPDATE properties SET merged_into = :into, is_active = :active WHERE market = :market AND id = :id"
    world.rows.execute(merge, into=world.ids["2 ELM ST"], active=False, id=world.ids["1 ELM ST"])
    assert len(contacts(cli, second)) == 1
    world.rows.execute(merge, into=None, active=True, id=world.ids["1 ELM ST"])
    assert (len(contacts(cli, first)), len(contacts(cli, second))) == (1, 0)


def test_who_is_forgotten_has_no_contacts_any_more(cli: CLI, world: World) -> None:
    first, second = (world.lead(f"{number} ELM ST") for number in (1, 2))
    for parcel in (first, second):
        imported(cli, f"lead_id,Phone\n{MARKET}:{parcel},4075550123\n")
    assert cli("leads", "forget", first).code == 0
    assert (len(contacts(cli, first)), len(contacts(cli, second))) == (0, 1)
