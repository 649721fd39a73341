"""An Excel workbook (.xlsx): its sheets, and the rows of one, of which only a few are held at a time.

Libraries hold a whole sheet, or all of its texts, which grows to half a gigabyte with 500,000 rows. Here the texts of a
workbook lie in a temporary file. What a cell shows is what it holds: days are ISO dates, whatever system counts them;
zeros that only its format puts before a number stand there.
"""

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from posixpath import join, normpath
from typing import Any

from wholesaler.sources.files.cell_formats import Format, format_of, written
from wholesaler.sources.files.content import Content, Member
from wholesaler.sources.files.markup import DEEPEST, DamagedWorkbook, Handler, parse, too_deep
from wholesaler.sources.files.shared_texts import LONGEST_TEXT, SharedTexts, TextHandler, unescape

#: column → value, of the cells that have one; columns count from 1
Cells = dict[int, Any]
#: the first and the last row and column of cells that were made one
Span = tuple[int, int, int, int]

#: more is in no sheet of Excel's
MOST_COLUMNS = 16_384
_CHUNK = 1 << 16
_MARGIN = 512
_WORKBOOK = "xl/workbook.xml"
_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{0,7})")
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^<>]*?ref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
_MOST_MERGES, _MOST_STYLES = 10_000, 65_536
#: of what rows, styles and texts are counted by
_MOST_DIGITS = 9
_UNSAVED = "formula whose value was not stored, read as empty: Excel and LibreOffice store it"


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, the part of the archive that it is in, and whether a reader of the workbook sees it."""

    name: str
    part: str
    is_hidden: bool


class Workbook:
    """A workbook that was opened. Raises ``OSError`` and :class:`DamagedWorkbook`, then and while it is read."""

    def __init__(self, content: Content, largest: int) -> None:
        self._content = content
        self._largest = largest
        with zipfile.ZipFile(content.path) as archive:
            self._parts = set(archive.namelist())
        targets = self._relationships("_rels/.rels")
        book = next((part for kind, part in targets.values() if kind == "officeDocument"), _WORKBOOK)
        folder, _, name = book.rpartition("/")
        targets = self._relationships(join(folder, "_rels", f"{name}.rels"))
        parts = dict(targets.values())
        self.sheets: list[Sheet] = []
        self._counts_from_1904 = False
        self._read_book(book, targets)
        self._formats = self._read_formats(parts.get("styles"))
        self._texts_part = parts.get("sharedStrings")
        self._texts: SharedTexts | None = None

    def rows(self, sheet: Sheet, note: Callable[[str], None]) -> Iterator[tuple[int, Cells]]:
        """The rows that have a value, with their numbers; ``note`` hears of cells that have none but should."""
        if self._texts is None:
            self._texts = SharedTexts()
            for text in self._shared_texts():
                self._texts.add(text)
        rows = _Rows(self._formats, self._counts_from_1904, self._texts, note)
        for _ in self._parse(sheet.part, rows):
            yield from rows.take()

    def merges(self, sheet: Sheet, last_row: int) -> list[Span]:
        """The cells of a sheet that were made one, of those that begin up to a row. They stand behind all cells."""
        merges: list[Span] = []
        before = b""
        with self._open(sheet.part) as file:
            while piece := file.read(_CHUNK):
                text = before + piece
                end = 0
                for match in _MERGE.finditer(text):
                    end = match.end()
                    first, last = int(match[2]), int(match[4])
                    if first <= last_row and len(merges) < _MOST_MERGES:
                        merges.append((first, _column(match[1].decode()), last, _column(match[3].decode())))
                before = text[max(end, len(text) - _MARGIN) :]
        return merges

    def _read_book(self, part: str, targets: Mapping[str, tuple[str, str]]) -> None:
        sheets: dict[str, Sheet] = {}

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "workbookPr":
                self._counts_from_1904 = attributes.get("date1904", "0") in {"1", "true"}
            elif name == "sheet":
                identifier = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
                kind, target = targets.get(identifier, ("", ""))
                if kind == "worksheet":
                    is_hidden = attributes.get("state", "visible") != "visible"
                    sheets.setdefault(target, Sheet(attributes.get("name", ""), target, is_hidden))

        self._read(part, start)
        self.sheets = list(sheets.values())

    def _read_formats(self, part: str | None) -> list[Format]:
        """The format of each style that a cell may name."""
        codes: dict[int, str] = {}
        formats: list[Format] = []
        inside: list[str] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "numFmt":
                codes[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
            elif name == "xf" and inside[-1:] == ["cellXfs"] and len(formats) < _MOST_STYLES:
                formats.append(format_of(_number(attributes.get("numFmtId")), codes))
            inside.append(name)

        if part is not None and part in self._parts:
            self._read(part, start, lambda name: inside.pop())
        return formats

    def _shared_texts(self) -> Iterator[str]:
        part = self._texts_part
        if part is None or part not in self._parts:
            return
        texts = TextHandler()
        for _ in self._parse(part, texts):
            yield from texts.take()

    def _relationships(self, part: str) -> dict[str, tuple[str, str]]:
        """Identifier → the last word of its type, and the part it leads to; nothing that lies outside."""
        targets: dict[str, tuple[str, str]] = {}
        base = part.rpartition("_rels/")[0]

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = normpath(join("/", base, attributes.get("Target", ""))).lstrip("/")
                targets[attributes.get("Id", "")] = (kind, target)

        if part in self._parts:
            self._read(part, start)
        return targets

    def _read(self, part: str, start: Callable[..., None], end: Callable[[str], Any] = lambda name: None) -> None:
        for _ in self._parse(part, _Calls(start, end)):
            pass

    def _parse(self, part: str, handler: Handler) -> Iterator[None]:
        with self._open(part) as file:
            yield from parse(file, part, handler)

    def _open(self, part: str) -> Any:
        if part not in self._parts:
            raise DamagedWorkbook(f"{part} is not in it")
        content = self._content
        return Member(content.source, content.label, content.path, content.is_web, self._largest, part).open()


class _Calls(Handler):
    """Calls functions for what a parser meets."""

    def __init__(self, start: Callable[..., None], end: Callable[[str], Any]) -> None:
        super().__init__()
        self._start, self._end = start, end

    def start(self, name: str, attributes: dict[str, str]) -> None:
        super().start(name, attributes)
        self._start(name, attributes)

    def end(self, name: str) -> None:
        super().end(name)
        self._end(name)


class _Rows(Handler):
    """Makes rows of what a parser meets in a sheet."""

    def __init__(self, formats: list[Format], from_1904: bool, texts: SharedTexts, note: Callable[[str], None]) -> None:
        super().__init__()
        self._formats = formats
        self._from_1904 = from_1904
        self._texts = texts
        self._note = note
        self._done: list[tuple[int, Cells]] = []
        self._row = self._column = self._row_length = 0
        self._cells: Cells = {}
        self._kind = ""
        self._style = 0
        self._is_formula = self._reads = False
        self._skips = 0
        self._pieces: list[str] = []
        self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1  # as above, of which a call costs a tenth of the time
        if self._depth > DEEPEST:
            raise too_deep()
        if name == "c":
            self._column = self._place(attributes.get("r"))
            self._kind = attributes.get("t", "n")
            self._style = _number(attributes.get("s"))
            self._is_formula = False
            self._pieces = []
            self._length = 0
        elif name in {"v", "t"}:
            self._reads = not self._skips
        elif name == "f":
            self._is_formula = True
        elif name == "rPh":
            self._skips += 1
        elif name == "row":
            self._row = _number(attributes.get("r"), self._row + 1)
            self._column = 0
            self._cells = {}
            self._row_length = 0

    def end(self, name: str) -> None:
        self._depth -= 1
        if name in {"v", "t"}:
            self._reads = False
        elif name == "c":
            value = self._value("".join(self._pieces))
            if value is not None and value != "":
                self._cells[self._column] = value
                if value.__class__ is str:
                    self._row_length += len(value)
                    if self._row_length > LONGEST_TEXT:
                        raise DamagedWorkbook(f"row {self._row} is longer than {LONGEST_TEXT:,} characters")
        elif name == "row" and self._cells:
            self._done.append((self._row, self._cells))
        elif name == "rPh":
            self._skips -= 1

    def text(self, text: str) -> None:
        if self._reads:
            self._length += len(text)
            if self._length > LONGEST_TEXT:
                raise DamagedWorkbook(f"row {self._row} has a cell longer than {LONGEST_TEXT:,} characters")
            self._pieces.append(text)

    def take(self) -> list[tuple[int, Cells]]:
        """The rows that ended since they were last taken."""
        done, self._done = self._done, []
        return done

    def _place(self, reference: str | None) -> int:
        """The column of a cell; of one that does not say it, the next."""
        if reference is None:
            column = self._column + 1
        else:
            match = _REFERENCE.fullmatch(reference)
            column = _column(match[1]) if match else 0
        if not 1 <= column <= MOST_COLUMNS:
            raise DamagedWorkbook(f"row {self._row} has a cell '{(reference or '')[:12]}', which is in no sheet")
        return column

    def _value(self, text: str) -> Any:
        kind = self._kind
        if not text:
            if self._is_formula and kind != "str":
                self._note(_UNSAVED)
            return None
        if kind == "s":
            return self._texts.get(text)
        if kind == "n":
            form = self._formats[self._style] if self._style < len(self._formats) else None
            return written(text, form, self._from_1904)
        if kind == "e":
            self._note(f"cell with the error {text[:20]} in place of a value, read as empty")
            return None
        if kind == "b":
            return text.strip() in {"1", "true"}
        return unescape(text)


@lru_cache(maxsize=MOST_COLUMNS)
def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _number(text: str | None, otherwise: int = 0) -> int:
    return int(text) if text and text.isdecimal() and len(text) <= _MOST_DIGITS else otherwise
