"""The file of metrics: valid for an independent parser, never yesterday's, and never the end of a night."""

import os
import resource
import signal
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.markets.samples import LAYER, file_market, serve_tax_sales, tax_sale_market
from tests.servers import Reply, on
from tests.servers.arcgis import ArcGISServer
from tests.support import Outcome, signal_while_fetching, without_privileges
from wholesaler import __version__
from wholesaler.errors import ExitCode
from wholesaler.pipeline.metrics import FAMILIES, RunMetrics, write_metrics
from wholesaler.stages.interface import STAGE_NAMES

CLI = Callable[..., Outcome]
BEGAN = datetime(2026, 11, 20, 9, 10, tzinfo=UTC)
ENDED = RunMetrics(BEGAN, BEGAN + timedelta(minutes=3), ExitCode.OK)


@pytest.fixture
def file(cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the command line."""
    path = home / "textfile" / "wholesaler.prom"
    path.parent.mkdir()
    monkeypatch.setenv("METRICS_FILE", str(path))
    return path


def read(path: Path, market: str = "test-county") -> dict[str, float]:
    """The samples of a market, as the parser of Prometheus' own client reads them."""
    samples = {}
    for family in text_string_to_metric_families(path.read_text("utf-8")):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            labels = {**sample.labels}
            if labels.pop("market") == market:
                key = " ".join([sample.name, *labels.values()])
                assert key not in samples
                samples[key] = sample.value
    return samples


def test_after_a_night_the_file_says_all_of_it(cli: CLI, file: Path, home: Path) -> None:
    began = datetime.now(UTC).timestamp()
    code = cli("run-all", "--market", file_market(home)).code
    known = read(file)
    assert known["wholesaler_run_exit_code"] == code
    assert known[f"wholesaler_build_info {__version__}"] == 1
    assert known["wholesaler_run_running"] == 0
    assert began < known["wholesaler_run_start_timestamp_seconds"] < known["wholesaler_run_end_timestamp_seconds"]
    for stage in STAGE_NAMES:
        assert known[f"wholesaler_stage_failed {stage}"] == 0
        assert known[f"wholesaler_stage_last_success_timestamp_seconds {stage}"] > began
        assert known[f"wholesaler_stage_duration_seconds {stage}"] >= 0
    assert known["wholesaler_last_success_timestamp_seconds"] == min(
        known[f"wholesaler_stage_last_success_timestamp_seconds {stage}"] for stage in STAGE_NAMES
    )
    assert known["wholesaler_source_records tax_sales processed"] == 32
    assert known["wholesaler_source_failed tax_sales"] == 0
    assert {known[f"wholesaler_leads {tier}"] for tier in "ABCD"} == {known["wholesaler_leads_new"]} == {0}
    assert known["wholesaler_alerts_pending report"] == 0
    assert known["wholesaler_database_size_bytes"] > 1_000_000
    assert "wholesaler_source_newest_record_timestamp_seconds tax_sales" in known
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert list(file.parent.iterdir()) == [file]


def test_names_follow_the_conventions() -> None:
    for name in FAMILIES:
        assert "total" not in name, "for counters"
        timed = {"timestamp", "duration"} & set(name.split("_"))
        assert not timed or name.endswith("_seconds")


def test_a_failure_is_in_the_file(cli: CLI, file: Path, home: Path) -> None:
    with ArcGISServer() as server:
        market = tax_sale_market(home, serve_tax_sales(server))
        assert cli("run-all", "--market", market).code in {0, 3}
        before = read(file)
        server.layers[LAYER].faults.append(on("metadata", Reply(b"", 500)))
        assert cli("run-all", "--market", market).code == 69
    after = read(file)
    assert after["wholesaler_run_exit_code"] == 69
    assert after["wholesaler_stage_failed ingest"] == after["wholesaler_source_failed tax_sales"] == 1
    ingest = "wholesaler_stage_last_success_timestamp_seconds ingest"
    assert after[ingest] == before[ingest]


def test_without_a_database_only_the_times_of_success_stay(
    cli: CLI, file: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = file_market(home)
    assert cli("run-all", "--market", market).code in {0, 3}
    before = read(file)
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/leads")
    assert cli("run-all", "--market", market).code == 69
    after = read(file)
    assert after["wholesaler_run_exit_code"] == 69
    kept = {name for name in before if "last_success" in name}
    run = {name for name in before if name.startswith(("wholesaler_run_", "wholesaler_build"))}
    assert set(after) == kept | run
    assert all(after[name] == before[name] for name in kept)


@pytest.mark.parametrize("fault", ["WHOLESALER_RETRIES", "market"])
def test_a_wrong_configuration_is_in_the_file(
    cli: CLI, file: Path, home: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    market = file_market(home)
    if fault == "market":
        market.write_text("key =", "utf-8")
    else:
        monkeypatch.setenv(fault, "three")
    assert cli("run-all", "--market", market).code == 78
    assert read(file)["wholesaler_run_exit_code"] == 78


def test_a_run_that_was_killed_is_one_that_runs_for_ever(cli: CLI, file: Path, home: Path) -> None:
    with ArcGISServer() as server:
        market = tax_sale_market(home, serve_tax_sales(server))
        assert cli("run-all", "--market", market).code in {0, 3}
        before = read(file)
        server.layers[LAYER].faults.append(on("metadata", Reply(b"", 500, delay=30)))
        signal_while_fetching(signal.SIGKILL, server, "run-all", "--market", str(market))
    after = read(file)
    assert after["wholesaler_run_running"] == 1
    start = "wholesaler_run_start_timestamp_seconds"
    assert after[start] > before[start]
    assert not {"wholesaler_run_exit_code", "wholesaler_run_end_timestamp_seconds"} & set(after)


def test_a_run_for_another_day_and_a_dry_run_leave_the_file_alone(cli: CLI, file: Path, home: Path) -> None:
    market = file_market(home)
    assert cli("run-all", "--market", market, "--as-of", "2025-12-01").code in {0, 3}
    assert cli("alert", "--dry-run", "--market", market).code == 0
    assert not file.exists()


def test_markets_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "wholesaler.prom"
    names = ["orange-fl", 'an "odd\\name"', "a\nb"]
    for number, name in enumerate(names):
        failed = RunMetrics(BEGAN, BEGAN + timedelta(seconds=number), ExitCode.FAILED)
        assert write_metrics(path, name, failed, None) is None
    for number, name in enumerate(names):
        assert read(path, name)["wholesaler_run_end_timestamp_seconds"] == BEGAN.timestamp() + number
    assert write_metrics(path, names[1], ENDED, None) is None
    assert [read(path, name)["wholesaler_run_exit_code"] for name in names] == [1, 0, 1]


def test_what_else_is_in_the_file_does_not_stay(tmp_path: Path) -> None:
    path = tmp_path / "wholesaler.prom"
    kept = 'wholesaler_leads{market="a",tier="A"} 7'
    path.write_text(f'wholesaler_gone{{market="a"}} 1\nother 1\n{kept}\nrubbish {{', "utf-8")
    assert write_metrics(path, "orange-fl", ENDED, None) is None
    assert read(path, "a") == {"wholesaler_leads A": 7}
    assert "rubbish" not in path.read_text("utf-8")


def test_a_file_that_cannot_be_written_is_a_warning_and_removed(cli: CLI, file: Path, home: Path) -> None:
    file.mkdir()
    outcome = cli("run-all", "--market", file_market(home))
    assert outcome.code == 3
    assert f"METRICS_FILE: {file} could not be written" in outcome.out


def test_a_full_disk_leaves_no_file_that_could_be_taken_for_news(tmp_path: Path) -> None:
    path = tmp_path / "wholesaler.prom"
    assert write_metrics(path, "orange-fl", ENDED, None) is None
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))  # as much as the disk has left
    try:
        reason = write_metrics(path, "orange-fl", ENDED, None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert reason is not None
    assert "could not be written" in reason
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with without_privileges():
        reason = write_metrics(tmp_path / "wholesaler.prom", "orange-fl", ENDED, None)
    assert reason is not None
    assert "Permission denied" in reason


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_everybody_may_read_the_file_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        assert write_metrics(tmp_path / "m.prom", "orange-fl", ENDED, None) is None
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "m.prom").stat().st_mode) == 0o644
