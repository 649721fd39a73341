"""Attempts and their rows, retries, what a failed stage does to the others, and the run's exit code."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import PendingRollbackError

from tests.markets.samples import LAYER, LIVE_DAY, changed, file_market, serve_tax_sales, tax_sale_market
from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer, Layer
from tests.support import Outcome
from wholesaler.db.engine import make_engine
from wholesaler.errors import ExitCode, LockedError, UsageError
from wholesaler.locks import database_lock
from wholesaler.markets import load_market
from wholesaler.pipeline.attempt import Report
from wholesaler.pipeline.run import STAGE_NAMES, STAGES, RunReport, Task, stages_from
from wholesaler.server.cluster import Cluster
from wholesaler.settings import Settings

CLI = Callable[..., Outcome]
BROKEN = Reply(b"", 500)


@pytest.fixture
def county() -> Iterator[ArcGISServer]:
    with ArcGISServer() as county:
        serve_tax_sales(county)
        yield county


@pytest.fixture
def layer(county: ArcGISServer) -> Layer:
    return county.layers[LAYER]


@pytest.fixture
def market(county: ArcGISServer, home: Path) -> Path:
    return tax_sale_market(home, f"{county.url}/arcgis/rest/services/{LAYER}")


@pytest.fixture
def run(cli: CLI, market: Path, monkeypatch: pytest.MonkeyPatch) -> CLI:
    """A command on the served market; each source is asked once an attempt."""
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")
    return lambda *arguments: cli(*arguments, "--market", market, "--as-of", LIVE_DAY, "--log-format", "json")


def attempts(run: CLI, source: str | None = None) -> list[tuple[int, str]]:
    """Attempt and status of the rows of ingest, oldest first."""
    rows = run("runs", "--json").document["runs"]
    return [(row["attempt"], row["status"]) for row in reversed(rows) if row["source"] == source]


def test_an_attempt_that_fails_is_followed_by_another_and_each_has_its_row(
    run: CLI, layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "3")
    layer.faults.append(on("metadata", BROKEN, 1, 2))
    outcome = run("ingest", "--json")
    assert outcome.code == 0
    assert outcome.document["attempts"] == 3
    assert outcome.document["stats"]["tax_sales"]["inserted"] == 32
    expected = [(1, "failure"), (2, "failure"), (3, "success")]
    assert attempts(run) == attempts(run, "tax_sales") == expected
    retries = [
        event
        for event in map(json.loads, outcome.err.splitlines())
        if event["event"] == "retry" and "host" not in event
    ]
    assert [event["wait"] for event in retries] == [0, 0]


def test_a_stage_gives_up_after_its_retries(run: CLI, layer: Layer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHOLESALER_RETRIES")
    layer.faults.append(on("metadata", BROKEN))
    began = time.monotonic()
    outcome = run("ingest", "--json")
    assert time.monotonic() - began < 5
    assert outcome.code == 69
    assert (outcome.document["status"], outcome.document["attempts"]) == ("failure", 4)
    assert "500" in outcome.document["error"]["message"]
    assert attempts(run) == [(number, "failure") for number in (1, 2, 3, 4)]


def test_the_stages_are_retried_and_waited_for_as_the_old_system_did() -> None:
    assert {stage.name: (stage.retries, stage.retry_wait) for stage in STAGES} == {
        "ingest": (3, 300),
        "enrich": (3, 300),
        "dedupe": (3, 300),
        "score": (3, 300),
        "alert": (2, 180),
        "check": (2, 300),
    }


def test_who_sits_at_a_terminal_waits_seconds_and_is_told_how_to_stop(
    cli: CLI, market: Path, layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WHOLESALER_RETRY_WAIT")
    monkeypatch.setenv("WHOLESALER_RETRIES", "1")
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")
    layer.faults.append(on("metadata", BROKEN, 1))
    line = [sys.executable, "-m", "wholesaler", "ingest", "--market", str(market), "--log-format", "json"]
    terminal, program_side = pty.openpty()
    process = subprocess.run(
        line, stdin=program_side, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60
    )
    os.close(terminal)
    os.close(program_side)
    assert process.returncode in {0, 3}, process.stderr
    (retry,) = (event for event in map(json.loads, process.stderr.splitlines()) if event["event"] == "retry")
    assert (retry["wait"], retry["stop_with"]) == (5, "Ctrl-C")


def test_what_the_server_refuses_for_good_is_not_tried_again(
    run: CLI, layer: Layer, county: ArcGISServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "3")
    layer.faults.append(on("metadata", Reply(b"", 401)))
    outcome = run("ingest", "--json")
    assert outcome.code == 69
    assert outcome.document["attempts"] == len(county.asked("metadata")) == 1


def test_a_wrong_market_file_is_not_tried_again(
    run: CLI, market: Path, county: ArcGISServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "3")
    market.write_text(changed(market.read_text("utf-8"), '"USER_PARCEL"', '"USER_PRACEL"'), "utf-8")
    outcome = run("ingest", "--json")
    assert outcome.code == 78
    assert outcome.document["attempts"] == len(county.asked("metadata")) == 1
    assert "USER_PRACEL" in outcome.document["error"]["message"]
    assert attempts(run) == [(1, "failure")]


def test_a_source_that_the_market_does_not_have_is_wrong_usage_and_leaves_no_row(run: CLI) -> None:
    outcome = run("ingest", "--source", "tax_liens", "--json")
    assert outcome.code == 2
    assert outcome.document["attempts"] == 0
    assert attempts(run) == []
    assert "It has tax_sales." in outcome.document["error"]["hint"]


def test_a_lost_connection_to_the_database_is_tried_again_and_reported(
    run: CLI, layer: Layer, database_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "1")
    administrator = create_engine(database_url.set(database="postgres"), isolation_level="AUTOCOMMIT")

    def cut(served: Layer, request: Request) -> None:
        """Once, in the middle of the transfer, the database ends every connection of the program."""
        served.changes.clear()
        with administrator.connect() as connection:
            query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
            connection.execute(text(query), {"name": database_url.database})

    layer.changes.append(cut)
    outcome = run("ingest", "--json")
    administrator.dispose()
    assert attempts(run, "tax_sales") == [(1, "failure"), (2, "success")]
    failed = [row for row in run("runs", "--json").document["runs"] if row["status"] == "failure"]
    assert {row["source"] for row in failed} == {None, "tax_sales"}
    for row in failed:
        assert "server closed the connection unexpectedly" in row["error"]["message"]
        assert "\n" not in row["error"]["message"]
        assert "SQL" not in row["error"]["message"]
    assert outcome.code == 0, outcome.err
    assert outcome.document["attempts"] == 2
    assert outcome.document["stats"]["tax_sales"]["inserted"] == 32


def test_a_failed_stage_skips_those_that_need_it_and_the_check_runs_in_any_case(run: CLI, layer: Layer) -> None:
    layer.faults.append(on("metadata", BROKEN))
    outcome = run("run-all", "--json")
    assert outcome.code == outcome.document["exit_code"] == 69
    assert outcome.document["status"] == "failure"
    stages = {stage["command"]: stage for stage in outcome.document["stages"]}
    assert list(stages) == list(STAGE_NAMES)
    assert stages["ingest"]["status"] == "failure"
    for name, broken in (("enrich", "ingest"), ("dedupe", "enrich"), ("score", "dedupe"), ("alert", "score")):
        assert (stages[name]["status"], stages[name]["attempts"]) == ("skipped", 0)
        assert stages[name]["warnings"] == [f"skipped: {broken} did not succeed"]
        assert stages[name]["finished_at"] == stages[name]["started_at"]
    assert stages["check"]["attempts"] == 1
    rows = run("runs", "--json").document["runs"]
    assert {row["stage"] for row in rows} == {"ingest", "check"}
    assert {row["run_id"] for row in rows} == {outcome.document["run_id"]}


def test_a_row_says_who_ran_what_when_and_how_it_ended(cli: CLI, home: Path) -> None:
    market = file_market(home)
    assert cli("ingest", "--market", market, "--as-of", LIVE_DAY).code == 0
    stage, source = sorted(cli("runs", "--market", market, "--json").document["runs"], key=lambda row: row["id"])
    assert (stage["stage"], stage["source"], source["source"]) == ("ingest", None, "tax_sales")
    assert {row["as_of"] for row in (stage, source)} == {LIVE_DAY}
    assert (source["processed"], source["inserted"], source["failed"]) == (32, 32, 0)
    assert stage["started_at"] <= source["started_at"] <= source["finished_at"] <= stage["finished_at"]
    assert stage["host"]
    assert stage["pid"] > 0
    assert stage["error"] is None


def test_the_stages_can_be_begun_anywhere_or_chosen_but_stay_in_order() -> None:
    assert stages_from(None, []) == STAGE_NAMES
    assert stages_from("score", []) == ("score", "alert", "check")
    assert stages_from(None, ["check", "ingest"]) == ("ingest", "check")
    with pytest.raises(UsageError, match=r"no stage 'scrape'.*ingest, enrich, dedupe, score, alert, check"):
        stages_from("scrape", [])
    with pytest.raises(UsageError, match="no stage 'scrape'"):
        stages_from(None, ["ingest", "scrape"])
    with pytest.raises(UsageError, match="cannot be used together"):
        stages_from("score", ["check"])


@pytest.mark.parametrize(
    ("ends", "code", "status"),
    [
        ([], ExitCode.OK, "success"),
        ([("success", ExitCode.OK), ("success", ExitCode.OK)], ExitCode.OK, "success"),
        ([("partial", ExitCode.WARNINGS), ("success", ExitCode.OK)], ExitCode.WARNINGS, "partial"),
        ([("partial", ExitCode.WARNINGS), ("failure", ExitCode.DATA_ERRORS)], ExitCode.DATA_ERRORS, "failure"),
        ([("failure", ExitCode.UNAVAILABLE), ("skipped", ExitCode.OK)], ExitCode.UNAVAILABLE, "failure"),
        ([("failure", ExitCode.FAILED), ("failure", ExitCode.DATA_ERRORS)], ExitCode.FAILED, "failure"),
        ([("success", ExitCode.OK), ("failure", ExitCode.CONFIGURATION)], ExitCode.CONFIGURATION, "failure"),
    ],
)
def test_the_exit_code_of_a_run_is_that_of_its_first_failure_else_of_its_warnings(
    home: Path, ends: list[tuple[str, ExitCode]], code: ExitCode, status: str
) -> None:
    market, day, now = load_market("orange-fl"), date(2025, 12, 1), datetime.now(UTC)
    stages = tuple(Report("stage", market.key, day, status=end, exit_code=exit_code) for end, exit_code in ends)
    task = Task(Settings.model_validate({"WHOLESALER_HOME": home}), market, day)
    report = RunReport(uuid4(), now, now, task, stages)
    assert report.exit_code == code
    document: dict[str, Any] = report.document()
    assert (document["exit_code"], document["status"]) == (code, status)


def test_errors_in_the_data_end_with_4_and_a_failed_row(cli: CLI, home: Path, engine: Engine) -> None:
    market = file_market(home)
    assert cli("run-all", "--market", market, "--as-of", LIVE_DAY).code in {0, 3}
    with engine.begin() as connection:
        connection.execute(text("UPDATE tax_sales SET property_id = NULL"))
        connection.execute(text("UPDATE lead_scores SET total_score = 99.99, tier = 'D'"))
    outcome = cli("check", "--market", market, "--as-of", LIVE_DAY, "--json")
    assert outcome.code == 4, outcome.document["stats"]["errors"]
    assert outcome.document["status"] == "failure"
    assert outcome.document["error"]["type"] == "DataErrors"
    newest = cli("runs", "--market", market, "--limit", "1", "--json").document["runs"][0]
    assert (newest["stage"], newest["status"]) == ("check", "failure")


def test_a_private_server_that_is_killed_is_started_again_for_the_next_attempt(
    run: CLI, layer: Layer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("WHOLESALER_RETRIES", "1")
    cluster = Cluster(home)

    def kill(served: Layer, request: Request) -> None:
        """Once, in the middle of the transfer, the server dies."""
        served.changes.clear()
        os.kill(cluster.status().pid or 0, signal.SIGKILL)

    layer.changes.append(kill)
    try:
        outcome = run("run-all", "--only", "ingest", "--only", "check", "--json")
        ingest, _ = outcome.document["stages"]
        assert (ingest["status"], ingest["attempts"]) == ("success", 2), outcome.err
        assert attempts(run)[:2] == [(1, "failure"), (2, "success")]
    finally:
        cluster.stop()


def test_a_run_whose_lock_another_has_taken_ends_with_75(engine: Engine, home: Path) -> None:
    other = make_engine(engine.url)
    with database_lock(engine, "a") as lock:
        assert lock.is_held()
        with engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
            )
        assert not lock.is_held()
        lock.restore()
        assert lock.is_held()
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
        assert not lock.is_held()
        with database_lock(other, "a"), pytest.raises(LockedError, match="has begun meanwhile"):
            lock.restore()
    other.dispose()


@pytest.mark.parametrize("moment", ["INSERT INTO data_ingestion_runs", "FROM tax_sales"])
def test_an_interruption_is_one_even_where_what_cleans_up_after_it_fails(run: CLI, moment: str) -> None:
    begun = []

    def interrupt(cursor: Any, statement: str, *_: Any) -> None:
        if moment in statement and not begun:
            begun.append(statement)
            raise KeyboardInterrupt

    def fail(connection: Any) -> None:
        if len(begun) == 1:
            begun.append("rollback")
            raise PendingRollbackError("Can't reconnect")

    listeners = [(name, interrupt) for name in ("do_execute", "do_execute_no_params")] + [("rollback", fail)]
    for listener in listeners:
        event.listen(Engine, *listener)
    try:
        outcome = run("ingest")
    finally:
        for listener in listeners:
            event.remove(Engine, *listener)
    assert len(begun) == 2
    assert (outcome.code, outcome.last_word) == (1, "wholesaler: Interrupted.")
