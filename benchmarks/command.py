"""Run programs in processes of their own, and measure those processes."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sqlalchemy.engine import URL

_P = ParamSpec("_P")
_R = TypeVar("_R")

PROGRAM = Path(sys.executable).parent / "wholesaler"
#: success, warnings, and data errors: the sample county is dirty on purpose
_EXPECTED = (0, 3, 4)
#: what a program is given of the surroundings; PYTHONPATH says which checkout runs
_SURROUNDINGS = frozenset(("PATH", "LANG", "TMPDIR", "PYTHONPATH"))
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Finished:
    """A process that has ended: the seconds it took, bytes of memory at its peak, and what it printed."""

    seconds: float
    peak: int
    output: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document it printed."""
        document: dict[str, Any] = json.loads(self.output)
        return document


def run(
    arguments: Sequence[object], environment: dict[str, str] | None = None, codes: Sequence[int] = (0,)
) -> Finished:
    """Run a program to its end; raises ``RuntimeError`` with its own words when it ends with none of ``codes``.

    The peak that the system tells of a process starts with the size of the one that started it: this one stays small,
    and heavy work goes :func:`apart`.
    """
    words = [str(argument) for argument in arguments]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        output, errors = out.read().decode(), err.read().decode()
    if process.returncode not in codes:
        raise RuntimeError(f"{words[0]} ended with {process.returncode}: {(errors or output)[-2000:]}")
    return Finished(seconds, usage.ru_maxrss * _PEAK_UNIT, output)


def wholesaler(database: URL, home: Path, market: Path, as_of: date, *arguments: str) -> Finished:
    """Run ``wholesaler`` with ``arguments`` and ``--json``, without retries and without the geocoder."""
    surroundings = {name: value for name, value in os.environ.items() if name in _SURROUNDINGS}
    environment = surroundings | {
        "HOME": str(home),
        "DATABASE_URL": database.render_as_string(hide_password=False),
        "WHOLESALER_HOME": str(home),
        "WHOLESALER_RETRIES": "0",
        "WHOLESALER_GEOCODER_ENABLED": "false",
    }
    words = [PROGRAM, "--json", "--market", market, "--as-of", as_of, *arguments]
    return run(words, environment, _EXPECTED)


def seconds_of(stage: dict[str, Any]) -> float:
    """How long a stage took, by its own JSON."""
    finished, started = (datetime.fromisoformat(stage[name]) for name in ("finished_at", "started_at"))
    return (finished - started).total_seconds()


def apart(function: Callable[_P, _R], *arguments: _P.args, **named: _P.kwargs) -> _R:
    """Call a module's function in a fresh process, so that this one stays small."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments, **named).result()
