"""CSV files with a header row.

A line with another number of cells than the header has is no record: a comma without quotes has shifted its values,
or a line break has cut it. It is handed on whole under ``UNREADABLE``. A quotation mark that begins a cell and does not
end one is a character like any other, or it would swallow the lines up to the next.
"""

import csv
import re
from collections import Counter, deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

from wholesaler.sources.files.reader import Reader, Row, unusable_file
from wholesaler.sources.interface import UNREADABLE

#: a county's outlines come in one cell each; a longer one is a quote that is never closed
LONGEST_CELL = 4 << 20
_DELIMITERS = ",;\t|"
#: what Excel reads as the delimiter, and writes in some countries
_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)
#: lines that tell how a file ends its lines
_SAMPLE = 2000

# Python's own limit, 131,072 characters, is one for the whole process.
csv.field_size_limit(LONGEST_CELL)


class CsvReader(Reader):
    """A file with commas, semicolons, tabs or bars between its cells. Raises ``SourceError`` without a header row."""

    unreadable_is = "line with more or fewer cells than the header"

    def __init__(self, source: str, path: Path) -> None:
        super().__init__(source, path)
        with self.open_text() as file:
            lines = _Lines(file)
            first = _skip_blank(lines)
            separator = _SEPARATOR_LINE.fullmatch(first)
            self._separator_lines = int(separator is not None)
            if separator is not None:
                first = _skip_blank(lines)
            lines.put_back([first])
            self._delimiter = (
                separator[1] if separator else max(_DELIMITERS, key=lambda one: (_count(first, one), first.count(one)))
            )
            # a heading may have lines of its own
            try:
                header = next(csv.reader(lines, delimiter=self._delimiter), [])
            except csv.Error as error:
                raise unusable_file(source, path, str(error)) from None
        self._header = self._number_headings([name.strip() for name in header])
        self.fields = [name for name in dict.fromkeys(self._header) if name]
        if not self.fields:
            raise unusable_file(source, path, "it has no header row")
        # Columns without a name at the end may be left out.
        self._least = max(place for place, name in enumerate(self._header, 1) if name)
        self._allows_empty_tail = False
        self._allows_empty_tail = self._has_plain_tails()

    def _number_headings(self, header: list[str]) -> list[str]:
        """The headings, those that stand several times with their numbers."""
        times = Counter(header)
        counts: Counter[str] = Counter()
        headings = []
        for name in header:
            counts[name] += 1
            if name and times[name] > 1:
                self.repeated_headings.setdefault(name, []).append(f"{name} ({counts[name]})")
                headings.append(self.repeated_headings[name][-1])
            else:
                headings.append(name)
        return headings

    def rows(self) -> Iterator[Row]:
        self.unreadable, self.notes, self.damage = 0, {}, None
        header = self._header
        for row, text in self._records():
            if row is None:
                self.unreadable += 1
                yield {UNREADABLE: text}, None
            else:
                yield dict(zip(header, row, strict=False)), None

    def _records(self) -> Iterator[tuple[list[str] | None, str]]:
        """The cells of each record; where a line is none, nothing, and the line."""
        with self.open_text() as file:
            lines = _Lines(file)
            for _ in range(self._separator_lines):
                _skip_blank(lines)
            lines.put_back([_skip_blank(lines)])
            reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
            next(csv.reader(lines, delimiter=self._delimiter))
            number, short = 0, False
            while True:
                del lines.recent[:]
                try:
                    row = next(reader)
                except StopIteration:
                    break
                except csv.Error as error:
                    number += 1
                    literal, text = self._literal(lines, number, error)
                    short = literal is None
                    yield literal, text
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
                yield (row, "") if fits else (None, self._delimiter.join(row))
        if short and not self.ends_with_a_line():
            self.damage = f"{self.path} is cut off in record {number}: save it again."

    def _literal(self, lines: "_Lines", number: int, error: csv.Error) -> tuple[list[str] | None, str]:
        """The first of the lines that cannot be read by their quotes as it stands; the others are put back."""
        first, *others = lines.recent
        if lines.at_end:
            self.damage = f"{self.path} ends inside the quotes of record {number}: save it again."
        lines.put_back(others)
        if len(first) > LONGEST_CELL:
            self.damage = f"{self.path} cannot be read in record {number} ({error}): save it again."
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
        usable = (row for row, _ in islice(self._records(), _SAMPLE) if row is not None)
        return not any(not row[self._least - 1].strip() for row in usable)


class _Lines:
    """The lines of a file; ``recent`` are those that were read since it was last emptied, and can be put back."""

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
            line = self._file.readline()
            if not line:
                self.at_end = True
                raise StopIteration
        self.recent.append(line)
        return line

    def put_back(self, lines: list[str]) -> None:
        """Have lines read again."""
        self._again.extendleft(reversed(lines))
        if lines:
            self.at_end = False


def _skip_blank(lines: _Lines) -> str:
    """The first line that is not blank; empty where there is none."""
    return next((line for line in lines if line.strip()), "")


def _count(line: str, delimiter: str) -> int:
    """How many cells a line has; none where its quotes do not end at this delimiter."""
    try:
        return len(next(csv.reader([line], delimiter=delimiter, strict=True), []))
    except csv.Error:
        return 0
