"""Socrata datasets: every row once, by the rules of SODA 2.1."""

from pathlib import Path
from typing import Any

import pytest

from tests.servers import Reply, Request, on
from tests.servers.socrata import Dataset, SocrataServer
from tests.sources.helpers import Opener, drain
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.sources.interface import FetchRequest, FieldTypes, Selection

TYPES = {"apno": "text", "casedt": "calendar_date", "resdt": "calendar_date", "amount": "number", "place": "point"}
REQUEST = FetchRequest(fields=("apno", "casedt", "resdt", "amount"), ignored=frozenset({"place"}), geometry=False)


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {
            "apno": f"2026-{number:05d}LOT",
            "casedt": "2026-07-01T00:00:00.000",
            "resdt": None if number % 2 else "2026-07-09T00:00:00.000",
            "amount": str(number),
            "place": {"type": "Point", "coordinates": [-81.0, 28.0 + number / 1000]} if number % 3 else None,
        }
        for number in range(1, count + 1)
    ]


def opened(portal: SocrataServer, opener: Opener, count: int = 95, **options: Any) -> Any:
    return opener.open(portal.add_dataset("abcd-1234", TYPES, rows(count), **options), "socrata", page_size=20)


def test_all_rows_come_once_in_the_order_of_their_row_ids(portal: SocrataServer, opener: Opener) -> None:
    fetch = opened(portal, opener).fetch(REQUEST)
    records, points, outcome = drain(fetch)
    assert [record["amount"] for record in records] == [str(number) for number in range(1, 96)]
    assert (outcome.complete, outcome.received, outcome.expected, outcome.warnings) == (True, 95, 95, ())
    assert fetch.types == FieldTypes(object_id=":id")
    assert records[0][":id"] == "row-000000.aaaa_bbbb"
    assert points == [None] * 95
    assert {page.params["$order"] for page in portal.asked("page")} == {":id"}
    assert len(portal.asked("page")) == 5


def test_an_absent_key_is_a_null_and_no_missing_field(portal: SocrataServer, opener: Opener) -> None:
    records, _, outcome = drain(opened(portal, opener, count=1).fetch(REQUEST))
    assert "resdt" not in records[0]
    assert outcome.warnings == ()


@pytest.mark.parametrize("headers", [True, False])
def test_missing_and_new_fields_are_seen_in_the_headers_or_the_view(
    portal: SocrataServer, opener: Opener, headers: bool
) -> None:
    source = opened(portal, opener, headers=headers)
    with pytest.raises(ConfigurationError, match=r"sources\.liens.*'casenr'.*apno, casedt"):
        source.fetch(FetchRequest(fields=("apno", "casenr")))
    optional = FetchRequest(fields=("APNO", "casenr"), optional=frozenset({"casenr"}), ignored=frozenset({"place"}))
    fetch = source.fetch(optional)
    _, _, outcome = drain(fetch)
    assert fetch.names["APNO"] == "apno"
    assert outcome.warnings == (
        "The optional field casenr does not exist (any more).",
        "Fields that the market file neither uses nor ignores: casedt, resdt, amount.",
    )
    # the only place is used without being named
    _, _, outcome = drain(source.fetch(FetchRequest(fields=("apno",))))
    assert outcome.warnings == ("Fields that the market file neither uses nor ignores: casedt, resdt, amount.",)


def test_without_headers_and_view_a_wrong_field_fails_in_the_servers_words(
    portal: SocrataServer, opener: Opener
) -> None:
    source = opened(portal, opener, headers=False, view=False)
    records, _, outcome = drain(source.fetch(REQUEST))
    assert len(records) == 95
    assert "does not list" in outcome.warnings[0]
    with pytest.raises(SourceError, match="400: No such column: casenr"):
        source.fetch(FetchRequest(fields=("casenr",)))


def test_the_where_of_the_market_and_the_selection_are_and_ed(portal: SocrataServer, opener: Opener) -> None:
    url = portal.add_dataset("abcd-1234", TYPES, rows(95))
    source = opener.open(url, "socrata", where="resdt IS NULL OR apno = '2026-00002LOT'")
    values = tuple(f"2026-{number:05d}LOT" for number in range(1, 400))
    request = FetchRequest(fields=REQUEST.fields, selection=Selection("apno", values), geometry=False)
    records, _, outcome = drain(source.fetch(request))
    assert [record["amount"] for record in records] == ["1", "2", *map(str, range(3, 96, 2))]
    assert outcome.complete
    assert {request.method for request in portal.requests} == {"GET"}
    assert all(len(f"{portal.url}{page.path}?{page.query}") <= 1800 for page in portal.asked("page"))


def test_spaces_are_percent_20_since_plus_is_refused(portal: SocrataServer, opener: Opener) -> None:
    url = portal.add_dataset("abcd-1234", TYPES, rows(5))
    records, _, _ = drain(opener.open(url, "socrata", where="apno = '2026-00002LOT'").fetch(REQUEST))
    assert len(records) == 1
    assert "%20%3D%20" in portal.asked("page")[0].query


def test_a_202_is_asked_again(portal: SocrataServer, opener: Opener) -> None:
    source = opened(portal, opener)
    portal.datasets["abcd-1234"].faults.append(on("page", Reply(b"", 202), 2))
    assert drain(source.fetch(REQUEST))[2].complete


def test_a_portal_that_sends_less_than_asked_loses_no_row(portal: SocrataServer, opener: Opener) -> None:
    records, _, outcome = drain(opened(portal, opener, cap=7).fetch(REQUEST))
    assert len({record["apno"] for record in records}) == 95
    assert outcome.complete


def test_rows_that_shift_between_pages_come_once(portal: SocrataServer, opener: Opener) -> None:
    source = opened(portal, opener)

    def insert(dataset: Dataset, request: Request) -> None:
        if request.kind == "page" and request.number == 2:
            dataset.rows = [{":id": "row-", **rows(1)[0]}, *dataset.rows]

    portal.datasets["abcd-1234"].changes.append(insert)
    records, _, outcome = drain(source.fetch(REQUEST))
    assert len({record[":id"] for record in records}) == len(records) == 95
    assert outcome.complete


def test_a_row_that_a_deletion_moved_out_of_the_next_page_is_fetched_after_all(
    portal: SocrataServer, opener: Opener
) -> None:
    source = opened(portal, opener)

    def delete(dataset: Dataset, request: Request) -> None:
        if request.kind == "page" and request.number == 2:
            dataset.rows = dataset.rows[1:]

    portal.datasets["abcd-1234"].changes.append(delete)
    records, _, outcome = drain(source.fetch(REQUEST))
    assert len({record[":id"] for record in records}) == len(records) == 95
    assert (outcome.complete, outcome.expected) == (True, 94)


def test_rows_that_are_missing_make_the_fetch_partial(portal: SocrataServer, opener: Opener) -> None:
    source = opened(portal, opener)
    portal.datasets["abcd-1234"].faults.append(on("count", Reply([{"count": "300"}])))
    records, _, outcome = drain(source.fetch(REQUEST))
    assert len(records) == 95
    assert (outcome.complete, outcome.expected) == (False, 300)


def test_a_row_that_is_no_object_is_an_empty_record(portal: SocrataServer, opener: Opener) -> None:
    source = opened(portal, opener, count=3)
    listed = [{":id": "a", "apno": "1"}, None, {":id": "b", "apno": "2"}]
    portal.datasets["abcd-1234"].faults.append(on("page", Reply(listed)))
    records, points, outcome = drain(source.fetch(FetchRequest(fields=("apno",))))
    assert records == [{":id": "a", "apno": "1"}, {}, {":id": "b", "apno": "2"}]
    assert points == [None] * 3
    assert "1 × record without content, rejected." in outcome.warnings
    assert not outcome.complete


def test_points_come_from_the_datasets_point_column(portal: SocrataServer, opener: Opener) -> None:
    _, points, _ = drain(opened(portal, opener, count=3).fetch(FetchRequest(fields=("apno",))))
    assert points == [(-81.0, 28.001), (-81.0, 28.002), None]


def test_the_token_goes_into_the_header_and_into_no_message(portal: SocrataServer, tmp_path: Path) -> None:
    url = portal.add_dataset("abcd-1234", TYPES, rows(3))
    portal.datasets["abcd-1234"].faults.append(on("page", Reply({"message": "Invalid app_token secret-7"}, 403)))
    with Opener(tmp_path, SOCRATA_APP_TOKEN="secret-7") as opener, pytest.raises(SourceError) as caught:
        opener.open(url, "socrata").fetch(REQUEST)
    assert {request.headers["x-app-token"] for request in portal.requests} == {"secret-7"}
    assert "Invalid app_token" in str(caught.value)
    assert "secret-7" not in str(caught.value)


def test_numbers_are_selected_as_numbers(portal: SocrataServer, opener: Opener) -> None:
    source = opened(portal, opener)
    request = FetchRequest(fields=("apno",), selection=Selection("amount", ("3", "x")), geometry=False)
    drain(source.fetch(request))
    assert portal.asked("page")[0].params["$where"] == "amount IN (3)"


@pytest.mark.parametrize("sends", ["refuses", "leaves out"])
def test_a_view_without_row_ids_is_ordered_by_its_key(portal: SocrataServer, opener: Opener, sends: str) -> None:
    url = portal.add_dataset("abcd-1234", TYPES, rows(95))
    dataset = portal.datasets["abcd-1234"]

    def refuse(request: Request) -> Reply | None:
        named = request.params.get("$select", "") + request.params.get("$order", "")
        return Reply({"message": "No such column: :id", "error": True}, 400) if ":id" in named else None

    if sends == "refuses":
        dataset.faults.append(refuse)
    else:
        for row in dataset.rows:
            row[":id"] = None
    source = opener.open(url, "socrata", page_size=20, fields={"parcel": "apno"})
    fetch = source.fetch(REQUEST)
    records, _, outcome = drain(fetch)
    assert sorted(record["apno"] for record in records) == sorted(row["apno"] for row in rows(95))
    assert outcome.complete
    assert "no row ids (:id): its pages are ordered by apno" in " ".join(outcome.warnings)
    assert portal.asked("page")[-1].params["$order"] == "apno"
    assert fetch.types == FieldTypes(object_id=None)


PLACES = {"apno": "text", "owner_mailing": "location", "property_location": "location"}


def two_places(portal: SocrataServer) -> str:
    row = {
        "apno": "1",
        "owner_mailing": {"latitude": "28.6", "longitude": "-81.2"},
        "property_location": {"latitude": "28.5", "longitude": "-81.4"},
    }
    return portal.add_dataset("abcd-1234", PLACES, [row])


def test_of_several_places_none_is_taken_unasked(portal: SocrataServer, opener: Opener) -> None:
    source = opener.open(two_places(portal), "socrata")
    with pytest.raises(ConfigurationError, match=r'owner_mailing, property_location\. .*location = \{ field = "'):
        source.fetch(FetchRequest(fields=("apno",)))
    assert drain(source.fetch(FetchRequest(fields=("apno",), geometry=False)))[1] == [None]


def test_the_place_that_is_meant_can_be_said(portal: SocrataServer, opener: Opener) -> None:
    source = opener.open(two_places(portal), "socrata")
    request = FetchRequest(fields=("apno",), geometry_field="PROPERTY_LOCATION")
    assert drain(source.fetch(request))[1] == [(-81.4, 28.5)]
    with pytest.raises(ConfigurationError, match="no field 'nowhere'"):
        source.fetch(FetchRequest(fields=("apno",), geometry_field="nowhere"))


def test_headings_and_descriptions_are_titles(portal: SocrataServer, opener: Opener) -> None:
    columns = [{"fieldName": "casedt", "name": "CASEDT", "description": "Day of the filing"}, {"name": "x"}, 5]
    source = opened(portal, opener)
    portal.datasets["abcd-1234"].faults.append(on("view", Reply({"columns": columns}), 1))
    assert source.titles() == {"casedt": ("Day of the filing",)}
    portal.datasets["abcd-1234"].view = False
    assert source.titles() == {}
