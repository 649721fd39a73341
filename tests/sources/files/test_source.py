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
    assert [(record["PARCEL"], record["NOTE"]) for record in records] == [
        ("1", "a"), ("2", '"b'), ("3", "c"), ("4", "d"),
    ]  # fmt: skip
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


def rows_of(opener: Opener, text: str, name: str = "l.csv", encoding: str = "utf-8") -> tuple[list[list[str]], Any]:
    """The records of a file with the columns A, B and C, each as its cells, and how the fetch ended."""
    fetch = written(opener, text, name, encoding).fetch(FetchRequest(("A", "B", "C")))
    records, _, outcome = drain(fetch)
    return [[record.get(name, "?") for name in "ABC"] for record in records], outcome


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_stray_quotation_marks_swallow_nothing(opener: Opener, end: str) -> None:
    lines = ["A\tB\tC", '1\t"A" STREET\tx', '2\t"B LOT\ty', '3\t"C LOT\tz', "4\tD\tw", '5\t"a\tb"\tv', ""]
    rows, outcome = rows_of(opener, end.join(lines))
    assert rows == [
        ["1", '"A" STREET', "x"], ["2", '"B LOT', "y"], ["3", '"C LOT', "z"], ["4", "D", "w"], ["5", "a\tb", "v"],
    ]  # fmt: skip
    assert outcome.warnings == ("3 × quotation mark that ends no cell, read as it stands.",)


def test_lines_between_two_quotation_marks_that_may_be_stray_are_rejected_and_counted(opener: Opener) -> None:
    rows, outcome = rows_of(opener, 'A,B,C\n1,"B LOT,x\n2,LOT 5",y\n3,C,z\n')
    assert rows == [["?"] * 3, ["3", "C", "z"]]
    assert outcome.warnings[0] == "1 × quotation marks around what may be several records, rejected."


def test_a_cell_of_several_lines_within_proper_quotes_is_one(opener: Opener) -> None:
    rows, outcome = rows_of(opener, 'A,B,C\r\n1,"first\r\nsecond, ""third""",x\r\n2,b,"last\r\n"\r\n')
    assert rows == [["1", 'first\r\nsecond, "third"', "x"], ["2", "b", "last\r\n"]]
    assert (outcome.complete, outcome.warnings) == (True, ())


def test_stray_quotation_marks_cost_no_more_than_their_lines(opener: Opener) -> None:
    text = "A,B,C\n" + "".join(f"{number},{chr(34) * (number % 50 == 0)}x,y\n" for number in range(20_000))
    rows, _ = rows_of(opener, text)
    assert len(rows) == 20_000
    assert all(row[0] == str(number) for number, row in enumerate(rows))


def test_a_heading_of_several_columns_is_an_error_where_it_is_used(opener: Opener) -> None:
    source = written(opener, "PARCEL,Address,City,Address\n1,a,b,c\n", "l.csv")
    for asked in ("Address", "ADDRESS"):
        with pytest.raises(ConfigurationError, match=r"heading 'Address' more than once.*'Address \(2\)'"):
            source.fetch(FetchRequest(("PARCEL", asked)))
    records, _, outcome = drain(source.fetch(FetchRequest(("PARCEL", "City"), ignored=frozenset({"Address"}))))
    assert records == [{"PARCEL": "1", "Address (1)": "a", "City": "b", "Address (2)": "c"}]
    assert outcome.warnings == ()
    fetch = source.fetch(FetchRequest(("PARCEL", "Address (2)", "City")))
    assert drain(fetch)[0][0][fetch.names["Address (2)"]] == "c"


@pytest.mark.parametrize("lines", [["1,a,x,", "2,b,y,"], ["1,a,x", "2,b,y,"], ["1,a,x, ", "2,b,y,,"]])
def test_a_trailing_empty_cell_is_nothing(opener: Opener, lines: list[str]) -> None:
    rows, outcome = rows_of(opener, "\n".join(["A,B,C", *lines, ""]))
    assert rows == [["1", "a", "x"], ["2", "b", "y"]]
    assert (outcome.complete, outcome.warnings) == (True, ())


def test_a_trailing_empty_cell_that_may_be_the_last_column_behind_a_cut_value_is_rejected(opener: Opener) -> None:
    rows, outcome = rows_of(opener, "A,B,C\n1,ROE,\n2,DOE, JANE,\n3,POE,x\n")
    assert rows == [["1", "ROE", ""], ["?"] * 3, ["3", "POE", "x"]]
    assert outcome.warnings == ("1 × line with more or fewer cells than the header, rejected.",)
    rows, _ = rows_of(opener, "A,B,C\n1,ROE,x,\n2,DOE, JANE,y,\n")
    assert rows == [["1", "ROE", "x"], ["?"] * 3]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("start", ["", "\n", "sep=D\n"])
def test_every_usual_delimiter_is_told_by_the_header(opener: Opener, delimiter: str, start: str) -> None:
    head = start.replace("D", delimiter)
    rows, _ = rows_of(opener, f'{head}A;"B";C\n1;"x{delimiter}y";z\n'.replace(";", delimiter))
    assert rows == [["1", f"x{delimiter}y", "z"]]


def test_a_delimiter_within_a_quoted_heading_is_none(opener: Opener) -> None:
    records, _, _ = drain(written(opener, '"Owner, a, b, c";PARCEL\nx;1\n', "l.csv").fetch(FetchRequest(("PARCEL",))))
    assert records == [{"Owner, a, b, c": "x", "PARCEL": "1"}]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-16-be-mark"]
)
@pytest.mark.parametrize("kind", ["csv", "json", "geojson"])
def test_text_is_read_in_every_encoding_that_spreadsheets_write(opener: Opener, encoding: str, kind: str) -> None:
    rows = [{"A": str(number), "B": "JOSÉ “X”", "C": "z"} for number in range(3000)]
    text = "A,B,C\n" + "".join(f"{row['A']},{row['B']},{row['C']}\n" for row in rows)
    if kind == "json":
        text = json.dumps(rows, ensure_ascii=False)
    elif kind == "geojson":
        features = [{"type": "Feature", "properties": row, "geometry": None} for row in rows]
        text = json.dumps({"features": features, "exceededTransferLimit": True}, ensure_ascii=False)
    mark = "\ufeff" if encoding.endswith("-mark") else ""
    cells, outcome = rows_of(opener, mark + text, f"l.{kind}", encoding.removesuffix("-mark"))
    assert cells == [list(row.values()) for row in rows]
    assert outcome.complete == (kind != "geojson")
    assert len(outcome.warnings) == (kind == "geojson")


def test_utf_16_that_is_cut_off_is_partial(opener: Opener) -> None:
    (opener.directory / "l.csv").write_bytes("A,B,C\n1,2,3\n4".encode("utf-16")[:-1])
    records, _, outcome = drain(opener.open("l.csv", "file").fetch(FetchRequest(("A", "B", "C"))))
    assert len(records) == 2
    assert not outcome.complete


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"PK\x03\x04", "ZIP"), (b"\xd0\xcf\x11\xe0\xa1", "Excel"), (b"\x1f\x8b", "gzip"), (b"%PDF", "PDF")],
)
def test_what_is_no_text_is_named(opener: Opener, content: bytes, what: str) -> None:
    (opener.directory / "l.csv").write_bytes(content + bytes(range(256)))
    with pytest.raises(SourceError, match=f"cannot be used: it is .*{what}"):
        opener.open("l.csv", "file").fetch(REQUEST)


POINT = {"type": "Point", "coordinates": [-81.5, 28.5]}


@pytest.mark.parametrize(
    "value",
    [
        POINT,
        json.dumps(POINT),
        {"latitude": "28.5", "longitude": "-81.5", "human_address": "{}"},
        "POINT (-81.5 28.5)",
        "(28.5, -81.5)",
        "1 ELM ST\nORLANDO, FL\n(28.5, -81.5)",
    ],
)
def test_a_place_is_read_from_the_field_that_is_named_or_from_the_only_one(opener: Opener, value: Any) -> None:
    rows = [{"A": "1", "Place": value}, {"A": "2", "Place": None}, {"A": "3", "Place": "nowhere"}]
    source = written(opener, rows)
    for field in ("PLACE", None):
        _, points, outcome = drain(
            source.fetch(FetchRequest(("A",), frozenset(), frozenset({"Place"}), None, True, field))
        )
        assert points == [(-81.5, 28.5), None, "no place: Place holds none that can be read"]
        assert outcome.warnings == ()
    assert drain(source.fetch(FetchRequest(("A",), geometry=False)))[1] == [None] * 3


def test_of_several_fields_with_places_one_must_be_named(opener: Opener) -> None:
    source = written(opener, 'A,situs,mailing\n1,"(28.5, -81.5)",POINT (-80 27)\n', "l.csv")
    with pytest.raises(ConfigurationError, match=r"liens\.location: .*several fields: situs, mailing.*field ="):
        source.fetch(FetchRequest(("A",)))
    assert drain(source.fetch(FetchRequest(("A",), geometry_field="mailing")))[1] == [(-80.0, 27.0)]
    with pytest.raises(ConfigurationError, match=r"no field 'place'.*A, situs, mailing"):
        source.fetch(FetchRequest(("A",), geometry_field="place"))


@pytest.mark.parametrize(
    ("geometry", "kind"),
    [({"type": "Tin", "coordinates": [["no"]]}, "Tin"), ({"type": "Polygon", "coordinates": "no"}, "Polygon")],
)
def test_a_geometry_that_gives_no_place_says_so_by_its_kind(opener: Opener, geometry: Any, kind: str) -> None:
    rows = [{"type": "Feature", "properties": {"A": "1"}, "geometry": each} for each in (geometry, None, POINT)]
    _, points, outcome = drain(written(opener, {"features": rows}).fetch(FetchRequest(("A",))))
    assert points == [f"no place: geometry of kind {kind} gives none", None, (-81.5, 28.5)]
    assert outcome.warnings == ()


def test_an_object_in_a_field_is_no_place_and_hides_none(opener: Opener) -> None:
    link = {"url": "https://example.org", "description": "a case"}
    rows = [{"A": "1", "Place": POINT, "Link": link}, {"A": "2", "Place": {"x": -81.4, "y": 28.4}, "Link": link}]
    _, points, _ = drain(written(opener, rows).fetch(FetchRequest(("A",), ignored=frozenset({"Link"}))))
    assert points == [(-81.5, 28.5), (-81.4, 28.4)]
    features = [{"type": "Feature", "properties": {"A": str(n), "Link": link}, "geometry": None} for n in range(3)]
    features.append({"type": "Feature", "properties": {"A": "4", "Link": link}, "geometry": POINT})
    assert drain(written(opener, {"features": features}).fetch(FetchRequest(("A",))))[1] == [None] * 3 + [(-81.5, 28.5)]


def test_a_field_that_holds_the_place_is_no_news(opener: Opener) -> None:
    rows = [{"A": "1", "Place": POINT}]
    outcome = drain(written(opener, rows).fetch(FetchRequest(("A",), geometry_field="Place")))[2]
    assert outcome.warnings == ()


def test_rows_that_share_an_object_id_are_records_of_their_own(opener: Opener) -> None:
    rows = features(5)
    for row in rows:
        row["attributes"]["OBJECTID"] = 1
    records, _, outcome = drain(written(opener, {"fields": DESCRIBED, "features": rows}).fetch(REQUEST))
    assert len({record["PARCEL"] for record in records}) == 5
    assert outcome.complete
