"""``python -m benchmarks.probe``: how many fields `markets probe` tells right, wrong, or leaves open.

Of the names that publishers were seen to use, each list that had one goes by a coin to those that the table may know
or to those that layers are made of: a layer's names are in the table as far as other lists had them too, as a new
county's are. Real files are measured beside, by the truth of the market files that come with the program; the table
was made from those lists among others, so that their names are known.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import figures
from benchmarks.probe_layers import TODAY, Layer, make_layer
from wholesaler.markets import bundled_markets, read_market
from wholesaler.markets.source import Location
from wholesaler.probe import probe
from wholesaler.probe.description import Field, describe
from wholesaler.probe.guesses import Guess, guess
from wholesaler.probe.names import Names, Seen, known_names, seen_names
from wholesaler.probe.words import normalised
from wholesaler.settings import Settings

HEADING = "## Probing"
#: seeds 1 to 4 were looked at while the words were written; these were not
SEEDS = (101, 102, 103)
LAYERS = 36
RIGHT, WRONG = 0.80, 0.02
REAL = Path(__file__).parents[1] / "tests/data"
#: what a list calls its own: which of these it is follows from the kind of list, which a field does not tell
_SAME = {
    "event_date": {"opened_date", "recording_date"}, "entered_date": {"opened_date"}, "closed_date": {"resolved_date"},
    "deed_status": {"status"}, "record_type": {"case_type"}, "property_type": {"use_code"},
    "tda_number": {"case_number"},
}  # fmt: skip


def main() -> None:
    """Measure, print, and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, action="append", help="another than the usual seeds; prints only")
    parser.add_argument("--misses", action="store_true", help="print what was told wrong")
    options = parser.parse_args()
    lines = list(_measure(options.seed or SEEDS, misses=options.misses))
    print("\n".join(lines))
    if not options.seed and not options.misses:
        figures.write_section(HEADING, lines)
        print(f"written to {figures.RESULTS}")


def _measure(seeds: Sequence[int], *, misses: bool) -> Iterator[str]:
    yield (
        f"Written by `make bench-probe`: fields of {LAYERS} made layers a seed, whose names are held out list by list, "
        f"and of real files. Goal: at least {RIGHT:.0%} right, at most {WRONG:.0%} wrong."
    )  # fmt: skip
    yield ""
    yield "| layers | fields | right | wrong | left open | by name: right | wrong | none of ours | of those told |"
    yield "|---|---|---|---|---|---|---|---|---|"
    wrong: list[str] = []
    for seed in seeds:
        counts: Counter[str] = Counter()
        wrong += measure_made(counts, seed, LAYERS)
        yield _row(f"seed {seed}", counts)
    counts = Counter()
    for layer, fields, guesses in _real():
        wrong += _count(counts, layer, fields, guesses, known_names(seen_names()))
    yield _row("real files", counts)
    yield ""
    yield (
        "The words that names are cut into were written by somebody who knew the names; the seeds were not looked at. "
        "Of real files, others are fields for which the market file has no column or a composed one."
    )  # fmt: skip
    if misses:
        yield from wrong


def measure_made(counts: Counter[str], seed: int, layers: int) -> list[str]:
    """Count what is told of the fields of made layers; returns what was not told right, a line each."""
    known, held_out = _split(seed)
    table = known_names(known)
    missed: list[str] = []
    for number in range(layers):
        layer = make_layer(seed * 1000 + number, held_out)
        fields = describe(layer.fields, layer.records, layer.dates, TODAY)
        missed += _count(counts, layer, fields, guess(fields, table), table)
    return missed


def _split(seed: int) -> tuple[list[Seen], list[Seen]]:
    rng = random.Random(seed)
    known, held_out = [], []
    for column, name, count in seen_names():
        heads = sum(rng.random() < 0.5 for _ in range(count))
        if heads:
            known.append((column, name, heads))
        if heads < count:
            held_out.append((column, name, count - heads))
    return known, held_out


def _count(
    counts: Counter[str], layer: Layer, fields: Sequence[Field], guesses: Sequence[Guess], table: Names
) -> Iterator[str]:
    for field, told in zip(fields, guesses, strict=True):
        truth = layer.truth.get(field.name)
        if truth is None:
            counts["others"] += 1
            counts["claimed"] += told.column is not None
        else:
            counts["ours"] += 1
            columns = table.get(normalised(field.name), {})
            named = max(columns, key=lambda column: columns[column], default=None)
            right = {truth} | _SAME.get(truth, set())
            counts["right" if told.column in right else "open" if told.column is None else "wrong"] += 1
            counts["name right" if named in right else "name open" if named is None else "name wrong"] += 1
        if told.column is None and truth is not None:
            yield f"{layer.title}: {field.name} is {truth}, left open ({told.why})"
        if told.column is not None and told.column not in {truth} | _SAME.get(truth or "", set()):
            yield f"{layer.title}: {field.name} is {truth}, told {told.column} ({told.confidence})"


def _row(title: str, counts: Counter[str]) -> str:
    ours = counts["ours"]
    shares = (f"{counts[name] / ours:.1%}" for name in ("right", "wrong", "open", "name right", "name wrong"))
    return f"| {title} | {ours} | {' | '.join(shares)} | {counts['others']} | {counts['claimed']} |"


def _real() -> Iterator[tuple[Layer, Sequence[Field], Sequence[Guess]]]:
    """The real files that a bundled market file tells the truth about."""
    settings = Settings.model_validate({"WHOLESALER_HOME": REAL})
    files = {path.stem: path for path in sorted(REAL.glob("*/*.*")) + sorted(REAL.glob("counties/*/*.*"))}
    for key, path in bundled_markets().items():
        for name, source in read_market(path).sources.items():
            words = [*source.urls[0].replace(".json", "").replace(".txt", "").split("/"), name]
            stem = next((one for one in (*words, name.replace("_", "-")) if one in files), None)
            if stem is None or (key == "orange-fl") != (files[stem].parent.name == "orange-fl"):
                continue
            truth: dict[str, str | None] = {field: column for column, field in source.plain_fields.items()}
            if isinstance(source.location, Location):
                truth |= {str(source.location.x): "location.x", str(source.location.y): "location.y"}
            found = probe(str(files[stem]), settings, TODAY)
            yield Layer(f"{key} {name}", [], {}, truth), found.fields, found.guesses


if __name__ == "__main__":
    main()
