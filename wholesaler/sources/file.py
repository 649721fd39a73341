"""Files as sources: Esri JSON and GeoJSON feature sets, arrays of objects, and CSV with a header row.

This is what a publisher lets people download by hand, and what a snapshot of a layer is. Files are read piece by piece.
"""

import csv
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from wholesaler.errors import SourceError
from wholesaler.sources.arcgis import DEGREES
from wholesaler.sources.arcgis_layer import DATE_TYPE, OWN_TYPES, object_id_field
from wholesaler.sources.fields import match_fields, the_field
from wholesaler.sources.interface import Fetch, FetchRequest, FieldTypes, Outcome, Page, Point, Selection, Source
from wholesaler.sources.json_stream import CutOff, JsonFeatures, tail_members
from wholesaler.sources.points import esri_point, geojson_point

PAGE_SIZE = 2000
_MEMBERS = ("fields", "objectIdFieldName", "objectIdField", "spatialReference", "exceededTransferLimit", "error")

_Row = tuple[dict[str, Any], Point | None]


@dataclass(kw_only=True)
class FileSource(Source):
    """One file, read anew for each fetch."""

    path: Path

    def fetch(self, request: FetchRequest) -> Fetch:
        reader: _Reader
        try:
            if self.path.suffix.lower() in {".csv", ".tsv", ".txt"}:
                reader = _CsvReader(self.name, self.path)
            else:
                reader = _JsonReader(self.name, self.path, request.geometry)
        except OSError as error:
            raise _unreadable(self.name, self.path, error.strerror or str(error)) from None
        names, warnings = match_fields(self.name, request, reader.fields, reader.own_fields)
        return _FileFetch(self.name, reader, request, names, [*reader.warnings, *warnings])


class _Reader(ABC):
    """A file that was opened once to see its ``fields``; ``damage`` says after reading why it is not whole."""

    def __init__(self, source: str, path: Path) -> None:
        self.source = source
        self.path = path
        self.fields: list[str] = []
        self.own_fields: set[str] = set()
        self.dates: set[str] = set()
        self.object_id: str | None = None
        self.warnings: list[str] = []
        self.damage: str | None = None

    @abstractmethod
    def rows(self) -> Iterator[_Row]:
        """The records with their points, from the beginning."""


class _FileFetch(Fetch):
    def __init__(
        self, source: str, reader: _Reader, request: FetchRequest, names: dict[str, str], warnings: list[str]
    ) -> None:
        self.names = names
        dates = frozenset(name for name in names.values() if name in reader.dates)
        self.types = FieldTypes(dates, reader.object_id)
        self._reader = reader
        self._warnings = warnings
        self._chosen = _chooser(source, request.selection, reader.fields)
        self._outcome: Outcome | None = None

    def pages(self) -> Iterator[Page]:
        received = 0
        rows = self._reader.rows()
        if self._chosen is not None:
            chosen = self._chosen
            rows = (row for row in rows if chosen(row[0]))
        try:
            while page := list(islice(rows, PAGE_SIZE)):
                received += len(page)
                yield Page([record for record, _ in page], [point for _, point in page])
        except OSError as error:
            raise _unreadable(self._reader.source, self._reader.path, error.strerror or str(error)) from None
        damage = self._reader.damage
        warnings = [*self._warnings, damage] if damage else self._warnings
        whole = damage is None
        counted = received if whole and self._chosen is None else None
        self._outcome = Outcome(whole, received, counted, tuple(warnings))

    @property
    def outcome(self) -> Outcome:
        if self._outcome is None:
            raise RuntimeError("the pages were not read to their end")
        return self._outcome


class _JsonReader(_Reader):
    def __init__(self, source: str, path: Path, geometry: bool) -> None:
        super().__init__(source, path)
        self._geometry = geometry
        first: list[Any] = []
        with _opened(path) as file:
            stream = JsonFeatures(file)
            with suppress(CutOff):
                for feature in islice(stream.features(), PAGE_SIZE):
                    first.append(feature)
        members = {**tail_members(path, _MEMBERS), **stream.members}
        described = [one for one in members.get("fields") or [] if isinstance(one, dict) and one.get("name")]
        kinds = {str(one["name"]): str(one.get("type", "")) for one in described}
        if not first and not kinds:
            raise _unreadable(source, path, _what_else(members))
        self._form = next((form for form in _FORMS if first and form.member in first[0]), _FLAT if first else _ESRI)
        self.fields = list(kinds) or list(dict.fromkeys(name for one in first for name in self._form.record(one)))
        self.own_fields = {name for name, kind in kinds.items() if kind in OWN_TYPES}
        self.dates = {name for name, kind in kinds.items() if kind == DATE_TYPE}
        self.object_id = object_id_field(members, kinds)
        self._check_reference(members.get("spatialReference"))
        if members.get("exceededTransferLimit") is True:
            self.damage = f"{path} is one page of a layer that has more records: save all of them."

    def rows(self) -> Iterator[_Row]:
        form, geometry, number = self._form, self._geometry, 0
        with _opened(self.path) as file:
            try:
                for feature in JsonFeatures(file).features():
                    yield form.record(feature), form.point(feature.get("geometry")) if geometry else None
                    number += 1
            except CutOff:
                self.damage = f"{self.path} is cut off or damaged after {number} records: save it again."

    def _check_reference(self, reference: Any) -> None:
        wkid = reference.get("latestWkid", reference.get("wkid")) if isinstance(reference, dict) else None
        if self._geometry and wkid is not None and wkid not in DEGREES:
            self.warnings.append(f"{self.path} has coordinates of reference system {wkid}, not degrees (4326).")


class _CsvReader(_Reader):
    def __init__(self, source: str, path: Path) -> None:
        super().__init__(source, path)
        with _opened(path) as file:
            line = file.readline()
            self._delimiter = max(",;\t", key=line.count)
            file.seek(0)
            try:
                header = next(csv.reader(file, delimiter=self._delimiter), [])
            except csv.Error as error:
                raise _unreadable(source, path, str(error)) from None
        self._header = [name.strip() for name in header]
        self.fields = [name for name in dict.fromkeys(self._header) if name]
        if not self.fields:
            raise _unreadable(source, path, "it has no header row")

    def rows(self) -> Iterator[_Row]:
        header, number, complete = self._header, 0, True
        with _opened(self.path) as file:
            rows = csv.reader(file, delimiter=self._delimiter)
            try:
                next(rows, None)
                for row in rows:
                    if row:
                        yield dict(zip(header, row, strict=False)), None
                        number += 1
                        complete = len(row) >= len(header)
            except csv.Error as error:
                self.damage = f"{self.path} cannot be read beyond {number} records ({error}): save it again."
        if not complete and not _ends_with_a_line(self.path):
            self.damage = f"{self.path} is cut off in record {number}: save it again."


@dataclass(frozen=True)
class _Form:
    """How a feature holds its record: under ``member``, or it is one itself."""

    member: str
    point: Callable[[Any], Point | None]

    def record(self, feature: Any) -> dict[str, Any]:
        record = feature.get(self.member) or {} if isinstance(feature, dict) and self.member else feature
        if not isinstance(record, dict):
            raise CutOff
        return record


_ESRI = _Form("attributes", esri_point)
_GEOJSON = _Form("properties", geojson_point)
_FLAT = _Form("", lambda geometry: None)
_FORMS = (_ESRI, _GEOJSON)


def _chooser(
    source: str, selection: Selection | None, fields: Sequence[str]
) -> Callable[[Mapping[str, Any]], bool] | None:
    """Whether a record belongs to the selection."""
    if selection is None:
        return None
    name = the_field(source, selection.field, fields)
    values = frozenset(selection.values)
    likes = [".*".join(map(re.escape, pattern.split("%"))) for pattern in selection.patterns]
    pattern = re.compile("|".join(f"(?:{like})" for like in likes), re.DOTALL) if likes else None

    def chosen(record: Mapping[str, Any]) -> bool:
        value = record.get(name)
        if value is None:
            return False
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
        return text in values or (pattern is not None and pattern.fullmatch(text) is not None)

    return chosen


def _opened(path: Path) -> TextIO:
    return path.open(encoding="utf-8-sig", errors="replace", newline="")


def _ends_with_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) in b"\r\n"


def _what_else(members: Mapping[str, Any]) -> str:
    error = members.get("error")
    if isinstance(error, dict):
        return f"it holds a server's error: {error.get('message', error.get('code'))}"
    return "it holds no records, or is cut off before them"


def _unreadable(source: str, path: Path, reason: str) -> SourceError:
    return SourceError(
        f"{source}: the file {path} cannot be used: {reason}.",
        f"Save it there again, or correct 'url' of sources.{source} in the market file.",
        transient=False,
    )
