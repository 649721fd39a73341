"""What each statement of suppression keeps out: other markets, other parcels, the confidential, what is unknown."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from tests.stages.check.rows import OTHER, Rows, parcel
from wholesaler.leads import suppression
from wholesaler.leads.suppression import Entry, Unusable
from wholesaler.markets import load_market
from wholesaler.stages.properties.owners import derive_owner_keys

MARKET = load_market("orange-fl")
OAK, ELM = "12 OAK STREET|32801", "4 ELM STREET|32801"


def turned(number: int) -> str:
    """The parcel that the same digits mean where they are written the other way round."""
    return f"282229{number:09d}"


def sure(number: int) -> str:
    """A parcel number that can mean only one."""
    return f"orange-fl:{parcel(number)}"


@pytest.fixture
def connection(engine: Engine, here: Rows, there: Rows) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection


def take_in(connection: Connection, *entries: Entry) -> Unusable:
    """Entries by the lines that they are in."""
    _, unusable = suppression.take_in(connection, MARKET, entries)
    derive_owner_keys(connection, MARKET)
    suppression.resolve_owners(connection, MARKET.key, unusable)
    return unusable


def given(connection: Connection, name: str) -> dict[int, Any]:
    """A column of what was taken in, by line."""
    rows = connection.execute(text(f"SELECT line, {name} FROM given_suppressions"))
    return {int(row.line): row[1] for row in rows}


def test_of_two_readings_the_only_parcel_that_is_known_here_is_meant(
    here: Rows, there: Rows, connection: Connection
) -> None:
    # known as a property
    here.property(parcel(1))
    there.property(turned(1))
    # and on the roll
    here.describe(turned(2), city="Orlando")
    there.describe(parcel(2), city="Detroit")
    here.property(parcel(3))
    here.describe(turned(3), city="Orlando")
    there.property(parcel(4))
    there.describe(parcel(5), city="Detroit")
    numbers = [parcel(number) for number in range(1, 6)]
    unusable = take_in(
        connection,
        *(Entry(line, one) for line, one in enumerate([*numbers, sure(6)], start=1)),
        Entry(7, telephones=("407-555-0100",)),
    )
    assert given(connection, "parcel_id") == {
        1: parcel(1), 2: turned(2), 3: None, 4: None, 5: None, 6: parcel(6), 7: None,
    }  # fmt: skip
    assert unusable.examples == [
        {"line": line, "why": f"the number can mean {parcel(line)} or {turned(line)}"} for line in (3, 4, 5)
    ]


def test_what_cannot_be_used_of_a_line_is_told_once_and_the_rest_is_taken(connection: Connection) -> None:
    entries = (
        Entry(1), Entry(2, telephones=("x" * 41,)), Entry(3, "12x"), Entry(4, owner_name="Ann Roe"),
        Entry(5, mail_address="12 Oak St"), Entry(6, telephones=("407-555-0100", "4075550100")),
        Entry(7, "12x", ("407-555-0101",)),
    )  # fmt: skip
    lines, unusable = suppression.take_in(connection, MARKET, entries)
    assert (lines, unusable.counts) == (7, {"line": 3, "telephone": 1, "parcel": 2})
    assert len(unusable.examples) == suppression.EXAMPLES == 5
    assert unusable.examples[1] == {"line": 2, "why": f"'{'x' * 40}' is no telephone number"}
    assert given(connection, "telephones") == {6: ["+14075550100"], 7: ["+14075550101"]}
    assert set(given(connection, "with_owner").values()) == {False}


def test_an_owner_has_all_the_forms_that_a_roll_may_write(here: Rows, there: Rows, connection: Connection) -> None:
    rolls = ("SMITH JOHN A & MARY B", "SMITH AL B", "SMITH PETER")
    for number, name in enumerate(rolls, start=1):
        here.describe(parcel(number), owner_key=f"{name}|{OAK}")
    here.describe(parcel(6), owner_key=f"{rolls[0]}|{OAK}")  # of several parcels
    here.describe(parcel(4), owner_key=f"SMITH JOHN ELSEWHERE|{ELM}")
    there.describe(parcel(5), owner_key=f"SMITH JOHN THERE|{OAK}")

    def owner(line: int, name: str | None, street: str | None = "12 Oak St") -> Entry:
        return Entry(
            line, None, ("407-555-0100",), name, street, mail_city="Orlando", mail_state="FL", mail_zip="32801"
        )

    unusable = take_in(
        connection, owner(1, "John Q Smith Jr"), owner(2, "Al Smith"), owner(3, "Smith"),
        owner(4, "John Smith", None), owner(5, None), owner(6, "???"), Entry(7, sure(9)),
    )  # fmt: skip
    assert connection.scalars(text("SELECT parcel_id FROM merged_parcels ORDER BY 1")).all() == ["1", "2", "3", "6"]
    keys = given(connection, "owner_keys")
    # the first is what is listed; the others are in the order of the alphabet
    assert keys[1][0] == f"JOHN Q SMITH JR|{OAK}"
    assert keys[1][1:] == sorted(
        f"{name}|{OAK}" for name in ("JOHN Q SMITH", "SMITH JOHN Q", "SMITH JOHN Q JR", "SMITH JOHN A & MARY B")
    )
    assert keys[2] == [f"{name}|{OAK}" for name in ("AL SMITH", "SMITH AL B", "SMITH AL")]
    assert keys[3] == [f"SMITH|{OAK}"]
    assert {line: keys[line] for line in (4, 5, 6, 7)} == dict.fromkeys((4, 5, 6, 7))
    assert unusable.examples == [{"line": 6, "why": "the name or the mailing address is none that can be compared"}]


def test_the_owner_of_a_parcel_is_the_one_that_the_roll_of_its_market_has(
    here: Rows, there: Rows, connection: Connection
) -> None:
    for number in (1, 2):
        here.describe(parcel(number), owner_key=f"OWNER {number}|{OAK}")
        there.describe(parcel(number), owner_key=f"ANOTHER {number}|{OAK}")
    here.describe(parcel(3), owner_key=None)
    there.describe(parcel(4), owner_key=f"ANOTHER 4|{OAK}")
    take_in(connection, *(Entry(number, sure(number), with_owner=number != 2) for number in range(1, 5)))
    assert given(connection, "owner_keys") == {1: [f"OWNER 1|{OAK}"], 2: None, 3: None, 4: None}


def test_what_is_given_twice_is_suppressed_once_for_the_first_reason_and_counted_by_kind(
    here: Rows, there: Rows, connection: Connection
) -> None:
    here.property(parcel(1))
    here.describe(parcel(2), owner_key=f"ROE ANN|{OAK}")
    there.property(parcel(3))
    there.describe(parcel(3), owner_key=f"DOE JIM|{OAK}")
    shown = here.property(parcel(7)), here.property(parcel(8)), there.property(parcel(7))
    here.lead(shown[0])
    here.lead(shown[1])
    there.lead(shown[2])
    place: dict[str, Any] = {"mail_address": "12 Oak St", "mail_zip": "32801"}
    take_in(
        connection,
        Entry(1, sure(1), ("407-555-0100", "407-555-0101"), reason="sold", note="first"),
        Entry(2, sure(1), ("407-555-0100",), reason="dnc", note="second"),
        Entry(3, sure(2), with_owner=True), Entry(4, sure(3)), Entry(5, sure(7)), Entry(9, sure(9)),
        Entry(6, owner_name="Ann Roe", mail_city="Orlando", mail_state="FL", **place),
        Entry(7, owner_name="Jim Doe", **place), Entry(8, owner_name="Jim Doe", **place),
    )  # fmt: skip
    outcome = suppression.add(connection, MARKET.key, source="by hand", by="ann")
    # unmatched: a parcel of the other market and one of nobody; an owner of the other market, in two lines
    assert outcome == {
        "added": {"parcel": 5, "owner": 3, "telephone": 2}, "known": {"parcel": 0, "owner": 0, "telephone": 0},
        "unmatched": {"parcel": 2, "owner": 2}, "leads": 1,
    }  # fmt: skip
    again = suppression.add(connection, MARKET.key, source="a list", by="bob")
    assert (again["added"], again["known"], again["leads"]) == (
        {"parcel": 0, "owner": 0, "telephone": 0}, outcome["added"], 0,
    )  # fmt: skip
    held = suppression.suppressions(connection, MARKET.key)["suppressions"]
    # those of one moment: the last that was written first
    assert [one["kind"] for one in held] == ["telephone"] * 2 + ["parcel"] * 5 + ["owner"] * 3
    assert [(one["value"], one["reason"], one["note"]) for one in held if one["note"]] == [
        ("+14075550101", "sold", "first"), ("+14075550100", "sold", "first"), (parcel(1), "sold", "first"),
    ]  # fmt: skip
    assert {(one["source"], one["suppressed_by"]) for one in held} == {("by hand", "ann")}
    assert [(one["owner_name"], one["mail_address"]) for one in held[-3:]] == [
        (None, None),
        ("Jim Doe", "12 Oak St, 32801"), ("Ann Roe", "12 Oak St, Orlando, FL 32801"),
    ]  # fmt: skip


def suppress(rows: Rows, kind: str, value: str, day: int = 1, **values: Any) -> None:
    """A suppression of a day; of an owner by this key."""
    keys = {"owner_keys": [value]} if kind == "owner" else {}
    market = {} if kind == "parcel" else {"market": "*"}
    fixed = {"reason": "dnc", "source": "a list", "suppressed_at": f"2025-11-{day:02d}"}
    rows.insert("suppressions", kind=kind, value=value, **{**fixed, **keys, **market, **values})


def test_the_places_of_the_given_are_those_of_this_market_and_of_none_that_is_confidential(
    here: Rows, there: Rows, connection: Connection
) -> None:
    for rows, city in ((here, "Orlando"), (there, "Detroit")):
        for number in (1, 2):
            rows.property(parcel(number), address=f"{number} {city} ST", city=city)
        rows.describe(parcel(2), address="2 ROLL RD", city="Roll", owner_key=f"{city}|{OAK}")
    here.describe(parcel(3), address="3 ROLL RD", city="Roll", owner_key=None)
    # what is confidential there is not so here; the survivor of a merge is as confidential as what it was made of
    there.describe(parcel(1), confidential=True)
    here.describe(parcel(4), confidential=True)
    survivor = here.property(parcel(5))
    here.property(parcel(6), merged_into=survivor, is_active=False)
    here.describe(parcel(6), confidential=True)
    whole = here.property(parcel(7))
    here.property(parcel(8), address="8 ELM ST", city="Orlando", merged_into=whole, is_active=False)
    take_in(
        connection, *(Entry(line, sure(line), with_owner=line in (2, 3)) for line in (8, 7, 6, 5, 4, 3, 2, 1)),
        Entry(9, telephones=("407-555-0100",)), Entry(10, sure(10)),
    )  # fmt: skip
    places = suppression.given_parcels(connection, MARKET.key)
    assert [tuple(place.values()) for place in places] == [
        (parcel(1), "1 Orlando ST", "Orlando", None), (parcel(2), "2 Orlando ST", "Orlando", True),
        (parcel(3), "3 ROLL RD", "Roll", False), (parcel(7), "1 ELM ST", None, None),
        (parcel(8), "8 ELM ST", "Orlando", None), (parcel(10), None, None, None),
    ]  # fmt: skip
    assert connection.scalar(
        text("SELECT array_agg(property_id ORDER BY line) FROM given_places WHERE line IN (7, 8)")
    ) == [whole, whole]  # fmt: skip


def test_a_lifted_parcel_is_on_no_list_by_its_owner_or_by_its_own_status(
    here: Rows, there: Rows, connection: Connection
) -> None:
    statuses = {2: ("dead", here), 3: ("offer", here), 4: ("closed", there), 5: ("dnc", here)}
    for number in range(1, 7):
        ids = {rows: rows.property(parcel(number)) for rows in (here, there)}
        here.describe(parcel(number), owner_key=f"OWNER {number}|{OAK}")
        if number in statuses:
            status, rows = statuses[number]
            rows.insert("lead_status_events", property_id=ids[rows], status=status)
    suppress(here, "owner", f"OWNER 1|{OAK}")
    suppress(here, "owner", f"OWNER 5|{OAK}")
    suppress(here, "owner", f"NOBODY|{OAK}")
    suppress(here, "telephone", "+14075550100", owner_keys=[f"OWNER 6|{OAK}"])
    take_in(connection, *(Entry(line, sure(line)) for line in (6, 5, 4, 3, 2, 1)))
    held = suppression.unlifted(connection, MARKET.key)
    assert [(one["parcel_id"], one["by"]) for one in held] == [
        (parcel(1), "owner"), (parcel(2), "dead"), (parcel(5), "owner"),
    ]  # fmt: skip


def test_only_what_is_given_is_lifted(here: Rows, there: Rows, connection: Connection) -> None:
    for number in (1, 2):
        suppress(here, "parcel", parcel(number))
        suppress(there, "parcel", parcel(number))
        suppress(here, "owner", f"OWNER {number}|{OAK}")
        suppress(here, "telephone", f"+1407555010{number}")
    here.describe(parcel(1), owner_key=f"OWNER 1|{OAK}")

    def lifted(*entries: Entry) -> set[tuple[str, str]]:
        take_in(connection, *entries)
        rows = suppression.lift(connection, MARKET.key)
        connection.execute(text("DROP TABLE given_suppressions, merged_parcels, derived_owners"))
        return {(row["kind"], row["value"]) for row in rows}

    assert lifted(Entry(1, sure(1), with_owner=True)) == {("parcel", parcel(1)), ("owner", f"OWNER 1|{OAK}")}
    assert lifted(Entry(1, telephones=("407-555-0101",))) == {("telephone", "+14075550101")}
    assert lifted(Entry(1, sure(2))) == {("parcel", parcel(2))}
    left = connection.execute(text("SELECT market, kind, value FROM suppressions ORDER BY kind, value")).all()
    assert left == [
        ("*", "owner", f"OWNER 2|{OAK}"), (OTHER, "parcel", parcel(1)), (OTHER, "parcel", parcel(2)),
        ("*", "telephone", "+14075550102"),
    ]  # fmt: skip


def test_the_list_is_of_one_market_the_newest_first_and_without_the_confidential(
    here: Rows, there: Rows, connection: Connection
) -> None:
    for rows, city in ((here, "Orlando"), (there, "Detroit")):
        for number in (1, 2):
            rows.property(parcel(number), address=f"{number} {city} ST", city=city)
            rows.describe(parcel(number), address=f"{number} {city} ROLL", city=f"{city} Roll")
    here.describe(parcel(3), address="3 ROLL RD", city="Roll")
    there.describe(parcel(1), confidential=True)
    here.describe(parcel(4), confidential=True)
    secret = here.property(parcel(4)), there.property(parcel(4))
    # a parcel of which only the property that it is part of is confidential
    here.property(parcel(5), address="SECRET ST", merged_into=secret[0], is_active=False)
    here.insert("lead_status_events", id=71, property_id=secret[0], status="dnc")
    here.insert("lead_status_events", id=72, property_id=here.property(parcel(6)), status="dnc")
    there.insert("lead_status_events", id=73, property_id=secret[1], status="dnc")
    suppress(here, "parcel", parcel(2), 9)
    suppress(here, "parcel", parcel(1), 5, reason="sold")
    suppress(here, "parcel", parcel(3), 5)
    suppress(here, "parcel", parcel(5), 4)
    suppress(here, "parcel", parcel(4))
    suppress(there, "parcel", parcel(1), 8)
    suppress(here, "parcel", parcel(88), 2)
    suppress(here, "telephone", "+14075550100", 6)
    suppress(here, "telephone", parcel(4), 6, reason="sold")
    for event in (71, 72, 73):
        suppress(here, "owner", f"STEP {event}|{OAK}", 3, source="status", event_id=event)
    suppress(here, "owner", f"GIVEN|{OAK}", 3)
    page = suppression.suppressions(connection, MARKET.key)
    assert [(one["value"], one["address"], one["city"]) for one in page["suppressions"]] == [
        (parcel(2), "2 Orlando ST", "Orlando"), (parcel(4), None, None), ("+14075550100", None, None),
        (parcel(3), "3 ROLL RD", "Roll"), (parcel(1), "1 Orlando ST", "Orlando"), (parcel(5), None, None),
        (f"GIVEN|{OAK}", None, None), (f"STEP 73|{OAK}", None, None), (f"STEP 72|{OAK}", None, None),
        (parcel(88), None, None),
    ]  # fmt: skip
    assert page["counts"] == {"parcel": 6, "owner": 4, "telephone": 2}

    def values(**wanted: Any) -> list[str]:
        return [one["value"] for one in suppression.suppressions(connection, MARKET.key, **wanted)["suppressions"]]

    assert values(limit=1) == [parcel(2)]
    assert values(limit=4)[3] == parcel(3)
    assert values(reason="sold") == [parcel(4), parcel(1)]
    assert values(reason="sold", kind="telephone") == [parcel(4)]
    assert values(kind="telephone") == [parcel(4), "+14075550100"]
    assert suppression.suppressed_telephones(connection, [f"GIVEN|{OAK}", "+14075550100"]) == {"+14075550100"}
    many = "INSERT INTO suppressions (market, kind, value, reason, source) SELECT '*', 'telephone', n, 'dnc', ''"
    connection.execute(text(f"{many} FROM generate_series(1, 51) AS n"))
    assert len(values()) == 50
