"""The history of a parcel: the days on which it was a lead, and what changed from one to the next."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.stages.check.rows import AS_OF, MARKET, Rows
from tests.stages.work import rows_handled
from tests.support import Outcome
from wholesaler.db.sql import statement
from wholesaler.errors import UsageError, WholesalerError
from wholesaler.leads.history import history
from wholesaler.markets import load_market

CLI = Callable[..., Outcome]
DAY = date.fromisoformat(AS_OF)


class Days:
    """Snapshots of leads of a market, by the number of days after :data:`DAY`."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        for month, after in (("2025_11", "2025-12-01"), ("2025_12", "2026-01-01")):
            first = month.replace("_", "-") + "-01"
            rows.execute(
                f"CREATE TABLE IF NOT EXISTS lead_score_history_{month}"
                f" PARTITION OF lead_score_history FOR VALUES FROM ('{first}') TO ('{after}')"
            )

    def keep(self, property_id: int, days: int, tier: str | None = "B", **values: Any) -> None:
        known = {"total_score": 60, "components": {"distress": 60, "value": 60}, "profile": "v1"}
        day = DAY + timedelta(days=days)
        row = {**known, "property_id": property_id, "snapshot_date": day, "tier": tier, **values}
        self.rows.insert("lead_score_history", **row)


@pytest.fixture
def days(engine: Engine) -> Days:
    """Beside another market, which was scored on days of its own."""
    other = Days(Rows(engine, "other-county"))
    for number in (0, 1, 2, 3, 4):
        other.keep(other.rows.property(), number)
    return Days(Rows(engine))


def read(engine: Engine, parcel_id: str) -> list[tuple[Any, ...]]:
    """Day, tier, change and changes, oldest first."""
    with engine.connect() as connection:
        found = history(connection, load_market(MARKET), parcel_id)
    rows = [((entry["day"] - DAY).days, entry["tier"], entry["change"], entry["changes"]) for entry in found["history"]]
    assert rows == sorted(rows, reverse=True)
    return rows[::-1]


def test_a_day_tells_what_is_another_than_on_the_day_scored_before(engine: Engine, days: Days) -> None:
    parcel_id = days.rows.parcel()
    number = days.rows.property(parcel_id)
    days.keep(number, 0)
    days.keep(number, 1)
    days.keep(number, 15, "A", total_score=80, components={"distress": 100, "value": 60})
    days.keep(number, 16, None, excluded="bank", profile="v2", total_score=80, components={"owner": 100, "value": 60})
    assert read(engine, parcel_id) == [
        (0, "B", "first", {}),
        (1, "B", "same", {}),
        (15, "A", "changed", {"tier": ["B", "A"], "total_score": [60, 80], "components": {"distress": [60, 100]}}),
        (
            16,
            None,
            "changed",
            {
                "tier": ["A", None],
                "excluded": [None, "bank"],
                "profile": ["v1", "v2"],
                "components": {"distress": [100, None], "owner": [None, 100]},
            },
        ),
    ]


def test_a_parcel_that_is_no_lead_any_more_says_so_once(engine: Engine, days: Days) -> None:
    parcel_id = days.rows.parcel()
    number, another = days.rows.property(parcel_id), days.rows.property()
    for day in (-1, 0, 1, 2, 3, 5):
        days.keep(another, day)
    for day in (0, 3):
        days.keep(number, day)
    assert [row[:3] for row in read(engine, parcel_id)] == [
        (0, "B", "first"),
        (1, None, "gone"),
        (3, "B", "back"),
        (5, None, "gone"),
    ]


def test_what_was_merged_into_a_parcel_is_its_history_too(engine: Engine, days: Days) -> None:
    written, parcel_id = days.rows.parcel(), days.rows.parcel()
    number = days.rows.property(parcel_id)
    merged = days.rows.property(written, is_active=False, merged_into=number)
    for property_id, day, tier in ((merged, 0, "C"), (merged, 1, "C"), (number, 1, "B"), (number, 2, "B")):
        days.keep(property_id, day, tier)
    for day in (0, 1, 2):
        days.keep(days.rows.property(), day, "D")
    expected = [(0, "C", "first"), (1, "B", "changed"), (2, "B", "same")]
    assert [row[:3] for row in read(engine, written)] == expected
    assert read(engine, written) == read(engine, parcel_id)
    with engine.connect() as connection:
        found = history(connection, load_market(MARKET), written)
    assert (found["parcel_id"], found["history"][-1]["parcel_id"]) == (parcel_id, written)


def test_a_parcel_without_a_signal_has_no_history(engine: Engine, cli: CLI, days: Days) -> None:
    parcel_id = days.rows.parcel()
    days.rows.describe(parcel_id, address="1 ELM ST")
    assert read(engine, parcel_id) == []
    said = f"Parcel {parcel_id} of Orange County, Florida has not been a lead on any day.\n"
    assert cli("history", parcel_id).out == said


def test_nothing_is_told_of_what_is_unknown_or_confidential(engine: Engine, days: Days) -> None:
    market, parcel_id = load_market(MARKET), days.rows.parcel()
    days.keep(days.rows.property(parcel_id), 0)
    days.rows.record("property_records", parcel_id, None, confidential=True)
    with engine.connect() as connection:
        with pytest.raises(WholesalerError, match=r"calls the parcel .* confidential"):
            history(connection, market, parcel_id)
        with pytest.raises(WholesalerError, match="No lead or record"):
            history(connection, market, "292228000000999")
        with pytest.raises(UsageError, match="An example"):
            history(connection, market, "12345")


def test_people_read_the_days_as_a_table(engine: Engine, cli: CLI, days: Days) -> None:
    parcel_id = days.rows.parcel()
    number, another = days.rows.property(parcel_id), days.rows.property()
    days.keep(another, 2)
    days.keep(number, 0)
    days.keep(number, 1, "A", total_score=80.5, components={"distress": 100, "value": 60})
    lines = [line.split(maxsplit=3) for line in cli("history", parcel_id).out.splitlines()]
    assert [line for line in lines if line and line[0].startswith("2025")] == [
        ["2025-11-22", "no", "lead", "any more"],
        ["2025-11-21", "A", "80.50", "tier B → A, distress 60 → 100"],
        ["2025-11-20", "B", "60.00", "a lead for the first time"],
    ]
    document = cli("history", parcel_id, "--json").document
    assert [entry["day"] for entry in document["history"]] == ["2025-11-22", "2025-11-21", "2025-11-20"]
    assert (document["parcel_id"], document["history"][1]["total_score"]) == (parcel_id, 80.5)


def test_each_day_is_one_look_into_the_index(engine: Engine, days: Days) -> None:
    numbers = [days.rows.property() for _ in range(60)]
    for number in numbers:
        for day in (0, 1, 2, 12):
            days.keep(number, day)
    with engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.execute(text("SET enable_seqscan = off"))
        parameters = {"market": MARKET, "id": numbers[0]}
        assert rows_handled(connection, statement("wholesaler.leads", "history.sql", "days"), parameters) < 120
