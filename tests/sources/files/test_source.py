"""Files as sources: read piece by piece, and honest about what is missing."""

import json
import tracemalloc
from typing import Any

import pytest

from tests.sources.helpers import FIELDS, REQUEST, Opener, drain, features, numbers
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.sources.interface import UNREADABLE, FetchRequest, FieldTypes, Selection

DESCRIBED = [{"name": name, "type": kind} for name, kind in FIELDS.items()]


def feature_set(count: int, **members: Any) -> dict[str, Any]:
    return {"objectIdFieldName": "OBJECTID", "fields": DESCRIBED, "features": features(count), **members}


def written(opener: Opener, content: Any, name: str = "liens.json", encoding: str = "utf-8") -> Any:
    """A file source beside the market file with this content."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    (opener.directory / name).write_bytes(text.encode(encoding))
    return opener.open(name, "file")


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


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_a_byte_order_mark_is_read_as_text(opener: Opener, delimiter: str) -> None:
    rows = ["Parcel ID,Final Judgment", '001,"$1,000"', "", "002,"]
    text = "\ufeff" + "\r\n".join(rows).replace("$1,000", "$1000").replace(",", delimiter)
    fetch = written(opener, text, "liens.csv").fetch(FetchRequest(fields=("Parcel ID", "FINAL JUDGMENT")))
    records, points, outcome = drain(fetch)
    assert records == [
        {"Parcel ID": "001", "Final Judgment": "$1000"},
        {"Parcel ID": "002", "Final Judgment": ""},
    ]
    assert fetch.names["FINAL JUDGMENT"] == "Final Judgment"
    assert points == [None, None]
    assert (outcome.complete, outcome.expected) == (True, 2)


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


@pytest.mark.parametrize("content", ["", "{}", "[]", "<html>", '{"features": [', "null", "12", "[1, null]"])
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


def test_a_csv_file_that_is_cut_off_is_partial(opener: Opener) -> None:
    records, _, outcome = drain(written(opener, "PARCEL,AMOUNT\n1,2\n3", "l.csv").fetch(FetchRequest(("PARCEL",))))
    assert len(records) == 2
    assert not outcome.complete
    assert "cut off in record 2" in outcome.warnings[-1]


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


def test_a_long_cell_is_read(opener: Opener) -> None:
    text = f'PARCEL,SHAPE\n1,"{"x" * 140_000}"\n2,y\n'
    records, _, outcome = drain(written(opener, text, "l.csv").fetch(FetchRequest(("PARCEL", "SHAPE"))))
    assert [(record["PARCEL"], len(record["SHAPE"])) for record in records] == [("1", 140_000), ("2", 1)]
    assert (outcome.complete, outcome.warnings) == (True, ())


def test_a_cell_without_end_costs_no_record_behind_it(opener: Opener) -> None:
    text = f"PARCEL,NOTE\n1,a\n2,{'x' * 5_000_000}\n3,b\n"
    records, _, outcome = drain(written(opener, text, "l.csv").fetch(FetchRequest(("PARCEL", "NOTE"))))
    assert records == [{"PARCEL": "1", "NOTE": "a"}, {UNREADABLE: ""}, {"PARCEL": "3", "NOTE": "b"}]
    assert not outcome.complete
    assert "cannot be read in record 2 (field larger than" in outcome.warnings[-1]


def test_a_quote_that_is_never_closed_makes_the_file_partial(opener: Opener) -> None:
    text = 'PARCEL,NOTE\n1,a\n2,"b\n3,c\n4,d\n'
    records, _, outcome = drain(written(opener, text, "l.csv").fetch(FetchRequest(("PARCEL", "NOTE"))))
    assert records == [{"PARCEL": "1", "NOTE": "a"}, {"PARCEL": "2", "NOTE": "b\n3,c\n4,d\n\n"}]
    assert not outcome.complete
    assert "ends inside the quotes of record 2" in outcome.warnings[-1]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_line_with_more_or_fewer_cells_than_the_header_shifts_nothing(opener: Opener, delimiter: str) -> None:
    lines = ["PARCEL,OWNER,AMOUNT", "1,ROE,5", "2,DOE, JANE,6", "3,LONG", "NAME,7", "4,POE,8", "Total: 4", ""]
    text = "\n".join(lines).replace(",", delimiter)
    records, points, outcome = drain(written(opener, text, "l.csv").fetch(FetchRequest(("PARCEL", "AMOUNT", "OWNER"))))
    assert records == [
        {"PARCEL": "1", "OWNER": "ROE", "AMOUNT": "5"},
        {UNREADABLE: "2,DOE, JANE,6".replace(",", delimiter)},
        {UNREADABLE: f"3{delimiter}LONG"},
        {UNREADABLE: f"NAME{delimiter}7"},
        {"PARCEL": "4", "OWNER": "POE", "AMOUNT": "8"},
        {UNREADABLE: "Total: 4"},
    ]
    assert points == [None] * 6
    assert outcome.warnings == ("4 × line with more or fewer cells than the header, rejected.",)
    assert outcome.complete


def test_columns_without_a_name_at_the_end_may_be_left_out(opener: Opener) -> None:
    text = "PARCEL,AMOUNT,,\n1,2\n3,4,,\n5,6,7,8\n"
    records, _, outcome = drain(written(opener, text, "l.csv").fetch(FetchRequest(("PARCEL", "AMOUNT"))))
    assert [(record["PARCEL"], record["AMOUNT"]) for record in records] == [("1", "2"), ("3", "4"), ("5", "6")]
    assert (outcome.complete, outcome.warnings) == (True, ())


def test_a_selection_leaves_lines_that_cannot_be_read_to_be_rejected(opener: Opener) -> None:
    selection = Selection("PARCEL", ("1",))
    source = written(opener, "PARCEL,OWNER\n1,ROE\n2,DOE\n3,DOE, JANE\n", "l.csv")
    records, _, _ = drain(source.fetch(FetchRequest(("PARCEL", "OWNER"), selection=selection)))
    assert records == [{"PARCEL": "1", "OWNER": "ROE"}, {UNREADABLE: "3,DOE, JANE"}]


def test_windows_1252_is_read_with_a_warning(opener: Opener) -> None:
    text = "PARCEL,OWNER\n1,JOSÉ PEÑA – “TRUST”\n"
    source = written(opener, text, "l.csv", "cp1252")
    records, _, outcome = drain(source.fetch(FetchRequest(("PARCEL", "OWNER"))))
    assert records == [{"PARCEL": "1", "OWNER": "JOSÉ PEÑA – “TRUST”"}]
    assert "is not UTF-8; it was read as Windows-1252" in outcome.warnings[0]
    assert outcome.complete
    content = [{"DUEÑO": "JOSÉ", "NOTE": number} for number in range(3000)]
    records, _, outcome = drain(written(opener, content, encoding="cp1252").fetch(FetchRequest(("DUEÑO", "NOTE"))))
    assert {record["DUEÑO"] for record in records} == {"JOSÉ"}
    assert "Windows-1252" in outcome.warnings[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_read_without_a_warning(opener: Opener, encoding: str) -> None:
    source = written(opener, "DUEÑO,PARCEL\nJOSÉ – ﬁ 🏠,1\n", "l.csv", encoding)
    records, _, outcome = drain(source.fetch(FetchRequest(("PARCEL", "DUEÑO"))))
    assert (records[0]["DUEÑO"], outcome.warnings) == ("JOSÉ – ﬁ 🏠", ())
    records, _, outcome = drain(written(opener, [{"DUEÑO": "JOSÉ"}], encoding=encoding).fetch(FetchRequest(("DUEÑO",))))
    assert (records, outcome.warnings) == ([{"DUEÑO": "JOSÉ"}], ())


def test_one_odd_byte_leaves_the_rest_of_a_utf_8_file_as_it_is(opener: Opener) -> None:
    (opener.directory / "l.csv").write_bytes("PARCEL,OWNER\n1,JOSÉ\n2,PEÑA".encode() + b" \xd1 \x81\n")
    records, _, outcome = drain(opener.open("l.csv", "file").fetch(FetchRequest(("PARCEL", "OWNER"))))
    assert [record["OWNER"] for record in records] == ["JOSÉ", "PEÑA Ñ \ufffd"]
    assert "Windows-1252" in outcome.warnings[0]


def test_a_character_cut_in_two_by_the_end_is_the_files_damage_alone(opener: Opener) -> None:
    (opener.directory / "l.csv").write_bytes("PARCEL,OWNER\n1,JOSÉ\nÉ".encode()[:-1])
    _, _, outcome = drain(opener.open("l.csv", "file").fetch(FetchRequest(("PARCEL", "OWNER"))))
    assert "cut off in record 2" in outcome.warnings[-1]
    assert not any("Windows" in warning for warning in outcome.warnings)


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


@pytest.mark.parametrize("wrapped", [True, False])
def test_members_of_a_record_are_not_taken_for_those_of_the_set(opener: Opener, wrapped: bool) -> None:
    rows = features(3)
    rows[1]["attributes"]["LAND"] = {"fields": [{"name": "A"}], "exceededTransferLimit": True}
    content = {"features": rows} if wrapped else [row["attributes"] for row in rows]
    (opener.directory / "liens.json").write_text(json.dumps(content))
    _, _, outcome = drain(opener.open("liens.json", "file").fetch(REQUEST))
    assert outcome.complete
    assert outcome.received == 3
