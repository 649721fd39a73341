"""Layers without object ids: every record, an end, and no proof that is none."""

import pytest

from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer
from tests.sources.helpers import REQUEST, Opener, drain, features, layer_of, nameless, numbers, served
from wholesaler.errors import SourceError


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
