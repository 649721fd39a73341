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


def test_geojson_and_socrata_forms() -> None:
    square = [[0.0, 0.0], [0.0, 2.0], [2.0, 2.0], [2.0, 0.0], [0.0, 0.0]]
    far = [[9.0, 9.0], [9.0, 9.5], [9.5, 9.5], [9.0, 9.0]]
    assert geojson_point({"type": "Point", "coordinates": [1, 2, 3]}) == (1.0, 2.0)
    assert geojson_point({"type": "MultiPoint", "coordinates": [[1, 2], [5, 5]]}) == (1.0, 2.0)
    assert geojson_point({"type": "Polygon", "coordinates": [square, far]}) == (1.0, 1.0)
    assert geojson_point({"type": "MultiPolygon", "coordinates": [[far], [square]]}) == (1.0, 1.0)
    assert geojson_point({"latitude": "28.5", "longitude": "-81.3"}) == (-81.3, 28.5)


@pytest.mark.parametrize("shape", [5, "x", {"a": 1}, [5], [[5]], [[[None, None], [1, 2]]], [[[10**400, 1], [1, 2]]]])
def test_a_damaged_geometry_is_a_word(shape: object) -> None:
    assert isinstance(esri_point({"rings": shape}), str)
    assert isinstance(esri_point({"points": shape}), str)
    assert isinstance(esri_point({"x": shape, "y": 1.0}), str) or shape == 5
    for kind in ("MultiPoint", "Polygon", "MultiPolygon"):
        assert isinstance(geojson_point({"type": kind, "coordinates": shape}), str)


SQUARE = [[0.0, 0.0], [0.0, 2.0], [2.0, 2.0], [2.0, 0.0], [0.0, 0.0]]
LINE = [[0.0, 0.0], [1.0, 1.0], [4.0, 4.0]]
CURVED = [[0.0, 0.0], {"c": [[2.0, 0.0], [1.0, 1.0]]}, [2.0, -1.0], [0.0, -1.0], [0.0, 0.0]]
BEZIER = [[0.0, 0.0], {"b": [[2.0, 0.0], [0.5, 1.0], [1.5, 1.0]]}, [2.0, -1.0], [0.0, -1.0], [0.0, 0.0]]
ELLIPTIC = [[0.0, 0.0], {"a": [[2.0, 0.0], [1.0, 0.0], 0, 1]}, [2.0, -1.0], [0.0, -1.0], [0.0, 0.0]]

ESRI = {
    "point": ({"x": 1, "y": 2}, (1.0, 2.0)),
    "point with Z and M": ({"x": 1, "y": 2, "z": 3, "m": 4}, (1.0, 2.0)),
    "multipoint": ({"points": [[1, 2, 3], [5, 5, 5]], "hasZ": True}, (1.0, 2.0)),
    "polyline": ({"paths": [[[9, 9]], LINE]}, (1.0, 1.0)),
    "curved polyline": ({"curvePaths": [[[0, 0], {"c": [[2, 0], [1, 1]]}]]}, (1.0, 1.0)),
    "polygon": ({"rings": [SQUARE]}, (1.0, 1.0)),
    "polygon with Z and M": ({"hasZ": True, "rings": [[[*one, 5, 6] for one in SQUARE]]}, (1.0, 1.0)),
    "polygon with arcs": ({"curveRings": [CURVED]}, (1.0, -0.25)),
    "polygon with Bézier curves": ({"curveRings": [BEZIER]}, None),
    "polygon with elliptic arcs": ({"curveRings": [ELLIPTIC]}, (1.0, -0.5)),
    "envelope": ({"xmin": 0, "ymin": 2, "xmax": 2, "ymax": 4}, (1.0, 3.0)),
}


@pytest.mark.parametrize("name", ESRI)
def test_every_esri_kind_gives_a_place(name: str) -> None:
    geometry, expected = ESRI[name]
    found = esri_point(geometry)
    assert isinstance(found, tuple)
    assert 0 <= found[0] <= 2
    if expected is not None:
        assert found == pytest.approx(expected, abs=0.1)


GEOJSON = {
    "Point": {"type": "Point", "coordinates": [1, 1, 9]},
    "MultiPoint": {"type": "MultiPoint", "coordinates": [[1, 1], [5, 5]]},
    "LineString": {"type": "LineString", "coordinates": LINE},
    "MultiLineString": {"type": "MultiLineString", "coordinates": [[[9, 9]], LINE]},
    "Polygon": {"type": "Polygon", "coordinates": [SQUARE]},
    "MultiPolygon": {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
    "GeometryCollection": {
        "type": "GeometryCollection",
        "geometries": [{"type": "Point", "coordinates": []}, {"type": "Polygon", "coordinates": [SQUARE]}],
    },
    "MultiSurface": {"type": "MultiSurface", "coordinates": [[SQUARE]]},
    "MultiSurface of geometries": {
        "type": "MultiSurface",
        "geometries": [{"type": "CurvePolygon", "coordinates": [SQUARE]}],
    },
    "CurvePolygon": {"type": "CurvePolygon", "coordinates": [SQUARE]},
    "CircularString": {"type": "CircularString", "coordinates": LINE},
    "MultiCurve": {"type": "MultiCurve", "coordinates": [LINE]},
    "a Socrata location": {"latitude": "1", "longitude": "1", "human_address": "{}"},
}


@pytest.mark.parametrize("name", GEOJSON)
def test_every_geojson_kind_gives_a_place(name: str) -> None:
    assert geojson_point(GEOJSON[name]) == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize(
    ("geometry", "word"),
    [
        ({"patches": [[1, 2]]}, "no place: geometry of kind patches gives none"),
        ({"rings": [["x"]]}, "no place: geometry of kind rings gives none"),
        ({"curveRings": [[{"q": 1}]]}, "no place: geometry of kind curveRings gives none"),
        ({"x": "left", "y": 1}, "no place: geometry of kind x, y gives none"),
        ({"xmin": 1}, "no place: geometry of kind xmin gives none"),
        ("POINT (1 2)", "no place: the geometry is no object"),
        ([1, 2], "no place: the geometry is no object"),
    ],
)
def test_an_esri_geometry_without_a_place_has_a_word(geometry: object, word: str) -> None:
    assert esri_point(geometry) == word


@pytest.mark.parametrize(
    ("geometry", "word"),
    [
        ({"type": "Polygon", "coordinates": "here"}, "no place: geometry of kind Polygon gives none"),
        ({"type": "Topology", "arcs": [[1]]}, "no place: geometry of kind Topology gives none"),
        ({"type": "Point", "coordinates": ["a", "b"]}, "no place: geometry of kind Point gives none"),
        ({"latitude": "north", "longitude": "1"}, "no place: geometry of kind latitude, longitude gives none"),
    ],
)
def test_a_geojson_geometry_without_a_place_has_a_word(geometry: object, word: str) -> None:
    assert geojson_point(geometry) == word


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {},
        [],
        "",
        {"x": "NaN", "y": "NaN"},
        {"x": None, "y": None},
        {"rings": []},
        {"rings": [[]], "spatialReference": {"wkid": 4326}},
        {"curveRings": [], "hasZ": True},
        {"paths": []},
        {"points": []},
        {"xmin": "NaN", "ymin": "NaN", "xmax": "NaN", "ymax": "NaN"},
        {"type": "Point", "coordinates": []},
        {"type": "GeometryCollection", "geometries": []},
        {"latitude": None, "longitude": None},
        {"human_address": "{}"},
    ],
)
def test_no_geometry_is_no_place_and_no_word(geometry: object) -> None:
    assert esri_point(geometry) is None
    assert geojson_point(geometry) is None
