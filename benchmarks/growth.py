"""How the stages grow with the county: alone, as second county of a database, and with 1 % of the records changed."""

import csv
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from benchmarks.command import Finished, apart, seconds_of, wholesaler
from benchmarks.databases import Databases
from benchmarks.stages import DAY

SIZES = (10_000, 100_000, 1_000_000)
STAGES = ("ingest", "enrich", "dedupe", "score", "alert", "check")
RUNS = ("first county", "second county", "1 % changed")
#: properties and cases of one part, and its width and height in degrees: the county grows, not its density
_PART, _CASES, _DEGREES = 10_000, 5_000, 0.3
_WEST, _SOUTH = -83.0, 26.5
#: one record in so many is changed
_EVERY = 100
_MEGABYTE = 2**20


def measure(databases: Databases, sizes: list[int]) -> list[str]:
    """The lines of a table: seconds of each stage in each run by size, and the exponent of the growth."""
    seconds: dict[tuple[str, str], list[float]] = {(run, stage): [] for run in RUNS for stage in STAGES}
    peaks: list[int] = []
    for size in sizes:
        folder = databases.folder / "growth"
        first, second = (apart(make_county, folder / key, key, size) for key in ("first", "second"))
        database = databases.fresh("growth")
        for run in RUNS:
            if run == RUNS[2]:
                apart(change, first.parent)
            done = wholesaler(database, databases.folder, second if run == RUNS[1] else first, DAY, "run-all")
            for stage, taken in _stages(done).items():
                seconds[run, stage].append(taken)
            peaks.append(done.peak)
            print(f"{size:,}, {run}: {done.seconds:.1f} s, {done.peak / _MEGABYTE:.0f} MB", flush=True)
    titles = ["run", "stage", *(f"{size:,}" for size in sizes), "exponent"]
    lines = [
        "Seconds of each stage by number of properties, with half as many code cases; the largest process had"
        f" {max(peaks) / _MEGABYTE:.0f} MB of memory at its peak.",
        "",
        f"| {' | '.join(titles)} |",
        f"|{'---|' * len(titles)}",
    ]
    for (run, stage), taken in seconds.items():
        shown = " | ".join(f"{value:.2f}" for value in taken)
        lines.append(f"| {run} | {stage} | {shown} | {exponent(sizes, taken)} |")
    return lines


def make_county(folder: Path, key: str, properties: int) -> Path:
    """Write a county of parts side by side, of which one at a time is in memory; returns its market file."""
    from wholesaler.markets import load_market
    from wholesaler.markets.market import BoundingBox
    from wholesaler.sample import County, generate, write_parts

    market = load_market("orange-fl")
    parts = math.ceil(properties / _PART)
    across = math.ceil(math.sqrt(parts))

    def counties() -> Iterator[County]:
        for part in range(parts):
            row, column = divmod(part, across)
            box = _box(_WEST + column * _DEGREES, _SOUTH + row * _DEGREES, 1)
            local = market.model_copy(update={"bounding_box": BoundingBox(**box)})
            yield generate(1, DAY, _PART, _CASES, market=local, part=part)

    path = write_parts(counties(), folder, market)
    box = ", ".join(f"{side} = {degrees}" for side, degrees in _box(_WEST, _SOUTH, across).items())
    text = re.sub(r"^bounding_box = .*$", f"bounding_box = {{ {box} }}", path.read_text("utf-8"), flags=re.MULTILINE)
    path.write_text(text.replace('key = "sample-county"', f'key = "{key}"', 1), "utf-8")
    return path


def change(folder: Path) -> None:
    """Change one record in a hundred of each file: a price, or whether a case is open."""
    for name in ("tax_sales", "foreclosures", "property_records"):
        _rewrite(folder / f"{name}.json", _raised)
    _rewrite(folder / "code_violations.csv", _turned)


def _box(west: float, south: float, parts: int) -> dict[str, float]:
    return {
        "west": round(west, 4),
        "south": round(south, 4),
        "east": round(west + parts * _DEGREES, 4),
        "north": round(south + parts * _DEGREES, 4),
    }


def _rewrite(path: Path, changed: Any) -> None:
    new = path.with_suffix(".new")
    with path.open(encoding="utf-8", newline="") as old, new.open("w", encoding="utf-8", newline="") as file:
        for number, line in enumerate(old):
            file.write(changed(line) if number and number % _EVERY == 0 else line)
    new.replace(path)


def _raised(line: str) -> str:
    """A line with one feature of a layer, an amount of it higher or, where it has none, another status."""
    if not line.startswith("{"):
        return line
    text, comma = line.rstrip().removesuffix(","), line.rstrip().endswith(",")
    feature = orjson.loads(text)
    attributes = feature["attributes"]
    for name in ("TOTAL_MKT", "DEFAULT_AMOUNT", "USER_Deed_Status"):
        if name in attributes:
            attributes[name] = "Lands Available" if name.startswith("USER") else (attributes[name] or 0) + 1000.0
    return orjson.dumps(feature).decode() + (",\n" if comma else "\n")


def _turned(line: str) -> str:
    (row,) = csv.reader([line])
    turned = {"Open": "Closed", "Closed": "Open"}
    return ",".join(f'"{value.replace(chr(34), chr(34) * 2)}"' for value in (turned.get(v, v) for v in row)) + "\n"


def _stages(done: Finished) -> dict[str, float]:
    stages = {stage["command"]: stage for stage in done.document["stages"]}
    failed = [stage["error"] for name, stage in stages.items() if stage["status"] == "failure" and name != "check"]
    assert not failed, failed
    return {name: seconds_of(stages[name]) for name in STAGES}


def exponent(sizes: list[int], seconds: list[float]) -> str:
    """The slope of the line through the points, both sides in logarithms."""
    points = [(math.log(size), math.log(max(taken, 0.001))) for size, taken in zip(sizes, seconds, strict=True)]
    if len(points) < 2:
        return ""
    x, y = (sum(side) / len(points) for side in zip(*points, strict=True))
    return f"{sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points):.2f}"
