"""Two markets in one database are scored as if each were alone."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import AS_OF, DOWNTOWN, MARKET, Rows
from tests.stages.county import Database
from wholesaler.config import load_settings
from wholesaler.markets import load_market
from wholesaler.stages.interface import Attempt, Context
from wholesaler.stages.score import stage

DAY = date.fromisoformat(AS_OF)
OTHER = "other-county"


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> Context:
    settings = load_settings({"WHOLESALER_HOME": str(tmp_path), "WHOLESALER_PROFILE": "v1"}, tmp_path)
    return Context(settings, load_market(MARKET), DAY, engine, uuid4())


def fill(rows: Rows) -> list[int]:
    """Two leads in tier A, one in D, and a property that is none; returns their ids."""
    numbers = []
    for count in (0, 1, 2, 3):
        parcel_id = rows.parcel()
        number = rows.property(parcel_id, address=None, location=None, counted_radius_miles=None)
        numbers.append(number)
        sold = DAY + timedelta(days=-1 if count == 3 else 300 if count == 2 else 10)
        rows.record("tax_sales", parcel_id, number, sale_date=sold, location=DOWNTOWN, address=f"{count} ELM ST")
        if count < 2:
            roll = {"total_mkt": 250_000, "total_assd": 100_000, "taxes": 2_500, "living_area": 1_500}
            rows.record("property_records", parcel_id, number, owner_name=f"Owner {count}", **roll)
            rows.record("property_records", rows.parcel(), number, owner_name="Former", is_active=False)
            rows.record("foreclosures", parcel_id, number, recording_date=DAY, auction_date=DAY + timedelta(days=10))
    # what keeps the sources fresh
    rows.record("code_violations", None, None, opened_date=DAY)
    return numbers


def kept(database: Database, market: str) -> dict[str, list[tuple[object, ...]]]:
    """Everything a market has of scores, of history and of announcements."""
    queries = {
        "scores": "SELECT property_id, tier, is_new, as_of, xmin::text FROM lead_scores",
        "history": "SELECT property_id, tier, snapshot_date, xmin::text FROM lead_score_history",
        "announced": "SELECT subject, channel, as_of, xmin::text FROM alert_deliveries",
    }
    return {
        name: [
            tuple(row.values()) for row in database.rows(f"{query} WHERE market = :market ORDER BY 1", market=market)
        ]
        for name, query in queries.items()
    }


def test_scores_history_news_and_announcements_are_of_one_market(context: Context, engine: Engine) -> None:
    database, ours, theirs = Database(engine), Rows(engine), Rows(engine, OTHER)
    elsewhere = replace(context, market=context.market.model_copy(update={"key": OTHER}))
    mine, yours = fill(ours), fill(theirs)
    for one in (context, elsewhere):
        stats = stage.run(one, Attempt()).stats
        assert (stats["scored"], stats["changed"], stats["snapshots_created"], stats["new_tier_a"]) == (3, 3, 3, 2)
        assert (stats["processed"], stats["tier_counts"]) == (4, {"A": 2, "B": 0, "C": 0, "D": 1})
    before = kept(database, OTHER)
    assert [row[:4] for row in before["scores"]] == [
        (yours[0], "A", True, DAY), (yours[1], "A", True, DAY), (yours[2], "D", False, DAY),
    ]  # fmt: skip
    owners = "SELECT payload ->> 'owner_name' FROM alert_deliveries WHERE market = :market ORDER BY 1"
    assert database.column(owners, market=OTHER) == ["Owner 0", "Owner 1"]
    # the next day one lead of ours is gone, and a day scored again has another history
    ours.execute("UPDATE tax_sales SET is_active = false WHERE property_id = :id", id=mine[2])
    for day in (DAY, DAY + timedelta(days=1)):
        stats = stage.run(replace(context, as_of=day), Attempt()).stats
        assert (stats["scored"], stats["processed"]) == (2, 4)
    found = kept(database, MARKET)
    assert [row[0] for row in found["scores"]] == mine[:2]
    assert sorted(row[:3] for row in found["history"]) == [
        (number, "A", day) for number in mine[:2] for day in (DAY, DAY + timedelta(days=1))
    ]
    assert [row[2] for row in found["announced"]] == [DAY, DAY]
    assert kept(database, OTHER) == before


def test_a_snapshot_is_written_again_when_any_part_of_the_score_is_another(context: Context, engine: Engine) -> None:
    database, rows = Database(engine), Rows(engine)
    fill(rows)
    stage.run(context, Attempt())
    names = ("total_score", "tier", "excluded", "components", "profile")
    query = f"SELECT property_id, {', '.join(names)} FROM lead_score_history ORDER BY 1"
    before = database.rows(query)
    for name in names:
        other = {"tier": "'C'", "excluded": "'bank'", "components": "'{}'", "profile": "'mine'"}.get(name, "1")
        rows.execute(f"UPDATE lead_score_history SET {name} = {other}")
        assert stage.run(context, Attempt()).stats["snapshots_created"] == 3
        assert database.rows(query) == before
    assert stage.run(context, Attempt()).stats["snapshots_created"] == 0
