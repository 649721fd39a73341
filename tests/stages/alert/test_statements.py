"""The statements of the ledger of deliveries, each among rows that it must leave alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LIVE_DAY
from tests.stages.check.rows import Rows
from tests.stages.desk import HERE, THERE, Desk
from wholesaler.db.sql import statement

RUN, OTHER_RUN = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
RIGHT: dict[str, Any] = {
    "market": HERE, "channel": "slack", "kind": "new_lead", "as_of": LIVE_DAY, "status": "pending", "attempts": 1,
    "payload": "{}",
}  # fmt: skip


class Announcements(Desk):
    """The ledger of deliveries."""

    def plant(self, subject: object, **values: Any) -> int:
        """An announcement, right unless it says otherwise; returns its id."""
        return int(self.insert("alert_deliveries", **{**RIGHT, "subject": str(subject), **values}))

    def run(self, name: str, file: str = "deliveries.sql", **parameters: Any) -> Any:
        bound = {"as_of": LIVE_DAY, "channel": "slack", "run_id": RUN, **parameters}
        return self.ask("alert", file, name, **bound)

    def state(self) -> dict[int, tuple[Any, ...]]:
        """What the ledger has of each announcement."""
        rows = self.connection.execute(
            text(
                "SELECT id, status, attempts, last_error, sent_at IS NOT NULL, sent_for::text,"
                " refused_at IS NOT NULL, message_id, unanswered_in::text, delivered_to FROM alert_deliveries"
            )
        )
        return {row[0]: tuple(row[1:]) for row in rows}

    def changed(self, name: str, **parameters: Any) -> dict[int, tuple[Any, ...]]:
        """What a statement has made of those that it changed; taken back afterwards."""
        before, here = self.state(), self.connection.begin_nested()
        self.run(name, **parameters)
        after = self.state()
        here.rollback()
        return {one: row for one, row in after.items() if row != before.get(one)}


@pytest.fixture
def desk(engine: Engine) -> Iterator[Announcements]:
    with engine.connect() as connection:
        yield Announcements(connection)


def test_only_what_is_named_and_pending_is_marked(desk: Announcements) -> None:
    lead, news = desk.plant(1), desk.plant(1, kind="lead_news", delivered_to=["ann"])
    done = [desk.plant(2, status="sent"), desk.plant(3, status="refused"), desk.plant(1, market=THERE)]
    desk.plant(4)
    named = {"ids": [lead, news, *done], "error": "why"}
    expected = {
        "mark_refused": ("pending", 2, "why", False, None, False, None, None),
        "mark_refused_for_good": ("refused", 2, "why", False, None, True, None, None),
        "mark_unanswered": ("pending", 2, "why", False, None, False, "a message", RUN),
        "mark_sent": ("sent", 2, "why", True, LIVE_DAY, False, None, None),
    }
    for name, row in expected.items():
        changed = desk.changed(name, **named, message_id="a message")
        assert changed == {lead: (*row, []), news: (*row, ["ann"])}, name
    row = ("pending", 2, "why", False, None, False, None, None)
    partly = desk.changed("mark_delivered_in_part", **named, recipients=["bob"])
    assert partly == {lead: (*row, ["bob"]), news: (*row, ["ann", "bob"])}
    # the news are no new lead
    assert desk.run("mark_sent", **named).scalar() == 1


def test_only_what_has_waited_on_the_channel_for_so_long_is_given_up(desk: Announcements) -> None:
    old = desk.connection.scalar(text("SELECT now() - interval '7 days'"))
    late = desk.connection.scalar(text("SELECT now() - interval '7 days' + interval '1 second'"))
    ours = [desk.plant(1, created_at=old), desk.plant("check", kind="findings", created_at=old)]
    for values in ({"market": THERE}, {"channel": "email"}, {"status": "sent"}, {"status": "refused"}):
        desk.plant(values.get("status", 2), created_at=old, **values)
    desk.plant(3, created_at=late)
    row = ("refused", 1, "why", False, None, True, None, None, [])
    assert desk.changed("give_up", days=7, error="why") == dict.fromkeys(ours, row)


def test_only_what_the_channels_refused_is_reopened(desk: Announcements) -> None:
    at = desk.connection.scalar(text("SELECT now()"))
    ours = [desk.plant(1, channel=name, status="refused", refused_at=at) for name in ("slack", "email")]
    for values in ({"market": THERE}, {"channel": "telegram"}):
        desk.plant(1, status="refused", refused_at=at, **values)
    desk.plant(2, status="sent", refused_at=at)
    desk.plant(3, refused_at=at)
    row = ("pending", 1, None, False, None, False, None, None, [])
    assert desk.changed("reopen", channels=["slack", "email"]) == dict.fromkeys(ours, row)


def test_only_leads_and_their_news_are_unworkable(desk: Announcements) -> None:
    held, free = desk.property("1"), desk.property("2")
    desk.property("3", THERE)
    desk.suppress("1")
    desk.suppress("3", THERE)
    lead, news = desk.plant(held), desk.plant(f"{held} 7", kind="lead_news")
    others = [
        desk.plant(free), desk.plant(f"{free} {held}", kind="lead_news"), desk.plant(held, kind="findings"),
        desk.plant(held, market=THERE),
    ]  # fmt: skip
    for ids, unworkable in (([lead], True), ([free, news], True), (others, False)):
        assert desk.run("are_unworkable", ids=ids).scalar() is unworkable


def test_what_is_pending_of_leads_is_for_this_market_channel_and_run(desk: Announcements) -> None:
    held = desk.property("9")
    desk.suppress("9")
    first, second = desk.property("1"), desk.property("2")

    def lead(subject: object, score: float, parcel: str, **values: Any) -> int:
        payload = f'{{"total_score": {score}, "parcel_id": "{parcel}"{values.pop("more", "")}}}'
        return desk.plant(subject, payload=payload, **values)

    best = lead(first, 100, "1", unanswered_in=OTHER_RUN)
    tied = [lead(second, 99.5, "2", as_of=day) for day in (LIVE_DAY, "2025-11-20")]
    again = lead(first, 9, "1", as_of="2025-11-20")
    third = lead(7, 9, "7")
    is_first = ', "is_first": true'
    days = [lead(number, 50 - number, str(number), more=is_first) for number in (11, 12, 13)]
    lead(held, 200, "9")
    decoys: list[dict[str, Any]] = [
        {"market": THERE}, {"channel": "email"}, {"kind": "findings"}, {"status": "sent", "as_of": "2025-11-01"},
        {"unanswered_in": RUN, "as_of": "2025-11-02"},
    ]  # fmt: skip
    for values in decoys:
        lead(first, 300, "1", **values)
    many = {"most": 3, "few": 1}
    rows = desk.run("pending_leads", **many, is_chat=True).all()
    said = [(row.is_first, row.ids, row.properties, row.payload and row.payload["parcel_id"]) for row in rows]
    assert [row for row in said if not row[0]] == [
        (False, [best], [first], "1"), (False, [tied[0]], [second], "2"), (False, [tied[1]], [second], "2"),
        (False, [again, third], [first, 7], None),
    ]  # fmt: skip
    assert [row for row in said if row[0]] == [
        (True, days[:1], [11], "11"), (True, days[1:], [12, 13], None),
    ]  # fmt: skip
    rows = desk.run("pending_leads", **many, is_chat=False).all()
    assert [row.ids for row in rows] == [[best], [tied[0]], [tied[1]], [*days, again, third]]
    assert not any(row.is_first for row in rows)


def test_what_is_pending_of_news_and_notices_is_for_this_market_channel_and_run(desk: Announcements) -> None:
    held = desk.property("9")
    desk.suppress("9")
    news = [desk.plant("7 1", kind="lead_news", unanswered_in=OTHER_RUN), desk.plant("alert", kind="sign_of_life")]
    kinds = ("stage_failure", "findings", "profile_change")
    notices = [desk.plant(f"{held} 1", kind=kind, unanswered_in=OTHER_RUN) for kind in kinds]
    news.append(desk.plant(f"8 {held}", kind="lead_news"))
    desk.plant(f"{held} 1", kind="lead_news")
    for kind in ("lead_news", *kinds):
        desk.plant("7 2", kind=kind, market=THERE)
        desk.plant("7 3", kind=kind, channel="email")
        desk.plant("7 4", kind=kind, status="sent")
        desk.plant("7 5", kind=kind, unanswered_in=RUN)
    desk.plant(7)
    rows = desk.run("pending_news").all()
    assert [(row.id, row.property_id) for row in rows] == list(zip(news, (7, None, 8), strict=True))
    assert [row.id for row in desk.run("pending_notices")] == notices


def test_signs_of_life_go_where_nothing_waits_and_nothing_went_for_so_long(desk: Announcements) -> None:
    edge, after, old = "2025-11-24", "2025-11-25", "2025-11-01"
    desk.plant(1, channel="quiet", status="sent", as_of=after, sent_for=edge)
    desk.plant(2, channel="quiet", status="sent", as_of=old)
    desk.plant(3, channel="quiet", status="refused", as_of=after)
    desk.plant(4, channel="quiet", market=THERE)
    desk.plant(5, channel="quiet", market=THERE, status="sent")
    desk.plant(1, channel="late", status="sent", as_of=old, sent_for=after)
    desk.plant(2, channel="late", status="sent", as_of=old)
    desk.plant(1, channel="waits", status="sent", as_of=old)
    desk.plant(2, channel="waits", as_of=old)
    desk.run("announce_life", channels=["quiet", "late", "waits", "never"], days=7)
    made = text("SELECT channel, payload ->> 'since' FROM alert_deliveries WHERE kind = 'sign_of_life' ORDER BY 1")
    assert desk.connection.execute(made).all() == [("never", None), ("quiet", edge)]


def test_counts_are_of_the_market_the_day_and_the_kind(desk: Announcements) -> None:
    held = desk.property("9")
    desk.suppress("9")
    desk.plant(held)
    for number, status in enumerate(("pending", "pending", "refused", "sent"), 1):
        desk.plant(number, status=status)
    for status, day in (("pending", LIVE_DAY), ("refused", "2025-11-30")):
        for values in ({"market": THERE}, {"channel": "email"}, {"kind": "findings"}):
            desk.plant(5, status=status, as_of=day, **values)
    rows = desk.run("count_unsent", channels=["slack"]).all()
    assert [tuple(row) for row in rows] == [("slack", 2, 1)]
    assert desk.run("count_notices", kind="findings").scalar() == 1
    assert desk.run("count_notices", kind="new_lead").scalar() == 6


def test_the_list_is_of_the_market_and_of_nothing_suppressed(desk: Announcements) -> None:
    held = desk.property("9")
    desk.suppress("9")
    desk.property("8", THERE)
    desk.suppress("8", THERE)
    sent = [desk.plant(number, status="sent") for number in (1, 2)]
    pending = [desk.plant(f"7 {held}", kind="lead_news"), desk.plant(held, kind="findings", channel="email")]
    refused = [desk.plant(3, status="refused"), desk.plant(4, status="refused")]
    desk.plant(held)
    desk.plant(f"{held} 2", kind="lead_news")
    desk.plant(5, market=THERE)
    best_first = [*refused[::-1], *pending[::-1], *sent[::-1]]

    def listed(*states: str, channel: str | None = None) -> list[int]:
        rows = desk.run("deliveries", "reading.sql", states=list(states), channel=channel, limit=9)
        return [row.id for row in rows]

    assert listed("sent", "pending", "refused") == best_first
    assert listed("pending") == pending[::-1]
    assert listed("pending", "sent", channel="slack") == [pending[0], *sent[::-1]]
    states = [("email", "pending", 1), ("slack", "pending", 1), ("slack", "refused", 2), ("slack", "sent", 2)]
    assert [tuple(row) for row in desk.run("states", "reading.sql", channel=None)] == states
    assert [tuple(row) for row in desk.run("states", "reading.sql", channel="email")] == states[:1]


def test_of_a_source_the_newest_attempt_of_the_day_says_whether_it_failed(desk: Announcements) -> None:
    def attempt(source: str | None, status: str, minute: int = 0, **values: Any) -> None:
        row = {
            "run_id": RUN, "stage": "ingest", "source": source, "attempt": 1, "status": status, "as_of": LIVE_DAY,
            "started_at": f"{LIVE_DAY} 10:{minute:02}", "host": "here", "pid": 1, "version": "0", **values,
        }  # fmt: skip
        desk.insert("data_ingestion_runs", **row)

    attempt("worked later", "success", 1)
    attempt("worked later", "failure", 0)
    attempt("failed later", "failure", 1)
    attempt("failed later", "success", 0)
    attempt("worked again at once", "failure")
    attempt("worked again at once", "success")
    attempt("skipped since", "failure", 0)
    attempt("skipped since", "skipped", 1)
    attempt(None, "failure")
    for values in ({"stage": "score"}, {"as_of": "2025-11-30"}, {"market": THERE}):
        attempt("of others", "failure", **values)
    assert list(desk.run("failed_sources").scalars()) == ["failed later", "skipped since"]


def test_what_is_known_of_leads_is_of_their_own_records(engine: Engine) -> None:
    rows, there = Rows(engine, HERE), Rows(engine, THERE)
    full, bare, other = rows.property("1"), rows.property("2"), rows.property("3")
    foreign = there.property("1")
    rows.lead(full, snapshot=False, is_land=False, total_score=61)
    rows.lead(other, snapshot=False, total_score=62)
    there.lead(foreign, snapshot=False, total_score=63)
    for parcel_id, owner, place in (("1", "OURS", rows), ("3", "OTHER", rows), ("1", "THEIRS", there)):
        place.insert("parcels", parcel_id=parcel_id, is_listed=True, owner_name=owner, is_land=True)
    rows.insert("lead_status_events", property_id=full, status="offer")
    rows.insert("lead_status_events", property_id=other, status="contacted")
    tables = ("foreclosures", "code_violations", "distress_events")
    found = []
    for place in range(len(tables)):
        for number, table in enumerate(tables):
            more = {"signal": "vacant"} if table == "distress_events" else {}
            rows.execute(f"DELETE FROM {table}")
            if number < place:
                continue

            def record(source: str, property_id: int, case: str | None, **values: Any) -> None:
                rows.record(table, None, property_id, source=source, case_number=case, **more, **values)  # noqa: B023

            record("a", other, "of another")
            record("a", full, "ended", is_active=False)
            record("a", full, None)
            record("b", full, f"{table} b")
            record("c", full, f"{table} c")
        with engine.connect() as connection:
            present = statement("wholesaler.stages.alert", "deliveries.sql", "present_leads")
            asked = connection.execute(present, {"market": HERE, "ids": [full, bare, foreign]}).all()
        leads = {row.property_id: row for row in asked}
        found.append(leads.pop(full).case_number)
        assert list(leads) == [bare]
    assert found == [f"{table} b" for table in tables]
    ours = next(row for row in asked if row.property_id == full)
    assert (ours.total_score, ours.owner_name, ours.status, ours.is_land) == (61, "OURS", "offer", False)
    nothing = leads[bare]
    assert (nothing.total_score, nothing.owner_name, nothing.status, nothing.is_land) == (None, None, None, None)
    assert nothing.case_number is None
