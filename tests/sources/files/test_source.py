"""Files as sources: read piece by piece, and honest about what is missing."""

import gzip
import json
import tracemalloc
from typing import Any

import pytest

from tests.sources.files.helpers import written
from tests.sources.helpers import FIELDS, REQUEST, Opener, drain, features, numbers
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.sources.interface import FetchRequest, FieldTypes, Selection

DESCRIBED = [{"name": name, "type": kind} for name, kind in FIELDS.items()]


def feature_set(count: int, **members: Any) -> dict[str, Any]:
    return {"objectIdFieldName": "OBJECTID", "fields": DESCRIBED, "features": features(count), **members}


def test_an_esri_feature_set_is_read_with_its_types_and_points(opener: Opener) -> None:
    fetch = written(opener, feature_set(4500)).fetch(REQUEST)
    sizes = []
    for page in fetch.pages():
        sizes.append(len(page.records))
        assert page.points[0] is not None
    assert sizes == [2000, 2000, 500]
    assert fetch.types == FieldTypes(frozenset({"OPENED"}), "OBJECTID")
    assert (fetch.outcome.complete, fetch.outcome.received, fetch.outcome.expected) == (True, 4500, 4500)
    assert fetch.outcome.warnings == ()


def test_the_description_may_stand_behind_the_features(opener: Opener) -> None:
    content = {"features": features(2500), "spatialReference": {"wkid": 2236}, "fields": DESCRIBED}
    fetch = written(opener, content).fetch(FetchRequest(fields=("parcel", "amount", "opened")))
    records, _, outcome = drain(fetch)
    assert len(records) == 2500
    assert fetch.types == FieldTypes(frozenset({"OPENED"}), "OBJECTID")
    assert "reference system 2236" in outcome.warnings[0]


def test_geojson_is_read(opener: Opener) -> None:
    rows = [
        {"type": "Feature", "properties": {"PARCEL": "A"}, "geometry": {"type": "Point", "coordinates": [-81.5, 28.5]}},
        {"type": "Feature", "properties": {"PARCEL": "B"}, "geometry": None},
    ]
    source = written(opener, {"type": "FeatureCollection", "features": rows}, "liens.geojson")
    records, points, outcome = drain(source.fetch(FetchRequest(fields=("PARCEL",))))
    assert [record["PARCEL"] for record in records] == ["A", "B"]
    assert points == [(-81.5, 28.5), None]
    assert outcome.complete


def test_an_array_of_rows_is_read(opener: Opener) -> None:
    source = written(opener, [{"apno": "1"}, {"apno": "2", "resdt": None}])
    records, _, outcome = drain(source.fetch(FetchRequest(fields=("apno", "resdt"))))
    assert [record["apno"] for record in records] == ["1", "2"]
    assert outcome.complete


def test_missing_optional_and_new_fields_are_treated_as_those_of_a_layer(opener: Opener) -> None:
    source = written(opener, "PARCEL,AMOUNT,NOTE\n1,2,3\n", "liens.csv")
    with pytest.raises(ConfigurationError, match=r"sources\.liens.*'SALE'.*PARCEL, AMOUNT, NOTE"):
        source.fetch(FetchRequest(fields=("PARCEL", "SALE")))
    request = FetchRequest(fields=("PARCEL", "AMOUNT", "SALE"), optional=frozenset({"SALE"}))
    _, _, outcome = drain(source.fetch(request))
    assert len(outcome.warnings) == 2
    assert outcome.warnings[1].endswith("neither uses nor ignores: NOTE.")


def test_a_selection_is_made_here(opener: Opener) -> None:
    source = written(opener, feature_set(300))
    selection = Selection("parcel", ("P00007", "NONE"), ("P0002%", "P%99"))
    records, _, outcome = drain(source.fetch(FetchRequest(fields=REQUEST.fields, selection=selection)))
    assert numbers(records) == [7, *range(20, 30), 99, 199, 299]
    assert (outcome.complete, outcome.expected) == (True, None)
    selection = Selection("AMOUNT", ("3",))
    records, _, _ = drain(source.fetch(FetchRequest(fields=REQUEST.fields, selection=selection)))
    assert numbers(records) == [2]


def test_a_file_that_is_not_there_is_named_with_what_to_do(opener: Opener) -> None:
    with pytest.raises(
        SourceError, match=r"liens: the file .*gone\.csv cannot be used: No such file.*Save it"
    ) as caught:
        opener.open("gone.csv", "file").fetch(REQUEST)
    assert not caught.value.transient


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"features": [', "null", "12", "[1, null]"])
def test_a_file_without_records_or_fields_is_refused(opener: Opener, content: str) -> None:
    with pytest.raises(SourceError, match="cannot be used: it holds no records"):
        written(opener, content).fetch(REQUEST)


def test_a_saved_server_error_is_repeated(opener: Opener) -> None:
    with pytest.raises(SourceError, match="a server's error: Token Required"):
        written(opener, {"error": {"code": 499, "message": "Token Required"}}).fetch(REQUEST)


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_json_file_that_is_cut_off_gives_what_is_readable_and_is_partial(opener: Opener, kept: float) -> None:
    text = json.dumps(feature_set(5000))
    records, _, outcome = drain(written(opener, text[: int(len(text) * kept)]).fetch(REQUEST))
    assert numbers(records) == list(range(1, len(records) + 1))
    assert 5000 * (kept - 0.05) < len(records) < 5000 * (kept + 0.05)
    assert (outcome.complete, outcome.expected) == (False, None)
    assert f"cut off or damaged after {len(records)} records" in outcome.warnings[-1]


def test_a_json_file_damaged_in_the_middle_is_partial(opener: Opener) -> None:
    text = json.dumps(feature_set(100)).replace('"PARCEL": "P00050"', '"PARCEL" oops')
    records, _, outcome = drain(written(opener, text).fetch(REQUEST))
    assert numbers(records) == list(range(1, 50))
    assert not outcome.complete


@pytest.mark.parametrize("odd", [None, 5, "text", [], {}, {"attributes": None}, {"attributes": 5, "geometry": None}])
@pytest.mark.parametrize("place", [0, 4, 9])
def test_a_feature_that_holds_no_record_is_an_empty_one_and_the_others_come(
    opener: Opener, odd: Any, place: int
) -> None:
    content = feature_set(10)
    content["features"][place] = odd
    records, points, outcome = drain(written(opener, content).fetch(REQUEST))
    assert [record.get("OBJECTID") for record in records] == [
        None if number == place + 1 else number for number in range(1, 11)
    ]
    assert (records[place], points[place]) == ({}, None)
    assert outcome.warnings == ("1 × record without content, rejected.",)
    assert (outcome.complete, outcome.received) == (True, 10)


def test_rows_and_geojson_features_without_content_are_empty_records(opener: Opener) -> None:
    records, _, outcome = drain(written(opener, [None, {"apno": "1"}, {}]).fetch(FetchRequest(fields=("apno",))))
    assert records == [{}, {"apno": "1"}, {}]
    assert outcome.warnings == ("2 × record without content, rejected.",)
    rows = [{"type": "Feature", "properties": None}, None, {"type": "Feature", "properties": {"PARCEL": "B"}}]
    source = written(opener, {"type": "FeatureCollection", "features": rows}, "liens.geojson")
    assert drain(source.fetch(FetchRequest(fields=("PARCEL",))))[0] == [{}, {}, {"PARCEL": "B"}]


def test_one_saved_page_of_a_larger_layer_is_partial(opener: Opener) -> None:
    _, _, outcome = drain(written(opener, feature_set(10, exceededTransferLimit=True)).fetch(REQUEST))
    assert not outcome.complete
    assert "one page of a layer" in outcome.warnings[-1]


def test_a_where_over_a_file_is_a_configuration_error(opener: Opener) -> None:
    with pytest.raises(ConfigurationError, match=r"sources\.liens\.where"):
        opener.open("liens.json", "file", where="A = 1")


def test_memory_does_not_grow_with_the_file(opener: Opener) -> None:
    with (opener.directory / "liens.json").open("w") as file:
        file.write('{"fields": ' + json.dumps(DESCRIBED) + ', "features": [')
        one = json.dumps(features(1)[0])
        for _ in range(40_000):
            file.write(one + ",")
        file.write(one + "]}")
    assert (opener.directory / "liens.json").stat().st_size > 5_000_000
    tracemalloc.start()
    try:
        fetch = opener.open("liens.json", "file").fetch(REQUEST)
        count = sum(len(page.records) for page in fetch.pages())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 40_001
    assert fetch.outcome.complete
    assert peak < 16_000_000


@pytest.mark.parametrize("packed", [False, True])
def test_memory_does_not_grow_with_a_wide_text_file_packed_or_not(opener: Opener, packed: bool) -> None:
    name = "wide.csv.gz" if packed else "wide.csv"
    with (gzip.open if packed else open)(opener.directory / name, "wt") as file:
        file.write(",".join(f"F{number}" for number in range(150)) + "\n")
        for _ in range(6):
            file.write((",".join([f'"{"ab" * 10}"'] * 150) + "\n") * 500)
    tracemalloc.start()
    try:
        fetch = opener.open(name, "file").fetch(FetchRequest(("F1", "F99"), geometry=False, whole_records=False))
        count = sum(len(page.records) for page in fetch.pages())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (count, fetch.outcome.complete) == (3_000, True)
    assert peak < 7_000_000  # of ten


@pytest.mark.parametrize("wrapped", [True, False])
def test_members_of_a_record_are_not_taken_for_those_of_the_set(opener: Opener, wrapped: bool) -> None:
    rows = features(3)
    rows[1]["attributes"]["LAND"] = {"fields": [{"name": "A"}], "exceededTransferLimit": True}
    content = {"features": rows} if wrapped else [row["attributes"] for row in rows]
    (opener.directory / "liens.json").write_text(json.dumps(content))
    _, _, outcome = drain(opener.open("liens.json", "file").fetch(REQUEST))
    assert outcome.complete
    assert outcome.received == 3


def test_rows_that_share_an_object_id_are_records_of_their_own(opener: Opener) -> None:
    rows = features(5)
    for row in rows:
        row["attributes"]["OBJECTID"] = 1
    records, _, outcome = drain(written(opener, {"fields": DESCRIBED, "features": rows}).fetch(REQUEST))
    assert len({record["PARCEL"] for record in records}) == 5
    assert outcome.complete
