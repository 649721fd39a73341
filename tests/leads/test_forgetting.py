"""Whose names go and whose stay: those of one lead and of what is merged into it, and of no other of any market."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.stages.check.rows import AS_OF, MARKET, OTHER, Rows, parcel
from wholesaler.leads.forgetting import Forgotten, forget
from wholesaler.markets import load_market

NAME = {"owner_name": "DOE JIM"}


class Desk:
    """A lead (1) with what is merged into it (2), another lead (3), and the lead of another market (1)."""

    def __init__(self, engine: Engine) -> None:
        self.here, self.there = Rows(engine), Rows(engine, OTHER)
        lead = self.here.property(parcel(1))
        merged = self.here.property(parcel(2), merged_into=lead, is_active=False)
        another = self.here.property(parcel(3))
        elsewhere = self.there.property(parcel(1))
        #: those of the lead first
        self.properties = [(self.here, lead), (self.here, merged), (self.here, another), (self.there, elsewhere)]
        self.parcels = [(self.here, 1), (self.here, 2), (self.here, 3), (self.there, 1)]

    def forget(self) -> Forgotten:
        with self.here.connect() as connection:
            done = forget(connection, load_market(MARKET), f"{MARKET}:{parcel(1)}")
            connection.commit()
        return done

    def column(self, query: str) -> list[Any]:
        with self.here.connect() as connection:
            return list(connection.scalars(text(query)))


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)


def test_notes_and_contacts_of_the_lead_go(desk: Desk) -> None:
    for rows, number in desk.properties:
        rows.insert("lead_status_events", property_id=number, status="dead", reason="sold")
        rows.insert("lead_status_events", property_id=number, note="angry", undone_at=AS_OF)
        rows.insert("lead_status_events", property_id=number, status="offer")
        contact = {"kind": "telephone", "value": "+14075550100", "place": 1, "source": "a list"}
        rows.insert("lead_contacts", property_id=number, **contact)
    done = desk.forget()
    assert done.numbers == (parcel(1), parcel(2))
    assert (done.counts["notes"], done.counts["contacts"]) == (4, 2)
    kept = [number for _, number in desk.properties[2:]]
    said = "SELECT property_id FROM lead_status_events WHERE {} IS NOT NULL ORDER BY 1"
    assert desk.column(said.format("note")) == desk.column(said.format("reason")) == kept
    assert len(desk.column(said.format("property_id"))) == 12
    assert desk.column("SELECT property_id FROM lead_contacts ORDER BY 1") == kept
    assert desk.forget().counts["notes"] == 0


def test_names_of_suppressions_go_and_the_owner_is_left_alone_as_a_parcel(desk: Desk) -> None:
    keys = {(rows.market, number): f"{rows.market} {number}|1 A ST|1" for rows, number in desk.parcels}
    keys[MARKET, 2] = keys[MARKET, 1]
    for rows, number in desk.parcels:
        rows.describe(parcel(number), owner_key=keys[rows.market, number])

    desk.here.describe(parcel(4), owner_key=keys[MARKET, 1])

    def suppress(rows: Rows, kind: str, value: str, reason: str, key: str = "", **said: Any) -> None:
        market = rows.market if kind == "parcel" else "*"
        keys = "{" + key + "}"
        fixed = {"reason": reason, "source": "a list", "owner_keys": keys, "market": market}
        rows.insert("suppressions", kind=kind, value=value, **fixed, **said)

    ours = keys[MARKET, 1]
    for rows, number in desk.parcels[1:]:
        suppress(rows, "parcel", parcel(number), "other", note=f"{rows.market} parcel {number}")
    suppress(desk.here, "owner", "written 1", "litigator", ours, owner_name="DOE")
    suppress(desk.here, "owner", "written 2", "dnc", ours, mail_address="1 A ST")
    suppress(desk.here, "owner", "written 3", "do_not_mail", ours)
    for number, key in ((4, keys[MARKET, 3]), (5, keys[OTHER, 1])):
        suppress(desk.here, "owner", f"written {number}", "deceased", key, note=f"owner {number}")
    suppress(desk.here, "telephone", parcel(1), "deceased", ours, note="telephone")
    done = desk.forget()
    # parcel 2 is suppressed already; of several reasons the first by its name
    assert (done.counts["keep_suppressed"], done.counts["suppressions"]) == (1, 3)
    assert desk.column("SELECT concat_ws(' ', market, value, reason) FROM suppressions WHERE source = 'forget'") == [
        f"{MARKET} {parcel(1)} dnc"
    ]
    said = "SELECT concat(owner_name, mail_address, note) AS said FROM suppressions ORDER BY 1"
    assert [one for one in desk.column(said) if one] == [
        "orange-fl parcel 3", "owner 4", "owner 5", "telephone", "wayne-mi parcel 1",
    ]  # fmt: skip


def test_what_was_announced_of_the_lead_names_nobody(desk: Desk) -> None:
    def announce(rows: Rows, kind: str, subject: object, **payload: Any) -> None:
        rows.insert("alert_deliveries", channel="slack", kind=kind, subject=str(subject), as_of=AS_OF, payload=payload)

    for rows, number in desk.properties:
        announce(rows, "new_lead", number, owner_name="DOE JIM", mail_city="Orlando", tier="A")
    (_, lead), (_, merged) = desk.properties[:2]
    announce(desk.there, "new_lead", lead, note="there")
    for kind in ("stage_failure", "findings", "profile_change"):
        announce(desk.here, kind, lead, note=kind)
    announce(desk.here, "sign_of_life", merged)
    assert desk.forget().counts["deliveries"] == 2
    kept = "SELECT payload ->> '{}' FROM alert_deliveries WHERE payload ? '{}' ORDER BY subject::bigint, id"
    names = desk.column(kept.format("owner_name", "owner_name"))
    assert names == [None, None, "DOE JIM", "DOE JIM"]
    assert desk.column(kept.format("mail_city", "mail_city"))[:2] == [None, None]
    assert desk.column(kept.format("tier", "tier")) == ["A"] * 4
    assert desk.column(kept.format("note", "note")) == ["there", "stage_failure", "findings", "profile_change"]


def test_records_and_rejects_of_the_lead_are_cleared(desk: Desk) -> None:
    here, there = desk.here, desk.there
    (_, lead), (_, merged), (_, another), (_, elsewhere) = desk.properties
    raw = {"raw": {"NAME": "DOE JIM"}}
    records = (
        # by the property alone, by the parcel number alone, and of others
        (here, None, lead, "abcd"), (here, None, merged, "abc"), (here, parcel(2), None, "by number"),
        (here, parcel(3), another, "another"), (there, parcel(1), elsewhere, "there"),
    )  # fmt: skip
    for rows, number, property_id, key in records:
        rows.record("foreclosures", number, property_id, parcel=f"as {key}", record_key=key, borrower_name="DOE", **raw)
        if number is not None:
            # the roll joins by the number, and is a parcel of its own beside the record
            rows.record("property_records", number, None, record_key=number, parcel=number, **NAME, **raw)
    here.record("foreclosures", parcel(1), lead, parcel="bare", record_key="bare", raw={})
    here.record("property_records", parcel(1), lead, parcel=parcel(1), raw={})
    done = desk.forget()
    assert {"abcd", "as abcd", "as abc", "by number", "bare"} <= done.written
    assert not done.written & {"abc", "another", "as another", "there", "as there"}
    assert (done.counts["foreclosures"], done.counts["property_records"], done.counts["parcels"]) == (3, 1, 1)
    left = "SELECT {} FROM {} WHERE {} IS NOT NULL AND raw <> '{{}}' ORDER BY 1"
    assert desk.column(left.format("record_key", "foreclosures", "borrower_name")) == ["another", "there"]
    assert desk.column(left.format("market", "property_records", "owner_name")) == [MARKET, OTHER]
    assert desk.column("SELECT parcel_id FROM parcels WHERE owner_name IS NOT NULL ORDER BY market") == [
        parcel(3), parcel(1),
    ]  # fmt: skip


def test_rejected_records_with_a_number_of_the_lead_are_cleared(desk: Desk) -> None:
    def reject(rows: Rows, written: str) -> None:
        values = {"source": "tax_sales", "reason": "no date", "content_hash": "0" * 31 + str(reject.count)}
        rows.insert("rejected_records", raw={"PARCEL": written}, **values)
        reject.count += 1

    reject.count = 0
    desk.here.record("tax_sales", None, desk.properties[0][1], parcel=f"X_{parcel(1)}", record_key="100%")
    desk.here.record("tax_sales", None, desk.properties[1][1], parcel="some", record_key="TDA 77")
    for written in (parcel(1), f"see {parcel(2)}", f"X_{parcel(1)}", "28-22-29-0000-00-001"):
        reject(desk.here, written)
    # another parcel, a key that is no number of the lead, and what only a sign of a pattern would find
    for written in (parcel(3), "TDA 77", "100 and more"):
        reject(desk.here, written)
    reject(desk.there, parcel(1))
    assert desk.forget().counts["rejects"] == 4
    assert desk.column("SELECT raw ->> 'PARCEL' FROM rejected_records WHERE raw <> '{}' ORDER BY content_hash") == [
        parcel(3), "TDA 77", "100 and more", parcel(1),
    ]  # fmt: skip
