"""Degrees to State Plane feet, against PostGIS."""

import pytest

from wholesaler.sample.state_plane import florida_east_feet

# SELECT ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4269), 2236), PostGIS 3.3 with PROJ 9.1.1.
KNOWN = [
    (-81.0, 24.333333333333332, 656166.6670, 0.0),
    (-81.379234, 28.538336, 534404.7483, 1528620.9657),
    (-81.70, 28.30, 430909.2887, 1442426.3719),
    (-80.85, 28.83, 704194.2437, 1634506.4100),
    (-81.0, 28.5, 656166.6670, 1514490.0013),
    (-80.05, 26.7, 966330.4625, 861277.2548),
    (-82.3, 29.65, 243214.3250, 1934966.6952),
    (-81.47292296, 28.67365999, 504517.8384, 1577931.3451),
]


@pytest.mark.parametrize(("longitude", "latitude", "x", "y"), KNOWN)
def test_state_plane_feet_agree_with_postgis_to_a_hundredth_of_a_foot(
    longitude: float, latitude: float, x: float, y: float
) -> None:
    assert florida_east_feet(longitude, latitude) == pytest.approx((x, y), abs=0.01)
