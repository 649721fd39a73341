"""Writes a county's files and the market file that reads them."""

import csv
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from wholesaler.errors import ConfigurationError
from wholesaler.markets import Market, read_market
from wholesaler.markets.writing import effective_text
from wholesaler.sample.county import County, default_market, roll_parcels, sources_by_kind
from wholesaler.sample.events import section as section_of_events
from wholesaler.sample.records import Record
from wholesaler.sample.wire import OBJECT_ID, Wire, floating_timestamp, roll_records

KEY, NAME = "sample-county", "Sample County"
#: the list that the sample adds to the market's own, by its kind of record and name
EVENTS = "distress_events"
FILES = {
    "tax_sales": "tax_sales.json",
    "foreclosures": "foreclosures.json",
    "property_records": "property_records.json",
    "code_violations": "code_violations.csv",
    "distress_events": "distress_events.csv",
}

_SECTION = re.compile(r"\s*\[([^\[\]]+)\]")
_SETTING = re.compile(r"(key|name|kind|url|was)\s*=")


def write(county: County, directory: Path, market: Market, *, later: bool = False) -> Path:
    """Write a file of each kind of record and the market file into ``directory``, and return the latter's path.

    ``market`` is the one the county was generated for. ``later`` leaves out the rows that vanish: the next day's lists.
    Raises :class:`ConfigurationError` when the market is another one or cannot be written as the sample.
    """
    if market.model_dump() != county.market.model_dump():
        raise ConfigurationError(
            f"{market.path}: the sample county was generated for the market '{county.market.key}', not for this one."
        )
    return write_parts([county], directory, market, later=later)


def write_parts(counties: Iterable[County], directory: Path, market: Market, *, later: bool = False) -> Path:
    """The same for one county that comes in parts, which are written one after the other and not kept."""
    text = _market_text(market)
    sample = Market.model_validate(tomllib.loads(text))
    directory.mkdir(parents=True, exist_ok=True)
    names = {**sources_by_kind(market), EVENTS: EVENTS}
    wires = {kind: Wire(sample if kind == EVENTS else market, name) for kind, name in names.items()}
    before = dict.fromkeys(FILES, 0)
    with ExitStack() as files:
        add = {
            kind: files.enter_context((_csv if name.endswith(".csv") else _esri)(directory / name, wires[kind]))
            for kind, name in FILES.items()
        }
        for county in counties:
            rows: dict[str, list[Record]] = {
                "tax_sales": county.tax_sales,
                "foreclosures": county.foreclosures,
                "property_records": list(roll_records(county.parcels)),
                "code_violations": county.violations,
                "distress_events": county.events,
            }
            for kind, records in rows.items():
                for record in records:
                    record.number += before[kind]
                add[kind](record for record in records if not (later and record.vanishes))
                before[kind] += len(records)
    path = directory / f"{KEY}.toml"
    path.write_text(text, "utf-8")
    read_market(path)
    return path


def roll_features(count: int, seed: int, market: Market | None = None) -> Iterator[dict[str, Any]]:
    """``count`` features of the appraiser's layer, for parcels that are on no list and in no generated county.

    They are made as they are asked for and not kept. ``market``: as for :func:`generate`.
    """
    market = market or default_market()
    wire = Wire(market, sources_by_kind(market)["property_records"])
    return (wire.feature(row) for row in roll_records(roll_parcels(count, seed, market)))


@contextmanager
def _esri(path: Path, wire: Wire) -> Iterator[Callable[[Iterable[Record]], None]]:
    head = orjson.dumps(
        {
            "objectIdFieldName": OBJECT_ID,
            "geometryType": "esriGeometryPoint",
            "spatialReference": {"wkid": 4326, "latestWkid": 4326},
            "fields": wire.esri_fields(),
            "features": [],
        }
    )
    with path.open("wb") as file:
        file.write(head.removesuffix(b"]}"))
        separator = b"\n"

        def add(rows: Iterable[Record]) -> None:
            nonlocal separator
            features = (orjson.dumps(wire.feature(row)) for row in rows)
            while batch := list(islice(features, 1000)):
                file.write(separator + b",\n".join(batch))
                separator = b",\n"

        yield add
        file.write(b"\n]}\n")


@contextmanager
def _csv(path: Path, wire: Wire) -> Iterator[Callable[[Iterable[Record]], None]]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(wire.columns())
        yield lambda rows: writer.writerows(wire.attributes(row, floating_timestamp).values() for row in rows)


def _market_text(market: Market) -> str:
    """The market's file with what it extends; only its name and the places of its sources changed, and events added.

    What the sample does not write, a second source of a kind of record for one, is left out.
    """
    kinds = {name: kind for kind, name in sources_by_kind(market).items()}
    lines = [f"# {NAME}: invented by the sample generator. The rest of this file is that of '{market.key}'.\n"]
    section, source = "", ""
    for line in effective_text(market.path).splitlines(keepends=True):
        if header := _SECTION.match(line):
            section = header[1].strip()
            source = section.split(".")[1] if section.startswith("sources.") else ""
        if not source or source in kinds:
            lines.append(_replaced(section, kinds.get(source, ""), line))
    form = market.sources[sources_by_kind(market)["code_violations"]].parcel_forms[0]
    return "".join(lines) + section_of_events(EVENTS, FILES[EVENTS], form)


def _replaced(section: str, kind: str, line: str) -> str:
    """The ``line`` of a section of the file; ``kind`` is what its source's records are."""
    setting = _SETTING.match(line)
    if setting is None or section.count(".") > 1 or (section and not kind):
        return line
    if not kind:
        replacement = {"key": KEY, "name": NAME}.get(setting[1])
    elif setting[1] == "was":
        return ""
    else:
        replacement = {"kind": "file", "url": FILES[kind]}.get(setting[1])
    return f'{setting[1]} = "{replacement}"\n' if replacement else line
