"""The history of missed days, from snapshots: what running each day gave, and nothing else is touched."""

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.county import AS_OF, CLI, DOWNTOWN, County, Database, parcel, shifted
from wholesaler.pipeline import backfill as module

DAYS = [AS_OF + timedelta(days=number) for number in range(7)]
HISTORY = (
    "SELECT parcel_id, snapshot_date, total_score, tier, excluded, components, profile FROM lead_score_history"
    " JOIN properties ON properties.id = property_id AND properties.market = lead_score_history.market ORDER BY 2, 1"
)
#: what a backfill must leave alone, but for the history of the days that it is asked for
TABLES = (
    "lead_scores", "score_profiles", "alert_deliveries", "properties", "parcels", "tax_sales", "foreclosures",
    "code_violations", "property_records", "counted_violations", "data_ingestion_runs", "matched_rolls", "merged_rolls",
    "rejected_records", "standard_addresses",
)  # fmt: skip


@pytest.fixture
def database(engine: Engine) -> Database:
    return Database(engine)


def build(tmp_path: Path) -> County:
    """Forty parcels on the roll; some notices have no number, and one is under a number that the roll does not know."""
    county = County(tmp_path)
    for number in range(1, 41):
        place = shifted(DOWNTOWN, east=200 * (number % 8), north=200 * (number // 8))
        county.roll(parcel(number), f"{number} ELM ST", place, total_mkt=100_000.0 + number, living_area=1500.0)
        county.sale(parcel(number), AS_OF + timedelta(days=number * 3), place)
    for number in range(1, 12):
        place = shifted(DOWNTOWN, east=200 * (number % 8), north=200 * (number // 8))
        county.violation(parcel(number), place, opened=AS_OF - timedelta(days=number * 70))
        county.foreclosure(None if number % 2 else parcel(number), f"{number} ELM ST", place)
    county.foreclosure(parcel(900), "20 ELM ST", shifted(DOWNTOWN, east=800, north=400))
    return county


def change(county: County, number: int, chance: random.Random) -> None:
    """What is another on the next day."""
    sales = county.records["tax_sales"]
    for _ in range(3):
        sales.pop(chance.randrange(len(sales)))
    county.sale(parcel(chance.randrange(1, 41)), AS_OF + timedelta(days=60), number=f"new {number}")
    county.violation(parcel(chance.randrange(1, 41)), opened=AS_OF - timedelta(days=number), number=f"case {number}")
    county.records["code_violations"][number]["caseinfostatus"] = "Closed"


def week(cli: CLI, county: County) -> Path:
    """Each of the days run as nights run; returns the market file."""
    chance = random.Random(7)
    for number, day in enumerate(DAYS):
        if number:
            change(county, number, chance)
        assert cli("run-all", "--market", county.write(), "--as-of", day).code in {0, 3}
    return county.write()


def rebuild(cli: CLI, market: Path, first: date, last: date, code: int = 0) -> list[dict[str, Any]]:
    outcome = cli("backfill", "--market", market, "--from", first, "--to", last, "--json")
    assert outcome.code == code, outcome.err + outcome.out
    days: list[dict[str, Any]] = outcome.document["days"]
    return days


def schemas(database: Database) -> list[str]:
    return database.column("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'backfill%'")


@pytest.mark.slow
def test_a_backfilled_week_is_the_week_as_it_was_run_and_nothing_else_is_touched(
    cli: CLI, tmp_path: Path, database: Database, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = week(cli, build(tmp_path))
    nights = database.rows(HISTORY)
    assert len({row["snapshot_date"] for row in nights}) == len(DAYS)
    assert len({(row["parcel_id"], row["total_score"]) for row in nights}) > 60
    assert {day["reason"] for day in rebuild(cli, market, DAYS[0], DAYS[1], code=3)} == {
        "it was run on its day: its history stays"
    }

    database.execute("DELETE FROM lead_score_history WHERE snapshot_date < :day", day=DAYS[-1])
    before = database.versions(*TABLES)
    days = rebuild(cli, market, DAYS[0], DAYS[-1], code=3)
    assert [day["reason"] for day in days] == [*[None] * 6, f"not older than the list of {DAYS[-1]}"]
    assert database.rows(HISTORY) == nights
    marks = database.rows("SELECT DISTINCT snapshot_date, backfilled FROM lead_score_history ORDER BY 1")
    assert [row["backfilled"] for row in marks] == [*[True] * 6, False]
    assert database.versions(*TABLES) == before
    assert schemas(database) == []

    # once more, and what was killed in the middle is made good
    kept = database.versions(*TABLES, "lead_score_history")
    calls = []

    def die(*arguments: Any) -> int:
        calls.append(arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "keep_day", die)
        assert cli("backfill", "--market", market, "--from", DAYS[0], "--to", DAYS[2]).code == 1
    assert len(calls) == 1
    database.execute("CREATE SCHEMA backfill_orange_fl")
    database.execute("CREATE TABLE backfill_orange_fl.properties (id int)")
    rebuild(cli, market, DAYS[0], DAYS[2])
    assert database.versions(*TABLES, "lead_score_history") == kept
    assert schemas(database) == []


def test_days_that_cannot_be_had_are_named(cli: CLI, tmp_path: Path, database: Database, home: Path) -> None:
    county = build(tmp_path)
    for number, day in enumerate((AS_OF, AS_OF + timedelta(days=1), AS_OF + timedelta(days=5))):
        change(county, number, random.Random(number))
        assert cli("run-all", "--market", county.write(), "--as-of", day).code in {0, 3}
    database.execute("DELETE FROM lead_score_history WHERE snapshot_date <= :day", day=AS_OF + timedelta(days=1))
    (broken,) = (home / "snapshots" / "orange-fl" / "tax_sales").glob(f"{AS_OF}_*")
    broken.write_bytes(broken.read_bytes()[:100])
    days = rebuild(cli, county.write(), AS_OF - timedelta(days=1), AS_OF + timedelta(days=5), code=3)
    reasons = [day["reason"] for day in days]
    assert "no snapshot of " in reasons[0]
    assert "it is not whole" in reasons[1]
    assert reasons[2] is None
    assert all("no snapshot of " in reason for reason in reasons[3:6])
    assert "not older than the list" in reasons[6]
    page = cli("backfill", "--market", county.write(), "--from", AS_OF, "--to", AS_OF + timedelta(days=1)).out
    assert "with today's roll and profile" in page


def test_days_in_the_wrong_order_or_none_at_all_are_wrong_usage(cli: CLI) -> None:
    assert cli("backfill", "--from", "2025-12-02", "--to", "2025-12-01").code == 2
    assert cli("backfill", "--from", "2024-01-01", "--to", "2025-12-01").code == 2
    outcome = cli("backfill", "--from", "tomorrow", "--to", "2025-12-01")
    assert (outcome.code, "--from: 'tomorrow' is no date" in outcome.err) == (2, True)
    assert cli("backfill", "--from", "2025-12-01").code == 2


def test_a_missed_day_is_made_good_where_the_lists_were_the_same_before_and_after(
    cli: CLI, tmp_path: Path, database: Database
) -> None:
    market = build(tmp_path).write()
    for day in (AS_OF, AS_OF + timedelta(days=2)):
        assert cli("run-all", "--market", market, "--as-of", day).code in {0, 3}
    (day,) = rebuild(cli, market, AS_OF + timedelta(days=1), AS_OF + timedelta(days=1))
    assert day["leads"] > 20
