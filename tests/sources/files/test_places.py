"""Places in the records of a file: which field or geometry gives one, and which says that it gives none."""

import json
from typing import Any

import pytest

from tests.sources.files.helpers import written
from tests.sources.helpers import Opener, drain
from wholesaler.errors import ConfigurationError
from wholesaler.sources.interface import FetchRequest

POINT = {"type": "Point", "coordinates": [-81.5, 28.5]}


@pytest.mark.parametrize(
    "value",
    [
        POINT,
        json.dumps(POINT),
        {"latitude": "28.5", "longitude": "-81.5", "human_address": "{}"},
        "POINT (-81.5 28.5)",
        "(28.5, -81.5)",
        "1 ELM ST\nORLANDO, FL\n(28.5, -81.5)",
    ],
)
def test_a_place_is_read_from_the_field_that_is_named_or_from_the_only_one(opener: Opener, value: Any) -> None:
    rows = [{"A": "1", "Place": value}, {"A": "2", "Place": None}, {"A": "3", "Place": "nowhere"}]
    source = written(opener, rows)
    for field in ("PLACE", None):
        _, points, outcome = drain(source.fetch(FetchRequest(("A",), geometry_field=field)))
        assert points == [(-81.5, 28.5), None, "no place: Place holds none that can be read"]
        assert outcome.warnings == ()
    assert drain(source.fetch(FetchRequest(("A",), geometry=False)))[1] == [None] * 3


def test_of_several_fields_with_places_one_must_be_named(opener: Opener) -> None:
    source = written(opener, 'A,situs,mailing\n1,"(28.5, -81.5)",POINT (-80 27)\n', "l.csv")
    with pytest.raises(ConfigurationError, match=r"liens\.location: .*several fields: situs, mailing.*field ="):
        source.fetch(FetchRequest(("A",)))
    assert drain(source.fetch(FetchRequest(("A",), geometry_field="mailing")))[1] == [(-80.0, 27.0)]
    with pytest.raises(ConfigurationError, match=r"no field 'place'.*A, situs, mailing"):
        source.fetch(FetchRequest(("A",), geometry_field="place"))


@pytest.mark.parametrize(
    ("geometry", "kind"),
    [({"type": "Tin", "coordinates": [["no"]]}, "Tin"), ({"type": "Polygon", "coordinates": "no"}, "Polygon")],
)
def test_a_geometry_that_gives_no_place_says_so_by_its_kind(opener: Opener, geometry: Any, kind: str) -> None:
    rows = [{"type": "Feature", "properties": {"A": "1"}, "geometry": each} for each in (geometry, None, POINT)]
    _, points, outcome = drain(written(opener, {"features": rows}).fetch(FetchRequest(("A",))))
    assert points == [f"no place: geometry of kind {kind} gives none", None, (-81.5, 28.5)]
    assert outcome.warnings == ()


def test_an_object_in_a_field_is_no_place_and_hides_none(opener: Opener) -> None:
    link = {"url": "https://example.org", "description": "a case"}
    rows = [{"A": "1", "Place": POINT, "Link": link}, {"A": "2", "Place": {"x": -81.4, "y": 28.4}, "Link": link}]
    _, points, _ = drain(written(opener, rows).fetch(FetchRequest(("A",), ignored=frozenset({"Link"}))))
    assert points == [(-81.5, 28.5), (-81.4, 28.4)]
    features = [{"type": "Feature", "properties": {"A": str(n), "Link": link}, "geometry": None} for n in range(3)]
    features.append({"type": "Feature", "properties": {"A": "4", "Link": link}, "geometry": POINT})
    assert drain(written(opener, {"features": features}).fetch(FetchRequest(("A",))))[1] == [None] * 3 + [(-81.5, 28.5)]


def test_a_field_that_holds_the_place_is_no_news(opener: Opener) -> None:
    rows = [{"A": "1", "Place": POINT}]
    outcome = drain(written(opener, rows).fetch(FetchRequest(("A",), geometry_field="Place")))[2]
    assert outcome.warnings == ()


ESRI_2236 = {"spatialReference": {"wkid": 102658, "latestWkid": 2236}}
GEOJSON_2236 = {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2236"}}}
GEOJSON_DEGREES = {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}}


@pytest.mark.parametrize(
    ("members", "crs", "said"),
    [
        ({}, None, None), ({}, 2236, None), (GEOJSON_DEGREES, None, None), (GEOJSON_DEGREES, 2236, None),
        (ESRI_2236, None, "has coordinates of reference system 2236, not degrees (4326): write crs = 2236."),
        (GEOJSON_2236, None, "has coordinates of reference system 2236, not degrees (4326): write crs = 2236."),
        (ESRI_2236, 2236, None), (ESRI_2236, 102658, None), (GEOJSON_2236, 2236, None),
        ({"crs": 5, "spatialReference": []}, None, None), ({"crs": {"properties": {"name": None}}}, None, None),
    ],
)  # fmt: skip
def test_what_a_file_says_of_its_coordinates_is_heard(
    opener: Opener, members: dict[str, Any], crs: int | None, said: str | None
) -> None:
    features = [{"type": "Feature", "properties": {"A": "1"}, "geometry": POINT}]
    source = written(opener, {**members, "features": features})
    _, points, outcome = drain(source.fetch(FetchRequest(("A",), crs=crs)))
    assert points == [(-81.5, 28.5)]
    assert [warning.partition("liens.json ")[2] for warning in outcome.warnings] == ([said] if said else [])


@pytest.mark.parametrize("members", [ESRI_2236, GEOJSON_2236])
def test_what_a_file_says_of_its_coordinates_is_not_overruled(opener: Opener, members: dict[str, Any]) -> None:
    source = written(opener, {**members, "features": [{"properties": {"A": "1"}, "geometry": POINT}]})
    with pytest.raises(ConfigurationError, match=r"liens\.crs: .* system 2236, not 4269\. Write crs = 2236, or"):
        source.fetch(FetchRequest(("A",), crs=4269))
    assert drain(source.fetch(FetchRequest(("A",), crs=4269, geometry=False)))[2].warnings == ()
