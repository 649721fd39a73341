"""One run a market at a time: on one machine, across machines, and freed however the holder ends."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from sqlalchemy import Engine, text

from tests.markets.samples import LAYER, LIVE_DAY, serve_tax_sales, tax_sale_market
from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer
from tests.support import Outcome, hear_interrupts
from wholesaler.errors import ConfigurationError, LockedError
from wholesaler.locks import database_lock, machine_lock

CLI = Callable[..., Outcome]


class HangingServer(ArcGISServer):
    """Answers nothing until ``released`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_once = threading.Event()
        self.released = threading.Event()
        self.layer = serve_tax_sales(self)
        next(iter(self.layers.values())).faults.append(self._hang)

    def _hang(self, request: Request) -> None:
        self.asked_once.set()
        self.released.wait(60)


@pytest.fixture
def hanging() -> Iterator[HangingServer]:
    with HangingServer() as server:
        yield server
        server.released.set()


@pytest.fixture
def market(home: Path, hanging: HangingServer) -> Path:
    return tax_sale_market(home, hanging.layer)


def command(market: Path, *arguments: str) -> list[str]:
    line = [sys.executable, "-m", "wholesaler", "ingest", "--market", str(market), "--as-of", LIVE_DAY]
    return [*line, *arguments]


def events(log: str) -> list[dict[str, Any]]:
    """What a log of JSON lines holds, nothing else being in it."""
    return [json.loads(line) for line in log.splitlines()]


@pytest.fixture
def holder(cli: CLI, market: Path, hanging: HangingServer) -> Iterator["subprocess.Popen[bytes]"]:
    """A run in a process of its own, in the middle of its work."""
    process = subprocess.Popen(command(market), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert hanging.asked_once.wait(30)
    yield process
    process.kill()
    process.wait()


@pytest.mark.usefixtures("holder")
def test_a_second_run_ends_at_once_with_75_and_does_nothing(cli: CLI, market: Path) -> None:
    began = time.monotonic()
    outcome = cli("ingest", "--market", market, "--as-of", LIVE_DAY)
    assert time.monotonic() - began < 2
    assert outcome.code == 75
    assert outcome.out == ""
    assert "Another run of market test-county is under way on this machine; nothing was done." in outcome.err
    assert outcome.err.count("\n") == 1
    assert len(cli("runs", "--market", market, "--json").document["runs"]) == 2  # the holder's stage and source
    process = subprocess.run(command(market), capture_output=True, text=True, timeout=30, check=False)
    assert process.returncode == 75
    assert events(process.stderr)[0]["message"] == events(outcome.err)[0]["message"]


@pytest.mark.usefixtures("cli")
@pytest.mark.parametrize("arguments", [("run-all",), ("ingest", "--json")])
def test_a_second_run_ends_within_a_second_from_the_start_of_the_process(
    market: Path, home: Path, arguments: tuple[str, ...]
) -> None:
    line = [sys.executable, "-m", "wholesaler", *arguments, "--market", str(market)]
    seconds: list[float] = []
    with machine_lock(home, "test-county"):
        while len(seconds) < 5 and min(seconds, default=9) >= 1:
            began = time.monotonic()
            assert subprocess.run(line, capture_output=True, timeout=30, check=False).returncode == 75
            seconds.append(time.monotonic() - began)
    if min(seconds) >= 1 and os.getloadavg()[0] > (os.cpu_count() or 1):
        pytest.skip("the machine is too busy to tell")
    assert min(seconds) < 1, seconds


@pytest.mark.usefixtures("cli")
def test_who_finds_the_lock_held_has_imported_nothing_heavy(market: Path, home: Path) -> None:
    line = ["ingest", "--json", "--market", str(market)]
    code = f"import sys; from wholesaler.cli import run; print(run({line})); print(*sys.modules, sep=chr(10))"
    with machine_lock(home, "test-county"):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    printed = done.stdout.splitlines()
    assert "75" in printed
    assert "wholesaler.locks" in printed
    assert set(printed) & {"sqlalchemy", "structlog", "httpx", "tenacity", "wholesaler.pipeline.run"} == set()


@pytest.mark.usefixtures("holder")
def test_a_run_from_another_home_on_the_same_database_ends_with_75(
    cli: CLI, market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_HOME", str(tmp_path))
    outcome = cli("ingest", "--market", market, "--as-of", LIVE_DAY)
    assert outcome.code == 75
    assert "on another machine" in outcome.err


@pytest.mark.usefixtures("holder")
def test_another_market_runs_meanwhile_and_reading_is_never_locked_out(cli: CLI, market: Path, home: Path) -> None:
    with ArcGISServer() as server:
        other = tax_sale_market(home, serve_tax_sales(server), key="other-county")
        assert cli("ingest", "--market", other, "--as-of", LIVE_DAY).code == 0
    assert cli("stats", "--market", market, "--json").code == 0


def test_with_wait_lock_a_second_run_begins_when_the_first_has_ended(cli: CLI, market: Path, home: Path) -> None:
    with machine_lock(home, "test-county"):
        line = [*command(market, "--wait-lock", "1m"), "--source", "tax_sales"]
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        assert json.loads(process.stderr.readline()) | {"timestamp": ""} == {
            "event": "waiting_for_lock", "level": "info", "market": "test-county", "seconds": 60, "timestamp": "",
        }  # fmt: skip
        assert process.poll() is None
        assert cli("runs", "--market", market, "--json").document["runs"] == []
    process.terminate()
    process.communicate(timeout=30)


@pytest.mark.usefixtures("holder")
def test_a_lock_that_is_not_free_in_time_is_75(
    cli: CLI, market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On this machine by the file, from another home by the database."""
    for where in ("on this machine", "on another machine"):
        began = time.monotonic()
        outcome = cli("ingest", "--market", market, "--as-of", LIVE_DAY, "--wait-lock", "1s")
        assert 1 <= time.monotonic() - began < 5
        assert outcome.code == 75
        assert f"Another run of market test-county is still under way {where}" in outcome.last_word
        monkeypatch.setenv("WHOLESALER_HOME", str(tmp_path))


def test_kill_9_frees_both_locks_and_the_next_run_closes_the_row_of_the_killed(
    cli: CLI, market: Path, holder: "subprocess.Popen[bytes]", hanging: HangingServer
) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    hanging.released.set()
    assert cli("ingest", "--market", market, "--as-of", LIVE_DAY).code == 0
    runs = cli("runs", "--market", market, "--json").document["runs"]
    killed = [run for run in runs if run["status"] == "failure"]
    assert {(run["stage"], run["source"]) for run in killed} == {("ingest", None), ("ingest", "tax_sales")}
    assert {run["error"]["type"] for run in killed} == {"Killed"}
    assert all(run["finished_at"] for run in runs)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_that_waits_for_a_server_soon_and_frees_both_locks(
    cli: CLI, market: Path, hanging: HangingServer, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        command(market), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hear_interrupts
    )
    assert hanging.asked_once.wait(30)
    process.send_signal(number)
    out, err = process.communicate(timeout=15)
    assert (process.returncode, out) == (1, "")
    assert "Traceback" not in err
    assert [event["message"] for event in events(err) if event["event"] == "command_failed"] == ["Interrupted."]
    hanging.released.set()
    assert cli("ingest", "--market", market, "--as-of", LIVE_DAY).code == 0
    assert "running" not in [run["status"] for run in cli("runs", "--market", market, "--json").document["runs"]]


def test_a_signal_ends_a_run_that_waits_for_the_database_soon(cli: CLI, market: Path, engine: Engine) -> None:
    line = [sys.executable, "-m", "wholesaler", "enrich", "--market", str(market), "--as-of", LIVE_DAY]
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'properties'::regclass")
    with engine.connect() as other, engine.connect() as observer:
        other.execute(text("LOCK TABLE properties"))
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + 30
        while not observer.scalar(waiting):
            assert time.monotonic() < until
            time.sleep(0.05)
        process.terminate()
        _, err = process.communicate(timeout=15)
        assert process.returncode == 1
        assert events(err)[-1]["message"] == "Interrupted."
    assert cli("enrich", "--market", market, "--as-of", LIVE_DAY).code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_between_two_attempts_ends_the_run_at_once_with_its_rows_closed(
    cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "3")
    monkeypatch.setenv("WHOLESALER_RETRY_WAIT", "300")
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")
    with ArcGISServer() as server:
        market = tax_sale_market(home, serve_tax_sales(server))
        server.layers[LAYER].faults.append(on("metadata", Reply(b"", 500)))
        process = subprocess.Popen(
            command(market), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hear_interrupts
        )
        assert process.stderr is not None
        assert any('"retry"' in line for line in process.stderr)
        process.send_signal(number)
        out, err = process.communicate(timeout=15)  # of 300; what is not closed then was ended by force, after GRACE
    assert (process.returncode, out) == (1, "")
    assert [event["message"] for event in events(err) if event["event"] == "command_failed"] == ["Interrupted."]
    rows = cli("runs", "--market", market, "--json").document["runs"]
    assert [(row["source"], row["status"]) for row in rows] == [("tax_sales", "failure"), (None, "failure")]


def test_the_lock_file_holds_off_a_second_one_and_is_free_again_afterwards(home: Path) -> None:
    with machine_lock(home, "a"):
        with pytest.raises(LockedError), machine_lock(home, "a"):
            pass
        with machine_lock(home, "b"):
            pass
    with machine_lock(home, "a"):
        pass


def test_who_waits_gets_the_locks_as_soon_as_they_are_free(home: Path, engine: Engine) -> None:
    held = threading.Event()

    def hold() -> None:
        with machine_lock(home, "a"), database_lock(engine, "a"):
            held.set()
            time.sleep(0.5)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    until = time.monotonic() + 60
    with database_lock(engine, "a", until), machine_lock(home, "a", until):
        assert time.monotonic() < until - 50
    holder.join()


def test_the_lock_file_is_freed_when_the_work_fails(home: Path) -> None:
    with pytest.raises(ZeroDivisionError), machine_lock(home, "a"):
        raise ZeroDivisionError
    with machine_lock(home, "a"):
        pass


def test_no_market_can_take_the_lock_of_the_private_cluster(home: Path) -> None:
    cluster = FileLock(home / "locks" / "cluster.lock")
    with machine_lock(home, "cluster"), cluster.acquire(timeout=0):
        assert cluster.is_locked


def test_a_home_that_is_no_directory_names_the_variable(home: Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(ConfigurationError) as caught, machine_lock(home / "file", "a"):
        pass
    assert "WHOLESALER_HOME" in str(caught.value)


def test_the_advisory_lock_is_for_one_session_and_one_market(engine: Engine) -> None:
    with database_lock(engine, "a"):
        with pytest.raises(LockedError), database_lock(engine, "a"):
            pass
        with database_lock(engine, "b"):
            pass
    with database_lock(engine, "a"):
        pass
