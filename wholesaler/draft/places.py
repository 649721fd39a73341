"""Where a county is: its state and time zone, its box, and in which reference system a list's coordinates are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from statistics import median
from typing import Any

from wholesaler.draft.projection import Projection, degrees_of, projections
from wholesaler.draft.publisher import Looked
from wholesaler.probe.forms import number_of
from wholesaler.probe.reading import Box
from wholesaler.sources.geometry import geojson_point

#: degrees around what was seen: of lists that are long and whole, or whose extent the publisher tells; and of others
MARGIN, WIDE_MARGIN = 0.05, 0.5
#: share of a roll's mailing states that must be one for it to be the county's
_MOST = 0.5
#: points that are looked at: for the reference system, and for the box
_POINTS, _PLACES = 2000, 20_000
#: degrees that no county is wider, but for some in Alaska
_WIDEST = 4.0


@dataclass(frozen=True)
class State:
    """A state: its extent, and its time zones, each with the limit of longitude beyond which it is the only one."""

    code: str
    name: str
    box: Box
    zones: tuple[tuple[str, str], ...]

    def zones_at(self, longitude: float | None) -> tuple[str, ...]:
        """The one zone there, or all of the state where that is not certain."""
        for zone, limit in self.zones:
            if longitude is not None and limit:
                beyond = longitude > float(limit[1:]) if limit[0] == ">" else longitude < float(limit[1:])
                if beyond:
                    return (zone,)
        return tuple(zone for zone, _ in self.zones)


@cache
def states() -> dict[str, State]:
    """All states, by their two letters."""
    lines = (files(__package__) / "states.tsv").read_text("utf-8").splitlines()[1:]
    found = {}
    for line in lines:
        code, name, west, south, east, north, zones = line.split("\t")
        pairs = tuple((zone.partition(" ")[0], zone.partition(" ")[2]) for zone in zones.split(";"))
        found[code] = State(code, name, (float(west), float(south), float(east), float(north)), pairs)
    return found


def state_of(key: str, box: Box | None, mailing: Counter[str]) -> State | None:
    """The state that the key ends in, or in which all places lie, or to which most owners' mail goes."""
    ending = key.rpartition("-")[2].upper()
    if ending in states():
        return states()[ending]
    if box is not None:
        around = [one for one in states().values() if _holds(one.box, _centre(box))]
        if len(around) == 1:
            return around[0]
        named = {one.code: mailing[one.code] for one in around}
        if named and max(named.values()):
            return states()[max(named, key=lambda code: named[code])]
    total = sum(mailing.values())
    code, count = mailing.most_common(1)[0] if mailing else ("", 0)
    return states()[code] if code in states() and count >= _MOST * total else None


def degrees_in(looked: Looked, location: Any) -> list[tuple[float, float]]:
    """The places of a source's records in degrees, from whichever reference system its location names."""
    records = looked.sample.records[:_PLACES]
    if isinstance(location, dict) and "x" in location and location.get("crs") != 0:
        system = next((one for one in projections() if one.epsg == location.get("crs")), None)
        if system is None and location.get("crs") is not None:
            return []
        return [
            place
            for record in records
            if (x := _number(record.get(location["x"]))) and (y := _number(record.get(location["y"])))
            and (place := degrees_of(system, x, y) if system is not None else (x, y)) is not None
            and abs(place[0]) <= 180
            and abs(place[1]) <= 90
        ]  # fmt: skip
    if isinstance(location, dict) and "field" in location:
        points = (geojson_point(record.get(location["field"])) for record in records)
        return [point for point in points if isinstance(point, tuple)]
    return []


def is_extent_of(told: Box, seen: Box) -> bool:
    """Whether an extent that a publisher tells can be a county's: what was seen lies in it, and no mistake far away."""
    slack = 0.02
    around = told[0] - slack <= seen[0] and told[1] - slack <= seen[1] and told[2] + slack >= seen[2]
    return around and told[3] + slack >= seen[3] and told[2] - told[0] <= _WIDEST and told[3] - told[1] <= _WIDEST


def box_around(found: Sequence[Box], margin: float) -> Box | None:
    """The box around all boxes."""
    if not found:
        return None
    west, south = (min(box[side] for box in found) - margin for side in (0, 1))
    east, north = (max(box[side] for box in found) + margin for side in (2, 3))
    return max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0)


def systems_of(looked: Looked, x_field: str, y_field: str, box: Box) -> list[Projection]:
    """The reference systems in which most of the coordinates lie in the box; none where they are degrees already."""
    points = [
        (x, y)
        for record in looked.sample.records[:_POINTS]
        if (x := _number(record.get(x_field))) and (y := _number(record.get(y_field)))
    ]
    if not points:
        return []
    xs, ys = sorted(x for x, _ in points), sorted(y for _, y in points)
    low, high = len(points) // 20, len(points) - 1 - len(points) // 20
    corners = [(xs[low], ys[low]), (xs[high], ys[high]), (median(xs), median(ys))]
    return [
        one
        for one in projections()
        if all((place := degrees_of(one, x, y)) is not None and _holds(box, place) for x, y in corners)
    ]


def are_degrees(looked: Looked, x_field: str, y_field: str) -> bool:
    """Whether coordinates are degrees of longitude and latitude."""
    xs = [x for record in looked.sample.records[:_POINTS] if (x := _number(record.get(x_field)))]
    ys = [y for record in looked.sample.records[:_POINTS] if (y := _number(record.get(y_field)))]
    return bool(xs) and bool(ys) and abs(median(xs)) <= 180 and abs(median(ys)) <= 90


def holds(outer: Box, inner: Box) -> bool:
    """Whether a box's centre lies in another."""
    return _holds(outer, _centre(inner))


def _holds(box: Box, point: tuple[float, float]) -> bool:
    west, south, east, north = box
    return west <= point[0] <= east and south <= point[1] <= north


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _number(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return number_of(value.strip()) if isinstance(value, str) else None
