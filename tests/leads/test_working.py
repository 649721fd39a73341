"""What a step, a status and what is due leave out: other markets, other leads, who is unknown, what is taken back."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from tests.stages.check.rows import Rows, parcel
from wholesaler.db.sql import statement
from wholesaler.leads.statuses import due, work
from wholesaler.leads.working import Step, take_back, take_step
from wholesaler.markets import load_market

MARKET = load_market("orange-fl")
DAY = date(2025, 11, 20)
KEY = "SMITH JOHN|12 OAK STREET|32801"


def test_a_step_has_what_the_lead_is_at_that_moment(here: Rows, there: Rows) -> None:
    lead, another, unscored = (here.property(parcel(number)) for number in (1, 2, 3))
    here.lead(lead, signals=["lien"], tier="A", total_score=80)
    here.lead(another, signals=["tax_sale"], tier="C", total_score=30)
    there.lead(there.property(parcel(1)), signals=["vacancy"])
    with here.connect() as connection:
        for number in (1, 3):
            written = take_step(connection, MARKET, f"orange-fl:{parcel(number)}", Step("ann", "contacted"), DAY)
            assert (written["parcel_id"], written["suppression"]) == (parcel(number), None)
        steps = connection.execute(
            text("SELECT property_id, signals, tier, total_score, profile FROM lead_status_events ORDER BY id")
        ).all()
    assert steps == [(lead, ["lien"], "A", 80, "v1"), (unscored, [], None, None, None)]


def test_dnc_counts_the_further_leads_of_the_owner_that_are_shown(here: Rows, there: Rows) -> None:
    ids = {}
    for number, key in enumerate((KEY, KEY, KEY, KEY, KEY, "ROE ANN|4 ELM STREET|32801", None, KEY), start=1):
        ids[number] = here.property(parcel(number))
        here.describe(parcel(number), owner_key=key)
    here.describe(parcel(10), owner_key=KEY)
    for number, tier in {1: "B", 2: "B", 3: None, 4: "B", 6: "B", 7: "B", 8: "C"}.items():
        here.lead(ids[number], tier=tier)
    here.insert("lead_status_events", property_id=ids[4], status="closed")
    for number in (1, 9):
        there.lead(there.property(parcel(number)))
        there.describe(parcel(number), owner_key=KEY if number == 9 else "OTHER|1 A STREET|1")
    with here.connect() as connection:
        done = take_step(connection, MARKET, f"orange-fl:{parcel(1)}", Step("ann", "dnc"), DAY)
        assert done["suppression"] == {"owner": True, "further_leads": 2}
        unknown = take_step(connection, MARKET, f"orange-fl:{parcel(7)}", Step("bob", "dnc"), DAY)
        assert unknown["suppression"] == {"owner": False, "further_leads": 0}
        held = text("SELECT market, kind, value, suppressed_by FROM suppressions ORDER BY value")
        first = [("orange-fl", "parcel", parcel(1), "ann"), ("orange-fl", "parcel", parcel(7), "bob")]
        assert connection.execute(held).all() == [*first, ("*", "owner", KEY, "ann")]
        # what another step has written stays, and so does what none has
        here_too = (
            "INSERT INTO suppressions (market, kind, value, reason, source) VALUES ('*', 'telephone', '1', 'dnc', '')"
        )
        connection.execute(text(here_too))
        take_back(connection, MARKET, f"orange-fl:{parcel(1)}", "eve")
        assert connection.execute(held).all() == [("*", "telephone", "1", None), first[1]]
        undone = connection.execute(text("SELECT property_id, undone_by FROM lead_status_events ORDER BY id")).all()
        assert undone == [(ids[4], None), (ids[1], "eve"), (ids[7], None)]


def test_a_step_is_taken_back_once(here: Rows) -> None:
    number = here.property(parcel(1))
    here.insert("lead_status_events", id=5, property_id=number, status="offer")
    here.insert("lead_status_events", id=6, property_id=number, status="contract")
    with here.connect() as connection:
        # somebody else takes the same one back between our reading and our writing
        for by, status in (("ann", "contract"), ("bob", None)):
            given = {"market": MARKET.key, "event_id": 6, "by": by}
            assert connection.scalar(statement("wholesaler.leads", "working.sql", "take_back"), given) == status
        undone = text("SELECT id, undone_by FROM lead_status_events ORDER BY id")
        assert connection.execute(undone).all() == [(5, None), (6, "ann")]


def test_the_work_of_a_lead_is_its_own_and_of_what_is_merged_into_it(here: Rows, there: Rows) -> None:
    lead = here.property(parcel(1), address="1 ELM ST", city="Orlando")
    merged = here.property(parcel(2), merged_into=lead, is_active=False)
    another, elsewhere = here.property(parcel(3)), there.property(parcel(1))
    for rows, number, status, note in (
        (here, merged, "offer", "first"), (here, another, "contract", "another"), (here, lead, "dead", "second"),
        (there, elsewhere, "closed", "there"),
    ):  # fmt: skip
        rows.insert("lead_status_events", property_id=number, status=status, note=note, signals=["lien"])
    here.lead(another, signals=["lien", "tax_sale"])
    here.lead(lead, signals=["vacancy", "lien", "code_violation"])
    with here.connect() as connection:
        found = work(connection, MARKET.key, lead, parcel(1))
        assert (found["status"]["status"], found["status"]["note"]) == ("dead", "second")
        assert [(step["note"], step["parcel_id"]) for step in found["steps"]] == [
            ("second", parcel(1)), ("first", parcel(2)),
        ]  # fmt: skip
        # sorted, and of a dead lead alone
        assert found["returned"] == ["code_violation", "vacancy"]
        assert work(connection, MARKET.key, another, parcel(3))["returned"] == []
        assert work(connection, MARKET.key, None, parcel(9)) == {
            "status": None, "steps": [], "returned": [], "suppressed": [],
        }  # fmt: skip
        connection.execute(text("UPDATE lead_scores SET signals = '{lien}'"))
        assert work(connection, MARKET.key, lead, parcel(1))["returned"] == []


def test_a_parcel_is_suppressed_for_each_reason_once(here: Rows, there: Rows) -> None:
    def suppress(rows: Rows, kind: str, value: str, reason: str, keys: str = "{}", **values: Any) -> None:
        rows.insert("suppressions", kind=kind, value=value, reason=reason, source="a list", owner_keys=keys, **values)

    keys = "{" + KEY + ",JOHN SMITH|12 OAK STREET|32801}"
    number, another = here.property(parcel(1)), here.property(parcel(2))
    for rows, key in ((here, KEY), (there, "DOE JIM|1 A STREET|1")):
        rows.describe(parcel(1), owner_key=key)
        rows.describe(parcel(3), owner_key=key)
    suppress(here, "parcel", parcel(1), "sold")
    suppress(here, "parcel", parcel(2), "deceased")
    suppress(there, "parcel", parcel(1), "litigator")
    suppress(there, "parcel", parcel(3), "represented")
    for value, reason in ((KEY, "dnc"), ("A", "sold")):
        suppress(here, "owner", value, reason, keys, market="*")
    suppress(here, "owner", "DOE JIM", "other", "{DOE JIM|1 A STREET|1}", market="*")
    suppress(here, "telephone", parcel(3), "do_not_mail", keys, market="*")
    # of what is merged into it, and on the roll alone
    merged = here.property(parcel(5))
    here.property(parcel(6), merged_into=merged, is_active=False)
    suppress(here, "parcel", parcel(6), "litigator")
    suppress(here, "parcel", parcel(7), "sold")
    with here.connect() as connection:

        def reasons(number: int | None, parcel_id: str) -> list[str]:
            return list(work(connection, MARKET.key, number, parcel_id)["suppressed"])

        assert reasons(number, parcel(1)) == ["dnc", "sold"]
        assert reasons(another, parcel(2)) == ["deceased"]
        # on the roll, and never a lead
        assert reasons(None, parcel(3)) == ["dnc", "sold"]
        assert reasons(None, parcel(4)) == []
        assert (reasons(merged, parcel(5)), reasons(None, parcel(7))) == (["litigator"], ["sold"])


def test_due_is_what_somebody_works_on_the_longest_first(here: Rows, there: Rows) -> None:
    def lead(number: int, days: int, score: int | None = None, rows: Rows = here, status: str = "offer") -> int:
        property_id = rows.property(parcel(number))
        next_date = DAY + timedelta(days=days)
        rows.insert("lead_status_events", property_id=property_id, status=status, next_date=next_date)
        if score is not None:
            rows.lead(property_id, total_score=score, snapshot=False)
        return property_id

    for number, days, score in ((1, 0, 50), (2, 1, 90), (3, -1, 10), (4, 0, None), (5, 0, 50), (6, 0, 70), (7, 2, 5)):
        lead(number, days, score)
    lead(8, 0, 60, status="closed")
    lead(1, 0, 40, there)
    hidden = there.property(parcel(6))
    there.insert("lead_status_events", property_id=hidden, status="closed")

    with here.connect() as connection:

        def numbers(within: int = 0, limit: int = 9) -> list[tuple[int, int]]:
            leads = due(connection, MARKET.key, DAY, within=within, limit=limit)["leads"]
            return [(int(one["parcel_id"][6:]), one["days_over"]) for one in leads]

        # of one day the best first, of one score by number; who has no score last
        now = [(3, 1), (6, 0), (1, 0), (5, 0), (4, 0)]
        assert numbers() == now
        assert numbers(1) == [*now, (2, -1)]
        assert numbers(limit=2) == now[:2]
