"""What is shown besides the tables: the notices that went wrong, and all of them as a file."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.matching.load import NOTHING, Outcome
from benchmarks.matching.notices import UNLISTED, Notice
from benchmarks.matching.roll import County
from benchmarks.matching.writing import roll_text

_SHOWN = 8
_COLUMNS = ("kind", "expected", "property", "placed", "address", "city", "zip", "roll", "truth", "parcel", "rule")


def parts(notices: list[Notice]) -> Iterator[tuple[str, list[Notice]]]:
    """The notices to be matched, and those to be merged, each with a title."""
    yield "Records without a parcel number", [notice for notice in notices if not notice.is_property]
    yield "Properties whose number is not on the roll", [notice for notice in notices if notice.is_property]


def misses(county: County, notices: list[Notice], outcomes: dict[int, Outcome]) -> Iterator[str]:
    """Some of each kind that were given to a wrong parcel, or to none though they have one: the wrong ones first."""
    lines: defaultdict[str, list[tuple[bool, str]]] = defaultdict(list)
    for notice in notices:
        outcome = outcomes.get(notice.key, NOTHING)
        is_wrong = outcome.parcel_id is not None and outcome.parcel_id != notice.truth
        if is_wrong or (outcome.parcel_id is None and notice.expected == "match"):
            lines[notice.kind].append((not is_wrong, _line(county, notice, outcome)))
    for kind, found in lines.items():
        yield f"{kind}: {len(found)}"
        yield from (line for _, line in sorted(found, key=lambda one: one[0])[:_SHOWN])
        yield ""


def _line(county: County, notice: Notice, outcome: Outcome) -> str:
    what = "left alone"
    if outcome.parcel_id is not None:
        listed = not outcome.parcel_id.startswith(UNLISTED)
        given = roll_text(county, county.parcels[int(outcome.parcel_id[1:])]) if listed else outcome.parcel_id
        what = f"WRONG, given to {given!r} by {outcome.rule}"
    about = (
        notice.city or "no city",
        notice.zip_code or "no ZIP",
        "no place" if notice.x is None else "placed",
        "property" if notice.is_property else "record",
    )
    return f"  {notice.address!r} ({', '.join(about)}) of {roll_text(county, notice.origin)!r}: {what}"


def write_all(file: Path, county: County, notices: list[Notice], outcomes: dict[int, Outcome]) -> None:
    """Every notice with its truth and its outcome, tab-separated."""
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, delimiter="\t", lineterminator="\n")
        writer.writerow(_COLUMNS)
        for notice in notices:
            outcome = outcomes.get(notice.key, NOTHING)
            about = (notice.kind, notice.expected, notice.is_property, notice.x is not None)
            written = (notice.address, notice.city, notice.zip_code, roll_text(county, notice.origin))
            writer.writerow((*about, *written, notice.truth, outcome.parcel_id, outcome.rule))
