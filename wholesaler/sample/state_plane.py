"""Degrees to Florida State Plane East feet (EPSG:2236), in plain Python.

Transverse Mercator, forward: J. P. Snyder, "Map Projections: A Working Manual", USGS Professional Paper 1395 (1987),
equations 3-21, 4-20, 4-25 and 8-9 to 8-15. The zone's constants are those of EPSG:2236, on the GRS 80 ellipsoid.
"""

from math import cos, radians, sin, sqrt, tan

FLORIDA_EAST_FEET = 2236

_US_SURVEY_FOOT = 1200 / 3937
_SEMI_MAJOR_AXIS = 6378137 / _US_SURVEY_FOOT
_FLATTENING = 1 / 298.257222101
_SCALE = 0.999941177
_CENTRAL_MERIDIAN = radians(-81)
_LATITUDE_OF_ORIGIN = radians(24 + 20 / 60)
_FALSE_EASTING = 656166.667

_E2 = _FLATTENING * (2 - _FLATTENING)
_SECOND_E2 = _E2 / (1 - _E2)
_M0 = 1 - _E2 / 4 - 3 * _E2**2 / 64 - 5 * _E2**3 / 256
_M2 = 3 * _E2 / 8 + 3 * _E2**2 / 32 + 45 * _E2**3 / 1024
_M4 = 15 * _E2**2 / 256 + 45 * _E2**3 / 1024
_M6 = 35 * _E2**3 / 3072


def _meridian(latitude: float) -> float:
    """Distance along the meridian from the equator, in feet (3-21); ``latitude`` in radians."""
    return _SEMI_MAJOR_AXIS * (
        _M0 * latitude - _M2 * sin(2 * latitude) + _M4 * sin(4 * latitude) - _M6 * sin(6 * latitude)
    )


_ORIGIN = _meridian(_LATITUDE_OF_ORIGIN)


def florida_east_feet(longitude: float, latitude: float) -> tuple[float, float]:
    """Easting and northing in US survey feet of a point in degrees; to a hundredth of a foot inside the zone."""
    phi = radians(latitude)
    tangent, cosine = tan(phi), cos(phi)
    radius = _SEMI_MAJOR_AXIS / sqrt(1 - _E2 * sin(phi) ** 2)
    t, c = tangent * tangent, _SECOND_E2 * cosine * cosine
    a = (radians(longitude) - _CENTRAL_MERIDIAN) * cosine
    a2 = a * a
    easting = a + (1 - t + c) * a2 * a / 6 + (5 - 18 * t + t * t + 72 * c - 58 * _SECOND_E2) * a2 * a2 * a / 120
    northing = (
        a2 / 2
        + (5 - t + 9 * c + 4 * c * c) * a2 * a2 / 24
        + (61 - 58 * t + t * t + 600 * c - 330 * _SECOND_E2) * a2 * a2 * a2 / 720
    )
    return (
        _FALSE_EASTING + _SCALE * radius * easting,
        _SCALE * (_meridian(phi) - _ORIGIN + radius * tangent * northing),
    )
