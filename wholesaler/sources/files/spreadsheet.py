"""The table of an Excel workbook: which of its sheets, where its head is, and its rows as records.

A title, a blank row or what a report was made for may stand above the head. A head of several rows, in which a cell
stands over several columns, makes one heading of each column: "Owner" over "Name" and "City" are "Owner Name" and
"Owner City".
"""

import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from statistics import median_high
from typing import Any
from xml.parsers.expat import ExpatError

from wholesaler.sources.files.archive import one_name, printable
from wholesaler.sources.files.content import Content
from wholesaler.sources.files.markup import DamagedWorkbook
from wholesaler.sources.files.reader import Reader, Row
from wholesaler.sources.files.workbook import Cells, Sheet, Span, Workbook
from wholesaler.sources.http.download import GIGABYTE

#: rows with values among which the head is looked for, and that tell which columns have any
_SAMPLE = 60
#: share of a table's columns that its head has: nearly all, or, where no row has them, half
_SHARES = (0.8, 0.5)
#: rows over which a cell of a head may reach; one over all rows of a column would leave none below
_MOST_ROWS = 10
_DAMAGE = (zipfile.BadZipFile, ExpatError, DamagedWorkbook)

NumberedRow = tuple[int, Cells]


@dataclass(frozen=True)
class _Head:
    """The headings by their columns, the last row of the head, and the columns that have values and no heading."""

    headings: dict[int, str]
    last_row: int
    nameless: list[int]


class SpreadsheetReader(Reader):
    """One sheet: that whose name matches ``member``, else the first with a table.

    ``largest`` is how many bytes may be unpacked. Raises ``SourceError`` where there is no table, and
    ``ConfigurationError`` where no sheet has that name.
    """

    form = "xlsx"
    may_have_totals = True

    def __init__(self, content: Content, member: str | None = None, largest: int = 8 * GIGABYTE) -> None:
        super().__init__(content)
        try:
            self._workbook = Workbook(content, largest)
            self._sheet, self._head = self._choose(member)
        except _DAMAGE as error:
            raise content.unusable(f"it is a workbook that is cut off or damaged ({_one_line(error)})") from None
        columns = sorted(self._head.headings)
        names = self.number_headings([self._head.headings[column] for column in columns])
        self._names = dict(zip(columns, names, strict=True))
        self.fields = names
        if self._head.nameless:
            letters = ", ".join(map(_letters, self._head.nameless[:10]))
            self._warn(f"the columns {letters} have values and no heading, and are not read")

    def rows(self) -> Iterator[Row]:
        self.notes, self.damage = {}, None
        names = {column: name for column, name in self._names.items() if self.wanted is None or name in self.wanted}
        empty = dict.fromkeys(names.values())
        count = 0
        try:
            for number, cells in self._workbook.rows(self._sheet, self.note):
                if number <= self._head.last_row or self._names.keys().isdisjoint(cells):
                    continue
                count += 1
                yield empty | {names[column]: value for column, value in cells.items() if column in names}, None
        except _DAMAGE as error:
            self.damage = (
                f"{self.label} is cut off or damaged after {count} records ({_one_line(error)}): {self.content.advice}."
            )

    def _choose(self, member: str | None) -> tuple[Sheet, _Head]:
        sheets = self._workbook.sheets
        if member is not None:
            name = one_name(self.content, [sheet.name for sheet in sheets], member, "sheet")
            sheet = next(sheet for sheet in sheets if sheet.name == name)
            head = self._find_head(sheet)
            if head is None:
                raise self.content.unusable(f"its sheet '{printable(name)}' has no row of headings over a table")
            return sheet, head
        visible = [sheet for sheet in sheets if not sheet.is_hidden]
        tables = [(sheet, head) for sheet in visible if (head := self._find_head(sheet)) is not None]
        # a remark is no table, where another sheet has one
        tables = [table for table in tables if len(table[1].headings) > 1] or tables
        if not tables:
            raise self.content.unusable("none of its sheets has a row of headings over a table")
        if len(tables) > 1:
            others = ", ".join(f"'{printable(sheet.name)}'" for sheet, _ in tables[1:])
            self._warn(
                f"its sheet '{printable(tables[0][0].name)}' is read, and {others} not: 'member' of the market file "
                "names the one that is meant"
            )
        return tables[0]

    def _find_head(self, sheet: Sheet) -> _Head | None:
        rows = list(islice(self._workbook.rows(sheet, lambda what: None), _SAMPLE))
        place = _place_of_head(rows)
        if place is None:
            return None
        number, cells = rows[place]
        filled = {column for _, others in rows[place + 1 :] for column in others}
        headings = {column: text for column, value in cells.items() if (text := _heading(value))}
        if filled <= headings.keys() and max(Counter(headings.values()).values(), default=0) <= 1:
            return _Head(headings, number, [])
        headings, last = _join_head(rows, place, self._workbook.merges(sheet, number))
        filled = {column for at, others in rows if at > last for column in others}
        return _Head(headings, last, sorted(filled - headings.keys()))

    def _warn(self, what: str) -> None:
        self.warnings.append(f"{self.label}: {what}.")


def _place_of_head(rows: list[NumberedRow]) -> int | None:
    """The first row that has nearly as many cells as most rows of the table, most of them texts."""
    counts = [len(cells) for _, cells in rows]
    if len(rows) < 2 and max(counts, default=0) < 2:
        return None
    typical = median_high([count for count in counts if count > 1] or counts or [0])
    for share in _SHARES:
        for place, (_, cells) in enumerate(rows):
            texts = sum(isinstance(value, str) for value in cells.values())
            if len(cells) >= share * typical and 2 * texts > len(cells):
                return place
    return None


def _join_head(rows: list[NumberedRow], place: int, merges: list[Span]) -> tuple[dict[int, str], int]:
    """The headings of a head that may have several rows, and its last row.

    ``merges`` tell the rows that belong together: a cell over several columns stands over headings, one over several
    rows ends where they do. One over all columns is a title.
    """
    by_number = dict(rows)
    number = first = last = rows[place][0]
    width = len({column for _, cells in rows[place:] for column in cells})
    spans = [span for span in merges if span[3] - span[1] + 1 < width and span[2] - span[0] < _MOST_ROWS]
    for top, left, bottom, right in spans:
        if top <= number <= bottom or (bottom == number - 1 and right > left and len(by_number.get(top, {})) > 1):
            first, last = min(first, top), max(last, bottom)
    for top, left, bottom, right in spans:
        if first <= top and bottom == last == number and right > left and number + 1 in by_number:
            last += 1
    parts: dict[int, list[str]] = {}
    for row in range(first, last + 1):
        cells = by_number.get(row, {})
        over = {
            column: cells[left]
            for top, left, bottom, right in spans
            if top == row and left in cells
            for column in range(left, right + 1)
        }
        for column, value in (over | cells).items():
            text = _heading(value)
            if text and text not in parts.setdefault(column, []):
                parts[column].append(text)
    return {column: " ".join(texts) for column, texts in parts.items() if texts}, last


def _heading(value: Any) -> str:
    return " ".join(str(value).split())


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _one_line(error: Exception) -> str:
    return printable(" ".join(str(error).split()), 200) or type(error).__name__
