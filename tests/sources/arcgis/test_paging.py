"""Every record once, and the proof of it, whatever the server does to its pages."""

import time
from pathlib import Path

import pytest

from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer, Layer, esri_error
from tests.sources.helpers import REQUEST, Opener, drain, feature, features, layer_of, numbers, served
from wholesaler.errors import SourceError

ALL = list(range(1, 96))


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
