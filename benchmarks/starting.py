"""How long the program takes to say its version and to help."""

from benchmarks.command import PROGRAM, run
from benchmarks.figures import Figure

_RUNS = 9


def measure() -> list[Figure]:
    """Seconds of ``--version`` and ``--help``."""
    return [
        Figure(f"`wholesaler {option}`", "s", tuple(run([PROGRAM, option]).seconds for _ in range(_RUNS)), target)
        for option, target in (("--version", 0.25), ("--help", 0.4))
    ]
