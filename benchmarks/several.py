"""``python -m benchmarks.several``: ten sample counties in one command beside ten commands of one county each.

Goal: one command takes no longer than the ten together, one after the other or side by side.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from benchmarks import figures
from benchmarks.command import PROGRAM, apart, run
from benchmarks.databases import Databases, private_databases
from wholesaler.sample import FILES, generate, write

HEADING = "## Several counties"
COUNTIES = 10
PROPERTIES, VIOLATIONS = 5_000, 10_000
JOBS = (1, 2, 4)
AS_OF = date(2026, 11, 26)
#: success and warnings: the sample county is dirty on purpose
_EXPECTED = (0, 3)


def main() -> None:
    """Measure, print, and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=int, default=COUNTIES)
    parser.add_argument("--properties", type=int, default=PROPERTIES)
    options = parser.parse_args()
    with private_databases() as databases:
        markets = apart(_write, databases.folder, options.counties, options.properties)
        lines = list(_measure(databases, markets, options.properties))
        versions = databases.versions()
    print("\n".join(lines))
    if (options.counties, options.properties) == (COUNTIES, PROPERTIES):
        figures.write_section(HEADING, [*lines, "", *figures.machine(versions)])
        print(f"written to {figures.RESULTS}")


def _write(folder: Path, counties: int, properties: int) -> list[Path]:
    """So many counties with records of their own, under keys of their own."""
    markets = []
    for number in range(counties):
        county = generate(number + 1, AS_OF, properties, VIOLATIONS * properties // PROPERTIES)
        path = write(county, folder / f"county-{number}", county.market)
        named = path.with_name(f"county-{number}.toml")
        named.write_text(
            path.read_text("utf-8").replace('key = "sample-county"', f'key = "county-{number}"', 1), "utf-8"
        )
        assert all((path.parent / name).is_file() for name in FILES.values())
        markets.append(named)
    return markets


def _measure(databases: Databases, markets: Sequence[Path], properties: int) -> Iterator[str]:
    yield (
        f"Written by `make bench-several`: a first `run-all` of {len(markets)} sample counties of {properties:,} "
        "properties each, in a fresh database. Goal: no longer than as many commands of one county."
    )
    yield ""
    yield "| counties | seconds | of the sum | memory at the peak, MB |"
    yield "|---|---|---|---|"
    environment = _environment(databases, "alone")
    alone = [run(_words([market]), environment, _EXPECTED) for market in markets]
    total = sum(one.seconds for one in alone)
    yield f"| one command each | {total:.1f} | 1.00 | {max(one.peak for one in alone) / 1e6:.0f} |"
    for jobs in JOBS:
        environment = _environment(databases, f"jobs_{jobs}")
        done = run(_words(markets, "--jobs", str(jobs)), environment, _EXPECTED)
        failed = [one["market"] for one in done.document["markets"] if one["exit_code"] not in _EXPECTED]
        assert not failed, failed
        share, peak = done.seconds / total, done.peak / 1e6
        yield f"| one command, `--jobs {jobs}` | {done.seconds:.1f} | {share:.2f} | {peak:.0f} |"


def _environment(databases: Databases, name: str) -> dict[str, str]:
    home = databases.folder / f"home-{name}"
    home.mkdir()
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "LANG", "TMPDIR", "PYTHONPATH"}}
    return kept | {
        "HOME": str(home),
        "DATABASE_URL": databases.fresh(name).render_as_string(hide_password=False),
        "WHOLESALER_HOME": str(home),
        "WHOLESALER_RETRIES": "0",
        "WHOLESALER_GEOCODER_ENABLED": "false",
    }


def _words(markets: Sequence[Path], *options: str) -> list[str]:
    named = [word for market in markets for word in ("--market", str(market))]
    return [str(PROGRAM), "--json", "--quiet", "--as-of", AS_OF.isoformat(), *named, *options, "run-all"]


if __name__ == "__main__":
    main()
