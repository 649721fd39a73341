"""Run the real command in a process of its own, and measure that process."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, ParamSpec, TypeVar

from sqlalchemy.engine import URL

_P = ParamSpec("_P")
_R = TypeVar("_R")

#: success, warnings, and data errors: the sample county is dirty on purpose
_EXPECTED = {0, 3, 4}
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Finished:
    """A process that has ended: seconds it took, seconds of processor time, bytes of memory at its peak, its output."""

    seconds: float
    processor_seconds: float
    peak: int
    output: str

    @property
    def document(self) -> Any:
        """The JSON document it printed."""
        return json.loads(self.output)


@dataclass(frozen=True)
class Spread:
    """Repeated measurements of one thing."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.values)

    def text(self, form: str = ",.0f") -> str:
        """Median (least to most)."""
        return f"{self.median:{form}} ({min(self.values):{form}}–{max(self.values):{form}})"


def run(arguments: Sequence[str], environment: dict[str, str] | None = None, expected: frozenset[int] = frozenset({0})) -> Finished:
    """Run a program to its end. Raises ``RuntimeError`` with what it said when it fails.

    The peak that the system tells of a process starts with the size of the one that started it: this one stays small,
    and heavy work goes :func:`apart`.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        output, errors = _drain(process)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in expected:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}: {errors.strip() or output[-2000:]}")
    return Finished(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _RSS_UNIT, output)
