"""Files as sources: Esri JSON and GeoJSON feature sets, arrays of objects, and CSV with a header row.

This is what a publisher lets people download by hand, and what a snapshot of a layer is. Files are read piece by piece.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import Any

from wholesaler.errors import ConfigurationError
from wholesaler.sources.fields import find_field, match_fields, resolve_field
from wholesaler.sources.files.delimited import CsvReader
from wholesaler.sources.files.features import JsonReader
from wholesaler.sources.files.places import place_field, place_rows
from wholesaler.sources.files.reader import Reader, unusable_file
from wholesaler.sources.interface import (
    UNREADABLE,
    Fetch,
    FetchRequest,
    FieldTypes,
    Outcome,
    Page,
    Selection,
    Source,
)

PAGE_SIZE = 2000


@dataclass(kw_only=True)
class FileSource(Source):
    """One file, read anew for each fetch."""

    path: Path

    def version(self) -> str | None:
        """A digest of the content."""
        try:
            with self.path.open("rb") as file:
                return file_digest(file, "sha256").hexdigest()
        except OSError:
            return None  # the fetch will say so

    def fetch(self, request: FetchRequest) -> Fetch:
        reader: Reader
        try:
            if self.path.suffix.lower() in {".csv", ".tsv", ".txt"}:
                reader = CsvReader(self.name, self.path)
            else:
                reader = JsonReader(self.name, self.path, request.geometry)
        except OSError as error:
            raise unusable_file(self.name, self.path, error.strerror or str(error)) from None
        request = _resolve_repeated_headings(self.name, request, reader)
        names, warnings = match_fields(self.name, request, reader.fields, reader.own_fields)
        place = place_field(self.name, reader, request.geometry_field) if request.geometry else None
        return _FileFetch(self.name, reader, request, names, place, [*reader.warnings, *warnings])


class _FileFetch(Fetch):
    def __init__(
        self,
        source: str,
        reader: Reader,
        request: FetchRequest,
        names: dict[str, str],
        place: str | None,
        warnings: list[str],
    ) -> None:
        self.names = names
        dates = frozenset(name for name in names.values() if name in reader.dates)
        self.types = FieldTypes(dates, reader.object_id)
        self._reader = reader
        self._warnings = warnings
        self._place = place
        self._is_selected = _selector(source, request.selection, reader.fields)
        self._outcome: Outcome | None = None

    def pages(self) -> Iterator[Page]:
        received = 0
        rows = self._reader.rows() if self._place is None else place_rows(self._reader, self._place)
        if self._is_selected is not None:
            is_selected = self._is_selected
            rows = (row for row in rows if is_selected(row[0]))
        try:
            while page := list(islice(rows, PAGE_SIZE)):
                received += len(page)
                yield Page([record for record, _ in page], [point for _, point in page])
        except OSError as error:
            raise unusable_file(self._reader.source, self._reader.path, error.strerror or str(error)) from None
        damage, unreadable = self._reader.damage, self._reader.unreadable
        warnings = [*self._warnings, *(f"{times:,} × {what}." for what, times in self._reader.notes.items())]
        if unreadable:
            warnings.append(f"{unreadable:,} × {self._reader.unreadable_is}, rejected.")
        if damage:
            warnings.append(damage)
        whole = damage is None
        expected = received if whole and self._is_selected is None else None
        self._outcome = Outcome(whole, received, expected, tuple(warnings))

    @property
    def outcome(self) -> Outcome:
        if self._outcome is None:
            raise RuntimeError("the pages were not read to their end")
        return self._outcome


def _resolve_repeated_headings(source: str, request: FetchRequest, reader: Reader) -> FetchRequest:
    """The request, where none of its fields is a heading of several columns; raises ``ConfigurationError``."""
    selection_fields = (request.selection.field,) if request.selection else ()
    places = (request.geometry_field,) if request.geometry_field else ()
    for field_name in (*request.fields, *selection_fields, *places):
        for heading in () if field_name in reader.fields else find_field(field_name, reader.repeated_headings):
            columns = reader.repeated_headings[heading]
            raise ConfigurationError(
                f"sources.{source}: {reader.path} has the heading '{heading}' more than once ({len(columns)} columns),"
                f" so that the field '{field_name}' can be any of them.",
                f"Write {' or '.join(map(repr, columns))} in the market file.",
            )
    ignored = [*request.ignored]
    for name in request.ignored:
        ignored += [
            column
            for heading in find_field(name, reader.repeated_headings)
            for column in reader.repeated_headings[heading]
        ]
    return replace(request, ignored=frozenset(ignored))


def _selector(
    source: str, selection: Selection | None, fields: Sequence[str]
) -> Callable[[Mapping[str, Any]], bool] | None:
    """Whether a record belongs to the selection; what cannot be read may."""
    if selection is None:
        return None
    name = resolve_field(source, selection.field, fields)
    values = frozenset(selection.values)
    likes = [".*".join(map(re.escape, pattern.split("%"))) for pattern in selection.patterns]
    pattern = re.compile("|".join(f"(?:{like})" for like in likes), re.DOTALL | re.IGNORECASE) if likes else None

    def is_selected(record: Mapping[str, Any]) -> bool:
        value = record.get(name)
        if value is None:
            return not record or UNREADABLE in record
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
        return text in values or (pattern is not None and pattern.fullmatch(text) is not None)

    return is_selected
