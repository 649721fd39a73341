"""The rows of a spreadsheet are byte by byte those that XlsxWriter writes."""

import io
import tempfile
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from wholesaler.leads.sheet import Sheet

ROWS: list[list[Any]] = [
    ["plain", 5, date(2026, 11, 27), None],
    ["a & b < c > d \"e\" 'f'", Decimal("0.25"), date(1900, 1, 1), ""],
    ["tax_deed_sale; _x0041_", Decimal("-104321"), date(1900, 2, 28), "é 😀"],
    [" kept ", -81.3185123456789012, date(1900, 3, 1), "\ufffe"],
    ["<r>no markup</r> of ours", 1e21, datetime(2026, 11, 27, 12, 30, 15), "x" * 32_767],
    ["x" * 32_768, 0, date(9999, 12, 31), "😀" * 20_000],
    [" before", "behind ", "x", "a & b"],
    ["a < b", "a > b", '"_x0041_"', "x"],
]


def _book(rows: list[list[Any]]) -> io.BytesIO:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"constant_memory": True}) as book:
        sheet, bold, days = (
            book.add_worksheet("leads"),
            book.add_format({"bold": True}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        for place, heading in enumerate(("heading 0", "heading 1", "heading 2", 'ref="A1:D2"')):
            sheet.write_string(0, place, heading, bold)
        for number, row in enumerate(rows, 1):
            for place, value in enumerate(row):
                if isinstance(value, str) and value:
                    sheet.write_string(number, place, value)
                elif isinstance(value, date):
                    sheet.write_datetime(number, place, value, days)
                elif value not in (None, ""):
                    sheet.write_number(number, place, value)
    return made


def test_rows_are_those_of_xlsxwriter(tmp_path: Path) -> None:
    sheet = Sheet(_book([[date(2000, 1, 1)]]), ["A", "B", "C", "D"])
    with tempfile.TemporaryFile() as file:
        for number, row in enumerate(ROWS, 2):
            file.write(sheet.row(number, row).encode())
        sheet.write(tmp_path / "ours.xlsx", file, len(ROWS) + 1)
    with zipfile.ZipFile(tmp_path / "ours.xlsx") as ours, zipfile.ZipFile(_book(ROWS)) as theirs:
        assert ours.testzip() is None
        assert ours.namelist() == theirs.namelist()
        for name in set(ours.namelist()) - {"docProps/core.xml"}:  # when it was made
            assert ours.read(name) == theirs.read(name), name


def test_numbers_may_come_as_they_are_written() -> None:
    book = _book([[date(2000, 1, 1)]])
    typed, written = Sheet(book, ["A", "B", "C"]), Sheet(book, ["A", "B", "C"], [True, False, False])
    for number in ("5", "-104321.25", "0", "0.005", "2000000"):
        day = date(2026, 11, 27)
        assert written.row(7, [number, number, day]) == typed.row(7, [number, Decimal(number), day])
    with pytest.raises(ValueError, match="shorter"):
        typed.row(7, ["a", "b"])
    assert written.row(7, ["a", None, ""]) == typed.row(7, ["a", "", None])
