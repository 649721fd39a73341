"""Read the first records of what is probed, through the sources that a run reads with."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.markets.only import Condition
from wholesaler.markets.source import SourceDefinition
from wholesaler.probe.address import PROBED, Target
from wholesaler.probe.description import text_of
from wholesaler.probe.forms import day_of, day_of_milliseconds
from wholesaler.settings import Settings
from wholesaler.sources import Http, open_source
from wholesaler.sources.arcgis.source import ArcGISSource
from wholesaler.sources.http.endpoint import RequestFailed
from wholesaler.sources.interface import Fetch, FetchRequest, Page, Source

#: fields whose newest day the publisher is asked for, a request each
_MOST_DATES = 6
_TOKENS = frozenset({498, 499})
_REFUSALS = frozenset({401, 403})
_GONE = frozenset({404, 410})
#: how it is told that a file holds several
_SEVERAL = f"sources.{PROBED}.member: is needed, since "
#: what lies farther from most places than this share of their extent, and than so many degrees, is a mistake
_FAR, _NEAR = 1.0, 0.1
WHAT_TO_GIVE = (
    "Give the address of an ArcGIS layer (it ends in FeatureServer/0 or the like), of a Socrata dataset "
    "(/resource/abcd-1234.json), or of a CSV, Excel or JSON file"
)

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Sample:
    """Records of a source. ``fields``: name → the publisher's type; ``dates`` come as epoch milliseconds.

    ``whole`` says that there are no more records; ``box`` is west, south, east, north of what has a place in degrees;
    ``newest`` the last day of fields up to today, of all records, as far as the publisher tells; ``codes`` the names
    that it has for what is in a field, ``titles`` what it calls fields for people.
    """

    records: list[dict[str, Any]]
    fields: dict[str, str]
    dates: frozenset[str]
    whole: bool
    box: Box | None
    newest: dict[str, date]
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    titles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_sample(
    target: Target, http: Http, settings: Settings, rows: int, today: date, only: Mapping[str, Condition] | None = None
) -> Sample:
    """The first records of the target, and where there are more, what the publisher says of all its dates.

    ``only`` are conditions that records must fulfil. Raises ``SourceError`` and ``ConfigurationError``, which
    :func:`explain` says as it concerns someone who probes.
    """
    source = open_target(target, http, settings)
    fields = source.field_types()
    if not fields:
        raise SourceError(f"{target.url}: the publisher does not list its fields.", WHAT_TO_GIVE, transient=False)
    fetch = _fetch(source, tuple(fields), only or {}, geometry=target.kind != "socrata")
    records: list[dict[str, Any]] = []
    points: list[Any] = []
    whole = True
    with closing(_pages(fetch)) as pages:
        for page in pages:
            records += page.records
            points += page.points
            if len(records) >= rows:
                whole = False
                break
    whole = whole and len(records) <= rows
    newest = {} if whole or only else _newest(source, fields, today)
    return Sample(
        records[:rows], fields, fetch.types.epoch_milliseconds, whole, _box(points), newest, source.codes(),
        source.titles() if not only else {},
    )  # fmt: skip


def open_target(target: Target, http: Http, settings: Settings, url: str | None = None) -> Source:
    """The source at the address of which a part can be had, or at another one of the same kind."""
    definition = SourceDefinition.model_construct(
        kind=target.kind, url=url or target.sample_url, key=["parcel"], fields={}, location="none"
    )
    source = open_source(PROBED, definition, Path.cwd() / "market.toml", http, settings, PROBED)
    if isinstance(source, ArcGISSource):
        source.all_fields = True
    return source


def explain(error: SourceError | ConfigurationError, url: str) -> SourceError | ConfigurationError:
    """The error of a source, which speaks of a market file, as one of an address that was probed."""
    message = error.message.removeprefix(f"{PROBED}: ")
    status = error.status if isinstance(error, RequestFailed) else None
    transient = isinstance(error, SourceError) and error.transient
    hint = error.hint
    if status in _TOKENS:
        message = f"{message.rstrip('.')}: it wants a token."
        hint = (
            "Look for a public copy; or ask the publisher for a token, and give it behind the address, as ?token=… "
            "(a source names it by 'token')."
        )
    elif status in _REFUSALS:
        hint = "The publisher asks for a login or refuses this program; look for a public copy."
    elif status in _GONE or "(404)" in message:
        hint = "See that the address is right; it may have moved."
    elif "web page" in message:
        hint = f"{WHAT_TO_GIVE}."
    elif message.startswith(_SEVERAL):
        message = f"{label_of(url)}: {message.removeprefix(_SEVERAL)}"
        hint = "One can be looked at: unpack or export it, and probe that; a source names it by 'member'."
    elif hint is None or "market file" in hint:
        hint = "See that the address is right." if not transient else "Try again later."
    if isinstance(error, ConfigurationError):
        return ConfigurationError(message, hint)
    return SourceError(f"{label_of(url)}: {message}", hint, transient=transient)


def label_of(url: str) -> str:
    """An address for a message: without its query, which may hold a token."""
    return url.partition("?")[0]


def _fetch(source: Source, fields: tuple[str, ...], only: Mapping[str, Condition], *, geometry: bool) -> Fetch:
    try:
        return source.fetch(FetchRequest(fields, geometry=geometry, only=only))
    except ConfigurationError:
        if not geometry:
            raise
        # several places: which is meant is asked later
        return source.fetch(FetchRequest(fields, geometry=False, only=only))


def _newest(source: Source, fields: dict[str, str], today: date) -> dict[str, date]:
    found: dict[str, date] = {}
    dated = [name for name, kind in fields.items() if "date" in kind.lower() or "timestamp" in kind.lower()]
    for name in dated[:_MOST_DATES]:
        try:
            text = text_of(source.newest(name, today))
        except SourceError:  # many a layer has no statistics; the sample tells something
            break
        told = day_of(text)
        day = told[0] if told else day_of_milliseconds(text)
        if day is not None:
            found[name] = day
    return found


def _pages(fetch: Fetch) -> Generator[Page]:
    yield from fetch.pages()


def _box(points: list[Any]) -> Box | None:
    """The box of the points that are in degrees; ``None`` where many are not."""
    right = [point for point in points if isinstance(point, tuple) and abs(point[0]) <= 180 and abs(point[1]) <= 90]
    if not right or len(right) < len([point for point in points if isinstance(point, tuple)]) * 0.9:
        return None
    return edges(right)


def edges(points: Sequence[tuple[float, float]]) -> Box | None:
    """The box of all points but mistakes, which are those far from the ninety-eight in a hundred in the middle."""
    if not points:
        return None
    sides = [_reach(sorted(point[axis] for point in points)) for axis in (0, 1)]
    return sides[0][0], sides[1][0], sides[0][1], sides[1][1]


def _reach(values: Sequence[float]) -> tuple[float, float]:
    cut = len(values) // 100
    low, high = values[cut], values[-1 - cut]
    far = max(_FAR * (high - low), _NEAR)
    near = [value for value in values if low - far <= value <= high + far]
    return near[0], near[-1]
