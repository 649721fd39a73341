"""CSV files with a header row.

A line with another number of cells than the header has is no record: a comma without quotes has shifted its values,
or a line break has cut it. It is handed on whole under ``UNREADABLE``.
"""

import csv
from collections.abc import Generator, Iterator
from itertools import chain
from pathlib import Path

from wholesaler.sources.files.reader import Reader, Row, unusable_file
from wholesaler.sources.files.text import ends_with_a_line, opened
from wholesaler.sources.interface import UNREADABLE

#: a county's outlines come in one cell each; a longer one is a quote that is never closed
LONGEST_CELL = 4 << 20

# Python's own limit, 131,072 characters, is one for the whole process.
csv.field_size_limit(LONGEST_CELL)


class CsvReader(Reader):
    """A file with commas, semicolons or tabs between its cells. Raises ``SourceError`` when it has no header row."""

    unreadable_is = "line with more or fewer cells than the header"

    def __init__(self, source: str, path: Path) -> None:
        super().__init__(source, path)
        with opened(path) as file:
            line = file.readline()
            self._delimiter = max(",;\t", key=line.count)
            file.seek(0)
            try:
                header = next(csv.reader(file, delimiter=self._delimiter), [])
            except csv.Error as error:
                raise unusable_file(source, path, str(error)) from None
        self._header = [name.strip() for name in header]
        self.fields = [name for name in dict.fromkeys(self._header) if name]
        if not self.fields:
            raise unusable_file(source, path, "it has no header row")
        # Columns without a name at the end may be left out.
        self._least = max(place for place, name in enumerate(self._header, 1) if name)
        self._number = 0

    def rows(self) -> Iterator[Row]:
        self._number, self.unreadable = 0, 0
        with opened(self.path) as file:
            # One blank line more is a line by itself, unless a quote before it was not closed.
            lines = csv.reader(chain(file, ["\n"]), delimiter=self._delimiter)
            next(lines)
            while True:
                try:
                    last = yield from self._records(lines)
                    break
                except csv.Error as error:
                    # What follows can still be read.
                    self._number += 1
                    self.unreadable += 1
                    self.damage = f"{self.path} cannot be read in record {self._number} ({error}): save it again."
                    yield {UNREADABLE: ""}, None
        if last:
            self.damage = f"{self.path} ends inside the quotes of record {self._number}: save it again."

    def _records(self, lines: Iterator[list[str]]) -> Generator[Row, None, list[str]]:
        """The records of the remaining lines; returns the cells of the last line. Raises ``csv.Error``."""
        header, row, cells = self._header, [], self._least
        for row in lines:
            if self._least <= len(row) <= len(header):
                yield dict(zip(header, row, strict=False)), None
            elif row:
                self.unreadable += 1
                yield {UNREADABLE: self._delimiter.join(row)}, None
            else:
                continue
            cells = len(row)
            self._number += 1
        if cells < self._least and not ends_with_a_line(self.path):
            self.damage = f"{self.path} is cut off in record {self._number}: save it again."
        return row
