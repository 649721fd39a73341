"""Layers that share object ids between rows, and services that never end."""

from typing import Any

import pytest

from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer, Layer
from tests.sources.helpers import (
    FIELDS,
    REQUEST,
    Opener,
    delete_first,
    drain,
    feature,
    features,
    layer_of,
    nameless,
    numbers,
    served,
)
from wholesaler.sources.paging import scan


def sharing(count: int, first: int, last: int) -> list[dict[str, Any]]:
    """Features of which those from ``first`` to ``last`` have one object id."""
    rows = features(count)
    for row in rows[first - 1 : last]:
        row["attributes"]["OBJECTID"] = first
    return rows


@pytest.mark.parametrize(("first", "last"), [(1, 10), (15, 25), (1, 95), (20, 21), (86, 95)])
@pytest.mark.parametrize("options", [{}, {"supports_pagination": False}, {"deepest_offset": 0}, {"cap": 7}])
def test_rows_that_share_an_object_id_are_records_when_they_say_different_things(
    server: ArcGISServer, opener: Opener, first: int, last: int, options: dict[str, Any]
) -> None:
    if first == 1 and last == 95 and options:
        pytest.skip("where an id is the only way to page, more rows of one id than a page has cannot be had")
    if (first, last) == (20, 21) and "deepest_offset" in options:
        pytest.skip("the next page begins behind the id, and nothing tells that another row has it: partial")
    if last - first >= 7 and options.get("cap"):
        options = {"cap": 11}
    url = server.add_layer("L/0", FIELDS, sharing(95, first, last), **{"max_record_count": 20, **options})
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert sorted(record["PARCEL"] for record in records) == [f"P{number:05d}" for number in range(1, 96)]
    assert outcome.complete


def test_equal_rows_that_share_an_object_id_are_one_record_and_complete(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, [*features(5), feature(5), feature(5)], max_record_count=20)
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert len(records) == 5
    assert outcome.complete


def compute(layer: Layer, request: Request) -> None:
    """A column that each answer computes anew."""
    layer.features = [{**row, "attributes": {**row["attributes"], "AMOUNT": request.number}} for row in layer.features]


@pytest.mark.parametrize("lists_ids", [True, False])
def test_a_row_edited_before_it_is_read_again_is_delivered_once(
    server: ArcGISServer, opener: Opener, lists_ids: bool
) -> None:
    url = served(server, lists_ids=lists_ids)
    layer_of(server).changes += [delete_first(2), compute]
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert sorted(numbers(records)) == list(range(1, 96))
    assert (outcome.complete, outcome.received, outcome.expected) == (True, 95, 94)


@pytest.mark.parametrize("options", [{"supports_pagination": False, "cap": 20}, {"deepest_offset": 40, "cap": 20}])
def test_a_row_edited_before_another_way_meets_it_is_delivered_once(
    server: ArcGISServer, opener: Opener, options: dict[str, Any]
) -> None:
    url = server.add_layer("L/0", FIELDS, features(95), **{"max_record_count": 30, **options})
    layer_of(server).changes.append(compute)
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert sorted(numbers(records)) == list(range(1, 96))
    assert outcome.complete


def test_a_row_that_shares_its_id_is_found_when_the_layer_is_read_again(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, sharing(95, 21, 22), max_record_count=20, lists_ids=False)
    layer_of(server).changes.append(delete_first(2))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert sorted(record["PARCEL"] for record in records) == [f"P{number:05d}" for number in range(1, 96)]
    assert (outcome.complete, outcome.expected) == (True, 94)


def endless(request: Request) -> Reply | None:
    """New rows for ever, whatever is asked."""
    if request.kind != "page":
        return None
    return Reply({"features": features(20, 20 * request.number), "exceededTransferLimit": True})


def test_a_layer_that_goes_on_beyond_its_own_count_is_stopped_at_the_ceiling(
    server: ArcGISServer, opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "MOST_PAGES", 50)
    url = served(server, 30)
    layer_of(server).faults.append(endless)
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert 1000 <= len(records) < 1100
    assert not outcome.complete
    assert "counts 30 records and goes on sending: stopped after 1," in outcome.warnings[-1]


def test_a_layer_whose_count_is_too_low_is_read_to_its_end_and_partial(server: ArcGISServer, opener: Opener) -> None:
    url = served(server, 5000, max_record_count=500)
    layer_of(server).faults.append(on("count", Reply({"count": 1000})))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert numbers(records) == list(range(1, 5001))
    assert (outcome.complete, outcome.received, outcome.expected) == (False, 5000, 1000)


def test_the_same_ids_without_end_are_stopped_whatever_their_rows_say(server: ArcGISServer, opener: Opener) -> None:
    def repeat(request: Request) -> Reply | None:
        if request.kind != "page":
            return None
        rows = [{"attributes": {**row["attributes"], "AMOUNT": request.number}} for row in features(200)]
        return Reply({"features": rows, "exceededTransferLimit": True})

    url = served(server, 200, max_record_count=200)
    layer_of(server).faults.append(repeat)
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert 1200 < len(records) < 2000
    assert not outcome.complete
    assert "goes on sending" in outcome.warnings[-1]


@pytest.mark.parametrize("makes", [served, nameless])
def test_a_layer_that_does_not_count_is_stopped_at_the_ceiling(
    server: ArcGISServer, opener: Opener, monkeypatch: pytest.MonkeyPatch, makes: Any
) -> None:
    monkeypatch.setattr(scan, "MOST_PAGES", 50)
    url = makes(server, 30, counts=False)
    layer_of(server).faults.append(endless)
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert len(records) == 1000
    assert not outcome.complete
    assert "does not count its records and goes on sending" in outcome.warnings[-1]


def test_empty_pages_that_promise_more_come_to_an_end(server: ArcGISServer, opener: Opener) -> None:
    url = served(server, 30)
    layer_of(server).faults.append(on("page", Reply({"features": [], "exceededTransferLimit": True})))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert (records, outcome.complete) == ([], False)
    assert len(server.requests) < 100
