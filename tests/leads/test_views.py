"""Which leads may be worked on: by status, by suppression, by the roll's word, through merges and back."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.stages.check.rows import MARKET, Rows

OWNER = "SMITH JOHN A|12 OAK STREET|32801"


@pytest.fixture
def rows(engine: Engine) -> Rows:
    """Rows of the market, beside another one whose suppressions and steps are its own."""
    other = Rows(engine, "other-county")
    number = other.property("292228000000555")
    other.lead(number)
    suppress(other, "parcel", "292228000000001")
    step(other, number, "dnc")
    return Rows(engine)


def step(rows: Rows, property_id: int, status: str | None, **columns: Any) -> None:
    rows.insert("lead_status_events", property_id=property_id, status=status, **columns)


def suppress(rows: Rows, kind: str, value: str, **columns: Any) -> None:
    market = rows.market if kind == "parcel" else "*"
    given = {"market": market, "kind": kind, "value": value, "reason": "litigator", "source": "list.csv"}
    rows.insert("suppressions", **{**given, **columns})


def parcel_of(rows: Rows, property_id: int) -> str:
    return str(rows.execute("SELECT parcel_id FROM properties WHERE id = :id", id=property_id))


def view(rows: Rows, columns: str, name: str) -> set[Any]:
    query = text(f"SELECT {columns} FROM {name} WHERE market = :market")
    with rows.connect() as connection:
        found = [tuple(row) for row in connection.execute(query, {"market": MARKET})]
    assert len(found) == len(set(found))
    return {row if len(row) > 1 else row[0] for row in found}


def workable(rows: Rows) -> set[int]:
    return view(rows, "property_id", "workable_leads")


def test_the_present_status_is_the_last_step_that_was_not_taken_back(rows: Rows) -> None:
    touched, noted, _ = (rows.property() for _ in range(3))
    step(rows, touched, "contacted", next_date=date(2026, 1, 5), changed_by="ann")
    step(rows, touched, "offer", amount=90_000, undone_at=datetime(2025, 11, 20, tzinfo=UTC))
    step(rows, touched, None, note="wants cash")
    step(rows, noted, None, note="empty")
    columns = "property_id, status, next_date, amount, note, changed_by"
    assert view(rows, columns, "lead_statuses") == {
        (touched, "contacted", date(2026, 1, 5), None, "wants cash", "ann"),
        (noted, "open", None, None, "empty", None),
    }


def test_what_was_done_follows_a_merge_and_comes_back_with_its_undo(rows: Rows) -> None:
    winner, loser = rows.property(), rows.property()
    for number in (winner, loser):
        rows.lead(number)
    step(rows, winner, "contacted")
    step(rows, loser, "dnc")
    merge(rows, loser, winner)
    rows.execute("DELETE FROM lead_scores WHERE property_id = :id", id=loser)
    assert view(rows, "property_id, status", "lead_statuses") == {(winner, "dnc")}
    assert view(rows, "property_id", "unworkable_properties") == {winner, loser}
    assert workable(rows) == set()
    merge(rows, loser, None)
    assert view(rows, "property_id, status", "lead_statuses") == {(winner, "contacted"), (loser, "dnc")}
    assert view(rows, "property_id", "unworkable_properties") == {loser}
    assert workable(rows) == {winner}


def test_a_suppressed_parcel_holds_what_is_merged_with_it(rows: Rows) -> None:
    winner, loser, third = (rows.property() for _ in range(3))
    for number in (winner, third):
        rows.lead(number)
    suppress(rows, "parcel", parcel_of(rows, loser))
    assert view(rows, "property_id", "suppressed_properties") == {loser}
    merge(rows, loser, winner)
    assert view(rows, "property_id, reason", "suppressed_properties") == {(winner, "litigator"), (loser, "litigator")}
    assert workable(rows) == {third}
    merge(rows, loser, None)
    assert view(rows, "property_id", "suppressed_properties") == {loser}


def test_an_owner_at_a_mailing_address_is_suppressed_on_all_parcels_and_in_every_market(rows: Rows) -> None:
    first, second, third = (rows.property() for _ in range(3))
    for number, owner_key in ((first, OWNER), (second, OWNER), (third, OWNER.replace("12 OAK", "13 OAK"))):
        rows.lead(number)
        rows.insert("parcels", parcel_id=parcel_of(rows, number), is_listed=True, owner_key=owner_key)
    suppress(rows, "owner", OWNER, owner_keys=["JOHN A SMITH|12 OAK STREET|32801", OWNER])
    suppress(rows, "telephone", "+14075550100")
    assert view(rows, "property_id", "suppressed_properties") == {first, second}
    assert workable(rows) == {third}


def test_what_the_roll_calls_confidential_is_suppressed_and_one_row_whatever_else_holds(rows: Rows) -> None:
    number = rows.property()
    rows.lead(number)
    rows.insert("parcels", parcel_id=parcel_of(rows, number), is_listed=True, confidential=True, owner_key=OWNER)
    suppress(rows, "parcel", parcel_of(rows, number))
    suppress(rows, "owner", OWNER, owner_keys=[OWNER])
    parcel = parcel_of(rows, number)
    expected = {(number, parcel, "confidential")}
    assert view(rows, "property_id, parcel_id, reason", "suppressed_properties") == expected
    assert workable(rows) == set()


@pytest.mark.parametrize(
    ("status", "is_workable"),
    [
        (None, True), ("open", True), ("contacted", True), ("follow_up", True), ("offer", True), ("contract", True),
        ("closed", False), ("dead", False), ("dnc", False),
    ],
)  # fmt: skip
def test_which_statuses_end_the_work(rows: Rows, status: str | None, is_workable: bool) -> None:
    number = rows.property()
    rows.lead(number, signals=["tax_deed_sale"])
    if status is not None:
        step(rows, number, status, signals=["tax_deed_sale"])
    assert (number in workable(rows)) == is_workable
    assert (number in view(rows, "property_id", "unworkable_properties")) != is_workable


@pytest.mark.parametrize(
    ("before", "now", "came_back"),
    [
        (["tax_deed_sale"], ["tax_deed_sale"], False),
        (["tax_deed_sale", "vacancy"], ["vacancy"], False),
        (["tax_deed_sale"], ["tax_deed_sale", "vacancy"], True),
        ([], ["vacancy"], True),
    ],
)
def test_a_dead_lead_comes_back_with_a_signal_that_it_did_not_have(
    rows: Rows, before: list[str], now: list[str], came_back: bool
) -> None:
    dead, other = rows.property(), rows.property()
    rows.lead(dead, signals=now)
    rows.lead(other, signals=now)
    step(rows, dead, "dead", signals=before, reason="not interested")
    expected = {(other, False), *({(dead, True)} if came_back else ())}
    assert view(rows, "property_id, came_back", "workable_leads") == expected
    assert (dead in view(rows, "property_id", "unworkable_properties")) != came_back


def test_a_lead_that_the_profile_excludes_is_none_to_work_on(rows: Rows) -> None:
    number = rows.property()
    rows.lead(number, tier=None, excluded="bank")
    assert workable(rows) == set()
    assert view(rows, "property_id", "unworkable_properties") == set()


def merge(rows: Rows, loser: int, winner: int | None) -> None:
    rows.execute(
        "UPDATE properties SET merged_into = :winner, is_active = :winner IS NULL WHERE id = :id",
        winner=winner,
        id=loser,
    )
