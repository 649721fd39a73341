"""``python -m tests.chaos``: kill at random moments, and say what the next run did not mend. See the package.

Exit code 1 when anything was not mended. A point alone: ``--seed S --only N``.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import NullPool, create_engine, text

from benchmarks.figures import machine
from tests.chaos.beginnings import close_home
from tests.chaos.page import page
from tests.chaos.points import Outcome
from tests.chaos.workers import outcomes
from wholesaler.server.cluster import Cluster

RESULTS = Path(__file__).parents[2] / "benchmarks" / "CHAOS.md"
#: a page is written of as many points at least
_FEWEST = 60


def main() -> int:
    """Strike, print, and write the page; returns the exit code. Who interrupts it gets the page of what was done."""
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    numbers = options.only or range(1, options.points + 1)
    struck: list[Outcome] = []
    print(f"seed {options.seed}, day {options.day}, {len(numbers)} points", flush=True)
    machine_lines = machine(_versions())
    try:
        with outcomes(options.seed, options.day, numbers, min(options.jobs, len(numbers))) as coming:
            for outcome in coming:
                struck.append(outcome)
                _report(outcome)
    except KeyboardInterrupt:
        if not struck:
            return 130
    lines = page(options.seed, options.day, struck, machine_lines)
    print("\n".join(lines))
    if not options.only and (len(struck) >= _FEWEST or options.write):
        RESULTS.write_text("\n".join([*lines, ""]), "utf-8")
        print(f"written to {RESULTS}")
    return 1 if any(one.judgement.faults for one in struck) else 0


def _report(outcome: Outcome) -> None:
    reruns = ", ".join(map(str, outcome.reruns))
    verdict = "NOT MENDED" if outcome.judgement.faults else "mended"
    fell = f"fell in {', '.join(outcome.hit)}; reruns {reruns}; {outcome.seconds:.1f} s"
    print(f"{verdict}: {outcome.point.describe()}: {fell}", flush=True)
    for fault in outcome.judgement.faults:
        print(f"    {fault}", flush=True)


def _versions() -> str:
    folder = Path(tempfile.mkdtemp(prefix="wholesaler-chaos-"))
    folder.chmod(0o755)
    try:
        engine = create_engine(Cluster(folder / "home").ensure_running(), poolclass=NullPool)
        with engine.connect() as connection:
            server = str(connection.scalar(text("SHOW server_version"))).partition(" ")[0]
            postgis = connection.scalar(
                text("SELECT default_version FROM pg_available_extensions WHERE name = 'postgis'")
            )
        engine.dispose()
    finally:
        close_home(folder / "home")
        shutil.rmtree(folder, ignore_errors=True)
    return f"PostgreSQL {server}, PostGIS {postgis}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--points", type=int, default=200, metavar="N", help="how many (200)")
    parser.add_argument("--seed", type=int, help="of the county and of the moments; drawn where none is given")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="points side by side (processors)"
    )
    parser.add_argument("--only", type=int, action="append", metavar="N", help="this point alone; may be repeated")
    parser.add_argument("--day", type=date.fromisoformat, default=datetime.now().date(), help="of the nights (today)")
    parser.add_argument("--write", action="store_true", help=f"write the page for fewer than {_FEWEST} points too")
    given = parser.parse_args()
    if given.seed is None:
        given.seed = int(time.time()) % 100_000
    return given


if __name__ == "__main__":
    sys.exit(main())
