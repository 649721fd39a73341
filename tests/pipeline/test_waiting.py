"""``--wait``: what is waited for, for how long, and what is said when it does not come."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LIVE_DAY, file_market
from tests.servers.slack import SlackSink
from tests.support import Outcome
from wholesaler.db.run_ledger import RunKey, close_run, fail_run, open_run
from wholesaler.pipeline.run import STAGES

CLI = Callable[..., Outcome]
KEY = RunKey(uuid4(), "test-county", date.fromisoformat(LIVE_DAY))


@pytest.fixture
def market(home: Path) -> Path:
    return file_market(home)


@pytest.fixture
def run(cli: CLI, market: Path) -> CLI:
    return lambda *arguments: cli(*arguments, "--market", market, "--as-of", LIVE_DAY, "--log-format", "json")


@pytest.fixture
def slack(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackSink]:
    with SlackSink() as sink:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", sink.url)
        yield sink


def ended(engine: Engine, stage: str, status: str, key: RunKey = KEY, source: str | None = None) -> None:
    """An attempt that another process has made."""
    row = open_run(engine, key, stage, 1, source)
    if status == "failure":
        fail_run(engine, key, row, {"type": "SourceError", "message": "The county is shut.", "hint": None})
    elif status != "running":
        close_run(engine, key, row, status)


def rows(run: CLI, stage: str) -> list[dict[str, Any]]:
    return [row for row in run("runs", "--json").document["runs"] if row["stage"] == stage]


def test_each_stage_waits_for_the_one_before() -> None:
    waits = {stage.name: (stage.needs, stage.follows) for stage in STAGES}
    assert waits == {
        "ingest": (None, None),
        "enrich": ("ingest", None),
        "dedupe": ("enrich", None),
        "score": ("dedupe", None),
        "alert": ("score", None),
        "check": (None, "alert"),
    }


@pytest.mark.parametrize("status", ["success", "partial"])
def test_a_stage_begins_when_the_one_before_has_ended_well(run: CLI, engine: Engine, status: str) -> None:
    ended(engine, "ingest", status)
    ended(engine, "ingest", "failure")  # a later attempt takes nothing back
    assert run("enrich", "--wait", "--wait-timeout", "0").code in {0, 3}
    assert rows(run, "enrich")[0]["status"] in {"success", "partial"}


def test_ingest_has_nothing_to_wait_for(run: CLI) -> None:
    assert run("ingest", "--wait", "--wait-timeout", "0").code in {0, 3}


def test_what_was_never_started_is_said_announced_and_recorded(run: CLI, engine: Engine, slack: SlackSink) -> None:
    tomorrow = RunKey(uuid4(), "test-county", date(2030, 1, 1))
    ended(engine, "ingest", "success", tomorrow)
    ended(engine, "ingest", "success", RunKey(uuid4(), "other-county", KEY.as_of))
    ended(engine, "ingest", "success", source="tax_sales")
    began = time.monotonic()
    outcome = run("enrich", "--wait", "--wait-timeout", "2s", "--json")
    assert 2 <= time.monotonic() - began < 20
    assert outcome.code == 124
    message = f"enrich waited 2 s for ingest of test-county, {LIVE_DAY}: it was never started."
    assert outcome.document["error"]["message"] == message
    assert (outcome.document["status"], outcome.document["attempts"]) == ("failure", 0)
    assert outcome.last_word == (
        f"wholesaler: {message} When `wholesaler ingest` has ended well, run `wholesaler enrich`."
    )
    assert "it was never started" in slack.text
    (row,) = rows(run, "enrich")
    assert (row["status"], row["error"]["message"]) == ("failure", message)


def test_what_is_running_is_said_with_its_process(run: CLI, engine: Engine, slack: SlackSink) -> None:
    ended(engine, "ingest", "running")
    outcome = run("enrich", "--wait", "--wait-timeout", "0")
    assert outcome.code == 124
    assert "it has been running since " in outcome.last_word
    assert "(process " in outcome.last_word
    assert len(slack.payloads) == 1


def test_what_has_failed_is_said_and_not_announced_a_second_time(run: CLI, engine: Engine, slack: SlackSink) -> None:
    ended(engine, "ingest", "failure")
    outcome = run("enrich", "--wait", "--wait-timeout", "0")
    assert outcome.code == 124
    assert ": The county is shut. When `wholesaler ingest`" in outcome.last_word
    # nor what follows from it
    outcome = run("dedupe", "--wait", "--wait-timeout", "0")
    assert outcome.code == 124
    assert "dedupe waited 0 s for enrich" in outcome.last_word
    assert slack.payloads == []


def test_the_check_runs_in_any_case_once_the_alerts_have_ended(run: CLI, engine: Engine) -> None:
    ended(engine, "alert", "running")
    assert run("check", "--wait", "--wait-timeout", "0").code == 124
    ended(engine, "alert", "failure")
    assert run("check", "--wait", "--wait-timeout", "0").code in {0, 3, 4}


def test_who_waits_holds_no_lock_and_begins_as_soon_as_it_may(run: CLI, market: Path, engine: Engine) -> None:
    line = [sys.executable, "-m", "wholesaler", "enrich", "--wait", "--market", str(market), "--as-of", LIVE_DAY]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert json.loads(process.stderr.readline())["event"] == "waiting"
    assert run("ingest").code in {0, 3}
    _, err = process.communicate(timeout=60)
    assert process.returncode in {0, 3}, err
    assert [row["status"] for row in rows(run, "enrich")] != []


def test_a_database_that_comes_back_in_time_costs_nothing_and_one_that_does_not_is_said(
    run: CLI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@127.0.0.1:1/leads")
    outcome = run("enrich", "--wait", "--wait-timeout", "1s")
    assert outcome.code == 124
    assert "the database could not be asked: The database at me@127.0.0.1:1/leads does not answer" in outcome.last_word


def test_a_database_in_which_nothing_has_run_yet_has_started_nothing(run: CLI, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE data_ingestion_runs RENAME TO elsewhere"))
    outcome = run("enrich", "--wait", "--wait-timeout", "0")
    assert outcome.code == 124
    assert "it was never started" in outcome.last_word


def test_a_time_without_a_wait_is_wrong_usage(run: CLI) -> None:
    outcome = run("enrich", "--wait-timeout", "1h")
    assert (outcome.code, outcome.last_word) == (2, "wholesaler: --wait-timeout is for --wait.")
