"""Field names, geometries and the description of a layer."""

from contextlib import suppress
from threading import Thread
from typing import Any

import pytest

from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer, esri_error
from tests.servers.wire import Wire, http
from tests.sources.helpers import FIELDS, REQUEST, Opener, drain, feature, features
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.sources.interface import FetchRequest, FieldTypes

SQUARE = [[0.0, 0.0], [0.0, 2.0], [2.0, 2.0], [2.0, 0.0], [0.0, 0.0]]
FAR = [[10.0, 10.0], [10.0, 10.5], [10.5, 10.5], [10.5, 10.0], [10.0, 10.0]]


def shaped(*geometries: Any) -> list[dict[str, Any]]:
    return [feature(number) | {"geometry": geometry} for number, geometry in enumerate(geometries, 1)]


def test_names_match_without_case_and_by_the_last_dotted_segment(server: ArcGISServer, opener: Opener) -> None:
    fields = {"OBJECTID": "esriFieldTypeOID", "PGIS.PAO.OWNER1": "esriFieldTypeString", "Opened": "esriFieldTypeDate"}
    row = {"attributes": {"OBJECTID": 1, "PGIS.PAO.OWNER1": "ROE", "Opened": 5}}
    url = server.add_layer("L/0", fields, [row], geometry_type=None)
    fetch = opener.open(url).fetch(FetchRequest(fields=("owner1", "OPENED")))
    records, points, _ = drain(fetch)
    assert fetch.names == {"owner1": "PGIS.PAO.OWNER1", "OPENED": "Opened"}
    assert records[0][fetch.names["owner1"]] == "ROE"
    assert fetch.types.epoch_milliseconds == {"Opened"}
    assert fetch.types.object_id == "OBJECTID"
    assert points == [None]


def test_names_are_those_of_the_answer_where_it_differs_from_the_description(
    server: ArcGISServer, opener: Opener
) -> None:
    fields = {"A.OBJECTID": "esriFieldTypeOID", "A.OPENED": "esriFieldTypeDate"}
    rows = [{"attributes": {"A.OBJECTID": number, "A.OPENED": 5}} for number in range(5)]
    renamed = {"A.OBJECTID": "OBJECTID", "A.OPENED": "OPENED"}
    url = server.add_layer("L/0", fields, rows, oid_field="A.OBJECTID", geometry_type=None, renamed=renamed)
    fetch = opener.open(url).fetch(FetchRequest(fields=("OPENED",)))
    assert fetch.names == {"OPENED": "OPENED"}
    assert fetch.types == FieldTypes(frozenset({"OPENED"}), "OBJECTID")
    records, _, outcome = drain(fetch)
    assert len(records) == 5
    assert outcome.complete


def test_a_missing_field_is_named_with_the_source_and_the_fields_there_are(
    server: ArcGISServer, opener: Opener
) -> None:
    url = server.add_layer("L/0", FIELDS, features(1))
    with pytest.raises(ConfigurationError, match=r"sources\.liens.*'SALE'.*OBJECTID, PARCEL, AMOUNT") as caught:
        opener.open(url).fetch(FetchRequest(fields=("PARCEL", "SALE")))
    assert caught.value.exit_code == 78


def test_a_missing_optional_field_is_a_warning(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(1))
    request = FetchRequest(fields=("PARCEL", "AMOUNT", "OPENED", "SALE"), optional=frozenset({"SALE"}))
    records, _, outcome = drain(opener.open(url).fetch(request))
    assert outcome.warnings == ("The optional field SALE does not exist (any more).",)
    assert "SALE" not in records[0]


def test_a_name_that_two_joined_tables_have_must_be_written_whole(server: ArcGISServer, opener: Opener) -> None:
    fields = FIELDS | {"A.OWNER": "esriFieldTypeString", "B.OWNER": "esriFieldTypeString"}
    url = server.add_layer("L/0", fields, features(1))
    with pytest.raises(ConfigurationError, match=r"'OWNER' can be any of A\.OWNER, B\.OWNER"):
        opener.open(url).fetch(FetchRequest(fields=("OWNER",)))


def test_new_fields_are_named_in_one_warning_and_ignored_or_system_ones_are_not(
    server: ArcGISServer, opener: Opener
) -> None:
    extra = {
        "LIEN": "esriFieldTypeString",
        "NOTE": "esriFieldTypeString",
        "Phone": "esriFieldTypeString",
        "GlobalID": "esriFieldTypeGlobalID",
        "Shape__Area": "esriFieldTypeDouble",
        "T.SHAPE.STArea()": "esriFieldTypeDouble",
        "OBJECTID_1": "esriFieldTypeInteger",
    }
    url = server.add_layer("L/0", FIELDS | extra, features(1))
    request = FetchRequest(fields=REQUEST.fields, ignored=frozenset({"PHONE"}))
    _, _, outcome = drain(opener.open(url).fetch(request))
    assert outcome.warnings == ("Fields that the market file neither uses nor ignores: LIEN, NOTE.",)


def test_the_fields_asked_for_are_named_to_the_server(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(1))
    drain(opener.open(url).fetch(FetchRequest(fields=("PARCEL",), geometry=False)))
    page = server.asked("page")[0]
    assert page.params["outFields"] == "PARCEL,OBJECTID"
    assert page.params["returnGeometry"] == "false"
    assert "outSR" not in page.params


def test_a_server_that_fails_named_fields_is_asked_for_all_of_them(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(50), max_record_count=20, refuses_named_fields=True)
    source = opener.open(url)
    records, _, outcome = drain(source.fetch(REQUEST))
    assert len(records) == 50
    assert outcome.complete
    asked = len(server.asked("page"))
    drain(source.fetch(REQUEST))
    assert {page.params["outFields"] for page in server.asked("page")[asked:]} == {"*"}


def test_geometries_of_every_kind_become_points_or_none(server: ArcGISServer, opener: Opener) -> None:
    geometries: list[Any] = [None, {}, {"x": "NaN", "y": "NaN"}, {"x": 1, "y": 2}, {"points": [[3.0, 4.0], [9.0, 9.0]]}]
    geometries += [{"rings": [FAR, SQUARE]}, {"rings": []}, {"x": None, "y": None}]
    rows = [*shaped(*geometries), {"attributes": feature(9)["attributes"]}]
    _, points, _ = drain(opener.open(server.add_layer("L/0", FIELDS, rows)).fetch(REQUEST))
    assert points == [None, None, None, (1.0, 2.0), (3.0, 4.0), (1.0, 1.0), None, None, None]


def test_nan_as_a_bare_word_and_bad_utf8_are_read(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(1))
    body = b'{"features": [{"attributes": {"OBJECTID": 1, "PARCEL": "CALLE \xd1"}, "geometry": {"x": NaN, "y": NaN}}]}'
    server.layers["L/0"].faults.append(on("page", Reply(body)))
    records, points, _ = drain(opener.open(url).fetch(REQUEST))
    assert records[0]["PARCEL"] == "CALLE \ufffd"
    assert points == [None]


def test_numbers_that_json_does_not_know_cost_no_other_record(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(3))
    rows = [
        b'{"attributes": {"OBJECTID": %d, "PARCEL": "P%d", "AMOUNT": %s, "OPENED": %s}}' % (number, number, odd, odd)
        for number, odd in enumerate((b"NaN", b"-Infinity", b"1" * 400), 1)
    ]
    server.layers["L/0"].faults.append(on("page", Reply(b'{"features": [%s]}' % b",".join(rows))))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert [record["PARCEL"] for record in records] == ["P1", "P2", "P3"]
    assert outcome.complete


@pytest.mark.parametrize("place", [0, 1, 30])
@pytest.mark.parametrize("odd", [None, 5, "text", [], {}, {"attributes": None}, {"attributes": [1], "geometry": None}])
def test_a_feature_that_holds_no_record_is_an_empty_one_and_the_others_come(
    server: ArcGISServer, opener: Opener, odd: Any, place: int
) -> None:
    url = server.add_layer("L/0", FIELDS, features(50), max_record_count=20)
    rows = server.layers["L/0"].features

    def spoil(request: Request) -> Reply | None:
        if request.kind != "page" or "resultOffset" not in request.params:
            return None
        start = int(request.params["resultOffset"])
        return Reply({"features": [*rows[:place], odd, *rows[place + 1 :]][start : start + 20]})

    server.layers["L/0"].faults.append(spoil)
    fetch = opener.open(url).fetch(REQUEST)
    records, points, outcome = drain(fetch)
    assert [record.get("OBJECTID") for record in records] == [
        None if number == place + 1 else number for number in range(1, 51)
    ]
    assert (records[place], points[place]) == ({}, None)
    assert fetch.names["PARCEL"] == "PARCEL"
    assert outcome.warnings[0] == "1 × record without content, rejected."
    # Which row it is remains unknown: there are 50 and the ids of 49 of them.
    assert (outcome.complete, outcome.received, outcome.expected) == (False, 49, 50)


def test_a_page_without_any_record_does_not_end_the_others(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(50), max_record_count=20)
    server.layers["L/0"].faults.append(on("page", Reply({"features": [None] * 20}), 2))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert [record["OBJECTID"] for record in records if record] == [*range(1, 21), *range(41, 51)]
    assert len(records) == 50
    assert "20 × record" in outcome.warnings[0]
    assert not outcome.complete


def test_features_of_another_kind_are_refused(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(5))
    rows = [{"type": "Feature", "properties": {"PARCEL": "A"}}, {"type": "Feature", "properties": {"PARCEL": "B"}}]
    server.layers["L/0"].faults.append(on("page", Reply({"features": rows})))
    with pytest.raises(SourceError, match="sent features without attributes"):
        opener.open(url).fetch(REQUEST)


def test_coordinates_that_are_not_degrees_are_warned_of(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(50), max_record_count=20, wkid=2881)
    _, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert outcome.warnings == ("Asked for degrees (4326), the publisher sent coordinates of reference system 2881.",)


def test_a_layer_that_permits_no_queries_is_refused(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(1), capabilities="Map")
    with pytest.raises(SourceError, match="permits Map and no queries") as caught:
        opener.open(url).fetch(REQUEST)
    assert not caught.value.transient


def test_a_group_layer_is_refused_with_a_hint(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, [])
    server.layers["L/0"].faults.append(on("metadata", Reply({"type": "Group Layer", "subLayers": []})))
    with pytest.raises(SourceError, match=r"Group Layer.*ends in its number"):
        opener.open(url).fetch(REQUEST)


def test_healthy_metadata_before_a_failing_query_is_a_failure(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(1))
    server.layers["L/0"].faults += [on(kind, esri_error(504, "Gateway timeout")) for kind in ("page", "count", "ids")]
    server.layers["L/0"].faults.append(on("statistics", esri_error(504, "Gateway timeout")))
    with pytest.raises(SourceError, match="504: Gateway timeout"):
        opener.open(url).fetch(REQUEST)


def test_a_layer_that_does_not_answer_holds_up_no_other(server: ArcGISServer, opener: Opener) -> None:
    with Wire(http(lambda wire, connection: wire.over.wait() and None)) as silent:
        stuck = opener.open(f"http://127.0.0.1:{silent.port}/L/0")

        def ask() -> None:
            with suppress(SourceError):
                stuck.field_types()

        asking = Thread(target=ask)
        asking.start()
        while not silent.received:
            asking.join(0.01)
        answering = Thread(target=opener.open(server.add_layer("L/0", FIELDS, features(1))).field_types)
        answering.start()
        answering.join(5)
        assert (answering.is_alive(), asking.is_alive()) == (False, True)
        opener.close()
        asking.join()


def test_codes_have_the_names_that_the_layer_describes(server: ArcGISServer, opener: Opener) -> None:
    url = server.add_layer("L/0", FIELDS, features(1), codes={"PARCEL": {1: " Open  case ", 2.0: "Closed"}})
    assert opener.open(url).codes() == {"PARCEL": {"1": "Open case", "2": "Closed"}}


@pytest.mark.parametrize(
    ("domain", "codes"),
    [
        (None, {}), ({"type": "range", "range": [1, 9]}, {}), ({"codedValues": "none"}, {}), ([], {}),
        ({"codedValues": [{"code": None, "name": "A"}, {"code": "B", "name": 7}, {"code": "C", "name": " "}, 5]}, {}),
        ({"codedValues": [{"code": "B", "name": "Open"}, {}]}, {"KIND": {"B": "Open"}}),
    ],
)  # fmt: skip
def test_domains_that_name_nothing_are_none(server: ArcGISServer, opener: Opener, domain: Any, codes: Any) -> None:
    fields = [{"name": "OBJECTID", "type": "esriFieldTypeOID"}, {"name": "KIND", "type": "", "domain": domain}]
    url = server.add_layer("L/0", FIELDS, features(1))
    server.layers["L/0"].faults.append(lambda request: Reply({"fields": fields}))
    assert opener.open(url).codes() == codes


def test_subtypes_are_codes_with_names(server: ArcGISServer, opener: Opener) -> None:
    described = {
        "fields": [{"name": "OBJECTID", "type": "esriFieldTypeOID"}, {"name": "Stage", "type": "esriFieldTypeInteger"}],
        "typeIdField": "STAGE",
        "types": [{"id": 1, "name": "Open"}, {"id": 2, "name": "Closed", "domains": {}}],
    }
    url = server.add_layer("L/0", FIELDS, features(1))
    server.layers["L/0"].faults.append(lambda request: Reply(described))
    assert opener.open(url).codes() == {"Stage": {"1": "Open", "2": "Closed"}}


def test_an_alias_is_a_title_where_it_is_another_text(server: ArcGISServer, opener: Opener) -> None:
    fields = [
        {"name": "OBJECTID", "type": "esriFieldTypeOID", "alias": 7},
        {"name": "ACT_LEVY", "type": "", "alias": " Yearly  levy "},
        {"name": "CASE_NO", "type": "", "alias": "Case No."},
    ]
    url = server.add_layer("L/0", FIELDS, features(1))
    server.layers["L/0"].faults.append(lambda request: Reply({"fields": fields}))
    assert opener.open(url).titles() == {"ACT_LEVY": ("Yearly levy",)}
