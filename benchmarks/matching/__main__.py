"""``python -m benchmarks.matching``: see the package."""

import argparse
import csv
from collections import defaultdict
from pathlib import Path

from benchmarks.command import wholesaler
from benchmarks.databases import Databases, private_databases
from benchmarks.matching import load, score
from benchmarks.matching.notices import UNLISTED, Notice, make_notices
from benchmarks.matching.roll import County, make_county
from benchmarks.matching.writing import roll_text

#: the seed that everybody looks at
SEED = 1
_MEGABYTE = 2**20


def main() -> None:
    """Measure, and print."""
    options = _options()
    with private_databases() as databases:
        county = make_county(options.seed, options.parcels, options.roll)
        notices = make_notices(options.seed, county, options.notices, options.only)
        outcomes = score.settle(notices, _run(databases, county, notices))
    records = [notice for notice in notices if not notice.is_property]
    properties = [notice for notice in notices if notice.is_property]
    for title, part in (
        ("Records without a parcel number", records),
        ("Properties that the roll does not know", properties),
    ):
        print(f"\n## {title}\n")
        print("\n".join(score.table_by_kind(score.count(part, outcomes))))
        print()
        print("\n".join(score.table_by_rule(score.by_rule(part, outcomes))))
    if options.misses:
        _show_misses(county, notices, outcomes)
    if options.tsv:
        _write(options.tsv, county, notices, outcomes)


def _run(databases: Databases, county: County, notices: list[Notice]) -> dict[int, load.Outcome]:
    database = databases.fresh("matching")
    market = load.write_market(databases.folder)
    load.load(database, county, notices)
    wholesaler(database, databases.folder, market, load.DAY, "enrich")
    for run in ("first", "second"):
        done = wholesaler(database, databases.folder, market, load.DAY, "dedupe")
        print(f"{run} run: {done.seconds:.1f} s, {done.peak / _MEGABYTE:.0f} MB, {done.document['stats']}")
    return load.outcomes(database)


def _show_misses(county: County, notices: list[Notice], outcomes: dict[int, load.Outcome]) -> None:
    """Some of each kind that are not as they should be."""
    wrong: dict[str, list[str]] = defaultdict(list)
    for notice in notices:
        outcome = outcomes.get(notice.key, load.NOTHING)
        is_wrong = outcome.parcel_id is not None and outcome.parcel_id != notice.truth
        if is_wrong or (outcome.parcel_id is None and notice.expected == "match"):
            what = "left alone"
            if outcome.parcel_id is not None:
                listed = not outcome.parcel_id.startswith(UNLISTED)
                given = roll_text(county, county.parcels[int(outcome.parcel_id[1:])]) if listed else outcome.parcel_id
                what = f"WRONG, given to {given!r} by {outcome.rule}"
            place = "placed" if notice.x is not None else "no place"
            wrong[notice.kind].append(
                f"  {notice.address!r} ({notice.city} {notice.zip_code}, {place},"
                f" {'property' if notice.is_property else 'record'}) of {roll_text(county, notice.origin)!r}: {what}"
            )
    for kind, lines in wrong.items():
        print(f"\n{kind}: {len(lines)}")
        print("\n".join(sorted(lines, key=lambda line: "WRONG" not in line)[:8]))


def _write(file: Path, county: County, notices: list[Notice], outcomes: dict[int, load.Outcome]) -> None:
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, delimiter="\t", lineterminator="\n")
        writer.writerow(
            ("kind", "expected", "property", "address", "city", "zip", "roll", "truth", "parcel", "rule", "placed")
        )
        for notice in notices:
            outcome = outcomes.get(notice.key, load.NOTHING)
            writer.writerow(
                (
                    notice.kind, notice.expected, notice.is_property, notice.address, notice.city, notice.zip_code,
                    roll_text(county, notice.origin), notice.truth, outcome.parcel_id, outcome.rule,
                    notice.x is not None,
                )
            )  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.matching", description=__doc__)
    parser.add_argument("--parcels", type=int)
    parser.add_argument("--notices", type=int)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--roll", choices=("full", "bare"), default="full")
    parser.add_argument("--only", metavar="KIND", help="notices of this kind alone")
    parser.add_argument("--quick", action="store_true", help="20,000 parcels, 4,000 notices, no peers; only prints")
    parser.add_argument("--misses", action="store_true", help="show some notices of each kind that went wrong")
    parser.add_argument("--tsv", type=Path, metavar="FILE", help="write all notices with their outcome")
    options = parser.parse_args()
    options.parcels = options.parcels or (20_000 if options.quick else 500_000)
    options.notices = options.notices or (4_000 if options.quick else 100_000)
    return options


main()
