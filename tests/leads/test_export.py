"""Exports: what is in the files, whom they leave out, what is new since the last one; and all or nothing."""

import csv
import io
import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from icalendar import Calendar
from sqlalchemy import Engine

from tests.leads.world import World
from tests.stages.check.rows import MARKET, Rows
from tests.support import Outcome
from wholesaler.leads.columns import NAMES
from wholesaler.leads.presets import bundled_presets, load_preset

CLI = Callable[..., Outcome]
#: what a skip tracer, a CRM or a printer looks for (domain facts: what other programs take)
TARGETS = {
    "propstream": (
        "Address,Unit #,City,State,Zip,County,APN,Property Type,Bedrooms,Total Bathrooms,Building Sqft,Lot Size Sqft,"
        "Year Built,Owner 1 First Name,Owner 1 Last Name,Owner 2 First Name,Owner 2 Last Name,Owner Occupied,Vacant,"
        "Mailing Address,Mailing City,Mailing State,Mailing Zip,Do Not Mail,Total Assessed Value,Last Sale Date,"
        "Last Sale Amount,Est. Value"
    ),
    "dealmachine": (
        "property_address_line_1,property_address_line_2,property_address_city,property_address_state,"
        "property_address_zipcode,owner_1_name,owner_2_name,apn_parcel_id,estimated_value,last_sale_date,"
        "last_sale_price,tax_delinquent"
    ),
    "skiptrace": (
        "Property Address,City,State,Zip,First Name,Last Name,Mailing Address,Mailing City,Mailing State,Mailing Zip"
    ),
    "mail": "FirstName,LastName,Company,Address1,City,State,Zip,Country",
    "crm": "First Name,Last Name,Mailing Address,Property Address,Phone 1,Phone Type 1,Phone Status 1,Phone Tag 1",
}
#: every row carries them, under whatever heading
CARRIED = {
    "lead_id", "tier", "score", "signals", "reasons", "tax_sale_date", "auction_date", "days_left", "sources_as_of",
    "status", "next_date", "change", "what_changed",
}  # fmt: skip
SMITH = {
    "owner_name": "SMITH JOHN A & MARY B", "owner_class": "person", "owner_key": "SMITH|1 OAK",
    "mail_address": "77 Oak Avenue", "mail_address_2": "Suite 5", "mail_city": "Boston", "mail_state": "MA",
    "mail_zip": "2108", "mail_differs": "out_of_state",
}  # fmt: skip


@pytest.fixture
def world(engine: Engine) -> World:
    other = Rows(engine, "other-county")
    other.lead(other.property("292228000000555"))
    return World(engine, Rows(engine))


def exported(cli: CLI, *options: str, name: str = "out.csv") -> list[dict[str, str]]:
    """The rows of a CSV export, which replaces the one before."""
    outcome = cli("leads", "export", "--output", name, "--overwrite", *options)
    assert outcome.code == 0, outcome.err
    return list(csv.DictReader(io.StringIO(Path(name).read_bytes().decode("utf-8-sig"))))


def test_presets_have_the_headings_of_their_targets_and_carry_the_lead() -> None:
    assert set(bundled_presets()) == {*TARGETS, "plain"}
    for name in bundled_presets():
        preset = load_preset(name)[1]
        assert set(preset.columns.values()) >= CARRIED, name  # type: ignore[arg-type]
    for name, headings in TARGETS.items():
        columns = list(load_preset(name)[1].columns)
        wanted = headings.split(",")
        assert [heading for heading in columns if heading in wanted] == wanted, name
        if name in {"propstream", "dealmachine", "skiptrace"}:
            assert columns[: len(wanted)] == wanted
    assert all(heading.isalnum() for heading in load_preset("mail")[1].columns)


def test_a_mail_house_gets_a_row_for_each_owner_in_the_form_of_the_post(cli: CLI, world: World) -> None:
    first = world.lead("1 ELM ST", SMITH, city="St. Cloud", zip_code="34769", total_score=61, next_sale_days=9)
    best = world.lead("2 ELM ST", SMITH, total_score=90, tier="A", tax_sale_date="2025-12-18")
    world.lead("3 ELM ST", {**SMITH, "owner_key": "ACME|x", "owner_name": "ACME HOMES LLC", "owner_class": "company"})
    world.lead("4 ELM ST", {"owner_name": "NOBODY NED", "owner_class": "person"})
    rows = exported(cli, "--for", "mail")
    assert [row["LeadId"] for row in rows] == [f"{MARKET}:{best}", f"{MARKET}:{world.number('3 ELM ST')}"]
    row = rows[0]
    shown = ("FirstName", "LastName", "Company", "FullName", "Address1", "City", "State")
    assert {name: row[name] for name in shown} == {
        "FirstName": "JOHN A", "LastName": "SMITH", "Company": "", "FullName": "JOHN A & MARY B SMITH",
        "Address1": "77 OAK AVE STE 5", "City": "BOSTON", "State": "MA",
    }  # fmt: skip
    assert (row["Zip"], row["Country"], row["OwnerName"]) == ("02108", "US", "SMITH JOHN A & MARY B")
    assert (row["Tier"], row["Score"], row["TaxSaleDate"], row["Parcels"]) == ("A", "90", "2025-12-18", "2")
    assert sorted(row["LeadIds"].split()) == [f"{MARKET}:{number}" for number in (first, best)]
    assert (rows[1]["Company"], rows[1]["LastName"], rows[1]["FullName"]) == ("ACME HOMES LLC", "", "ACME HOMES LLC")
    document = cli("leads", "export", "--for", "mail", "--json").document
    assert (document["rows"], document["leads"], document["incomplete"]) == (2, 4, 1)
    assert Path(document["file"]).name == f"{MARKET}-mail-2025-11-20.csv"
    later = cli("leads", "export", "--for", "mail", "--since-last-export", "--output", "later.csv", "--json").document
    assert (later["rows"], later["new"], later["changed"], later["incomplete"]) == (0, 0, 0, 1)


def test_each_preset_writes_each_lead_in_each_format(cli: CLI, world: World) -> None:
    house = {"use_code": "0100", "living_area": 1200, "beds": 3, "homestead": False, "acreage": 10}
    known = {"total_mkt": 200_000, "spread": -5.5, "signals": ["tax_deed_sale", "vacancy"]}
    world.lead("1 ELM ST", SMITH | house, city="Orlando", zip_code="01234", **known)
    for name in bundled_presets():
        for form in ("csv", "xlsx", "geojson"):
            outcome = cli("leads", "export", "--for", name, "--format", form, "--json")
            assert (outcome.code, outcome.document["rows"]) == (0, 1), (name, form)
    (row,) = exported(cli, "--for", "propstream")
    assert (row["Address"], row["Zip"], row["Owner Occupied"], row["Vacant"]) == ("1 ELM ST", "01234", "No", "Yes")
    assert (row["Est. Value"], row["Building Sqft"], row["Lot Size Sqft"]) == ("200000", "1200", "435600")
    (row,) = exported(cli, "--for", "dealmachine")
    assert (row["owner_1_name"], row["owner_2_name"], row["tax_delinquent"]) == ("JOHN A SMITH", "MARY B SMITH", "Yes")
    (row,) = exported(cli)
    assert (row["spread"], row["signals"], row["homestead"], row["status"]) == (
        "-5.5",
        "tax_deed_sale; vacancy",
        "no",
        "open",
    )


def test_each_column_is_the_same_as_text_and_as_value(cli: CLI, world: World, tmp_path: Path) -> None:
    whole = {"living_area": 1200, "acreage": 0.0125, "homestead": True, "sale_date": "2020-02-03", "sale_price": 5}
    numbers = [
        world.lead("1 ELM ST", SMITH | whole, place=(-81, 28.5), events={"lien_count": 2}, total_score=60.50),
        world.lead("2 ELM ST", total_mkt=100_000, signals=["tax_lien", "vacancy"], tax_sale_date="2026-01-02"),
    ]
    world.rows.insert(
        "lead_status_events",
        property_id=world.ids["1 ELM ST"],
        status="follow_up",
        signals=["x"],
        note="call, =soon",
        changed_at="2026-01-02 03:04:05+00",
    )
    world.rows.execute("UPDATE properties SET location = NULL WHERE id = :id", id=world.ids["2 ELM ST"])
    mine = tmp_path / "mine.toml"
    columns = "".join(f'{name} = "{name}"\n' for name in NAMES)
    mine.write_text(f'yes = "Y"\nno = "N"\n[columns]\n{columns}constant = {{ const = "=c" }}\n', "utf-8")
    found = {row["lead_id"]: row for row in exported(cli, "--for", str(mine))}
    for form in ("geojson", "xlsx"):
        assert cli("leads", "export", "--for", str(mine), "--format", form, "--output", f"x.{form}").code == 0
    features = json.loads(Path("x.geojson").read_text())["features"]
    assert [feature["geometry"] for feature in features] == [{"type": "Point", "coordinates": [-81, 28.5]}, None]
    values = features[0]["properties"]
    assert (values["lot_square_feet"], values["longitude"], values["events"]) == (544, -81, {"lien_count": 2})
    with zipfile.ZipFile("x.xlsx") as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    headings, first, _ = (
        {cell.get("r", "").rstrip("0123456789"): (cell.get("t"), "".join(cell.itertext())) for cell in row}
        for row in sheet.iterfind(".//{*}row")
    )
    cells = {headings[place][1]: cell for place, cell in first.items()}
    assert [cells[name] for name in ("last_sale_date", "score", "lot_square_feet", "parcels", "longitude")] == [
        (None, "43864"), (None, "60.5"), (None, "544"), (None, "1"), (None, "-81"),
    ]  # fmt: skip
    assert (cells["homestead"], cells["events"]) == (("inlineStr", "Y"), ("inlineStr", '{"lien_count": 2}'))
    for feature in features:
        row = found[feature["properties"]["lead_id"]]
        for name, value in feature["properties"].items():
            if name in {"events", "status_changed_at", "note", "constant"}:
                continue
            shown = row[name]
            if isinstance(value, int | float):
                assert float(shown) == value, name
            else:
                assert shown == ("" if value is None else value), name
    row = found[f"{MARKET}:{numbers[0]}"]
    assert (row["longitude"], row["latitude"], row["score"], row["parcels"]) == ("-81.0", "28.5", "60.5", "1")
    assert (row["lot_square_feet"], row["homestead"], row["owner_occupied"]) == ("544", "Y", "Y")
    assert (json.loads(row["events"]), row["note"], row["constant"]) == ({"lien_count": 2}, "call, =soon", "'=c")
    assert datetime.fromisoformat(row["status_changed_at"]) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert [found[f"{MARKET}:{numbers[1]}"][name] for name in ("tax_delinquent", "vacant", "homestead")] == [
        "Y",
        "Y",
        "",
    ]


def test_what_is_kept_of_a_lead_is_right_for_others(cli: CLI, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of two rows, and no more than two of anything kept: names, addresses and contacts are each lead's own."""
    monkeypatch.setattr("wholesaler.leads.rows._CHUNK", 2)
    monkeypatch.setattr("wholesaler.leads.rows._KEPT", 2)
    people = [("SMITH JOHN", "1 Oak Street"), ("JONES ANN", "2 Oak Street"), ("BANKS JOE", "PO BOX 3"), (None, None)]
    expected = {}
    for number in range(1, 12):
        owner, mail = people[number % len(people)]
        parcel = {"owner_name": owner, "owner_class": owner and "person", "mail_address": mail, "mail_city": "Boston"}
        lead = world.lead(f"{number} ELM ST", parcel, total_score=40 + number)
        if number % 3 == 0:
            values = {"kind": "telephone", "value": f"+1407555{number:04}", "place": 0, "source": "x.csv"}
            world.rows.insert("lead_contacts", property_id=world.ids[f"{number} ELM ST"], **values)
        expected[lead] = (
            (owner or "").partition(" ")[0], (mail or "").upper().replace("STREET", "ST"), f"{number} ELM ST",
            f"407555{number:04}" if number % 3 == 0 else "",
        )  # fmt: skip
    rows = exported(cli)
    found = {row["parcel"]: (row["last_name"], row["mailing_address"], row["address"], row["phone_1"]) for row in rows}
    assert found == expected
    assert [row["score"] for row in rows] == [str(40 + number) for number in range(11, 0, -1)]


def test_what_must_not_be_contacted_is_in_no_export_whatever_is_asked(cli: CLI, world: World, home: Path) -> None:
    world.lead("1 ELM ST", {"owner_class": "person"})
    hidden = [world.lead(f"{number} HIDDEN ST", {"owner_name": f"SECRET {number}"}) for number in range(2, 6)]
    rows = world.rows
    rows.insert("suppressions", kind="parcel", value=hidden[0], reason="dnc", source="user")
    rows.describe(hidden[1], confidential=True)
    for place, status in ((2, "dnc"), (3, "closed")):
        step = {"signals": ["tax_deed_sale"], "status": status}
        rows.insert("lead_status_events", property_id=world.ids[f"{place + 2} HIDDEN ST"], **step)
    rows.insert("suppressions", kind="parcel", value=hidden[2], reason="dnc", source="user")
    for form in ("csv", "geojson"):
        cli("leads", "export", "--format", form)
        cli("leads", "export", "--format", form, "--status", "dnc,open", "--output", f"asked.{form}")
        cli("leads", "export", "--since-last-export", "--format", form, "--output", f"since.{form}")
    written = "".join(path.read_text("utf-8-sig") for path in home.glob("*.*") if path.is_file())
    assert "1 ELM ST" in written
    assert not [word for word in ("HIDDEN", "SECRET", *hidden) if word in written]


def test_since_the_last_export_is_what_is_new_changed_and_gone(cli: CLI, world: World) -> None:
    rows = world.rows
    same, changed, gone, hidden, kept_out, closed = (world.lead(f"{number} ELM ST", SMITH) for number in range(1, 7))
    assert len(exported(cli, "--since-last-export")) == 6
    assert exported(cli, "--since-last-export") == []
    rows.execute(
        "UPDATE lead_scores SET tier = 'A', tax_sale_date = '2026-01-02', signals = '{lien}' WHERE property_id = :id",
        id=world.ids["2 ELM ST"],
    )
    rows.execute("DELETE FROM lead_scores WHERE property_id = :id", id=world.ids["3 ELM ST"])
    rows.insert("suppressions", kind="parcel", value=hidden, reason="dnc", source="user")
    excluded = "UPDATE lead_scores SET tier = NULL, excluded = 'bank' WHERE property_id = :id"
    rows.execute(excluded, id=world.ids["5 ELM ST"])
    rows.insert("lead_status_events", property_id=world.ids["6 ELM ST"], status="closed", signals=["tax_deed_sale"])
    new = world.lead("7 ELM ST")
    rows.insert("lead_status_events", property_id=world.ids["7 ELM ST"], status="contacted", signals=["tax_deed_sale"])
    rows.describe(changed, owner_name="JONES ANN")
    cli("leads", "export", "--for", "mail")  # to somebody else
    outcome = cli("leads", "export", "--since-last-export", "--json", "--output", "next.csv")
    document = outcome.document
    counts = {name: document[name] for name in ("rows", "leads", "new", "changed", "gone", "suppressed")}
    assert counts == {"rows": 2, "leads": 2, "new": 1, "changed": 1, "gone": 3, "suppressed": 1}
    reasons = {gone: "no lead any more", kept_out: "no lead any more", closed: "closed"}
    assert document["gone_leads"] == [
        {"lead_id": f"{MARKET}:{number}", "reason": reasons[number]} for number in reasons
    ]
    found = {row["parcel"]: row for row in csv.DictReader(io.StringIO(Path("next.csv").read_text("utf-8-sig")))}
    assert {number: row["change"] for number, row in found.items()} == {
        changed: "changed", new: "new", **dict.fromkeys(reasons, "gone"),
    }  # fmt: skip
    assert found[changed]["what_changed"] == (
        "tier B → A; tax sale none → 2026-01-02; new signal lien; ended signal tax_deed_sale; owner"
    )
    assert (found[gone]["what_changed"], found[gone]["owner"], found[gone]["address"]) == (
        "no lead any more",
        "",
        "3 ELM ST",
    )
    assert exported(cli, "--since-last-export") == []
    assert [row["lead_id"] for row in exported(cli, "--since-last-export", "--to", "partner")] != []
    assert same


def test_the_days_of_the_leads_are_a_calendar_and_what_is_off_is_cancelled_in_the_next(cli: CLI, world: World) -> None:
    rows = world.rows
    for number in range(1, 4):
        parcel_id = world.lead(f"{number} ELM ST", SMITH)
        rows.insert(
            "sale_dates", property_id=world.ids[f"{number} ELM ST"], kind="auction", day="2026-03-0" + str(number)
        )
    rows.insert("suppressions", kind="parcel", value=parcel_id, reason="dnc", source="user")

    def days(*options: str) -> dict[str, tuple[str, str]]:
        outcome = cli("leads", "export", "--output", "days.ics", "--overwrite", *options)
        assert outcome.code == 0, outcome.err
        events = Calendar.from_ical(Path("days.ics").read_bytes()).events
        return {str(event["SUMMARY"]): (event.start.isoformat(), str(event["STATUS"])) for event in events}

    assert days("--since-last-export") == {
        "Foreclosure auction: 1 ELM ST": ("2026-03-01", "CONFIRMED"),
        "Foreclosure auction: 2 ELM ST": ("2026-03-02", "CONFIRMED"),
    }
    assert days("--since-last-export") == {}
    rows.execute("DELETE FROM lead_scores WHERE property_id = :id", id=world.ids["1 ELM ST"])
    rows.execute("UPDATE sale_dates SET is_cancelled = true WHERE property_id = :id", id=world.ids["1 ELM ST"])
    assert days("--since-last-export") == {"Foreclosure auction: 1 ELM ST": ("2026-03-01", "CANCELLED")}
    assert days("--format", "ics") == {"Foreclosure auction: 2 ELM ST": ("2026-03-02", "CONFIRMED")}


def test_an_export_is_whole_or_not_at_all_and_counts_only_then(
    cli: CLI, world: World, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.lead("1 ELM ST", SMITH)
    Path("there.csv").write_text("mine")
    (home / "folder").mkdir()
    for output, message in (
        ("there.csv", "is there already. Give another name, or --overwrite."), ("folder", "is a directory"),
        ("there.csv/x.csv", "cannot be written: Not a directory."), ("none/x.csv", "cannot be written: No such file"),
    ):  # fmt: skip
        outcome = cli("leads", "export", "--since-last-export", "--output", output)
        assert (outcome.code, outcome.err.count("\n"), message in outcome.err) == (1, 1, True), outcome.err
    assert Path("there.csv").read_text() == "mine"

    def broken(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("wholesaler.leads.rows._Tables.look_up", broken)
        assert cli("leads", "export", "--since-last-export", "--output", "broken.csv").code != 0
    assert sorted(path.name for path in home.glob("*.csv")) == ["there.csv"]
    assert [path.name for path in home.iterdir() if ".part" in path.name] == []
    assert len(exported(cli, "--since-last-export", name="first.csv")) == 1


def test_a_preset_of_ones_own_is_a_file(cli: CLI, world: World, tmp_path: Path) -> None:
    world.lead("1 ELM ST", SMITH)
    mine = tmp_path / "mine.toml"
    for text, message in (
        ('[columns]\nA = "lead_id"\nB = "tire"\n', "expected a column of a lead, not 'tire'. Did you mean 'tier'"),
        ('[columns]\nA = "tier"\n', "expected a column lead_id, by which what comes back is known again"),
        ('per_ownr = true\n[columns]\nA = "lead_id"\n', "per_ownr: unknown key. Did you mean 'per_owner'"),
        ("[columns]\n", "columns"), ('title = "x"\n', "columns: is missing"),
        ("[columns", "cannot be read as TOML"),
    ):  # fmt: skip
        mine.write_text(text, "utf-8")
        outcome = cli("leads", "export", "--for", str(mine))
        assert (outcome.code, outcome.err.count("\n"), message in outcome.err) == (78, 1, True), outcome.err
    assert cli("leads", "export", "--for", "mial").code == 78
    assert cli("leads", "export", "--for", "none.toml").code == 78
    mine.write_text('requires = ["last_name"]\n[columns]\nId = "lead_id"\n', "utf-8")
    assert exported(cli, "--for", str(mine)) == [{"Id": f"{MARKET}:{world.number('1 ELM ST')}"}]
    mine.write_text('[columns]\nWho = "last_name"\nId = "lead_id"\nKind = { const = "seller" }\n', "utf-8")
    assert exported(cli, "--for", str(mine)) == [
        {"Who": "SMITH", "Id": f"{MARKET}:{world.number('1 ELM ST')}", "Kind": "seller"}
    ]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--format", "pdf"], 2, "Expected one of csv, xlsx, geojson"), (["--to", " "], 2, "--to: nobody is named"),
        (["--status", "callled"], 2, "--status"), ([], 1, "there are no leads to export"),
    ],
)  # fmt: skip
def test_what_cannot_be_exported_is_one_line(cli: CLI, options: list[str], code: int, message: str) -> None:
    outcome = cli("leads", "export", *options)
    assert (outcome.code, outcome.err.count("\n"), message in outcome.err) == (code, 1, True), outcome.err


def test_a_terminated_export_leaves_nothing(cli: CLI, world: World, home: Path, database_url: Any) -> None:
    world.lead("1 ELM ST", SMITH)
    code = (
        "import os, signal, wholesaler.leads.rows as rows\n"
        "rows._Tables.look_up = lambda *a: os.kill(os.getpid(), signal.SIGTERM)\n"
        "from wholesaler.__main__ import main\nimport sys\n"
        "sys.argv = ['wholesaler', 'leads', 'export', '--output', 'x.csv']\nmain()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=home, capture_output=True, text=True)
    assert done.returncode not in {0, -signal.SIGKILL}
    assert [path.name for path in home.iterdir() if "x.csv" in path.name] == []
