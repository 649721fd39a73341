"""Every record once, and the proof of it, whatever the server does to its pages."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer, Layer, esri_error
from tests.sources.helpers import FIELDS, REQUEST, Opener, drain, feature, features, numbers
from wholesaler.errors import SourceError

ALL = list(range(1, 96))


def served(server: ArcGISServer, count: int = 95, **options: Any) -> str:
    return server.add_layer("L/0", FIELDS, features(count), **{"max_record_count": 20, **options})


def nameless(server: ArcGISServer, count: int = 95, **options: Any) -> str:
    """A layer without object id."""
    fields = {name: kind for name, kind in FIELDS.items() if name != "OBJECTID"}
    return server.add_layer("L/0", fields, features(count), max_record_count=20, oid_field=None, **options)


def layer_of(server: ArcGISServer) -> Layer:
    return server.layers["L/0"]


def test_all_pages_come_in_order_and_the_count_proves_them_complete(server: ArcGISServer, opener: Opener) -> None:
    records, points, outcome = drain(opener.open(served(server)).fetch(REQUEST))
    assert numbers(records) == ALL
    assert records[1] == {"PARCEL": "P00002", "AMOUNT": 3.0, "OPENED": 1_700_000_000_000, "OBJECTID": 2}
    assert points[1] == (-81.000002, 28.5)
    assert (outcome.complete, outcome.received, outcome.expected, outcome.warnings) == (True, 95, 95, ())
    assert {page.params["orderByFields"] for page in server.asked("page")} == {"OBJECTID ASC"}
    assert {page.params["outSR"] for page in server.asked("page")} == {"4326"}
    assert len(server.asked("page")) == 5


def test_pages_that_overtake_each_other_still_come_in_order(server: ArcGISServer, tmp_path: Path) -> None:
    url = served(server)

    def hold_back(layer: Layer, request: Request) -> None:
        if request.kind == "page" and request.number % 3 == 1:
            time.sleep(0.03)

    layer_of(server).changes.append(hold_back)
    with Opener(tmp_path, concurrency=4) as opener:
        records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert numbers(records) == ALL
    assert outcome.complete


def test_an_empty_layer_is_complete(server: ArcGISServer, opener: Opener) -> None:
    records, _, outcome = drain(opener.open(served(server, count=0)).fetch(REQUEST))
    assert records == []
    assert (outcome.complete, outcome.expected) == (True, 0)


def test_the_page_is_never_larger_than_the_server_allows_or_than_configured(
    server: ArcGISServer, opener: Opener
) -> None:
    drain(opener.open(served(server)).fetch(REQUEST))
    drain(opener.open(served(server), page_size=10).fetch(REQUEST))
    assert {page.params["resultRecordCount"] for page in server.asked("page")} == {"20", "10"}


@pytest.mark.parametrize("flagged", [True, False])
def test_a_cap_lower_than_the_one_claimed_loses_no_row(server: ArcGISServer, opener: Opener, flagged: bool) -> None:
    records, _, outcome = drain(opener.open(served(server, cap=7, flagged=flagged)).fetch(REQUEST))
    assert sorted(numbers(records)) == ALL
    assert outcome.complete


def test_a_short_page_with_the_transfer_limit_flag_is_followed(server: ArcGISServer, opener: Opener) -> None:
    url = served(server)
    short = Reply({"features": features(3), "exceededTransferLimit": True})
    layer_of(server).faults.append(on("page", short, 1))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert sorted(numbers(records)) == ALL
    assert outcome.complete


def test_the_flag_is_also_seen_where_geojson_has_it(server: ArcGISServer, opener: Opener) -> None:
    url = served(server, counts=False, flagged=False)
    short = Reply({"features": features(3), "properties": {"exceededTransferLimit": True}})
    layer_of(server).faults.append(on("page", short, 1))
    records, _, _ = drain(opener.open(url).fetch(REQUEST))
    assert sorted(numbers(records)) == ALL


def test_an_empty_page_with_the_flag_is_not_the_end(server: ArcGISServer, opener: Opener) -> None:
    url = served(server)
    layer_of(server).faults.append(on("page", Reply({"features": [], "exceededTransferLimit": True}), 2))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert sorted(numbers(records)) == ALL
    assert outcome.complete


def test_a_server_that_always_claims_to_have_more_is_not_asked_forever(server: ArcGISServer, opener: Opener) -> None:
    url = served(server)
    layer_of(server).faults.append(on("page", Reply({"features": features(20), "exceededTransferLimit": True})))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert len(records) == 20
    assert (outcome.complete, outcome.received, outcome.expected) == (False, 20, 95)
    assert "20 different records came, the publisher counts 95" in outcome.warnings[0]
    assert len(server.asked("page")) < 15


def test_a_lying_pagination_flag_is_seen_through_by_resuming_at_the_last_object_id(
    server: ArcGISServer, opener: Opener
) -> None:
    records, _, outcome = drain(opener.open(served(server, empty_offsets=True)).fetch(REQUEST))
    assert sorted(numbers(records)) == ALL
    assert outcome.complete
    assert server.asked("page")[-1].params["where"] == "OBJECTID > 80"


def test_a_refused_deep_offset_is_followed_by_object_ids(server: ArcGISServer, opener: Opener) -> None:
    records, _, outcome = drain(opener.open(served(server, deepest_offset=30)).fetch(REQUEST))
    assert numbers(records) == ALL
    assert outcome.complete


@pytest.mark.parametrize("claim", [None, False])
def test_without_pagination_the_layer_is_read_in_ranges_of_listed_ids(
    server: ArcGISServer, opener: Opener, claim: bool | None
) -> None:
    url = served(server, supports_pagination=claim)
    layer_of(server).features = [feature(number * 1000) for number in range(95, 0, -1)]
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert sorted(numbers(records)) == [number * 1000 for number in ALL]
    assert outcome.complete
    assert len(server.asked("ids")) == 1
    assert server.asked("page")[0].params["where"] == "OBJECTID >= 1000 AND OBJECTID <= 20000"
    assert "resultOffset" not in server.asked("page")[0].params


def test_ranges_are_split_when_the_server_sends_less_than_it_says(server: ArcGISServer, opener: Opener) -> None:
    url = served(server, supports_pagination=False, cap=6, flagged=False)
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert sorted(numbers(records)) == ALL
    assert outcome.complete


def test_where_ids_are_not_listed_the_ranges_come_from_statistics(server: ArcGISServer, opener: Opener) -> None:
    url = served(server, supports_pagination=False, lists_ids=False)
    layer_of(server).features = [feature(number * number) for number in ALL]
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert numbers(records) == [number * number for number in ALL]
    assert outcome.complete
    assert len(server.asked("statistics")) == 1


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


def delete_first(number: int, rows: int = 1) -> Callable[[Layer, Request], None]:
    """Delete the layer's first rows when the page with this number is asked."""

    def change(layer: Layer, request: Request) -> None:
        if request.kind == "page" and request.number == number:
            layer.features = layer.features[rows:]

    return change


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


def test_rows_that_never_come_make_the_fetch_partial(server: ArcGISServer, opener: Opener) -> None:
    url = served(server)
    layer_of(server).faults.append(on("count", Reply({"count": 120})))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert numbers(records) == ALL
    assert (outcome.complete, outcome.expected) == (False, 120)


def test_without_a_count_everything_comes_but_nothing_is_called_complete(server: ArcGISServer, opener: Opener) -> None:
    records, _, outcome = drain(opener.open(served(server, counts=False)).fetch(REQUEST))
    assert numbers(records) == ALL
    assert (outcome.complete, outcome.expected) == (False, None)
    assert "count" in outcome.warnings[0]


def test_a_page_that_is_too_much_is_halved(server: ArcGISServer, opener: Opener) -> None:
    url = served(server, max_record_count=200)

    def overload(request: Request) -> Reply | None:
        large = request.kind == "page" and int(request.params["resultRecordCount"]) > 50
        return esri_error(500, "Error performing query operation", []) if large else None

    layer_of(server).faults.append(overload)
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert numbers(records) == ALL
    assert outcome.complete
    assert server.asked("page")[-1].params["resultRecordCount"] == "50"


def test_one_503_in_the_middle_of_a_scan_is_survived(server: ArcGISServer, opener: Opener) -> None:
    url = served(server)
    layer_of(server).faults.append(on("page", Reply(b"Service Unavailable", 503), 3))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert numbers(records) == ALL
    assert outcome.complete


def test_a_server_that_fails_for_good_in_mid_scan_is_an_error_and_no_short_list(
    server: ArcGISServer, opener: Opener
) -> None:
    url = served(server)
    layer_of(server).faults.append(
        lambda request: Reply(b"", 503) if request.kind == "page" and request.number > 2 else None
    )
    fetch = opener.open(url).fetch(REQUEST)
    with pytest.raises(SourceError, match=r"liens: 127\.0\.0\.1 answered 503.*asked 5 times") as caught:
        list(fetch.pages())
    assert caught.value.transient


def test_the_outcome_cannot_be_read_before_the_end(server: ArcGISServer, opener: Opener) -> None:
    fetch = opener.open(served(server)).fetch(REQUEST)
    with pytest.raises(RuntimeError):
        _ = fetch.outcome
    drain(fetch)
    assert fetch.outcome.complete


def test_a_users_where_is_and_ed_with_the_paging(server: ArcGISServer, opener: Opener) -> None:
    url = served(server, empty_offsets=True)
    where = "PARCEL = 'P00001' OR AMOUNT > 60"
    records, _, outcome = drain(opener.open(url, where=where).fetch(REQUEST))
    assert sorted(numbers(records)) == [1, *range(41, 96)]
    assert outcome.complete
    assert server.asked("page")[-1].params["where"].startswith(f"({where}) AND (OBJECTID > ")


def test_later_pages_are_not_asked_before_earlier_ones_are_used(server: ArcGISServer, opener: Opener) -> None:
    url = served(server, count=2000)
    pages = opener.open(url).fetch(REQUEST).pages()
    for used in range(1, 6):
        next(pages)
        assert len(server.asked("page")) <= used + 4
    assert len(list(pages)) == 95


def test_a_layer_without_object_ids_is_read_and_said_to_be_doubtful(server: ArcGISServer, opener: Opener) -> None:
    records, _, outcome = drain(opener.open(nameless(server)).fetch(REQUEST))
    assert len({record["PARCEL"] for record in records}) == 95
    assert outcome.complete
    assert "no object id" in outcome.warnings[0]


@pytest.mark.parametrize("count", [40, 95])
@pytest.mark.parametrize("more", [True, False])
def test_without_object_ids_a_repeated_page_is_the_end_and_never_complete(
    server: ArcGISServer, opener: Opener, count: int, more: bool
) -> None:
    url = nameless(server, count, ignores_offset=True, flagged=False)
    if more:
        always = Reply({"features": features(20), "exceededTransferLimit": True})
        layer_of(server).faults.append(on("page", always))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert len(records) == 20
    assert (outcome.complete, outcome.received, outcome.expected) == (False, 20, count)
    assert len(server.asked("page")) <= 5


def test_without_object_ids_nothing_is_read_beyond_the_publishers_count(server: ArcGISServer, opener: Opener) -> None:
    url = nameless(server, 40)

    def endless(request: Request) -> Reply | None:
        if request.kind != "page":
            return None
        start = int(request.params["resultOffset"]) + 1
        return Reply({"features": features(20, start), "exceededTransferLimit": True})

    layer_of(server).faults.append(endless)
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert numbers(records) == list(range(1, 41))
    assert outcome.complete


def test_pages_without_an_order_that_overlap_are_not_called_complete(server: ArcGISServer, opener: Opener) -> None:
    url = nameless(server, 40)
    second = features(20, start=15)
    for one in second:
        del one["attributes"]["OBJECTID"]
    layer_of(server).faults.append(on("page", Reply({"features": second}), 2))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert (len(records), outcome.complete) == (34, False)


def test_equal_rows_without_object_ids_are_one_and_a_single_page_of_them_is_all(
    server: ArcGISServer, opener: Opener
) -> None:
    url = nameless(server, 10)
    layer_of(server).features += features(1)
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert (len(records), outcome.complete) == (10, True)


def test_the_one_page_of_a_layer_without_object_ids_and_paging_is_read(server: ArcGISServer, opener: Opener) -> None:
    records, _, outcome = drain(opener.open(nameless(server, 15, supports_pagination=False)).fetch(REQUEST))
    assert (len(records), outcome.complete) == (15, True)


def test_object_ids_that_are_described_and_not_sent_are_none(server: ArcGISServer, opener: Opener) -> None:
    url = served(server, 40, ignores_offset=True, flagged=False)
    bare = [{"attributes": {"PARCEL": "A", "AMOUNT": number, "OPENED": None}} for number in range(20)]
    layer_of(server).faults.append(on("page", Reply({"features": bare})))
    fetch = opener.open(url).fetch(REQUEST)
    records, _, outcome = drain(fetch)
    assert (len(records), outcome.complete, fetch.types.object_id) == (20, False, None)
    assert "no object id" in outcome.warnings[0]


def test_a_layer_without_object_ids_whose_pages_fail_is_an_error(server: ArcGISServer, opener: Opener) -> None:
    fetch = opener.open(nameless(server, deepest_offset=30)).fetch(REQUEST)
    with pytest.raises(SourceError, match="Unable to perform query"):
        list(fetch.pages())
