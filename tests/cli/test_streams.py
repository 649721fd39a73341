"""Whatever is wrong with stdin, stdout and stderr: the exit codes are the documented ones, and somebody is told."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LIVE_DAY, file_market
from tests.support import Outcome

CLI = Callable[..., Outcome]
KINDS = ["full", "gone", "closed", "read-only", "ascii"]
#: command, and the exit code it has when all is well
LINES = [("run-all", 3), ("stats", 0), ("stats --json", 0), ("--version", 0), ("--help", 0), ("nonsense", 2)]


def shell(redirection: str, line: str, market: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command line with its streams redirected by a shell."""
    program = f"{sys.executable} -m wholesaler {line}"
    if line.split()[0] in {"run-all", "stats"}:
        program += f" --market '{market}' --as-of {LIVE_DAY}"
    environ = os.environ | {"LC_ALL": "C"} | ({"PYTHONIOENCODING": "ascii"} if redirection == "ascii" else {})
    script = program if redirection == "ascii" else f"{program} {redirection}"
    return subprocess.run(["bash", "-c", script], env=environ, capture_output=True, text=True, timeout=120, check=False)


def slow_but(quick: set[str], cases: Iterable[tuple[int, str]]) -> Iterator[Any]:
    """The cases, but for some kinds among the slow tests."""
    for case in cases:
        yield case if case[1] in quick else pytest.param(*case, marks=pytest.mark.slow)


def redirect(number: int, kind: str) -> str:
    where = {
        "full": f"{number}>/dev/full",
        "gone": f"{number}> >(exec true)",
        "closed": f"{number}>&-",
        "read-only": f"{number}</dev/null",
        "ascii": "ascii",
    }
    return where[kind]


@pytest.fixture
def county(home: Path) -> Path:
    """A market whose name is beyond ASCII."""
    path = file_market(home)
    path.write_text(path.read_text("utf-8").replace("Orange County", "Cañón 郡"), "utf-8")
    return path


@pytest.mark.usefixtures("cli")
@pytest.mark.parametrize(
    ("number", "kind"),
    [
        *slow_but({"full", "gone"}, ((1, kind) for kind in KINDS)),
        # a log that cannot be written is the same trouble in all commands
        *slow_but({"closed"}, ((2, kind) for kind in KINDS)),
    ],
)
def test_a_stream_that_cannot_be_written_gives_no_other_exit_code(county: Path, number: int, kind: str) -> None:
    for line, well in LINES:
        done = shell(redirect(number, kind), line, county)
        shows = line != "nonsense" and number == 1 and kind not in {"ascii", "gone"}
        code = 1 if shows and line != "run-all" else well
        assert done.returncode == code, (line, done.stderr)
        assert "Traceback" not in done.stdout + done.stderr
        assert "Exception ignored" not in done.stdout + done.stderr
        if shows:
            assert "The output could not be written to stdout" in done.stderr, line


@pytest.mark.usefixtures("cli")
def test_a_run_works_with_all_three_closed(county: Path, cli: CLI) -> None:
    assert shell("0<&- 1>&- 2>&-", "run-all", county).returncode == 3
    rows = cli("runs", "--market", county, "--json").document["runs"]
    assert {row["stage"] for row in rows} == {"ingest", "enrich", "dedupe", "score", "alert", "check"}


@pytest.mark.usefixtures("cli")
@pytest.mark.parametrize("kind", ["full", "gone", "closed"])
def test_a_log_that_cannot_be_written_is_one_warning_of_the_run_and_its_row(
    county: Path, cli: CLI, kind: str, engine: Engine
) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM data_ingestion_runs"))
    done = shell(redirect(2, kind), "run-all --only enrich --json", county)
    assert done.returncode == 3
    (stage,) = json.loads(done.stdout)["stages"]
    assert len([said for said in stage["warnings"] if "log could not be written to stderr" in said]) == 1
    (row,) = cli("runs", "--market", county, "--json").document["runs"]
    assert (row["status"], row["warnings"]) == (stage["status"], stage["warnings"]) == ("partial", stage["warnings"])


@pytest.mark.usefixtures("cli")
def test_a_document_in_ascii_is_still_a_document(county: Path) -> None:
    done = shell("ascii", f"markets show {county} --json", county)
    assert done.stdout.isascii()
    assert "Cañón 郡" in json.loads(done.stdout)["name"]


@pytest.mark.usefixtures("cli")
@pytest.mark.parametrize("steps", [range(0, 31, 10), pytest.param(range(31), marks=pytest.mark.slow)])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_any_moment_ends_a_run_with_1_and_one_line(
    county: Path, number: signal.Signals, steps: range
) -> None:
    line = [sys.executable, "-m", "wholesaler", "run-all", "--market", str(county), "--as-of", LIVE_DAY]
    for step in steps:
        process = subprocess.Popen(
            line,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
        )
        until = time.monotonic() + 10
        while not catches(process.pid, number):  # Python itself begins, before any of our lines
            assert time.monotonic() < until
        time.sleep(step * 0.05)
        process.send_signal(number)
        began = time.monotonic()
        _, said = process.communicate(timeout=30)
        assert time.monotonic() - began < 5
        assert process.returncode in {1, 0, 3}, (step, said)
        assert "Traceback" not in said
        if process.returncode == 1:
            assert said.count("Interrupted.") - said.count('"stage_failed"') == 1, said
        else:
            assert "run_finished" in said


def catches(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a handler of its own for a signal."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    caught = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(caught >> (number - 1) & 1)
