"""``python -m tests.chaos``: kill at random moments, and say what the next run did not mend. See the package.

Exit code 1 when anything was not mended. A point alone: ``--seed S --only N``.
"""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import NullPool, create_engine, text

from benchmarks.figures import machine
from tests.chaos.beginnings import BEGINNINGS, Beginning, close_home, home_of
from tests.chaos.page import page
from tests.chaos.points import Outcome, Point, draw, strike
from tests.chaos.world import World, world
from wholesaler.server.cluster import Cluster

RESULTS = Path(__file__).parents[2] / "benchmarks" / "CHAOS.md"
#: a page is written of as many points at least
_FEWEST = 60


def main() -> int:
    """Strike, print, and write the page; returns the exit code. Who interrupts it gets the page of what was done."""
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="wholesaler-chaos-"))
    folder.chmod(0o755)
    points = [draw(options.seed, number) for number in options.only or range(1, options.points + 1)]
    outcomes: list[Outcome] = []
    started = time.monotonic()
    try:
        with world(folder, options.seed, options.day) as surroundings:
            print(f"seed {options.seed}, day {options.day}, {len(points)} points", flush=True)
            made = {name: Beginning(name, surroundings) for name in BEGINNINGS if _is_used(name, points)}
            versions = _versions(surroundings, next(iter(made.values())))
            print(f"ready after {time.monotonic() - started:.0f} s", flush=True)
            for outcome in _strike_all(points, surroundings, made):
                outcomes.append(outcome)
    except KeyboardInterrupt:
        if not outcomes:
            return 130
    finally:
        close_home(folder / "home")
        shutil.rmtree(folder, ignore_errors=True)
    lines = page(options.seed, options.day, outcomes, machine(versions))
    print("\n".join(lines))
    if not options.only and (len(outcomes) >= _FEWEST or options.write):
        RESULTS.write_text("\n".join([*lines, ""]), "utf-8")
        print(f"written to {RESULTS}")
    return 1 if any(one.judgement.faults for one in outcomes) else 0


def _strike_all(points: Iterable[Point], surroundings: World, made: dict[str, Beginning]) -> Iterator[Outcome]:
    for point in points:
        outcome = strike(point, surroundings, made)
        reruns = ", ".join(map(str, outcome.reruns))
        verdict = "NOT MENDED" if outcome.judgement.faults else "mended"
        fell = f"fell in {', '.join(outcome.hit)}; reruns {reruns}; {outcome.seconds:.1f} s"
        print(f"{verdict}: {point.describe()}: {fell}", flush=True)
        for fault in outcome.judgement.faults:
            print(f"    {fault}", flush=True)
        yield outcome


def _is_used(name: str, points: Iterable[Point]) -> bool:
    return any(point.beginning == name for point in points)


def _versions(surroundings: World, beginning: Beginning) -> str:
    beginning.open_home()
    home = home_of(surroundings)
    engine = create_engine(Cluster(home).ensure_running(), poolclass=NullPool)
    with engine.connect() as connection:
        server = str(connection.scalar(text("SHOW server_version"))).partition(" ")[0]
        postgis = connection.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'"))
    engine.dispose()
    close_home(home)
    return f"PostgreSQL {server}, PostGIS {postgis}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--points", type=int, default=200, metavar="N", help="how many (200)")
    parser.add_argument("--seed", type=int, help="of the county and of the moments; drawn where none is given")
    parser.add_argument("--only", type=int, action="append", metavar="N", help="this point alone; may be repeated")
    parser.add_argument("--day", type=date.fromisoformat, default=datetime.now().date(), help="of the nights (today)")
    parser.add_argument("--write", action="store_true", help=f"write the page for fewer than {_FEWEST} points too")
    given = parser.parse_args()
    if given.seed is None:
        given.seed = int(time.time()) % 100_000
    return given


if __name__ == "__main__":
    sys.exit(main())
