"""From the coordinates of a state plane or UTM zone to degrees, to see in which of them a list's places can be.

Formulas of Snyder, "Map Projections: A Working Manual" (1987), pages 60 to 64 and 107 to 109; they are right to
centimetres, and only as much is asked of them as tells one zone from another. A run's places are made by PostGIS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import atan, atan2, cos, degrees, exp, hypot, isfinite, log, pi, radians, sin, sqrt, tan

#: the ellipsoid of NAD 83
_RADIUS = 6378137.0
_FLATTENING = 1 / 298.257222101
_E2 = _FLATTENING * (2 - _FLATTENING)
_E = sqrt(_E2)
WEB_MERCATOR = 3857

Degrees = tuple[float, float]


@dataclass(frozen=True)
class Projection:
    """A reference system, by its EPSG code and name; ``inverse`` makes longitude and latitude of x and y."""

    epsg: int
    name: str
    inverse: Callable[[float, float], Degrees]


@cache
def projections() -> tuple[Projection, ...]:
    """The zones of the states and of UTM on NAD 83, and the projection of maps on the web."""
    lines = (files(__package__) / "projections.tsv").read_text("utf-8").splitlines()[1:]
    found = [Projection(WEB_MERCATOR, "Web Mercator", _web_mercator)]
    for line in lines:
        epsg, name, kind, *numbers = line.split("\t")
        make = _lambert if kind == "lcc" else _transverse
        found.append(Projection(int(epsg), name, make(*(float(number or 0) for number in numbers))))
    return tuple(found)


def degrees_of(projection: Projection, x: float, y: float) -> Degrees | None:
    """The place, or ``None`` where there is none."""
    try:
        longitude, latitude = projection.inverse(x, y)
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    return (longitude, latitude) if isfinite(longitude) and isfinite(latitude) else None


def _web_mercator(x: float, y: float) -> Degrees:
    return degrees(x / _RADIUS), degrees(2 * atan(exp(y / _RADIUS)) - pi / 2)


def _lambert(
    latitude: float, longitude: float, first: float, second: float, easting: float, northing: float, unit: float
) -> Callable[[float, float], Degrees]:
    """Lambert's conformal conic with two parallels."""

    def t(phi: float) -> float:
        sine = _E * sin(phi)
        return tan(pi / 4 - phi / 2) / float(((1 - sine) / (1 + sine)) ** (_E / 2))

    def m(phi: float) -> float:
        return cos(phi) / sqrt(1 - _E2 * sin(phi) ** 2)

    one, two = radians(first), radians(second)
    n = (log(m(one)) - log(m(two))) / (log(t(one)) - log(t(two)))
    f = m(one) / (n * t(one) ** n)
    rho_origin = _RADIUS * f * t(radians(latitude)) ** n

    def inverse(x: float, y: float) -> Degrees:
        east, north = x * unit - easting, rho_origin - (y * unit - northing)
        rho = hypot(east, north)
        ratio = (rho / (_RADIUS * f)) ** (1 / n)
        phi = pi / 2 - 2 * atan(ratio)
        for _ in range(8):
            sine = _E * sin(phi)
            phi = pi / 2 - 2 * atan(ratio * ((1 - sine) / (1 + sine)) ** (_E / 2))
        return longitude + degrees(atan2(east, north) / n), degrees(phi)

    return inverse


def _transverse(
    latitude: float, longitude: float, scale: float, _: float, easting: float, northing: float, unit: float
) -> Callable[[float, float], Degrees]:
    """Transverse Mercator."""
    e4, e6 = _E2**2, _E2**3
    e1 = (1 - sqrt(1 - _E2)) / (1 + sqrt(1 - _E2))
    second_eccentricity = _E2 / (1 - _E2)

    def arc(phi: float) -> float:
        return _RADIUS * (
            (1 - _E2 / 4 - 3 * e4 / 64 - 5 * e6 / 256) * phi
            - (3 * _E2 / 8 + 3 * e4 / 32 + 45 * e6 / 1024) * sin(2 * phi)
            + (15 * e4 / 256 + 45 * e6 / 1024) * sin(4 * phi)
            - (35 * e6 / 3072) * sin(6 * phi)
        )

    start = arc(radians(latitude))

    def inverse(x: float, y: float) -> Degrees:
        mu = (start + (y * unit - northing) / scale) / (_RADIUS * (1 - _E2 / 4 - 3 * e4 / 64 - 5 * e6 / 256))
        phi = (
            mu
            + (3 * e1 / 2 - 27 * e1**3 / 32) * sin(2 * mu)
            + (21 * e1**2 / 16 - 55 * e1**4 / 32) * sin(4 * mu)
            + (151 * e1**3 / 96) * sin(6 * mu)
            + (1097 * e1**4 / 512) * sin(8 * mu)
        )
        c = second_eccentricity * cos(phi) ** 2
        t = tan(phi) ** 2
        n = _RADIUS / sqrt(1 - _E2 * sin(phi) ** 2)
        r = _RADIUS * (1 - _E2) / (1 - _E2 * sin(phi) ** 2) ** 1.5
        d = (x * unit - easting) / (n * scale)
        north = phi - (n * tan(phi) / r) * (
            d**2 / 2
            - (5 + 3 * t + 10 * c - 4 * c**2 - 9 * second_eccentricity) * d**4 / 24
            + (61 + 90 * t + 298 * c + 45 * t**2 - 252 * second_eccentricity - 3 * c**2) * d**6 / 720
        )
        east = (
            d
            - (1 + 2 * t + c) * d**3 / 6
            + (5 - 2 * c + 28 * t - 3 * c**2 + 8 * second_eccentricity + 24 * t**2) * d**5 / 120
        ) / cos(phi)
        return longitude + degrees(east), degrees(north)

    return inverse
