"""The dead-man's switch: what it is told of a night, and that it never costs one."""

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LAYER, file_market, serve_tax_sales, tax_sale_market
from tests.servers import Reply, on
from tests.servers.arcgis import ArcGISServer
from tests.servers.healthcheck import PATH, HealthcheckServer
from tests.support import Outcome, signal_while_fetching
from wholesaler.config import load_settings
from wholesaler.notify.healthcheck import LARGEST_SUMMARY, ping
from wholesaler.stages.interface import STAGE_NAMES

CLI = Callable[..., Outcome]
TODAY = datetime.now(ZoneInfo("America/New_York")).date


@pytest.fixture
def switch(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> Iterator[HealthcheckServer]:
    with HealthcheckServer() as switch:
        monkeypatch.setenv("HEALTHCHECK_URL", switch.address)
        yield switch


@pytest.fixture
def market(home: Path) -> Path:
    """A market of a file."""
    return file_market(home)


@pytest.fixture
def broken_market(home: Path) -> Iterator[Path]:
    """A market whose one source answers 500."""
    with ArcGISServer() as server:
        url = serve_tax_sales(server)
        server.layers[LAYER].faults.append(on("metadata", Reply(b"", 500)))
        yield tax_sale_market(home, url, key="broken-county")


def test_a_night_is_told_from_its_begin_to_its_end(cli: CLI, switch: HealthcheckServer, market: Path) -> None:
    outcome = cli("run-all", "--market", market)
    assert outcome.code in {0, 3}
    assert switch.signals == ["start", "success"]
    lines = switch.summary.splitlines()
    assert lines[0] == f"exit code {outcome.code}: Orange County, Florida, {TODAY()}"
    assert [line.split(":")[0] for line in lines[1:] if not line.startswith(" ")] == list(STAGE_NAMES)
    assert not switch.requests[0].body


def test_a_failure_is_told_with_its_exit_code_and_error(
    cli: CLI, switch: HealthcheckServer, broken_market: Path
) -> None:
    assert cli("run-all", "--market", broken_market).code == 69
    assert switch.signals == ["start", "fail"]
    assert switch.summary.startswith("exit code 69: ")
    assert "ingest: failure" in switch.summary
    assert "500" in switch.summary


def test_a_night_of_single_commands_is_a_success_when_all_stages_have_succeeded(
    cli: CLI, switch: HealthcheckServer, market: Path
) -> None:
    for stage in STAGE_NAMES:
        assert cli(stage, "--market", market).code in {0, 3}
        assert switch.signals == (["start", "success"] if stage == "check" else ["start"])
    assert cli("enrich", "--market", market).code == 0
    assert switch.signals == ["start", "success", "success"]


def test_a_check_does_not_hide_that_the_night_has_failed(
    cli: CLI, switch: HealthcheckServer, market: Path, engine: Engine
) -> None:
    assert cli("run-all", "--market", market).code in {0, 3}
    with engine.begin() as connection:
        connection.execute(text("UPDATE data_ingestion_runs SET status = 'failure' WHERE stage = 'score'"))
    assert cli("check", "--market", market).code in {0, 3}
    assert switch.signals == ["start", "success"]


@pytest.mark.parametrize(("days", "told"), [(0, True), (1, True), (2, False), (-1, False)])
def test_a_run_for_another_day_is_no_night(
    cli: CLI, switch: HealthcheckServer, market: Path, days: int, told: bool
) -> None:
    assert cli("run-all", "--market", market, "--as-of", TODAY() - timedelta(days=days)).code in {0, 3}
    assert switch.signals == (["start", "success"] if told else [])


def test_nothing_is_told_of_a_dry_run_or_of_wrong_usage(cli: CLI, switch: HealthcheckServer, market: Path) -> None:
    assert cli("alert", "--dry-run", "--market", market).code == 0
    assert cli("ingest", "--source", "nothing", "--market", market).code == 2
    assert switch.signals == []


def test_a_run_that_cannot_begin_is_a_failure(
    cli: CLI, switch: HealthcheckServer, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DATABASE_URL", f"postgresql://me:hunter2@127.0.0.1:{taken.getsockname()[1]}/leads")
    assert cli("run-all", "--market", market).code == 69
    assert switch.signals == ["fail"]
    assert switch.summary.startswith("exit code 69: Orange County, Florida\n")
    assert "does not answer" in switch.summary
    assert "hunter2" not in switch.summary


def test_a_wrong_configuration_is_a_failure_when_nobody_watches(
    cli: CLI, switch: HealthcheckServer, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "three")
    assert cli("run-all", "--market", market).code == 78
    assert switch.signals == ["fail"]
    assert cli("run-all", "--market", market.parent / "none.toml").code == 78
    assert switch.summary.startswith("exit code 78: none\n")


def test_an_interrupted_run_is_a_failure(cli: CLI, switch: HealthcheckServer, home: Path) -> None:
    with ArcGISServer() as server:
        url = serve_tax_sales(server)
        server.layers[LAYER].faults.append(on("metadata", Reply(b"", 500, delay=30)))
        market = tax_sale_market(home, url)
        for _ in range(3):  # a run that is to end has a second for it, which may be too little on a busy machine
            switch.requests.clear()
            assert signal_while_fetching(signal.SIGTERM, server, "run-all", "--market", str(market)) == 1
            if "fail" in switch.signals:
                break
    assert switch.signals == ["start", "fail"]
    assert "Interrupted." in switch.summary


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (on("success", Reply(b"", 500)), "answered 500 'nothing'"),
        (on("success", Reply(b"not found", 404)), "answered 404 'not found'"),
        (on("success", Reply(b"OK (not found)")), r"answered 200 'OK \(not found\)'"),
        (on("success", Reply(PATH.encode(), 403)), "answered 403 '/ping/•••'"),
        (on("success", Reply(b"", 301, {"Location": "https://example.org/"})), "answered 301"),
    ],
)
def test_a_switch_that_cannot_be_told_is_one_warning_and_costs_nothing(
    cli: CLI, switch: HealthcheckServer, market: Path, fault: object, said: str
) -> None:
    switch.faults.append(fault)  # type: ignore[arg-type]
    outcome = cli("run-all", "--market", market, "--json")
    assert outcome.code == 3
    warnings = [warning for stage in outcome.document["stages"] for warning in stage["warnings"]]
    (warning,) = [warning for warning in warnings if "dead-man" in warning]
    assert re.search(said, warning)
    assert PATH not in outcome.out + outcome.err
    (row, *_) = cli("runs", "--market", market, "--json").document["runs"]
    assert warning in row["warnings"]


def test_a_switch_that_is_out_of_reach_is_tried_again_and_then_a_warning(
    cli: CLI, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HEALTHCHECK_URL", f"http://127.0.0.1:{taken.getsockname()[1]}{PATH}")
    outcome = cli("run-all", "--market", market, "--log-format", "json")
    assert outcome.code == 3
    assert outcome.err.count('"retry"') == 4
    assert "could not be reached" in outcome.err
    assert PATH.rpartition("/")[2] not in outcome.err


def test_a_service_that_knows_the_address_alone_is_no_warning(
    cli: CLI, switch: HealthcheckServer, market: Path
) -> None:
    before = cli("run-all", "--market", market).code
    switch.faults.append(on("start", Reply(b"not found", 404)))
    assert cli("run-all", "--market", market).code == before


def test_what_fails_for_a_moment_is_told_all_the_same(cli: CLI, switch: HealthcheckServer, market: Path) -> None:
    switch.faults.append(on("success", Reply(b"", 503), 1, 2))
    cli("run-all", "--market", market)
    assert switch.signals == ["start", "success", "success", "success"]


def test_what_is_no_address_is_a_warning(cli: CLI, market: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTHCHECK_URL", "hc-ping.com/secret-k4711q")
    outcome = cli("run-all", "--market", market)
    assert outcome.code == 3
    assert "HEALTHCHECK_URL is not an http or https address." in outcome.out
    assert "k4711q" not in outcome.out + outcome.err


def test_a_query_stays_behind_the_signal_and_a_summary_is_cut(home: Path) -> None:
    with HealthcheckServer() as switch:
        address = f"{switch.address}/?create=1"
        settings = load_settings({"HEALTHCHECK_URL": address, "WHOLESALER_HOME": str(home)}, home)
        assert ping(settings, "fail", "é" * LARGEST_SUMMARY) is None
        (request,) = switch.requests
        assert (request.kind, request.query) == ("fail", "create=1")
        assert len(request.body) == LARGEST_SUMMARY
        assert request.method == "POST"


def test_without_an_address_nothing_is_asked(home: Path) -> None:
    assert ping(load_settings({"WHOLESALER_HOME": str(home)}, home), "success") is None
    assert "HEALTHCHECK_URL" not in os.environ
