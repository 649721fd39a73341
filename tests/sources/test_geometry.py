"""One point of each geometry."""

import pytest

from wholesaler.sources.geometry import esri_point, geojson_point


def test_a_polygons_point_is_the_area_centroid_of_its_largest_ring() -> None:
    corner = [[0.0, 0.0], [0.0, 6.0], [2.0, 6.0], [2.0, 2.0], [6.0, 2.0], [6.0, 0.0], [0.0, 0.0]]
    speck = [[100.0, 100.0], [100.0, 101.0], [101.0, 101.0], [100.0, 100.0]]
    assert esri_point({"rings": [speck, corner]}) == pytest.approx((2.2, 2.2))
    assert esri_point({"rings": [corner[::-1]]}) == pytest.approx((2.2, 2.2))


def test_a_small_parcel_far_from_the_origin_keeps_its_digits() -> None:
    x, y, side = -81.379234, 28.538336, 0.0002
    ring = [[x, y], [x, y + side], [x + side, y + side], [x + side, y], [x, y]]
    assert esri_point({"rings": [ring]}) == pytest.approx((x + side / 2, y + side / 2), abs=1e-9)


def test_a_ring_without_area_gives_the_mean_of_its_vertices() -> None:
    assert esri_point({"rings": [[[1.0, 1.0], [3.0, 3.0]]]}) == (2.0, 2.0)


@pytest.mark.parametrize(
    "geometry", [None, {}, [], {"rings": [["x"]]}, {"x": "NaN", "y": "NaN"}, {"paths": [[[1, 2]]]}]
)
def test_what_is_no_place_is_none(geometry: object) -> None:
    assert esri_point(geometry) is None


def test_geojson_and_socrata_forms() -> None:
    square = [[0.0, 0.0], [0.0, 2.0], [2.0, 2.0], [2.0, 0.0], [0.0, 0.0]]
    far = [[9.0, 9.0], [9.0, 9.5], [9.5, 9.5], [9.0, 9.0]]
    assert geojson_point({"type": "Point", "coordinates": [1, 2, 3]}) == (1.0, 2.0)
    assert geojson_point({"type": "MultiPoint", "coordinates": [[1, 2], [5, 5]]}) == (1.0, 2.0)
    assert geojson_point({"type": "Polygon", "coordinates": [square, far]}) == (1.0, 1.0)
    assert geojson_point({"type": "MultiPolygon", "coordinates": [[far], [square]]}) == (1.0, 1.0)
    assert geojson_point({"latitude": "28.5", "longitude": "-81.3"}) == (-81.3, 28.5)
    assert geojson_point({"type": "Point", "coordinates": []}) is None
    assert geojson_point({"type": "LineString", "coordinates": [[1, 2]]}) is None


@pytest.mark.parametrize("shape", [5, "x", {"a": 1}, [5], [[5]], [[[None, None], [1, 2]]], [[[10**400, 1], [1, 2]]]])
def test_a_damaged_geometry_is_none(shape: object) -> None:
    assert esri_point({"rings": shape}) is None
    assert esri_point({"points": shape}) is None
    assert esri_point({"x": shape, "y": 1.0}) in {None, (5.0, 1.0)}
    for kind in ("Point", "MultiPoint", "Polygon", "MultiPolygon"):
        assert geojson_point({"type": kind, "coordinates": shape}) is None
