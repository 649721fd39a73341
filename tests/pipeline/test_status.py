"""What ``status`` says of the nights, and the exit code a monitor reads."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.markets.samples import file_market, orange_market
from tests.stages.check.rows import Rows
from tests.support import Outcome
from wholesaler.config import load_settings
from wholesaler.pipeline.run import STAGES
from wholesaler.pipeline.status import MAX_AGE, SCARCE_DISK, _disk_problems, show_age, status
from wholesaler.stages.interface import STAGE_NAMES

CLI = Callable[..., Outcome]
#: 04:10 in Orange County
NIGHT = datetime(2026, 11, 20, 9, 10, tzinfo=UTC)
DAY = date(2026, 11, 20)
TIERS = {"A": 3, "B": 20, "C": 0, "D": 7}


@pytest.fixture
def rows(engine: Engine) -> Rows:
    return Rows(engine)


@pytest.fixture
def look(engine: Engine, home: Path) -> Callable[..., dict[str, Any]]:
    """The state of Orange County, by default an hour after the night."""

    def look(now: datetime = NIGHT + timedelta(hours=1), max_age: timedelta = MAX_AGE) -> dict[str, Any]:
        with engine.connect() as connection:
            settings = load_settings({"WHOLESALER_HOME": str(home)}, home)
            return status(connection, settings, orange_market(), max_age, now)

    return look


def run(rows: Rows, stage: str, status: str = "success", began: datetime = NIGHT, **values: Any) -> None:
    """An attempt that took a minute."""
    known = {"as_of": DAY, "started_at": began, "finished_at": began + timedelta(minutes=1)}
    rows.run(stage, status=status, **{**known, **values})


def night(rows: Rows, began: datetime = NIGHT, as_of: date = DAY, tiers: dict[str, int] = TIERS, new: int = 3) -> None:
    """All six stages, a minute each."""
    for number, stage in enumerate(STAGE_NAMES):
        counts = {"tier_counts": tiers, "total_leads": sum(tiers.values()), "new_tier_a": new}
        stats = {"stats": counts} if stage == "score" else {}
        run(rows, stage, began=began + timedelta(minutes=number), as_of=as_of, **stats)


def problems(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem["severity"], problem["subject"]) for problem in found["problems"]]


def test_the_stages_are_those_that_run() -> None:
    assert tuple(stage.name for stage in STAGES) == STAGE_NAMES


def test_after_a_good_night_all_is_well(rows: Rows, look: Callable[..., dict[str, Any]]) -> None:
    night(rows)
    found = look()
    assert (found["exit_code"], found["status"], found["problems"]) == (0, "success", [])
    ingest, *_, check = found["stages"]
    assert (ingest["stage"], ingest["status"], ingest["as_of"], ingest["seconds"]) == ("ingest", "success", DAY, 60)
    assert ingest["age_hours"] == pytest.approx(59 / 60, abs=0.01)
    assert check["stage"] == "check"
    assert found["next_run_expected_at"] == NIGHT + timedelta(days=1)
    assert found["database"]["size_bytes"] > 1_000_000
    assert found["disk"]["free_bytes"] <= found["disk"]["total_bytes"]


def test_before_the_first_night_the_stages_were_never_run(look: Callable[..., dict[str, Any]]) -> None:
    found = look()
    assert found["exit_code"] == 1
    assert problems(found) == [("failure", "ingest, enrich, dedupe, score, alert, check")]
    assert (found["leads"], found["next_run_expected_at"]) == (None, None)
    assert {source["status"] for source in found["sources"]} == {"never"}


@pytest.mark.parametrize(("late", "code"), [(timedelta(0), 0), (timedelta(seconds=1), 1)])
def test_a_stage_is_overdue_once_its_last_success_is_older_than_allowed(
    rows: Rows, look: Callable[..., dict[str, Any]], late: timedelta, code: int
) -> None:
    night(rows)
    ended = NIGHT + timedelta(minutes=1)  # of ingest, the first
    found = look(ended + MAX_AGE + late)
    assert found["exit_code"] == code
    assert problems(found) == [("failure", "ingest")] * code
    assert look(ended + timedelta(hours=2) + late, timedelta(hours=2))["exit_code"] == code


def test_a_stage_that_failed_last_is_told_with_its_error_until_it_succeeds(
    rows: Rows, look: Callable[..., dict[str, Any]]
) -> None:
    night(rows)
    again = NIGHT + timedelta(minutes=30)
    run(rows, "score", "failure", again, error={"message": "The disk is full.", "hint": "Make room."})
    found = look()
    assert (found["exit_code"], problems(found)) == (1, [("failure", "score")])
    assert found["problems"][0]["message"] == "failed: The disk is full."
    assert found["problems"][0]["hint"] == "Make room."
    run(rows, "score", began=again + timedelta(minutes=5), attempt=2)
    assert look()["exit_code"] == 0
    assert look()["leads"]["tier_counts"] == TIERS


def test_a_stage_that_runs_is_neither_failed_nor_overdue(rows: Rows, look: Callable[..., dict[str, Any]]) -> None:
    night(rows)
    run(rows, "ingest", "running", NIGHT + timedelta(hours=1), finished_at=None)
    found = look()
    assert (found["exit_code"], found["stages"][0]["status"]) == (0, "running")
    assert look(NIGHT + timedelta(hours=27))["exit_code"] == 1


def test_a_stage_that_ended_with_warnings_makes_3(rows: Rows, look: Callable[..., dict[str, Any]]) -> None:
    night(rows)
    rows.execute(
        "UPDATE data_ingestion_runs SET status = 'partial', warnings = CAST(:warnings AS jsonb) WHERE stage = 'ingest'",
        warnings='["tax_sales: not loaded: it answered 500.", "a: b [c is acknowledged until 1 Dec 2026]"]',
    )
    found = look()
    assert (found["exit_code"], found["status"]) == (3, "partial")
    assert [problem["message"] for problem in found["problems"]] == ["tax_sales: not loaded: it answered 500."]


@pytest.mark.parametrize(
    ("as_of", "counts"),
    [(DAY - timedelta(days=1), True), (DAY - timedelta(days=2), False), (DAY + timedelta(days=1), False)],
)
def test_only_attempts_for_the_day_they_began_on_or_the_one_before_are_of_a_night(
    rows: Rows, look: Callable[..., dict[str, Any]], as_of: date, counts: bool
) -> None:
    night(rows, as_of=as_of)
    assert look()["exit_code"] == (0 if counts else 1)


def test_the_day_of_an_attempt_is_the_countys(rows: Rows, look: Callable[..., dict[str, Any]]) -> None:
    evening = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)  # 22:00 of the 20th in the county
    night(rows, began=evening, as_of=DAY)
    assert look(evening + timedelta(hours=1))["exit_code"] == 0
    night(rows, began=evening, as_of=DAY + timedelta(days=1))
    assert look(evening + timedelta(hours=1))["stages"][0]["as_of"] == DAY


def test_leads_are_those_of_the_day_scored_last_beside_the_day_before(
    rows: Rows, look: Callable[..., dict[str, Any]]
) -> None:
    yesterday = DAY - timedelta(days=1)
    night(rows, began=NIGHT - timedelta(days=1), as_of=yesterday, tiers={"A": 1, "B": 22, "C": 0, "D": 7}, new=1)
    assert look()["leads"]["changes"] is None
    night(rows)
    leads = look()["leads"]
    assert (leads["as_of"], leads["day_before"], leads["total_leads"]) == (DAY, yesterday, 30)
    assert leads["tier_counts"] == TIERS
    assert leads["changes"] == {"A": 2, "B": -2, "C": 0, "D": 0}
    assert leads["new_tier_a"] == 3


def test_sources_have_their_age_freshness_and_join_rate(rows: Rows, look: Callable[..., dict[str, Any]]) -> None:
    limit = orange_market().sources["tax_sales"].stale_after_days or 0
    newest = DAY - timedelta(days=limit)
    run(rows, "ingest", source="tax_sales", finished_at=NIGHT + timedelta(seconds=20))
    run(rows, "ingest", "failure", source="foreclosures", error={"message": "It answered 500."})
    entry = {"status": "success", "newest_record": newest.isoformat(), "stale": False, "join_rate": 0.97}
    run(rows, "ingest", "partial", stats={"tax_sales": {**entry, "processed": 32}})
    sales, foreclosures, *_ = look()["sources"]
    assert (sales["source"], sales["status"], sales["join_rate"]) == ("tax_sales", "success", 0.97)
    assert (sales["newest_record_days"], sales["stale"], sales["counts"]) == (limit, False, {"processed": 32})
    assert look(NIGHT + timedelta(days=1))["sources"][0]["stale"]
    assert (foreclosures["status"], foreclosures["last_success_at"]) == ("failure", None)
    assert foreclosures["error"]["message"] == "It answered 500."


def test_a_nearly_full_disk_is_a_warning() -> None:
    disk = {"path": "/srv", "free_bytes": SCARCE_DISK, "total_bytes": 10**12}
    assert list(_disk_problems(disk)) == []
    (problem,) = _disk_problems({**disk, "free_bytes": SCARCE_DISK - 1})
    assert (problem["severity"], problem["subject"]) == ("warning", "disk")


@pytest.mark.parametrize(
    ("hours", "shown"),
    [(0.4, "24 min"), (1, "1 h"), (26, "26 h"), (26.02, "26.0 h"), (47.9, "47.9 h"), (48, "2 days"), (80, "3 days")],
)
def test_ages_are_written_for_people(hours: float, shown: str) -> None:
    assert show_age(hours) == shown


def test_the_command_tells_a_monitor_by_its_exit_code_and_people_by_a_sheet(
    cli: CLI, home: Path, engine: Engine
) -> None:
    market = file_market(home)
    outcome = cli("status", "--market", market)
    assert outcome.code == 1
    assert "failure: ingest, enrich, dedupe, score, alert, check: never run." in outcome.out
    assert cli("run-all", "--market", market).code in {0, 3}
    Rows(engine, "test-county").execute("UPDATE data_ingestion_runs SET status = 'success' WHERE status = 'partial'")
    outcome = cli("status", "--market", market)
    assert outcome.code == 0, outcome.out
    assert "All is well." in outcome.out
    assert (cli("status", "--market", market, "--quiet").out, outcome.err) == ("", "")
    document = cli("status", "--market", market, "--json").document
    assert (document["command"], document["market"], document["exit_code"]) == ("status", "test-county", 0)
    assert document["sources"][0]["counts"]["processed"] == 32
    assert document["pending_alerts"] == {}
    assert ("but no crontab or timer that this user can see starts it" in outcome.out) is (not document["started_by"])


def test_a_dry_run_of_alert_is_no_success(cli: CLI, home: Path) -> None:
    market = file_market(home)
    assert cli("alert", "--dry-run", "--market", market).code == 0
    stages = cli("status", "--market", market, "--json").document["stages"]
    assert [stage["status"] for stage in stages if stage["stage"] == "alert"] == ["never"]


def test_alerts_that_wait_are_counted_by_channel(
    cli: CLI, home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = Rows(engine, "test-county")
    for channel in ("slack", "email"):
        rows.insert("alert_deliveries", channel=channel, kind="stage_failure", subject="score", as_of=DAY)
    monkeypatch.setenv("ALERT_SLACK_WEBHOOK", "https://hooks.slack.example/services/x")
    found = cli("status", "--market", file_market(home), "--json").document
    assert {channel: waiting["pending"] for channel, waiting in found["pending_alerts"].items()} == {"slack": 1}


@pytest.mark.parametrize("written", ["h", "-1h", "1.5h", "26 hours", ""])
def test_what_is_no_duration_is_wrong_usage(cli: CLI, written: str) -> None:
    outcome = cli("status", "--max-age", written)
    assert outcome.code == 2
    assert "is no duration; expected one such as" in outcome.err


def test_status_is_about_now(cli: CLI) -> None:
    assert cli("status", "--as-of", "2026-11-20").code == 2
