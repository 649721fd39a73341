"""Files that other programs open: the same rows as CSV, as a spreadsheet and as a map."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from wholesaler.errors import WholesalerError
from wholesaler.leads import writers
from wholesaler.leads.writers import csv_writer, geojson_writer, xlsx_writer
from wholesaler.notify.messages import safe_cell


def test_a_spreadsheet_and_a_map_hold_the_same(tmp_path: Path) -> None:
    headings = ["text", "zip", "number", "day"]
    rows: list[list[Any]] = [["=1+1", "01234", 5, None], ["a\u202eb 😀", "", 1.5, None],
                             ["a  b", "@x", 2, None], ["a\nb", None, 3, None]]  # fmt: skip
    for writer in (csv_writer, xlsx_writer, geojson_writer):
        with writer(tmp_path / writer.__name__, headings, [True, True, False, False]) as write:
            for row in rows:
                # in CSV numbers come as they are written
                cells = [str(cell) if isinstance(cell, int | float) else cell for cell in row]
                write(cells if writer is csv_writer else row, (-81.5, 28.5) if row is rows[0] else None)
    assert (tmp_path / "csv_writer").read_bytes().startswith(b"\xef\xbb\xbf")
    text = (tmp_path / "csv_writer").read_text("utf-8-sig")
    assert text.splitlines() == ["text,zip,number,day", "'=1+1,01234,5,", "a b 😀,,1.5,", "a  b,'@x,2,", "a b,,3,"]
    with zipfile.ZipFile(tmp_path / "xlsx_writer") as book:
        cells = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml")).findall(".//{*}c")
        kinds = {cell.get("r"): (cell.get("t"), "".join(cell.itertext())) for cell in cells}
    assert kinds["A1"] == ("inlineStr", "text")
    assert kinds["A2"] == ("inlineStr", "'=1+1")
    assert kinds["B2"] == ("inlineStr", "01234")
    assert kinds["C2"] == (None, "5")
    assert [kinds[f"A{row}"] for row in (3, 4, 5)] == [("inlineStr", text) for text in ("a b 😀", "a  b", "a b")]
    collection = json.loads((tmp_path / "geojson_writer").read_text())
    assert collection["features"][0]["geometry"] == {"type": "Point", "coordinates": [-81.5, 28.5]}
    assert collection["features"][1]["geometry"] is None
    assert collection["features"][1]["properties"] == {"text": "a b 😀", "zip": "", "number": 1.5, "day": None}
    assert [feature["properties"]["text"] for feature in collection["features"][2:]] == ["a  b", "a b"]
    with geojson_writer(tmp_path / "empty", headings):
        pass
    assert json.loads((tmp_path / "empty").read_text())["features"] == []


def test_csv_is_what_the_csv_module_writes(tmp_path: Path) -> None:
    rows: list[list[str | None]] = [
        ["plain", "a, b", "-5", None], ["", None, "", ""], ['a "b", c', "x", "1.5", "y"], ["a; b", "c; d, e", "", "f"],
        [",", "a,", "", ",a"], ["ü, ß", '"', "-1", "\\"], ["a\nb", "c\r", "", "d"], ["-5", "=1", "-5", "@x, y"],
        ["=1", None, "-1", ""],
    ]  # fmt: skip
    with csv_writer(tmp_path / "ours.csv", ["a", "b, c", "number", "d"], [True, True, False, True]) as write:
        for row in rows:
            write(row, None)
    theirs = io.StringIO(newline="")
    writer = csv.writer(theirs)
    writer.writerow(["a", "b, c", "number", "d"])
    for row in rows:
        writer.writerow([cell if place == 2 else safe_cell(cell) for place, cell in enumerate(row)])
    assert (tmp_path / "ours.csv").read_bytes().decode("utf-8-sig") == theirs.getvalue()


def test_a_spreadsheet_without_rows_has_headings_that_stay_in_sight(tmp_path: Path) -> None:
    with xlsx_writer(tmp_path / "empty.xlsx", ["zip", "h" * 20, "h" * 50]):
        pass
    with zipfile.ZipFile(tmp_path / "empty.xlsx") as book:
        content = book.read("xl/worksheets/sheet1.xml").decode()
        assert b"<b/>" in book.read("xl/styles.xml")
    assert '<dimension ref="A1:C1"/>' in content
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in content
    columns = ElementTree.fromstring(content).iterfind(".//{*}col")
    assert [int(float(column.get("width", ""))) for column in columns] == [10, 22, 40]
    assert content.count("<row ") == 1


def test_more_rows_than_a_spreadsheet_holds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert writers.MOST_ROWS == 2**20 - 1
    monkeypatch.setattr(writers, "MOST_ROWS", 2)
    with xlsx_writer(tmp_path / "full.xlsx", ["heading 0"]) as write:
        write(["1"], None)
        write([None], None)
        with pytest.raises(WholesalerError, match="more rows than the 2"):
            write(["3"], None)


def test_a_row_has_a_cell_for_each_heading(tmp_path: Path) -> None:
    for writer in (xlsx_writer, geojson_writer):
        with pytest.raises(ValueError, match="shorter"), writer(tmp_path / "short", ["a", "b"], [True, False]) as write:
            write(["x"], None)
