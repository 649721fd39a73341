"""CSV and its kin: no record swallows another, no value moves, in every encoding that spreadsheets write."""

import json
from typing import Any

import pytest

from tests.sources.files.helpers import written
from tests.sources.helpers import REQUEST, Opener, drain
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.sources.interface import UNREADABLE, FetchRequest, Selection


def rows_of(opener: Opener, text: str, name: str = "l.csv", encoding: str = "utf-8") -> tuple[list[list[str]], Any]:
    """The records of a file with the columns A, B and C, each as its cells, and how the fetch ended."""
    fetch = written(opener, text, name, encoding).fetch(FetchRequest(("A", "B", "C")))
    records, _, outcome = drain(fetch)
    return [[record.get(name, "?") for name in "ABC"] for record in records], outcome


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


def test_a_csv_file_that_is_cut_off_is_partial(opener: Opener) -> None:
    records, _, outcome = drain(written(opener, "PARCEL,AMOUNT\n1,2\n3", "l.csv").fetch(FetchRequest(("PARCEL",))))
    assert len(records) == 2
    assert not outcome.complete
    assert "cut off in record 2" in outcome.warnings[-1]


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


@pytest.mark.parametrize("lines_behind", [0, 2, 10_000])
def test_a_quote_that_is_never_closed_is_read_as_it_stands_wherever_it_is(opener: Opener, lines_behind: int) -> None:
    text = 'PARCEL,NOTE\n1,a\n2,"b\n' + f"3,{'c' * 500}\n4,{'d' * 500}\n" * (lines_behind // 2)
    records, _, outcome = drain(written(opener, text, "l.csv").fetch(FetchRequest(("PARCEL", "NOTE"))))
    assert [(record["PARCEL"], record["NOTE"]) for record in records[:2]] == [("1", "a"), ("2", '"b')]
    assert len(records) == 2 + lines_behind
    assert outcome.complete
    assert outcome.warnings == ("1 × quotation mark that ends no cell, read as it stands.",)


@pytest.mark.parametrize(("end", "complete"), [("", False), ("\n", True), ("\r\n", True)])
def test_a_quote_that_is_never_closed_in_a_last_line_without_an_end_is_a_cut(
    opener: Opener, end: str, complete: bool
) -> None:
    text = f'PARCEL,NOTE\n1,a\n2,"b{end}'
    records, _, outcome = drain(written(opener, text, "l.csv").fetch(FetchRequest(("PARCEL", "NOTE"))))
    assert [record["NOTE"] for record in records] == ["a", '"b']
    assert outcome.complete == complete
    assert ("cut off in record 2" in outcome.warnings[-1]) != complete


def test_quotes_that_are_never_closed_cost_no_record_between(opener: Opener) -> None:
    text = 'PARCEL,NOTE\n1,a\n2,"b\n3,c\n4,d\n'
    records, _, outcome = drain(written(opener, text, "l.csv").fetch(FetchRequest(("PARCEL", "NOTE"))))
    assert [(record["PARCEL"], record["NOTE"]) for record in records] == [
        ("1", "a"), ("2", '"b'), ("3", "c"), ("4", "d"),
    ]  # fmt: skip
    assert outcome.complete


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
