"""A sample of a service: its first and its last records, how many there are, and the words of a field."""

import pytest

from tests.servers import on
from tests.servers.arcgis import ArcGISServer, esri_error
from tests.servers.socrata import SocrataServer
from tests.sources.helpers import REQUEST, Opener, delete_first, drain, layer_of, nameless, numbers, served
from wholesaler.sources.interface import FetchRequest

SAMPLE = FetchRequest(REQUEST.fields, sample=10)
TYPES = {"PARCEL": "text", "STATUS": "text"}


@pytest.mark.parametrize(
    ("count", "came", "complete"),
    [
        (0, [], True),
        (9, range(1, 10), True),
        (10, range(1, 11), True),
        (15, range(1, 16), True),
        (20, range(1, 21), True),
        (21, [*range(1, 11), *range(12, 22)], False),
        (95, [*range(1, 11), *range(86, 96)], False),
    ],
)
def test_the_first_and_the_last_records_come_each_once(
    server: ArcGISServer, opener: Opener, count: int, came: list[int], complete: bool
) -> None:
    records, points, outcome = drain(opener.open(served(server, count)).fetch(SAMPLE))
    assert numbers(records) == list(came)
    assert len(points) == len(records)
    assert (outcome.complete, outcome.received, outcome.expected) == (complete, len(came), count)
    assert len(server.asked("page")) <= 2


def test_a_layer_without_offsets_shows_its_first_page(server: ArcGISServer, opener: Opener) -> None:
    records, _, outcome = drain(opener.open(served(server, supports_pagination=False)).fetch(SAMPLE))
    assert numbers(records) == list(range(1, 21))
    assert (outcome.complete, outcome.expected) == (False, 95)


def test_a_layer_that_has_no_page_so_deep_shows_its_first(server: ArcGISServer, opener: Opener) -> None:
    url = served(server)
    layer_of(server).deepest_offset = 50
    records, _, outcome = drain(opener.open(url).fetch(SAMPLE))
    assert numbers(records) == list(range(1, 11))
    assert not outcome.complete


def test_a_layer_that_does_not_count_tells_no_number(server: ArcGISServer, opener: Opener) -> None:
    url = served(server, 7, counts=False)
    records, _, outcome = drain(opener.open(url).fetch(SAMPLE))
    assert (len(records), outcome.complete, outcome.expected) == (7, True, None)


def test_rows_without_ids_are_told_apart_by_what_they_say(server: ArcGISServer, opener: Opener) -> None:
    records, _, outcome = drain(opener.open(nameless(server)).fetch(SAMPLE))
    assert (len(records), outcome.complete) == (20, False)


def test_rows_that_go_meanwhile_end_no_sample(server: ArcGISServer, opener: Opener) -> None:
    url = served(server, 15)
    layer_of(server).changes.append(delete_first(2, rows=3))
    records, _, outcome = drain(opener.open(url).fetch(SAMPLE))
    assert not outcome.complete
    assert len(records) == 12


def test_words_are_counted_by_the_server_with_the_same_condition(server: ArcGISServer, opener: Opener) -> None:
    url = served(server, 40)
    for row in layer_of(server).features:
        row["attributes"]["PARCEL"] = "A" if row["attributes"]["OBJECTID"] <= 30 else "B"
    layer_of(server).features[0]["attributes"]["PARCEL"] = None
    assert opener.open(url).fetch(SAMPLE).words("PARCEL") == {"A": 29, "B": 10}
    assert opener.open(url, where="OBJECTID > 35").fetch(SAMPLE).words("PARCEL") == {"B": 5}
    assert opener.open(url).fetch(FetchRequest(REQUEST.fields)).words("PARCEL") is None
    layer_of(server).faults.append(on("statistics", esri_error(400, "Not supported")))
    assert opener.open(url).fetch(SAMPLE).words("PARCEL") is None


def test_more_values_than_fit_into_one_answer_are_no_words(server: ArcGISServer, opener: Opener) -> None:
    assert opener.open(served(server, 19)).fetch(SAMPLE).words("PARCEL") is not None
    assert opener.open(served(server, 20)).fetch(SAMPLE).words("PARCEL") is None


def test_a_dataset_tells_its_sample_and_words_too(portal: SocrataServer, opener: Opener) -> None:
    rows = [{"PARCEL": f"P{number:03d}", "STATUS": "OPEN" if number % 3 else "SHUT"} for number in range(40)]
    rows[5].pop("STATUS")
    url = portal.add_dataset("abcd-1234", TYPES, rows)
    fetch = opener.open(url, "socrata").fetch(FetchRequest(("PARCEL", "STATUS"), sample=10))
    records, _, outcome = drain(fetch)
    assert [record["PARCEL"] for record in records] == [f"P{number:03d}" for number in (*range(10), *range(30, 40))]
    assert (outcome.complete, outcome.expected) == (False, 40)
    assert fetch.words("STATUS") == {"OPEN": 25, "SHUT": 14}
    portal.datasets["abcd-1234"].rows += [{":id": f"x{n}", "PARCEL": "P", "STATUS": f"{n}"} for n in range(998)]
    assert fetch.words("STATUS") is None
