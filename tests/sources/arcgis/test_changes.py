"""Layers that change while they are read."""

from pathlib import Path

import pytest

from tests.servers import Request, on
from tests.servers.arcgis import ArcGISServer, Layer, esri_error
from tests.sources.helpers import REQUEST, Opener, delete_first, drain, feature, layer_of, nameless, numbers, served

ALL = list(range(1, 96))


def test_rows_that_shift_into_the_next_page_are_delivered_once(server: ArcGISServer, opener: Opener) -> None:
    url = served(server)

    def insert(layer: Layer, request: Request) -> None:
        if request.kind == "page" and request.number == 2:
            layer.features = [feature(0), *layer.features]

    layer_of(server).changes.append(insert)
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert numbers(records) == ALL
    assert outcome.complete
    assert outcome.expected == 95


def test_a_row_deleted_during_the_scan_leaves_it_complete_by_the_count_after(
    server: ArcGISServer, opener: Opener
) -> None:
    url = served(server)

    def delete(layer: Layer, request: Request) -> None:
        if request.kind == "page" and request.number == 1:
            layer.features = layer.features[:-1]

    layer_of(server).changes.append(delete)
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert len(records) == 94
    assert (outcome.complete, outcome.expected) == (True, 94)
    assert len(server.asked("count")) == 2


@pytest.mark.parametrize("lists_ids", [True, False])
def test_a_row_that_a_deletion_moved_out_of_the_next_page_is_fetched_after_all(
    server: ArcGISServer, opener: Opener, lists_ids: bool
) -> None:
    url = served(server, lists_ids=lists_ids)
    layer_of(server).changes.append(delete_first(2))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert sorted(numbers(records)) == ALL
    assert (outcome.complete, outcome.expected) == (True, 94)
    if lists_ids:
        assert server.asked("page")[-1].params["where"] == "OBJECTID >= 2 AND OBJECTID <= 21"
        assert [page.params["where"] for page in server.asked("page")].count("1=1") == 6


def test_no_row_is_lost_to_a_deletion_while_several_pages_are_under_way(server: ArcGISServer, tmp_path: Path) -> None:
    url = served(server, slow=0.005)
    layer_of(server).changes.append(delete_first(3))
    with Opener(tmp_path, concurrency=4) as opener:
        records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert set(ALL) - {1} <= set(numbers(records))
    assert (outcome.complete, outcome.expected) == (True, 94)


def test_a_layer_without_paging_that_lost_rows_is_looked_through_again(server: ArcGISServer, opener: Opener) -> None:
    url = served(server, supports_pagination=False)
    layer_of(server).changes.append(delete_first(2, rows=25))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert sorted(numbers(records)) == [*range(1, 21), *range(26, 96)]
    assert (outcome.complete, outcome.expected) == (True, 70)
    assert server.requests[-1].kind == "ids"


def test_rows_that_went_where_no_second_look_is_possible_leave_the_fetch_partial(
    server: ArcGISServer, opener: Opener
) -> None:
    url = served(server, lists_ids=False)
    layer_of(server).changes.append(delete_first(2))
    layer_of(server).faults.append(on("statistics", esri_error(400, "Not supported")))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert len(records) == 94
    assert not outcome.complete
    assert "changed while" in outcome.warnings[0]


def test_rows_that_go_without_end_leave_the_fetch_partial(server: ArcGISServer, opener: Opener) -> None:
    url = served(server)

    def shrink(layer: Layer, request: Request) -> None:
        layer.features = layer.features[1:]

    layer_of(server).changes.append(shrink)
    _, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert not outcome.complete
    assert len(server.asked("page")) < 15


def test_a_layer_without_object_ids_that_lost_a_row_is_read_again(server: ArcGISServer, opener: Opener) -> None:
    url = nameless(server)
    layer_of(server).changes.append(delete_first(2))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert len({record["PARCEL"] for record in records}) == len(records) == 95
    assert (outcome.complete, outcome.expected) == (True, 94)
