"""CSV files with a header row.

A line with another number of cells than the header has is no record: a comma without quotes has shifted its values,
or a line break has cut it. It is handed on whole under ``UNREADABLE``. A quotation mark that begins a cell and does not
end one is a character like any other, or it would swallow the lines up to the next.
"""

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import itemgetter
from typing import Any, TextIO

from wholesaler.sources.files.content import Content
from wholesaler.sources.files.reader import LINE_ENDS, PAGE_SIZE, Reader, Row, skip_line
from wholesaler.sources.interface import UNREADABLE, Page

#: a county's outlines come in one cell each; a longer one is a quote that is never closed
LONGEST_CELL = 4 << 20
#: a longer line is no record, and is not held whole
LONGEST_LINE = 2 * LONGEST_CELL
_DELIMITERS = ",;\t|"
#: what Excel reads as the delimiter, and writes in some countries
_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)
#: lines that tell how a file ends its lines
_SAMPLE = 2000
#: characters that are split into records at a time
_CHUNK = 1 << 18
#: characters that are kept of a line that is too long
_KEPT = 1000

Record = dict[str, Any]

# Python's own limit, 131,072 characters, is one for the whole process.
csv.field_size_limit(LONGEST_CELL)


class CsvReader(Reader):
    """A file with commas, semicolons, tabs or bars between its cells. Raises ``SourceError`` without a header row."""

    unreadable_is = "line with more or fewer cells than the header"
    ends_anywhere = True
    may_have_totals = True

    def __init__(self, content: Content, delimiter: str | None = None) -> None:
        super().__init__(content)
        with self.open_text() as file:
            lines = _Lines(file)
            first = _skip_blank(lines)
            separator = _SEPARATOR_LINE.fullmatch(first)
            self._separator_lines = int(separator is not None)
            if separator is not None:
                first = _skip_blank(lines)
            lines.put_back([first])
            told = delimiter or (separator and separator[1])
            self._delimiter = told or max(_DELIMITERS, key=lambda one: (_count(first, one), first.count(one)))
            # a heading may have lines of its own
            try:
                header = next(csv.reader(lines, delimiter=self._delimiter), [])
            except csv.Error as error:
                raise content.unusable(str(error)) from None
            if lines.recent_is_too_long:
                raise content.unusable(f"its first line is longer than {LONGEST_LINE:,} characters")
        self._header = self.number_headings([name.strip() for name in header])
        self.fields = [name for name in dict.fromkeys(self._header) if name]
        if not self.fields:
            raise content.unusable("it has no header row")
        # Columns without a name at the end may be left out.
        self._least = max(place for place, name in enumerate(self._header, 1) if name)
        self._allows_empty_tail = False
        self._allows_empty_tail = self._has_plain_tails()

    def rows(self) -> Iterator[Row]:
        for page in self.pages():
            yield from zip(page.records, page.points, strict=True)

    def pages(self) -> Iterator[Page]:
        self.unreadable, self.notes, self.damage = 0, {}, None
        records: list[Record] = []
        for batch, unreadable in self._batches():
            if unreadable is None:
                records += batch
            else:
                self.unreadable += 1
                records.append({UNREADABLE: unreadable})
            while len(records) >= PAGE_SIZE:
                yield Page(records[:PAGE_SIZE], [None] * PAGE_SIZE)
                del records[:PAGE_SIZE]
        if records:
            yield Page(records, [None] * len(records))

    def _batches(self) -> Iterator[tuple[list[Record], str | None]]:
        """Some records; or none, and a line that is no record."""
        make = self._record_maker()
        with self.open_text() as file:
            lines = _Lines(file)
            for _ in range(self._separator_lines):
                _skip_blank(lines)
            lines.put_back([_skip_blank(lines)])
            next(csv.reader(lines, delimiter=self._delimiter))
            reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
            number, short = 0, False
            while (text := lines.take()) or lines.waiting:
                records = self._plain_records(text, make)
                if records is None:
                    lines.put_back(list(io.StringIO(text, newline="")))
                else:
                    number += len(records)
                    short = short and not records
                    yield records, None
                while lines.waiting:
                    del lines.recent[:]
                    try:
                        row = next(reader)
                        if lines.recent_is_too_long:
                            raise csv.Error(f"line longer than {LONGEST_LINE:,} characters")
                    except csv.Error as error:
                        number += 1
                        is_last = lines.at_end and len(lines.recent) == 1
                        literal, unreadable = self._literal(lines, number, error)
                        short = literal is None or is_last
                        yield ([], unreadable) if literal is None else ([make(literal)], None)
                        continue
                    if not row:
                        continue
                    number += 1
                    fits = self._fits(row)
                    short = len(row) < self._least
                    if len(lines.recent) > 1 and fits and any(map(self._may_be_a_record, lines.recent[1:])):
                        # proper quotes, or two stray ones around records of their own: nobody can tell
                        self.note("quotation marks around what may be several records, rejected")
                        fits = False
                    yield ([make(row)], None) if fits else ([], self._delimiter.join(row))
        if short and not self.ends_with_a_line():
            self.damage = f"{self.label} is cut off in record {number}: {self.content.advice}."

    def _plain_records(self, text: str, make: Callable[[list[str]], Record]) -> list[Record] | None:
        """The records of whole lines of which each is one; ``None`` where one is not, or may not be, that plain.

        One row after the other: those of a wide file, all at once, would take twice the time, for want of cache.
        """
        if len(text) > LONGEST_CELL:
            return None
        quoted = '"' in text
        lines = (text if quoted else text.replace("\r\n", "\n")).split("\n")
        if not lines[-1]:
            del lines[-1]
        if not quoted and "\r" in text and any("\r" in line for line in lines):
            return None
        rows: Iterable[list[str]]
        if quoted:
            # a line end of another kind, or a cell of several lines, is an error or makes the rows fewer
            rows = csv.reader(lines, delimiter=self._delimiter, strict=True)
        else:
            rows = (line.split(self._delimiter) if line else [] for line in lines)
        width, count = len(self._header), 0
        records = []
        try:
            for row in rows:
                count += 1
                if len(row) == width or (row and self._fits(row)):
                    records.append(make(row))
                elif row:
                    return None
        except csv.Error:
            return None
        return records if count == len(lines) else None

    def _record_maker(self) -> Callable[[list[str]], Record]:
        """What makes a record of a row that fits, with the headings that are wanted."""
        header = self._header
        if self.wanted is None:
            return lambda row: dict(zip(header, row, strict=False))
        places = [(name, place) for place, name in enumerate(header) if name in self.wanted]
        least = max((place for _, place in places), default=0) + 1
        if len(places) < 2:
            return lambda row: {name: row[place] for name, place in places if place < len(row)}
        names = [name for name, _ in places]
        pick = itemgetter(*(place for _, place in places))

        def make(row: list[str]) -> Record:
            if len(row) < least:
                return {name: row[place] for name, place in places if place < len(row)}
            return dict(zip(names, pick(row), strict=True))

        return make

    def _literal(self, lines: "_Lines", number: int, error: csv.Error) -> tuple[list[str] | None, str]:
        """The first of the lines that cannot be read by their quotes as it stands; the others are put back."""
        first, *others = lines.recent
        lines.put_back(others)
        if isinstance(first, _TooLong):
            self.damage = f"{self.label} cannot be read in record {number} ({error}): {self.content.advice}."
            return None, str(first)
        if len(first) > LONGEST_CELL:
            self.damage = f"{self.label} cannot be read in record {number} ({error}): {self.content.advice}."
            return None, ""
        row = self._split(first)
        if self._fits(row):
            self.note("quotation mark that ends no cell, read as it stands")
            return row, ""
        return None, first.rstrip("\r\n")

    def _may_be_a_record(self, line: str) -> bool:
        """Whether a line within quotes has the cells of one, and is no prose with a blank behind each comma."""
        row = self._split(line)
        return self._fits(row) and not any(cell.startswith(" ") for cell in row[1:])

    def _split(self, line: str) -> list[str]:
        return line.rstrip("\r\n").split(self._delimiter)

    def _fits(self, row: list[str]) -> bool:
        """Whether a line has the cells of the header, or only empty ones more where those are nothing."""
        if self._least <= len(row) <= len(self._header):
            return True
        longer = len(row) > len(self._header)
        return longer and self._allows_empty_tail and not any(map(str.strip, row[len(self._header) :]))

    def _has_plain_tails(self) -> bool:
        """Whether an empty cell behind the last column is nothing but a delimiter at the end of the line.

        It could also be the last column, empty, behind a value that an unquoted delimiter has cut in two: where the
        last column is empty in lines of the right length.
        """
        last = self._header[self._least - 1]
        self.wanted = [last]
        usable = (record for records, _ in self._batches() for record in records)
        has_empty = any(not record[last].strip() for record in islice(usable, _SAMPLE))
        self.wanted = None
        return not has_empty


class _TooLong(str):
    """The beginning of a line that is longer than a record can be."""


class _Lines:
    """The lines of a file; ``recent`` are those that were read since it was last emptied, and can be put back.

    Of a line that is longer than :data:`LONGEST_LINE` only the beginning is held, as :class:`_TooLong`.
    """

    def __init__(self, file: TextIO) -> None:
        self.recent: list[str] = []
        self.at_end = False
        self._file = file
        self._again: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._again:
            line = self._again.popleft()
        else:
            line = self._file.readline(LONGEST_LINE)
            if self._is_cut(line, LONGEST_LINE):
                line = _TooLong(line[:_KEPT])
            if not line:
                self.at_end = True
                raise StopIteration
        self.recent.append(line)
        return line

    @property
    def waiting(self) -> bool:
        """Whether lines were put back and are not read again yet."""
        return bool(self._again)

    @property
    def recent_is_too_long(self) -> bool:
        """Whether one of the recent lines is not there as a whole."""
        return any(isinstance(line, _TooLong) for line in self.recent)

    def take(self) -> str:
        """Many whole lines at once; empty at the end, and before a line that is too long, which then waits."""
        text = self._file.read(_CHUNK)
        start = max(map(text.rfind, LINE_ENDS)) + 1
        limit = LONGEST_LINE - (len(text) - start)
        rest = self._file.readline(limit)
        if self._is_cut(rest, limit):
            self._again.append(_TooLong(text[start : start + _KEPT]))
            text = text[:start]
        else:
            text += rest
        self.at_end = not (text or self._again)
        return text

    def _is_cut(self, line: str, limit: int) -> bool:
        """Whether a line goes on behind the ``limit`` characters that were read of it; the rest is skipped."""
        if len(line) < limit or line[-1] in LINE_ENDS:
            return False
        skip_line(self._file)
        return True

    def put_back(self, lines: list[str]) -> None:
        """Have lines read again."""
        self._again.extendleft(reversed(lines))
        if lines:
            self.at_end = False


def _skip_blank(lines: _Lines) -> str:
    """The first line that is not blank; empty where there is none."""
    return next((line for line in lines if line.strip()), "")


def _count(line: str, delimiter: str) -> int:
    """How many cells a line has, of which the last may go on in the next; none where quotes end elsewhere."""
    for text in (line, f'{line}"'):
        try:
            return len(next(csv.reader([text], delimiter=delimiter, strict=True), []))
        except csv.Error:
            continue
    return 0
