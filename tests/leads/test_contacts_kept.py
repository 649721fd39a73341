"""Which contacts are kept of a file, and read again: of this market, of nobody suppressed, each once, the newest."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from tests.stages.check.rows import MARKET, Rows, parcel
from wholesaler.leads.contacts import import_contacts, read_contacts, shown_telephone
from wholesaler.markets import load_market

HEADINGS = "lead_id,Phone 1,Phone Type 1,Phone Status 1,Phone Tag 1,Email 1,Result"


def contact(rows: Rows, number: int, value: str, kind: str = "telephone", place: int = 1, **values: Any) -> None:
    fixed = {"source": "a list", "updated_at": "2025-11-01"}
    rows.insert("lead_contacts", property_id=number, kind=kind, value=value, place=place, **{**fixed, **values})


def suppress(rows: Rows, kind: str, value: str) -> None:
    market = rows.market if kind == "parcel" else "*"
    rows.insert("suppressions", kind=kind, value=value, market=market, reason="dnc", source="a list")


def test_contacts_are_read_of_leads_and_of_what_is_merged_into_them(here: Rows, there: Rows) -> None:
    lead, another = here.property(parcel(1)), here.property(parcel(2))
    merged = here.property(parcel(3), merged_into=lead, is_active=False)
    elsewhere = there.property(parcel(1))
    contact(here, lead, "+14075550103", place=3)
    contact(here, lead, "+14075550102", place=2, label="Cell", state="A", tag="a", source="a")
    contact(
        here, merged, "+14075550102", place=1, label="Mobile", state="B", tag="b", source="b", updated_at="2025-11-02"
    )
    contact(here, lead, "+14075550101", place=1)
    # of one place by their values; a suppressed number is one of a telephone alone
    contact(here, merged, "+14075550100", place=3)
    contact(here, lead, "+14075550199", place=0)
    contact(here, lead, "+14075550199", kind="result", place=0)
    contact(here, another, "+14075550104")
    contact(there, elsewhere, "+14075550105")
    suppress(here, "telephone", "+14075550199")
    suppress(here, "owner", "+14075550101")
    suppress(here, "parcel", "+14075550103")
    with here.connect() as connection:
        found = read_contacts(connection, MARKET, [lead])
        assert read_contacts(connection, MARKET, [elsewhere]) == {}
        assert set(read_contacts(connection, MARKET, [lead, another])) == {lead, another}
    assert list(found) == [lead]
    assert [(one["kind"], one["value"]) for one in found[lead].document()] == [
        ("result", "+14075550199"), ("telephone", "+14075550101"), ("telephone", "+14075550102"),
        ("telephone", "+14075550100"), ("telephone", "+14075550103"),
    ]  # fmt: skip
    twice = found[lead].document()[2]
    # of what two properties have of one telephone
    assert [twice[name] for name in ("label", "state", "tag", "source")] == ["Cell", "A", "a", "a"]
    assert twice["updated_at"].day == 2
    assert [found[lead].part("telephone", place, "value") for place in (0, 3, 4)] == ["4075550101", "4075550103", None]
    assert (found[lead].part("telephone", 1, "type"), found[lead].part("result", 0, "value")) == (
        "Cell",
        "+14075550199",
    )
    assert found[lead].part("email", 0, "value") is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [("+14075550100", "4075550100"), ("+442079460958", "+442079460958"), ("+1407555010", "+1407555010")],
)
def test_a_telephone_of_here_is_ten_digits(value: str, shown: str) -> None:
    assert shown_telephone(value) == shown


def imported(connection: Connection, path: Path, *lines: str) -> dict[str, Any]:
    path.write_text("\n".join((HEADINGS, *lines)) + "\n")
    outcome = import_contacts(connection, load_market(MARKET), path, "ann")
    connection.execute(text("DROP TABLE given_contacts"))
    return outcome


def test_a_file_adds_what_is_new_and_updates_what_it_knows_more_of(here: Rows, there: Rows, tmp_path: Path) -> None:
    lead, another, _hidden = (here.property(parcel(number)) for number in (1, 2, 3))
    for number in (1, 8):
        there.property(parcel(number))
    suppress(here, "parcel", parcel(3))
    suppress(there, "parcel", parcel(1))
    suppress(here, "telephone", "+14075550109")
    suppress(here, "owner", "+14075550101")
    suppress(here, "telephone", "a@b.co")
    names = (
        "added",
        "updated",
        "unchanged",
        "repeated",
        "leads",
        "suppressed_telephones",
        "suppressed_leads",
        "unknown",
    )

    def counts(connection: Connection, *lines: str) -> list[int]:
        outcome = imported(connection, tmp_path / "back.csv", *lines)
        return [outcome[name] for name in names]

    one = f"{MARKET}:{parcel(1)}"
    with here.connect() as connection:
        assert counts(
            connection, f"{one},4075550101,Mobile,,,a@b.co,", f"{one},4075550101,Landline,,,,",
            f"{MARKET}:{parcel(2)},4075550101,,,,,Left message", f"{MARKET}:{parcel(3)},4075550102,,,,,no",
            f"{MARKET}:{parcel(8)},4075550103,,,,,", f"{MARKET}:{parcel(9)},4075550103,,,,,x", f"{one},4075550109,,,,,",
        ) == [4, 0, 0, 1, 2, 1, 1, 2]  # fmt: skip
        # the first line of two; of a line that says less nothing is taken away
        rows = text("SELECT property_id, kind, value, label, state, tag, source FROM lead_contacts ORDER BY 1, 2, 3")
        assert connection.execute(rows).all() == [
            (lead, "email", "a@b.co", None, None, None, "back.csv"),
            (lead, "telephone", "+14075550101", "Mobile", None, None, "back.csv"),
            (another, "result", "Left message", None, None, None, "back.csv"),
            (another, "telephone", "+14075550101", None, None, None, "back.csv"),
        ]
        for line, updated in (
            (f"{one},4075550101,,,,,", 0), (f"{one},4075550101,Mobile,,,,", 0), (f"{one},4075550101,,Correct,,,", 1),
            (f"{one},4075550101,,,wife,,", 1), (f"{one},4075550101,Landline,,,,", 1),
            (f"{one},4075550101,,Voicemail,,,", 1), (f"{one},4075550101,,,son,,", 1),
        ):  # fmt: skip
            assert counts(connection, line) == [0, updated, 1 - updated, 0, 1, 0, 0, 0]
        assert connection.execute(rows).all()[1][3:6] == ("Landline", "Voicemail", "son")


def test_the_first_line_about_nobody_is_named(here: Rows, there: Rows, tmp_path: Path) -> None:
    here.property(parcel(1))
    there.property(parcel(8))
    lines = [f"{MARKET}:{parcel(number)},4075550101,,,,," for number in (1, 8, 9, 1)]
    with here.connect() as connection:
        outcome = imported(connection, tmp_path / "back.csv", *lines)
    nothing = {"parcel": 0, "owner": 0, "telephone": 0}
    assert outcome["suppressed"] == {
        "added": nothing, "known": nothing, "unmatched": {"parcel": 0, "owner": 0}, "leads": 0,
    }  # fmt: skip
    assert (outcome["unknown"], outcome["examples"]) == (
        2, [{"line": 3, "why": "no lead or record has this parcel number"}],
    )  # fmt: skip
