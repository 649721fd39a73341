"""A county's box: of places in degrees or in feet, of all records, without mistakes."""

from dataclasses import replace

import pytest

from tests.draft.test_sources import looked
from tests.servers import Reply
from tests.servers.arcgis import ArcGISServer
from wholesaler.draft.places import degrees_in, is_extent_of
from wholesaler.draft.publisher import whole_extent
from wholesaler.markets.market import Host
from wholesaler.probe.reading import edges
from wholesaler.sources import Http

COUNTY = [(-87.0 + place / 1000, 35.0 + place / 2000) for place in range(400)]
FIELDS = {"OBJECTID": "esriFieldTypeOID", "PIN": "esriFieldTypeString"}


@pytest.mark.parametrize(
    ("place", "is_kept"),
    # nearly all places are 0.392 degrees wide and half as high: as far again they may lie
    [((-87.3, 35.1), True), ((-87.38, 35.1), True), ((-87.4, 35.1), False), ((0.0, 0.0), False)],
)
def test_a_place_at_the_edge_is_in_the_box_and_a_mistake_is_not(place: tuple[float, float], is_kept: bool) -> None:
    box = edges([*COUNTY, place])
    assert box is not None
    west, south, east, north = box
    assert (west <= place[0] and south <= place[1]) is is_kept
    assert (east, north) == COUNTY[-1]


def test_places_in_feet_make_a_box_in_degrees() -> None:
    list_ = looked({"X": ["1718161.00"] * 3, "Y": ["519932.50"] * 3}, "Parcels")
    (west, south), *_ = degrees_in(list_, {"x": "X", "y": "Y", "crs": 2274})
    assert (round(west, 3), round(south, 3)) == (-86.844, 35.759)
    assert degrees_in(list_, {"x": "X", "y": "Y", "crs": 0}) == []
    assert degrees_in(list_, {"x": "X", "y": "Y", "crs": 99999}) == []


@pytest.mark.parametrize(
    ("told", "fits"),
    [
        ((-87.1, 34.9, -86.5, 35.3), True),
        ((-86.9, 34.9, -86.5, 35.3), False),
        ((-87.1, 34.9, -83.1, 35.3), True),
        ((-87.1, 34.9, -83.0, 35.3), False),
        ((-87.1, 0.0, 0.0, 35.3), False),
    ],
)  # fmt: skip
def test_an_extent_with_a_mistake_in_it_is_no_countys(told: tuple[float, float, float, float], fits: bool) -> None:
    assert is_extent_of(told, (-87.0, 35.0, -86.6, 35.2)) is fits


def test_a_layer_tells_its_whole_extent() -> None:
    answers = [
        Reply({"extent": {"xmin": -87.1, "ymin": 35.0, "xmax": -86.5, "ymax": 35.9}}),
        Reply({"extent": {"xmin": "NaN", "ymin": "NaN", "xmax": "NaN", "ymax": "NaN"}}),
        Reply({"count": 3}),
    ]
    with ArcGISServer() as server:
        url = server.add_layer("Parcels/FeatureServer/0", FIELDS, [])
        server.layers["Parcels/FeatureServer/0"].faults.append(
            lambda request: answers.pop(0) if "returnExtentOnly" in request.params else None
        )
        list_ = looked({"PIN": ["1", "2"]}, "Parcels")
        list_ = replace(list_, target=replace(list_.target, url=url))
        with Http(list_.settings, lambda host: Host(requests_per_second=1000, concurrency=2)) as http:
            assert whole_extent(list_, "geometry", http) == (-87.1, 35.0, -86.5, 35.9)
            assert whole_extent(list_, "geometry", http) is None
            assert whole_extent(list_, "geometry", http) is None
            assert whole_extent(replace(list_, target=replace(list_.target, kind="file")), "none", http) is None
