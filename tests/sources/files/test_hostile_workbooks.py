"""Workbooks as other programs write them, and those that are damaged, or meant to take all memory or time."""

import io
import re
import struct
import time
import tracemalloc
import zipfile
from typing import Any

import pytest

from tests.sources.files.helpers import FORMATS, made, read, refused, zipped
from tests.sources.helpers import Opener
from wholesaler.sources.files import shared_texts
from wholesaler.sources.interface import FetchRequest

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEETS = '<sheets><sheet name="Liens" r:id="rId1"/></sheets>'
SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"


def text(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def row(number: int, second: str, parcel: str | None = None) -> str:
    """A row with a parcel number, and a cell as it stands in XML."""
    return f'<row r="{number}">{text(f"A{number}", parcel or f"P{number}")}{second}</row>'


def parts(
    rows: str = "", behind: str = "", book: str = "", styles: str = "", texts: str | None = None
) -> dict[str, str]:
    """A workbook of one sheet, by its parts."""
    kinds = [("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "styles", "styles.xml")]
    if texts is not None:
        kinds.append(("rId3", "sharedStrings", "sharedStrings.xml"))
    links = "".join(f'<Relationship Id="{name}" Type="http://x/{kind}" Target="{part}"/>' for name, kind, part in kinds)
    made_of = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="r">{book}{SHEETS}</workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{links}</Relationships>",
        "xl/styles.xml": f"<styleSheet {MAIN}>{styles}</styleSheet>",
        SHEET: f"<worksheet {MAIN}><sheetData>{HEAD}{rows}</sheetData>{behind}</worksheet>",
    }
    return made_of if texts is None else {**made_of, TEXTS: f"<sst {MAIN}>{texts}</sst>"}


def book(*rows: str, **others: str) -> bytes:
    return zipped({name: part.encode() for name, part in parts("".join(rows), **others).items()})


def changed(raw: bytes, name: str, part: str | None) -> bytes:
    """A workbook with one of its parts another, or without it."""
    members = {}
    for entry in zipfile.ZipFile(io.BytesIO(raw)).infolist():
        members[entry.filename] = zipfile.ZipFile(io.BytesIO(raw)).read(entry)
    members.pop(name, None)
    return zipped(members if part is None else {**members, name: part.encode()})


def amounts(opener: Opener, raw: bytes) -> list[Any]:
    return [record["AMOUNT"] for record in read(opener, raw, "x.xlsx")[0]]


STYLES = (
    '<numFmts><numFmt numFmtId="164" formatCode="00000"/><numFmt numFmtId="165" formatCode="yyyy-mm-dd"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="165"/><xf numFmtId="164"/><xf numFmtId="20"/></cellXfs>'
)


HEAD = f'<row r="1">{text("A1", "PARCEL")}{text("B1", "AMOUNT")}</row>'


@pytest.mark.parametrize(
    ("style", "number", "by_1900", "by_1904"),
    [
        (1, "0", None, "1904-01-01"), (1, "1", "1900-01-01", "1904-01-02"), (1, "59", "1900-02-28", "1904-02-29"),
        (1, "60", "1900-03-01", "1904-03-01"), (1, "61", "1900-03-01", "1904-03-02"),
        (1, "2958465", "9999-12-31", 2958465), (1, "2958465.9999999", 2958465.9999999, 2958465.9999999),
        (1, "2957003", "9995-12-30", "9999-12-31"), (1, "2957004", "9995-12-31", 2957004),
        (1, "2958466", 2958466, 2958466),
        (1, "-1", -1, -1), (1, "1e308", 1e308, 1e308), (1, "1e999", "1e999", "1e999"), (1, "nan", "nan", "nan"),
        (1, "x", "x", "x"), (2, "123", "00123", "00123"), (2, "inf", "inf", "inf"), (2, "1E+20", 1e20, 1e20),
        (0, "1e999", "1e999", "1e999"), (0, "-inf", "-inf", "-inf"), (0, "999999999999999", 999999999999999, None),
        (0, "1000000000000000", "1.00000000000000E+15", None), (3, "0.75", "18:00:00", None), (99, "5", 5, 5),
    ],
)  # fmt: skip
def test_a_number_of_any_size_is_a_day_a_number_or_what_stands_there(
    opener: Opener, style: int, number: str, by_1900: Any, by_1904: Any
) -> None:
    cell = f'<c r="B2" s="{style}"><v>{number}</v></c>'
    assert amounts(opener, book(row(2, cell), styles=STYLES)) == [by_1900]
    if by_1904 is not None:
        raw = book(row(2, cell), styles=STYLES, book='<workbookPr date1904="1"/>')
        assert amounts(opener, raw) == [by_1904]


def test_formulas_errors_and_texts_of_every_kind(opener: Opener) -> None:
    cells = [
        '<c r="B2"><f>1+1</f><v>2</v></c>', '<c r="B3"><f>1+1</f></c>', '<c r="B4" t="str"><f>A1</f><v>x</v></c>',
        '<c r="B5" t="str"><f>IF(A1,"","")</f><v></v></c>', '<c r="B6" t="e"><v>#N/A</v></c>',
        '<c r="B7" t="e"><v>#REF!</v></c>', '<c r="B8" t="b"><v>1</v></c>', '<c r="B9" t="d"><v>2026-11-26</v></c>',
        '<c r="B10" t="inlineStr"><is><r><t>a</t></r><r><t> b</t></r><rPh><t>furi</t></rPh></is></c>',
        '<c r="B11" t="inlineStr"><is><t>tab_x0009_bell_x0007_.</t></is></c>',
    ]  # fmt: skip
    rows = [row(number, cell) for number, cell in enumerate(cells, 2)]
    records, _, outcome = read(opener, book(*rows), "x.xlsx")
    assert [record["AMOUNT"] for record in records] == [
        2, None, "x", None, None, None, True, "2026-11-26", "a b", "tab\tbell ."
    ]  # fmt: skip
    said = {warning for warning in outcome.warnings if "×" in warning}
    assert said == {
        "1 × formula whose value was not stored, read as empty: Excel and LibreOffice store it.",
        "1 × cell with the error #N/A in place of a value, read as empty.",
        "1 × cell with the error #REF! in place of a value, read as empty.",
    }


def test_the_first_sheet_with_a_table_that_can_be_seen_is_read(opener: Opener) -> None:
    members = parts(row(2, '<c r="B2"><v>1</v></c>'))
    sheets = [
        ("Cover", "visible"),
        ("Old", "hidden"),
        ("Older", "veryHidden"),
        ("Liens", "visible"),
        ("2025", "visible"),
    ]
    members["xl/workbook.xml"] = (
        f'<workbook {MAIN} xmlns:r="r"><sheets>'
        + "".join(
            f'<sheet name="{name}" state="{state}" r:id="rId{number}"/>'
            for number, (name, state) in enumerate(sheets, 1)
        )
        + "</sheets></workbook>"
    )
    links = "".join(
        f'<Relationship Id="rId{number}" Type="http://x/worksheet" Target="/xl/worksheets/sheet{number}.xml"/>'
        for number in range(1, 6)
    )
    members["xl/_rels/workbook.xml.rels"] = f"<Relationships>{links}</Relationships>"
    for number in range(2, 6):
        members[f"xl/worksheets/sheet{number}.xml"] = members[SHEET].replace("P2", f"OF{number}")
    members[SHEET] = (
        f"<worksheet {MAIN}><sheetData><row r='1'>{text('A1', 'See the next sheet')}</row></sheetData></worksheet>"
    )
    raw = zipped({name: part.encode() for name, part in members.items()})
    records, _, outcome = read(opener, raw, "x.xlsx")
    assert [record["PARCEL"] for record in records] == ["OF4"]
    assert any("its sheet 'Liens' is read, and '2025' not: 'member'" in one for one in outcome.warnings)
    for name, number in (("old", 2), ("OLDER", 3), ("2025", 5)):
        assert read(opener, raw, "x.xlsx", member=name)[0][0]["PARCEL"] == f"OF{number}"
    assert re.search(
        r"^78 .*'2024' matches none of the sheets in .*Cover, Old, Older, Liens, 2025",
        refused(opener, raw, "x.xlsx", member="2024"),
    )
    assert re.search("^69 .*its sheet 'Cover' has no row of headings", refused(opener, raw, "x.xlsx", member="Cover"))


@pytest.mark.parametrize("span", ["A1:A1048576", "B1:B9999999", "A1:B1048576"])
def test_a_cell_over_a_whole_column_leaves_the_rows_below_it(opener: Opener, span: str) -> None:
    rows = [row(number, f'<c r="B{number}"><v>{number}</v></c><c r="C{number}"><v>7</v></c>') for number in range(2, 5)]
    raw = book(*rows, behind=f'<mergeCells count="1"><mergeCell ref="{span}"/></mergeCells>')
    assert amounts(opener, raw) == [2, 3, 4]


def test_rows_and_cells_that_do_not_say_where_they_are_follow_one_another(opener: Opener) -> None:
    cells = "<c t='inlineStr'><is><t>{}</t></is></c><c><v>{}</v></c>"
    rows = f"<row>{cells.format('P1', 1)}</row><row>{cells.format('P2', 2)}</row>"
    assert amounts(opener, book(rows)) == [1, 2]


def test_namespaces_may_have_prefixes(opener: Opener) -> None:
    sheet = parts(row(2, '<c r="B2"><v>1</v></c>'))[SHEET]
    prefixed = re.sub(r"<(/?)(\w)", r"<\1x:\2", sheet).replace("xmlns=", "xmlns:x=")
    assert amounts(opener, changed(book(), SHEET, prefixed)) == [1]


GOOD = row(2, '<c r="B2"><v>1</v></c>')
LONG = "9" * 5000


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (book(row(2, '<c r="B2" t="s"><v>7</v></c>'), texts="<si><t>a</t></si>"), "a cell names the text 7, which"),
        (book(row(2, '<c r="B2" t="s"><v>-1</v></c>'), texts="<si><t>a</t></si>"), "a cell names the text -1, which"),
        (book(row(2, f'<c r="B2" t="s"><v>{LONG}</v></c>'), texts=""), "a cell names the text 99999999999999999999,"),
        (book(row(2, '<c r="B2" t="s"><v>0</v></c>')), "a cell names the text 0, which is not in it"),
        (book(row(2, '<c r="ZZZ2"><v>1</v></c>')), "row 2 has a cell 'ZZZ2', which is in no sheet"),
        (book(row(2, '<c r="22"><v>1</v></c>')), "row 2 has a cell '22', which is in no sheet"),
        (changed(book(GOOD), SHEET, None), r"xl/worksheets/sheet1\.xml is not in it"),
        (changed(book(GOOD), SHEET, ""), r"xl/worksheets/sheet1\.xml is no XML: no element found"),
        (changed(book(GOOD), SHEET, "<worksheet><sheetData>"), "no XML: no element found"),
        (changed(book(GOOD), SHEET, "<?xml version='1.0' encoding='klingon'?><worksheet/>"), "no XML: unknown enc"),
        (changed(book(GOOD), "xl/_rels/workbook.xml.rels", None), "none of its sheets has a row"),
        (changed(book(GOOD), "xl/_rels/workbook.xml.rels", '<Relationships><Relationship Id="rId1" Type="x/worksheet" '
         'TargetMode="External" Target="http://evil.example/sheet.xml"/></Relationships>'), "none of its sheets has"),
        (changed(book(GOOD), "xl/_rels/workbook.xml.rels", '<Relationships><Relationship Id="rId1" Type="x/worksheet" '
         'Target="../../../../etc/passwd"/></Relationships>'), "etc/passwd is not in it"),
        (changed(book(GOOD), "xl/workbook.xml", "not XML"), r"xl/workbook\.xml is no XML"),
        (changed(book(GOOD), "xl/styles.xml", "<styleSheet>"), r"xl/styles\.xml is no XML"),
        (book(row(2, text("B2", "x" * 1_100_000))), "row 2 has a cell longer than 1,048,576 characters"),
        (book(row(2, "".join(text(f"{column}2", "x" * 600_000) for column in "BC"))), "row 2 is longer than 1,048,576"),
        (book(GOOD, texts=f"<si><t>{'x' * 1_100_000}</t></si>"), "a text is longer than 1,048,576 characters"),
        (book(f'<row r="2" x="{"x" * 1_200_000}"/>'), "has a tag or comment longer than 1,048,576 bytes"),
        (book(f"<!--{'x' * 1_200_000}-->"), "has a tag or comment longer than 1,048,576 bytes"),
        (book("<a>" * 200 + "</a>" * 200), "it has more than 100 elements within one another"),
        (book(GOOD, texts="<a>" * 200), "it has more than 100 elements within one another"),
        (book(GOOD, styles="<a>" * 200 + "</a>" * 200), "it has more than 100 elements within one another"),
        (changed(book(GOOD), SHEET, "<!DOCTYPE a [<!ENTITY a 'a'>]><worksheet/>"), "it declares entities"),
        (changed(book(GOOD), "xl/workbook.xml", "<!DOCTYPE a SYSTEM 'http://evil.example/a.dtd'><workbook/>"),
         "it declares entities"),
        (changed(book(GOOD, texts=""), TEXTS, "<!DOCTYPE s [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>"
         "<sst><si><t>&b;</t></si></sst>"), "it declares entities"),
    ],
)  # fmt: skip
def test_what_is_damaged_or_a_bomb_is_one_line(opener: Opener, raw: bytes, said: str) -> None:
    assert re.search(f"^69 .*{said}", line := refused(opener, raw, "x.xlsx")), line


@pytest.mark.parametrize("number", [LONG, "-5", "x", ""])
def test_a_row_or_style_without_a_number_that_can_be_is_read_all_the_same(opener: Opener, number: str) -> None:
    cell = f'<c r="B2" s="{number}"><v>1</v></c>'
    assert amounts(opener, book(row(2, cell).replace('r="2"', f'r="{number}"', 1))) == [1]


def test_damage_behind_the_beginning_is_partial(opener: Opener) -> None:
    rows = [row(number, f'<c r="B{number}"><v>{number}</v></c>') for number in range(2, 3000)]
    sheet = parts("".join(rows))[SHEET]
    records, _, outcome = read(opener, changed(book(), SHEET, sheet[: len(sheet) // 2]), "x.xlsx")
    assert (1000 < len(records) < 1600, outcome.complete) == (True, False)
    assert re.search(r"cut off or damaged after \d+ records \(.*sheet1\.xml is no XML: ", outcome.warnings[-1])


def test_an_encrypted_part_is_told(opener: Opener) -> None:
    raw = bytearray(book(GOOD))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := raw.find(mark, at + 1)) >= 0:
            raw[at + flags : at + flags + 2] = struct.pack("<H", 1)
    assert re.search("^69 .*in it is encrypted", refused(opener, bytes(raw), "x.xlsx"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("workbook.xls", "it is a spreadsheet of an old Excel"),
        ("password.xlsx", "it is a workbook with a password"),
        ("workbook.fods", "it is XML, which is not read"),
    ],
)
def test_other_spreadsheets_are_told_whatever_their_name(opener: Opener, name: str, said: str) -> None:
    for called in ("x.xlsx", "x.xls", "x.csv", "x"):
        assert re.search(f"^69 .*{said}", refused(opener, (FORMATS / name).read_bytes(), called))
    assert re.search("^69 .*", refused(opener, (FORMATS / name).read_bytes(), "x", format="xlsx"))


def test_a_web_page_that_is_called_a_spreadsheet_is_told(opener: Opener) -> None:
    page = b"<html><table><tr><td>PARCEL</td></tr></table></html>"
    for name in ("x.xls", "x.xlsx"):
        assert re.search("^69 .*a web page instead of data", refused(opener, page, name))
    assert [one["A"] for one in read(opener, b"A\tB\n1\t2\n", "x.xls")[0]] == ["1"], "many are tables with tabs"


@pytest.mark.parametrize("missing", sorted(made("workbook.xlsx")))
def test_no_part_that_is_missing_or_cut_is_a_traceback(opener: Opener, missing: str) -> None:
    members = made("workbook.xlsx")
    for part in (None, b"", members[missing][: len(members[missing]) // 2]):
        rest = {name: raw for name, raw in members.items() if name != missing}
        raw = zipped(rest if part is None else {**rest, missing: part})
        try:
            _, _, outcome = read(opener, raw, "x.xlsx", FetchRequest(("Parcel",)))
        except Exception:
            assert refused(opener, raw, "x.xlsx", FetchRequest(("Parcel",)))
        else:
            assert outcome.complete


def test_texts_that_cells_share_take_no_more_memory_the_longer_they_are(opener: Opener) -> None:
    count, size = 1500, 12_000
    texts = "".join(f"<si><t>{number:05d}{'x' * size}</t></si>" for number in range(count))
    rows = [row(number + 2, f'<c r="B{number + 2}" t="s"><v>{number}</v></c>') for number in range(count)]
    raw = book(*rows, texts=texts)
    tracemalloc.start()
    try:
        (opener.directory / "x.xlsx").write_bytes(raw)
        fetch = opener.open("x.xlsx", "file").fetch(FetchRequest(("PARCEL",), whole_records=False))
        assert sum(len(page.records) for page in fetch.pages()) == count
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert shared_texts._LONGEST_BLOCK * shared_texts._KEPT == 8 << 20
    assert peak < 13 << 20  # of 18 million characters, of which blocks of 8 are kept


def test_merged_cells_without_an_end_take_no_time(opener: Opener) -> None:
    raw = book(GOOD, row(3, '<c r="C3"><v>1</v></c>'), behind="<mergeCells>" + '<mergeCell ref="A1:' * 50_000)
    before = time.perf_counter()
    assert re.search("^69 .*no XML", refused(opener, raw, "x.xlsx"))
    assert time.perf_counter() - before < 5
