"""The statements that keep the scores of a day, each among rows that it must leave alone."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.desk import HERE, THERE
from tests.stages.score.test_news_statements import DAY, News

YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)
SCORE: dict[str, Any] = {"total_score": 60, "tier": "B", "excluded": None, "components": "{}", "profile": "v1"}


class Scores(News):
    """Scores of the day and of days before."""

    def run(self, name: str, table: str = "", **parameters: Any) -> Any:
        return self.ask("score", "score.sql", name, table, **{"as_of": DAY, "is_list": True, **parameters})

    def of_day(self, *scores: dict[str, Any]) -> None:
        """The scores of the day, in a table of their own."""
        self.connection.exec_driver_sql("CREATE TEMPORARY TABLE day_scores (LIKE lead_scores INCLUDING DEFAULTS)")
        for values in scores:
            self.insert("day_scores", **{**SCORE, "as_of": DAY, "signals": [], **values})

    def kept(self, number: int, day: date = DAY, market: str = HERE, **values: Any) -> None:
        """A snapshot."""
        self.insert("lead_score_history", market=market, property_id=number, snapshot_date=day, **{**SCORE, **values})

    def place(self, number: int, market: str = HERE, **values: Any) -> None:
        self.insert("properties", market=market, id=number, parcel_id=str(number), **values)


@pytest.fixture
def desk(engine: Engine) -> Iterator[Scores]:
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE history PARTITION OF lead_score_history FOR VALUES FROM ('2025-01-01') TO ('2026-12-01')"
        )
        yield Scores(connection)


def test_confidential_parcels_are_no_leads(desk: Scores) -> None:
    desk.of_day(*({"property_id": number} for number in (1, 2, 3)))
    for number, market in ((1, HERE), (2, HERE), (3, THERE)):
        desk.place(number, market)
        desk.insert("parcels", market=market, parcel_id=str(number), is_listed=True, confidential=number != 2)
    desk.run("drop_confidential")
    assert desk.rows("SELECT property_id FROM day_scores ORDER BY 1") == [(2,), (3,)]


def test_a_dead_lead_is_back_by_signals_that_it_did_not_have(desk: Scores) -> None:
    steps = {1: ("dead", ["a"]), 2: ("dead", ["a", "b", "c"]), 3: ("offer", ["a"]), 4: ("dead", ["a"]), 5: ("dead", [])}
    events = {}
    for number, (status, signals) in steps.items():
        market = THERE if number == 4 else HERE
        desk.place(number, market)
        events[number] = desk.insert(
            "lead_status_events", market=market, property_id=number, status=status, signals=signals
        )
        desk.score(number, market, signals=["c", "b", "a"])
    desk.insert("returned_leads", event_id=events[5], returned_on=YESTERDAY, signals=["x"])
    desk.run("note_returns")
    found = desk.rows("SELECT event_id, returned_on, signals FROM returned_leads ORDER BY 1")
    assert found == [(events[1], DAY, ["b", "c"]), (events[5], YESTERDAY, ["x"])]
    for event, day in ((1, TOMORROW), (3, DAY), (4, DAY)):
        market = THERE if event == 4 else HERE
        values = {"returned_on": day, "signals": ["y"]}
        if event == 1:
            desk.connection.exec_driver_sql(
                f"UPDATE returned_leads SET returned_on = '{day}' WHERE signals = '{{b,c}}'"
            )
        else:
            desk.insert("returned_leads", market=market, event_id=events[event], **values)
    # the number of a step of another market
    desk.insert("returned_leads", market=THERE, event_id=events[2], returned_on=DAY, signals=["z"])
    desk.run("returns")
    assert desk.rows("SELECT property_id, returned_on, signals FROM returns") == [(5, YESTERDAY, ["x"])]


def test_what_is_held_is_announced_no_more(desk: Scores) -> None:
    for number, market in ((1, HERE), (2, HERE), (3, THERE)):
        desk.place(number, market)
        if number != 2:
            desk.suppress(str(number), market)
    desk.run("held_properties", is_list=False)
    assert desk.rows("SELECT * FROM held_properties") == []
    desk.connection.exec_driver_sql("DROP TABLE held_properties")
    desk.run("held_properties")
    assert desk.rows("SELECT * FROM held_properties") == [(1,)]
    lead = {"channel": "slack", "kind": "new_lead", "subject": "1", "as_of": DAY}
    ways: list[dict[str, Any]] = [
        {}, {"kind": "lead_news", "subject": "1 4"}, {"channel": "email", "status": "refused"},
        {"channel": "report", "status": "sent"}, {"kind": "findings"}, {"market": THERE}, {"subject": "2"},
        {"kind": "lead_news", "subject": "2 1"},
    ]  # fmt: skip
    ids = [desk.insert("alert_deliveries", **{**lead, **values}) for values in ways]
    desk.run("drop_held_deliveries")
    assert sorted(row[0] for row in desk.rows("SELECT id FROM alert_deliveries")) == ids[3:]


def test_leads_and_snapshots_are_those_of_the_day(desk: Scores) -> None:
    for number, market in ((1, HERE), (2, HERE), (3, THERE), (4, THERE)):
        desk.place(number, market)
        desk.score(number, market)
    for number in (1, 2):
        desk.kept(number)
        desk.kept(number, YESTERDAY)
        desk.kept(number, market=THERE)
    desk.of_day({"property_id": 1}, {"property_id": 3, "market": THERE})
    desk.run("drop_former_leads")
    assert desk.rows("SELECT property_id FROM lead_scores ORDER BY 1") == [(1,), (3,), (4,)]
    desk.run("drop_snapshots")
    query = "SELECT market, property_id, snapshot_date FROM lead_score_history ORDER BY 1, 2, 3"
    assert desk.rows(query) == [
        (HERE, 1, YESTERDAY), (HERE, 1, DAY), (HERE, 2, YESTERDAY), (THERE, 1, DAY), (THERE, 2, DAY),
    ]  # fmt: skip
    for number, values in ((5, {}), (6, {}), (7, {"is_active": False}), (8, {"market": THERE})):
        desk.place(number, **values)  # type: ignore[arg-type]
    assert desk.run("count_without_score").scalar() == 3


def test_snapshots_are_written_where_they_are_others(desk: Scores) -> None:
    desk.temporary("held_properties", "property_id", "(3)", "(4)", "(6)")
    desk.of_day(*({"property_id": number} for number in range(1, 7)))
    desk.kept(1, tier="C")
    desk.kept(2, backfilled=False)
    desk.kept(3, tier="C", held=True)
    desk.kept(4, held=False)
    desk.kept(5, held=True)
    for number in (1, 6):
        desk.kept(number, YESTERDAY, tier="C")
        desk.kept(number, market=THERE, tier="C")
    before = dict(desk.rows("SELECT property_id, ctid::text FROM lead_score_history WHERE property_id IN (2, 4)"))
    assert desk.run("update_snapshots", backfilled=False).rowcount == 3
    assert (
        dict(desk.rows("SELECT property_id, ctid::text FROM lead_score_history WHERE property_id IN (2, 4)")) == before
    )
    assert desk.run("insert_snapshots", backfilled=False).rowcount == 1
    query = (
        "SELECT property_id, tier, held, backfilled FROM lead_score_history"
        f" WHERE market = 'here' AND snapshot_date = '{DAY}' ORDER BY 1"
    )
    assert desk.rows(query) == [(number, "B", number in (3, 6), False) for number in range(1, 7)]
    others = (
        f"SELECT count(*) FROM lead_score_history WHERE tier = 'C' AND (market = 'there' OR snapshot_date < '{DAY}')"
    )
    assert desk.rows(others) == [(4,)]
    # a day that is scored for its history alone
    assert desk.run("update_snapshots", backfilled=True).rowcount == 6


def test_the_day_before_is_the_last_that_was_the_list(desk: Scores) -> None:
    assert desk.run("day_before").all() == []
    two, three = DAY - timedelta(days=2), DAY - timedelta(days=3)
    desk.kept(1, YESTERDAY, backfilled=True)
    for number, tier in enumerate(("A", "A", "A", "A", "B", "B", "B", "C", "C", "D", None), 1):
        desk.kept(number, two, tier=tier, profile="v2")
    desk.kept(20, two, tier="A", backfilled=True, profile="v0")
    desk.kept(1, three, tier="A")
    desk.kept(21, two, THERE, tier="A", profile="v0")
    desk.kept(1, YESTERDAY, THERE)
    desk.kept(1, DAY)
    assert tuple(desk.run("day_before").one()) == (two, "v2", 4, 3, 2, 1)
    for day, was_listed in ((YESTERDAY, False), (two, True), (TOMORROW, False)):
        assert desk.run("was_listed", as_of=day).scalar() is was_listed


def test_a_change_of_profile_is_taken_back_before_anybody_heard_of_it(desk: Scores) -> None:
    change = {"channel": "slack", "kind": "profile_change", "subject": "v2", "as_of": DAY}
    ways: list[dict[str, Any]] = [
        {}, {"market": THERE}, {"kind": "findings"}, {"as_of": YESTERDAY}, {"subject": "v1"},
        {"channel": "email", "status": "sent"}, {"channel": "telegram", "attempts": 1},
    ]  # fmt: skip
    ids = [desk.insert("alert_deliveries", **{**change, **values}) for values in ways]
    desk.run("withdraw_profile", profile="v1")
    assert sorted(row[0] for row in desk.rows("SELECT id FROM alert_deliveries")) == ids[1:]


def literal(value: str | None) -> str:
    return "NULL::text" if value is None else f"'{value}'"


def compare(desk: Scores, name: str, table: str = "") -> list[tuple[Any, ...]]:
    result = desk.ask("score", "comparison.sql", name, table)
    return [tuple(row) for row in result] if result.returns_rows else []


def test_two_scorings_are_compared_lead_by_lead(desk: Scores) -> None:
    for number in (*range(1, 10), 11):
        desk.place(number)
    desk.place(10, THERE)
    # tier, total and why excluded: before and after
    leads: dict[int, tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]] = {
        1: (("A", 80, None), ("A", 81, None)), 2: (("A", 80, None), ("B", 60, None)),
        3: (("B", 60, None), ("A", 90, None)), 4: ((None, 50, "bank"), ("B", 60, None)),
        5: ((None, 50, "bank"), (None, 50, "bank")), 6: (("B", 40, None), None), 7: (None, ("C", 30, None)),
        8: (("D", 45, None), None), 9: (("A", 80, None), ("B", 60, None)),
        11: (("B", 40, None), (None, 40, "bank")),
    }  # fmt: skip
    desk.suppress("9")
    desk.suppress("10", THERE)
    for number, (before, _) in leads.items():
        if before is not None:
            desk.score(number, tier=before[0], total_score=before[1], excluded=before[2])
    desk.score(10, THERE)
    compare(desk, "stored")
    rows = [(number, *after) for number, (_, after) in leads.items() if after is not None]
    said = (f"({number}, {total}, {literal(tier)}, {literal(excluded)})" for number, tier, total, excluded in rows)
    desk.temporary("after", "property_id, total_score, tier, excluded", *said)
    for table in ("before", "after"):
        compare(desk, "drop_unworkable", table)
    assert compare(desk, "tier_moves") == [
        (True, "A", True, "A", 1), (True, "A", True, "B", 1), (True, "B", True, "A", 1), (True, "B", True, None, 1),
        (True, "B", False, None, 1),
        (True, "D", False, None, 1), (True, None, True, "B", 1), (True, None, True, None, 1),
        (False, None, True, "C", 1),
    ]  # fmt: skip
    assert [row[0] for row in compare(desk, "changed_leads")] == ["3", "2", "4", "11", "7", "8", "6"]
