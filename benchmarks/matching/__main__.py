"""``python -m benchmarks.matching``: measure how notices find their parcels; see the package for what can be asked."""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import URL

from benchmarks import figures
from benchmarks.command import Finished, apart, run, seconds_of, wholesaler
from benchmarks.databases import Databases, private_databases
from benchmarks.growth import exponent
from benchmarks.matching import load, work
from benchmarks.matching.work import Scope

#: the seed that everybody looks at; the figures that count are of one that nobody has looked at, given by hand
SEED = 1
RESULTS = Path(__file__).parents[1] / "MATCHING.md"
_PEERS = {"usaddress": "usaddress, parts compared", "splink": "Splink"}
_MEGABYTE = 2**20
_HEAD = """# Matching, measured

Written by `make bench-matching`; what the kinds are is in `benchmarks/matching/kinds.py`. In brackets: the bounds of
95 %. ✗: below the goal of 0.95."""
_ANEW = "all decided anew"
_RUNS = ("first run, which reads every address", "nothing changed", _ANEW)
_GOALS = (
    "Goals at 500,000 parcels and 100,000 notices: 20 s for the decisions, 2 s where nothing changed; exponents of 1.1;"
    " memory the same at every size. An address is read once in the life of a county."
)


def main() -> None:
    """Measure, print, and write the page when nothing was left out."""
    options = _options()
    lines = []
    with private_databases() as databases:
        for line in _measure(databases, options):
            print(line, flush=True)
            lines.append(line)
    if options.write:
        RESULTS.write_text("\n".join([*lines, ""]), "utf-8")
        print(f"written to {RESULTS}")


def _measure(databases: Databases, options: argparse.Namespace) -> Iterator[str]:
    scope: Scope = options.scope
    yield from (_HEAD, "")
    yield from figures.machine(databases.versions())
    yield f"- seed {scope.seed}: {scope.parcels:,} parcels ({scope.style} roll), {scope.notices:,} notices"
    yield ""
    database, runs = _match(databases, scope)
    yield from apart(work.judge, scope, database, misses=options.misses, file=options.tsv)
    yield from ("## Times", "", *_times(databases, scope, options.divisors, runs), "")
    if options.peers:
        answers = dict(_answers(_files(databases, scope), options.python))
        yield from ("## Beside others", "", "The same notices in the same run. Right of all: given to its parcel or,"
                    " where it has none, left alone.", "")  # fmt: skip
        yield from apart(work.compare, scope, database, {title: file for title, file in answers.items() if file})
        yield from (f"| {title} | | | | | |" for title, file in answers.items() if file is None)
        yield ""
    yield from ("## Real notices of Orange County", "", *_real(databases))


def _match(databases: Databases, scope: Scope) -> tuple[URL, list[Finished]]:
    """Load, enrich, dedupe three times: the database, and the runs of the stage that :data:`_RUNS` names."""
    database = databases.fresh(f"matching_{scope.parcels}")
    apart(work.prepare, scope, database, _files(databases, scope))
    market = load.write_market(databases.folder)
    wholesaler(database, databases.folder, market, load.DAY, "enrich")
    runs = []
    for title in _RUNS:
        if title == _ANEW:
            apart(load.forget, database)
        runs.append(wholesaler(database, databases.folder, market, load.DAY, "dedupe"))
    return database, runs


def _files(databases: Databases, scope: Scope) -> Path:
    """The folder of what the peers read and write."""
    folder = databases.folder / f"peers-{scope.parcels}"
    folder.mkdir(exist_ok=True)
    return folder


def _times(databases: Databases, whole: Scope, divisors: tuple[int, ...], last: list[Finished]) -> Iterator[str]:
    """The stage's seconds by size, its growth and its memory."""
    scopes = [*(whole.part(divisor) for divisor in divisors), whole]
    runs = [*(_match(databases, scope)[1] for scope in scopes[:-1]), last]
    yield f"| `dedupe` | {' | '.join(f'{scope.parcels:,} parcels' for scope in scopes)} | exponent |"
    yield f"|---|{'---|' * len(scopes)}---|"
    for place, title in enumerate(_RUNS):
        seconds = [seconds_of(finished[place].document) for finished in runs]
        shown = " | ".join(f"{value:.2f} s" for value in seconds)
        growth = exponent([scope.parcels for scope in scopes], seconds)
        yield f"| {title} | {shown} | {growth} |"
    anew = _RUNS.index(_ANEW)
    speeds = [scope.notices / seconds_of(finished[anew].document) for scope, finished in zip(scopes, runs, strict=True)]
    yield f"| notices a second, {_ANEW} | {' | '.join(f'{speed:,.0f}' for speed in speeds)} | |"
    peaks = [max(one.peak for one in finished) / _MEGABYTE for finished in runs]
    yield f"| the process's memory at its peak | {' | '.join(f'{peak:,.0f} MB' for peak in peaks)} | |"
    yield ""
    yield _GOALS


def _answers(folder: Path, python: str) -> Iterator[tuple[str, Path | None]]:
    """By title with its cost, the file of each peer's answers; None where the interpreter does not have it."""
    surroundings = {"PYTHONPATH": str(Path(__file__).parents[2])}
    for name, title in _PEERS.items():
        if subprocess.run([python, "-c", f"import {name}"], capture_output=True, check=False).returncode:
            yield f"{title}: not installed (`.ci/setup bench`)", None
            continue
        answer = folder / f"{name}.csv"
        files = (folder / "roll.csv", folder / "notices.csv", answer)
        done = run([python, "-m", f"benchmarks.matching.peers.by_{name}", *files], surroundings)
        yield f"{title}, {done.seconds:.0f} s, {done.peak / _MEGABYTE:,.0f} MB", answer


def _real(databases: Databases) -> Iterator[str]:
    database = databases.fresh("orange")
    market = load.write_market(databases.folder)
    apart(work.load_orange, database)
    for stage in ("enrich", "dedupe"):
        wholesaler(database, databases.folder, market, load.DAY, stage)
    yield from apart(work.judge_orange, database)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.matching", description=__doc__)
    parser.add_argument("--parcels", type=int)
    parser.add_argument("--notices", type=int)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--roll", choices=("full", "bare"), default="full", help="bare: without city and ZIP")
    parser.add_argument(
        "--only", action="append", default=[], metavar="KIND", help="notices of this kind or group alone; repeatable"
    )
    parser.add_argument("--quick", action="store_true", help="20,000 parcels, 4,000 notices, no peers; only prints")
    parser.add_argument("--peers", action="store_true", help="the peers with --quick, or with other sizes")
    parser.add_argument("--growth", action="store_true", help="three sizes with --quick, or with other sizes")
    parser.add_argument(
        "--python", metavar="PATH", default=sys.executable, help="the interpreter that has usaddress and splink"
    )
    parser.add_argument("--misses", action="store_true", help="show some notices of each kind that went wrong")
    parser.add_argument("--tsv", type=Path, metavar="FILE", help="write all notices with their outcome")
    options = parser.parse_args()
    is_whole = not (options.quick or options.parcels or options.notices or options.only or options.roll == "bare")
    options.peers |= is_whole
    options.write = is_whole and not (options.misses or options.tsv)
    options.divisors = (10, 3) if is_whole or options.growth else ()
    parcels, notices = (20_000, 4_000) if options.quick else (500_000, 100_000)
    options.scope = Scope(
        options.seed, options.parcels or parcels, options.notices or notices, options.roll, tuple(options.only)
    )
    return options


if __name__ == "__main__":
    main()
