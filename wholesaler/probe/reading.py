"""Read the first records of what is probed, through the sources that a run reads with."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.markets.source import SourceDefinition
from wholesaler.probe.address import PROBED, Target
from wholesaler.settings import Settings
from wholesaler.sources import Http, open_source
from wholesaler.sources.arcgis.source import ArcGISSource
from wholesaler.sources.http.endpoint import RequestFailed
from wholesaler.sources.interface import Fetch, FetchRequest, Page, Source

_TOKENS = frozenset({498, 499})
_REFUSALS = frozenset({401, 403})
_GONE = frozenset({404, 410})
_WHAT_TO_GIVE = (
    "Give the address of an ArcGIS layer (it ends in FeatureServer/0 or the like), of a Socrata dataset "
    "(/resource/abcd-1234.json), or of a CSV or JSON file"
)

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Sample:
    """Records of a source. ``fields``: name → the publisher's type; ``dates`` come as epoch milliseconds.

    ``whole`` says that there are no more records; ``box`` is west, south, east, north of what has a place in degrees.
    """

    records: list[dict[str, Any]]
    fields: dict[str, str]
    dates: frozenset[str]
    whole: bool
    box: Box | None


def read_sample(target: Target, http: Http, settings: Settings, rows: int) -> Sample:
    """The first records of the target; raises ``SourceError``, said as it concerns someone who probes."""
    definition = SourceDefinition.model_construct(
        kind=target.kind, url=target.sample_url, key=["parcel"], fields={}, location="none"
    )
    source = open_source(PROBED, definition, Path.cwd() / "market.toml", http, settings, PROBED)
    if isinstance(source, ArcGISSource):
        source.all_fields = True
    fields = source.field_types()
    if not fields:
        raise SourceError(f"{target.url}: the publisher does not list its fields.", _WHAT_TO_GIVE, transient=False)
    fetch = _fetch(source, tuple(fields), geometry=target.kind != "socrata")
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
    return Sample(records[:rows], fields, fetch.types.epoch_milliseconds, whole and len(records) <= rows, _box(points))


def explain(error: SourceError | ConfigurationError, url: str) -> SourceError | ConfigurationError:
    """The error of a source, which speaks of a market file, as one of an address that was probed."""
    message = error.message.removeprefix(f"{PROBED}: ")
    status = error.status if isinstance(error, RequestFailed) else None
    transient = isinstance(error, SourceError) and error.transient
    hint = error.hint
    if status in _TOKENS:
        message = f"{message.rstrip('.')}: it wants a token, which this program does not send."
        hint = "Look for a public copy of the layer, or ask the publisher for one."
    elif status in _REFUSALS:
        hint = "The publisher asks for a login or refuses this program; look for a public copy."
    elif status in _GONE or "(404)" in message:
        hint = "See that the address is right; it may have moved."
    elif "web page" in message:
        hint = f"{_WHAT_TO_GIVE}."
    elif hint is None or "market file" in hint:
        hint = "See that the address is right." if not transient else "Try again later."
    if isinstance(error, ConfigurationError):
        return ConfigurationError(message, hint)
    return SourceError(message if url in message else f"{url}: {message}", hint, transient=transient)


def _fetch(source: Source, fields: tuple[str, ...], *, geometry: bool) -> Fetch:
    try:
        return source.fetch(FetchRequest(fields, geometry=geometry))
    except ConfigurationError:
        if not geometry:
            raise
        # several places: which is meant is asked later
        return source.fetch(FetchRequest(fields, geometry=False))


def _pages(fetch: Fetch) -> Generator[Page]:
    yield from fetch.pages()


def _box(points: list[Any]) -> Box | None:
    """The box of most points: without the hundredth at each side, where mistakes are."""
    right = [point for point in points if isinstance(point, tuple) and abs(point[0]) <= 180 and abs(point[1]) <= 90]
    if not right or len(right) < len([point for point in points if isinstance(point, tuple)]) * 0.9:
        return None
    edge = len(right) // 100
    xs, ys = sorted(point[0] for point in right), sorted(point[1] for point in right)
    return xs[edge], ys[edge], xs[-1 - edge], ys[-1 - edge]
