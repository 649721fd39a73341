"""The benchmarks' rehearsal measures everything once: a change of the program that they do not know of shows here."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_rehearsal_has_a_figure_of_each_measurement() -> None:
    pytest.importorskip("scipy", reason="the peers are installed by `make bench`")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for measured in ("--version", "rows a second", "165 columns", "enrich", "check", "third run-all", "leads list"):
        assert measured in done.stdout
