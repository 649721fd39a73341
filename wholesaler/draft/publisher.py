"""What more is asked of a publisher than its first records: what the list is called, its newest records, which numbers
are in it.
"""

import json
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.markets.only import Bounds
from wholesaler.probe import Found, described
from wholesaler.probe.address import PROBED, Target
from wholesaler.probe.description import text_of
from wholesaler.probe.reading import Box, Sample, open_target, read_sample
from wholesaler.settings import Settings
from wholesaler.sources import Http
from wholesaler.sources.interface import FetchRequest, Selection

#: how many of the newest records of a service are read, and of how many days
_NEWEST_ROWS, _NEWEST_DAYS = 2000, 120
#: records of a file that are looked at beside the first ones, from all over it
_SPREAD = 4000


@dataclass(frozen=True)
class Looked:
    """What is known of one list. ``records`` are all of it, where somebody told; ``title`` the publisher's own."""

    found: Found
    target: Target
    sample: Sample
    title: str
    records: int | None
    settings: Settings
    #: columns of a file that were read to their end, by their names
    columns: dict[str, set[str]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_whole(self) -> bool:
        """Whether all of its records were read."""
        return self.sample.whole or (self.records is not None and len(self.sample.records) >= self.records)


def look_closer(found: Found, http: Http, settings: Settings, today: date) -> Looked:
    """The list with its name, its size, and records that are not the first, which are the oldest as a rule."""
    assert found.target is not None
    assert found.sample is not None
    title = _title(found.target, http)
    if found.sample.whole:
        return Looked(found, found.target, found.sample, title, len(found.sample.records), settings)
    if found.target.kind == "file":
        further, count = _spread(found.target, http, settings, len(found.sample.records))
    else:
        further, count = _newest(found, http, settings, today), _count(found.target, http)
    # the newest of a service may be among the first
    there = set(map(_whole, found.sample.records)) if found.target.kind != "file" else set()
    new = [record for record in further if _whole(record) not in there]
    sample = replace(found.sample, records=[*found.sample.records, *new])
    wider = described(found.url, found.target, sample, today)
    return Looked(wider, found.target, sample, title, count, settings)


def _whole(record: Mapping[str, Any]) -> str:
    """A record as it is compared with another."""
    return json.dumps(record, sort_keys=True, default=str)


def numbers_on(roll: Looked, field: str, numbers: Collection[str], http: Http) -> set[str]:
    """Those of the numbers that are in the field of the roll, as it writes them; raises ``SourceError``."""
    there = {text_of(record.get(field)).upper() for record in roll.sample.records}
    if roll.sample.whole:
        return there.intersection(numbers)
    missing = [number for number in numbers if number not in there]
    if roll.target.kind == "file":
        return _column(roll, field, http).intersection(numbers) if missing else there.intersection(numbers)
    if missing:
        source = open_target(roll.target, http, roll.settings)
        fetch = source.fetch(FetchRequest((field,), selection=Selection(field, tuple(missing)), geometry=False))
        for page in fetch.pages():
            there.update(text_of(record.get(field)).upper() for record in page.records)
    return there.intersection(numbers)


def whole_extent(looked: Looked, location: Any, http: Http) -> Box | None:
    """West, south, east, north of all records in degrees, as the publisher tells it; ``None`` where it does not."""
    url = looked.target.url
    try:
        if looked.target.kind == "arcgis":
            asked = {"f": "json", "where": "1=1", "returnExtentOnly": "true", "outSR": "4326"}
            extent = _ask(http, url, asked, "/query").get("extent")
            sides = [extent[name] for name in ("xmin", "ymin", "xmax", "ymax")] if isinstance(extent, dict) else []
        elif isinstance(location, dict) and "x" in location and "crs" not in location:
            x, y = location["x"], location["y"]
            select = f"min({x}) AS west, min({y}) AS south, max({x}) AS east, max({y}) AS north"
            rows = http.endpoint(PROBED, url, posts=False).get(
                {"$select": select}, valid=lambda body: isinstance(body, list)
            )
            sides = [rows.body[0][name] for name in ("west", "south", "east", "north")]
        else:
            return None
        west, south, east, north = map(float, sides)
    except (SourceError, LookupError, ValueError, TypeError, AttributeError):
        return None
    return (west, south, east, north) if -180 <= west <= east <= 180 and -90 <= south <= north <= 90 else None


def _column(roll: Looked, field: str, http: Http) -> set[str]:
    """All numbers in a field of a file, which is read once for it."""
    if field not in roll.columns:
        source = open_target(roll.target, http, roll.settings, roll.target.url)
        roll.columns[field] = there = set[str]()
        for page in source.fetch(FetchRequest((field,), geometry=False, whole_records=False)).pages():
            there.update(text_of(record.get(field)).upper() for record in page.records)
    return roll.columns[field]


def _newest(found: Found, http: Http, settings: Settings, today: date) -> list[dict[str, Any]]:
    """Records of the newest days, by the date of which the publisher told the newest."""
    assert found.target is not None
    assert found.sample is not None
    days = {name: day for name, day in found.sample.newest.items() if day <= today}
    if not days:
        return []
    name = max(days, key=lambda one: days[one])
    only = {name: Bounds(at_least=days[name] - timedelta(days=_NEWEST_DAYS), at_most=today)}
    try:
        return read_sample(found.target, http, settings, _NEWEST_ROWS, today, only).records
    except (SourceError, ConfigurationError):  # it has answered already; these are wanted, not needed
        return []


def _spread(target: Target, http: Http, settings: Settings, first: int) -> tuple[list[dict[str, Any]], int | None]:
    """Records from all over a file behind the first ones, and how many there are in all.

    Where only a part was brought, that is all that there is to read.
    """
    if target.sample_url != target.url and "://" in target.url:
        return [], None
    source = open_target(target, http, settings)
    fields = tuple(source.field_types())
    chance = random.Random(first)  # the same file gives the same draft
    kept: list[dict[str, Any]] = []
    number = 0
    for page in source.fetch(FetchRequest(fields, geometry=False)).pages():
        for record in page.records:
            number += 1
            if number <= first:
                continue
            if len(kept) < _SPREAD:
                kept.append(record)
            elif (place := chance.randrange(number - first)) < _SPREAD:
                kept[place] = record
    return kept, number


def _title(target: Target, http: Http) -> str:
    """What the publisher calls it; empty where it does not say."""
    parts = urlsplit(target.url)
    site = f"{parts.scheme}://{parts.netloc}"
    try:
        if target.kind == "arcgis":
            return _text(_ask(http, target.url, {"f": "json"}), "name")
        if target.kind == "socrata":
            name = parts.path.rpartition("/")[2].removesuffix(".json")
            return _text(_ask(http, f"{site}/api/views/{name}.json", {}), "name")
        if "/datastore/dump/" in parts.path:
            before, _, resource = parts.path.partition("/datastore/dump/")
            body = _ask(http, f"{site}{before}/api/3/action/resource_show", {"id": resource})
            return _text(body.get("result"), "name")
    except SourceError:
        pass
    return ""


def _count(target: Target, http: Http) -> int | None:
    try:
        if target.kind == "arcgis":
            body = _ask(http, target.url, {"f": "json", "where": "1=1", "returnCountOnly": "true"}, "/query")
            return body["count"] if isinstance(body.get("count"), int) else None
        rows = http.endpoint(PROBED, target.url, posts=False).get(
            {"$select": "count(*)"}, valid=lambda body: isinstance(body, list)
        )
        return int(next(iter(rows.body[0].values())))
    except (SourceError, LookupError, ValueError, TypeError, AttributeError, StopIteration):
        return None


def _ask(http: Http, url: str, parameters: Mapping[str, str], path: str = "") -> dict[str, Any]:
    answer = http.endpoint(PROBED, url).get(parameters, path, valid=lambda body: isinstance(body, dict))
    body: dict[str, Any] = answer.body
    return body


def _text(body: Any, key: str) -> str:
    value = body.get(key) if isinstance(body, dict) else None
    return " ".join(value.split())[:100] if isinstance(value, str) else ""
