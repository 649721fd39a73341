"""Selections of any length in queries that every server takes."""

from urllib.parse import unquote

import pytest

from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer
from tests.sources.helpers import FIELDS, Opener, drain, feature, features, numbers
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.sources.interface import FetchRequest, Selection
from wholesaler.sources.paging.where import conjunction, disjunctions


def chosen(field: str = "parcel", values: tuple[str, ...] = (), patterns: tuple[str, ...] = ()) -> FetchRequest:
    return FetchRequest(fields=("PARCEL", "AMOUNT", "OPENED"), selection=Selection(field, values, patterns))


def parcels(count: int) -> tuple[str, ...]:
    return tuple(f"P{number:05d}" for number in range(1, count + 1))


def test_a_selection_brings_only_its_records(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(3000))
    records, _, outcome = drain(opener.open(url).fetch(chosen(values=("P00007", "P02999", "NONE"))))
    assert numbers(records) == [7, 2999]
    assert (outcome.complete, outcome.expected, outcome.received) == (True, None, 2)
    assert server.asked("page")[0].params["where"] == "PARCEL IN ('P00007','P02999','NONE')"


def test_a_part_is_counted_once_when_not_every_value_brought_a_record(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(3000))
    source = opener.open(url)
    assert drain(source.fetch(chosen(values=parcels(1200))))[2].complete
    assert server.asked("count") == []
    assert drain(source.fetch(chosen(values=("NONE", *parcels(1200)))))[2].complete
    assert len(server.asked("count")) == 1
    assert drain(source.fetch(chosen(patterns=("P0000%",))))[2].complete
    assert len(server.asked("count")) == 2


@pytest.mark.parametrize("request_", [chosen(values=parcels(600)), chosen(patterns=("P00%",))])
def test_a_cap_lower_than_the_one_claimed_loses_no_record_of_a_selection(
    server: ArcGISServer, opener: Opener, request_: FetchRequest
) -> None:
    url = server.add_layer("L/0", FIELDS, features(600), max_record_count=2000, cap=100, flagged=False)
    records, _, outcome = drain(opener.open(url).fetch(request_))
    assert sorted(numbers(records)) == list(range(1, 601))
    assert outcome.complete


def test_a_server_that_always_sends_nothing_is_not_believed(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(600))
    server.layers["L/0"].faults.append(on("page", Reply({"features": []})))
    records, _, outcome = drain(opener.open(url).fetch(chosen(values=parcels(3))))
    assert records == []
    assert not outcome.complete
    assert "These may not be all" in outcome.warnings[0]


def test_a_selection_that_is_not_counted_comes_but_is_not_called_complete(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(600), counts=False)
    records, _, outcome = drain(opener.open(url).fetch(chosen(values=("P00007", "NONE"))))
    assert numbers(records) == [7]
    assert not outcome.complete
    assert drain(opener.open(url).fetch(chosen(values=parcels(9))))[2].complete


def test_several_records_of_one_value_do_not_stand_for_other_values(server: ArcGISServer, opener: Opener) -> None:
    rows = features(4)
    for row in rows:
        row["attributes"]["PARCEL"] = "A" if row["attributes"]["OBJECTID"] < 4 else "B"
    url = server.add_layer("L/0", FIELDS, rows, cap=2, flagged=False)
    records, _, outcome = drain(opener.open(url).fetch(chosen(values=("A", "B", "C"))))
    assert numbers(records) == [1, 2, 3, 4]
    assert outcome.complete


def test_nothing_selected_asks_for_nothing(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(10))
    records, _, outcome = drain(opener.open(url).fetch(chosen()))
    assert records == []
    assert outcome.complete
    assert server.asked("page") == []


def test_a_long_selection_goes_out_as_form_data(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(1500), max_record_count=2000)
    records, _, outcome = drain(opener.open(url).fetch(chosen(values=parcels(1200))))
    assert numbers(records) == list(range(1, 1201))
    assert outcome.complete
    assert [page.method for page in server.asked("page")] == ["POST"] * 3


@pytest.mark.parametrize("status", [403, 404, 405, 413])
def test_a_host_that_refuses_form_data_gets_short_addresses_from_then_on(
    server: ArcGISServer, opener: Opener, status: int
) -> None:
    url = server.add_layer("L/0", FIELDS, features(1500), refuses_post=status)
    records, _, outcome = drain(opener.open(url).fetch(chosen(values=parcels(600))))
    assert numbers(records) == list(range(1, 601))
    assert outcome.complete
    gets = [page for page in server.asked("page") if page.method == "GET"]
    assert all(len(f"{server.url}{page.path}?{page.query}") <= 1800 for page in gets)
    posts = len(server.asked("page")) - len(gets)
    drain(opener.open(url).fetch(chosen(values=parcels(600))))
    assert len([page for page in server.asked("page") if page.method == "POST"]) == posts


def test_addresses_are_made_shorter_still_for_a_front_end_that_says_not_found(
    server: ArcGISServer, opener: Opener
) -> None:
    url = server.add_layer("L/0", FIELDS, features(300), refuses_post=403, longest_query=900)
    records, _, outcome = drain(opener.open(url).fetch(chosen(values=parcels(300))))
    assert sorted(numbers(records)) == list(range(1, 301))
    assert outcome.complete


def test_a_part_that_fills_a_page_is_read_to_its_counted_end(server: ArcGISServer, opener: Opener) -> None:
    rows = [feature(number) for number in range(1, 101)]
    for row in rows:
        row["attributes"]["PARCEL"] = "SAME" if row["attributes"]["OBJECTID"] <= 70 else "OTHER"
    url = server.add_layer("L/0", FIELDS, rows, max_record_count=20)
    records, _, outcome = drain(opener.open(url).fetch(chosen(values=("SAME",))))
    assert numbers(records) == list(range(1, 71))
    assert outcome.complete
    assert len(server.asked("count")) == 1


def test_patterns_are_or_ed_and_overlaps_come_once(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(300))
    request = chosen(values=("P00011",), patterns=("P0001%", "%5"))
    records, _, outcome = drain(opener.open(url).fetch(request))
    assert sorted(numbers(records)) == sorted({*range(10, 20), *range(5, 300, 10)})
    assert outcome.complete
    assert server.asked("page")[-1].params["where"] == "UPPER(PARCEL) LIKE 'P0001%' OR UPPER(PARCEL) LIKE '%5'"


def test_the_markets_where_is_and_ed_with_the_selection(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(300))
    source = opener.open(url, where="AMOUNT < 9 OR AMOUNT > 440")
    records, _, _ = drain(source.fetch(chosen(patterns=("P%",))))
    assert numbers(records) == [1, 2, 3, 4, 5, *range(294, 301)]


def test_an_apostrophe_is_doubled_and_a_space_is_percent_20_on_the_wire(server: ArcGISServer, opener: Opener) -> None:
    rows = features(2)
    rows[1]["attributes"]["PARCEL"] = "O'BRIEN + SON"
    url = server.add_layer("L/0", FIELDS, rows, refuses_plus=True)
    records, _, _ = drain(opener.open(url).fetch(chosen(values=("O'BRIEN + SON",))))
    assert numbers(records) == [2]
    wire = server.asked("page")[0].query
    assert "O%27%27BRIEN%20%2B%20SON" in wire
    assert unquote(wire).count("+") == 1


def test_numbers_are_compared_as_numbers(server: ArcGISServer, opener: Opener) -> None:
    fields = FIELDS | {"PARCEL": "esriFieldTypeInteger"}
    rows = features(5)
    for row in rows:
        row["attributes"]["PARCEL"] = row["attributes"]["OBJECTID"] * 11
    url = server.add_layer("L/0", fields, rows)
    records, _, _ = drain(opener.open(url).fetch(chosen(values=("22", "44", "A7"))))
    assert numbers(records) == [2, 4]
    assert server.asked("page")[0].params["where"] == "PARCEL IN (22,44)"
    with pytest.raises(ConfigurationError, match="'PARCEL' is a number"):
        opener.open(url).fetch(chosen(patterns=("2%",)))


def test_a_part_that_takes_too_long_is_asked_in_smaller_ones(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(600))

    def slow(request: Request) -> Reply | None:
        many = request.kind == "page" and request.params["where"].count(",") > 150
        return Reply(b"", 504) if many else None

    server.layers["L/0"].faults.append(slow)
    records, _, outcome = drain(opener.open(url).fetch(chosen(values=parcels(600))))
    assert sorted(numbers(records)) == list(range(1, 601))
    assert outcome.complete


def test_a_selection_by_a_field_that_does_not_exist_names_it(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(1))
    with pytest.raises(ConfigurationError, match="no field 'FOLIO'"):
        opener.open(url).fetch(chosen(field="FOLIO", values=("1",)))


def test_a_refused_selection_fails_in_the_servers_words(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(1))
    refusal = Reply({"error": {"code": 499, "message": "Token Required", "details": []}})
    server.layers["L/0"].faults.append(lambda request: refusal if request.kind == "page" else None)
    with pytest.raises(SourceError, match="499: Token Required"):
        opener.open(url).fetch(chosen(values=("1",)))


def test_every_alternative_is_in_exactly_one_chunk_and_no_chunk_is_too_long() -> None:
    values = tuple(f"{number}'s" for number in range(1000))
    (found,) = disjunctions("liens", Selection("F", values), "F", numeric=False)
    chunks = list(found.parts(0, 90, 700))
    assert [chunk.end for chunk in chunks][-1] == 1000
    assert sum(chunk.clause.count("''s") for chunk in chunks) == 1000
    assert all(chunk.clause.startswith("F IN ('") and chunk.clause.endswith("')") for chunk in chunks)
    assert all(len(chunk.clause.replace("'", "%27").replace(" ", "%20")) <= 700 for chunk in chunks)


def test_clauses_are_only_parenthesised_when_there_are_several() -> None:
    assert conjunction(None, "1=1") == "1=1"
    assert conjunction("1=1", "A=1") == "A=1"
    assert conjunction("A=1 OR B=2", None, "C=3") == "(A=1 OR B=2) AND (C=3)"
