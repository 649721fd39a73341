"""Files as sources: tables (CSV, workbooks), features and objects (JSON), layers of geographic files.

They lie beside the market file or come from the web, as they are or packed. Files are read piece by piece.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.sources.arcgis.layer import DATE_TYPE
from wholesaler.sources.arcgis.source import DEGREES
from wholesaler.sources.fields import find_field, match_fields, resolve_field
from wholesaler.sources.files.archive import Unpacked, unpack
from wholesaler.sources.files.content import Plain
from wholesaler.sources.files.formats import open_reader
from wholesaler.sources.files.places import page_places, place_field
from wholesaler.sources.files.reader import PAGE_SIZE, Reader
from wholesaler.sources.files.totals import is_total
from wholesaler.sources.http.download import GIGABYTE
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


class NotThere(SourceError):
    """There is no file at a place, so that it may be at the next."""


@dataclass(frozen=True)
class FoundFile:
    """A file on this machine. ``name`` is its publisher's; ``digest`` that of its content, where it is known.

    ``doubt`` says why nobody knows whether it is whole, where that is so; ``distrust`` is called when it is damaged.
    ``is_cut``: only its beginning was wanted.
    """

    content: Plain
    name: str
    digest: str | None = None
    doubt: str | None = None
    distrust: Callable[[], None] = lambda: None
    is_cut: bool = False


class Place(Protocol):
    """Where a file may be."""

    def find(self) -> FoundFile:
        """The file; raises :class:`NotThere` when there is none, ``SourceError`` when it cannot be had."""


@dataclass(frozen=True)
class LocalPlace:
    """A path."""

    source: str
    path: Path

    def find(self) -> FoundFile:
        content = Plain(self.source, str(self.path), self.path)
        if self.path.is_dir():
            raise content.unusable("it is a folder: its files are needed in one ZIP archive")
        try:
            self.path.open("rb").close()
        except OSError as error:
            unusable = content.unusable(error.strerror or str(error))
            if isinstance(error, FileNotFoundError | NotADirectoryError):
                raise NotThere(unusable.message, unusable.hint, transient=False) from None
            raise unusable from None
        return FoundFile(content, self.path.name)


@dataclass(kw_only=True)
class FileSource(Source):
    """The first of ``places`` that has a file, read anew for each fetch.

    ``member`` is a pattern for the one file of an archive, sheet or layer, ``form`` the format where it is not told by
    name or content, ``largest`` how many bytes may be unpacked, ``scratch`` the folder for what has to be unpacked onto
    the disk.
    """

    places: Sequence[Place]
    member: str | None = None
    form: str | None = None
    largest: int = 8 * GIGABYTE
    scratch: Path | None = None
    _found: FoundFile | None = field(default=None, init=False, repr=False)
    _unpacked: Unpacked | None = field(default=None, init=False, repr=False)

    def version(self) -> str | None:
        """A digest of the content."""
        found = self._find()
        if found.digest is not None:
            return found.digest
        try:
            with found.content.path.open("rb") as file:
                return file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise found.content.unusable(error.strerror or str(error)) from None

    def field_types(self) -> dict[str, str]:
        reader = self._open(self._find(), geometry=False, crs=None)
        return {name: DATE_TYPE if name in reader.dates else "" for name in reader.fields}

    def fetch(self, request: FetchRequest) -> Fetch:
        found = self._find()
        reader = self._open(found, request.geometry, request.crs)
        request = _resolve_repeated_headings(self.name, request, reader)
        place = place_field(self.name, reader, request.geometry_field) if request.geometry else None
        names, warnings = match_fields(self.name, request, reader.fields, {*reader.own_fields, *filter(None, [place])})
        if request.geometry:
            warnings += _check_reference(self.name, reader, request.crs)
        # what is packed, and JSON, has an end of its own
        is_in_doubt = found.is_cut or (reader.content is found.content and reader.ends_anywhere)
        doubt = found.doubt if is_in_doubt else None
        return _FileFetch(replace(found, doubt=doubt), reader, request, names, place, warnings)

    def _open(self, found: FoundFile, geometry: bool, crs: int | None) -> Reader:
        """The reader of what was found."""
        content = found.content
        try:
            if self._unpacked is None:
                self._unpacked = unpack(content, self.member, self.largest, self.scratch)
            unpacked = self._unpacked
            name = unpacked.name or found.name.lower().removesuffix(".gz")
            return open_reader(unpacked.content, name, self.form, geometry, unpacked.part, crs, self.largest)
        except OSError as error:
            found.distrust()
            raise content.unusable(error.strerror or str(error)) from None
        except SourceError:
            found.distrust()
            raise

    def _find(self) -> FoundFile:
        """The file, looked for once; raises ``SourceError``."""
        missing: list[NotThere] = []
        for place in self.places if self._found is None else ():
            try:
                self._found = place.find()
                break
            except NotThere as error:
                missing.append(error)
        if self._found is not None:
            return self._found
        if len(missing) == 1:
            raise NotThere(missing[0].message, missing[0].hint, transient=False)
        raise NotThere(
            f"{self.name}: there is no file at any of its {len(missing)} addresses: "
            + " ".join(error.message for error in missing),
            f"Correct 'url' of sources.{self.name} in the market file.",
            transient=False,
        )


class _FileFetch(Fetch):
    def __init__(
        self,
        file: FoundFile,
        reader: Reader,
        request: FetchRequest,
        names: dict[str, str],
        place: str | None,
        warnings: list[str],
    ) -> None:
        self._file = file
        self.names = names
        dates = frozenset(name for name in names.values() if name in reader.dates)
        self.types = FieldTypes(dates, reader.object_id)
        self._reader = reader
        self._warnings = warnings
        self._place = place
        self._is_selected = _selector(reader.source, request.selection, reader.fields)
        self._outcome: Outcome | None = None
        if not request.whole_records:
            selection = (
                [resolve_field(reader.source, request.selection.field, reader.fields)] if request.selection else []
            )
            reader.wanted = dict.fromkeys([*names.values(), *selection, *filter(None, [place, reader.object_id])])

    def pages(self) -> Iterator[Page]:
        received = 0
        pages = self._places() if self._place is not None else self._reader.pages()
        try:
            for page in pages if self._is_selected is None else _select(pages, self._is_selected):
                page = self._without_totals(page) if self._reader.may_have_totals else page
                received += len(page.records)
                yield page
        except OSError as error:
            self._file.distrust()
            raise self._reader.content.unusable(error.strerror or str(error)) from None
        if self._reader.damage:
            self._file.distrust()
        # where a beginning ends is no damage
        damage = (not self._file.is_cut and self._reader.damage) or self._file.doubt
        unreadable = self._reader.unreadable
        notes = [f"{times:,} × {what}." for what, times in self._reader.notes.items()]
        warnings = [*self._reader.warnings, *self._warnings, *notes]
        if unreadable:
            warnings.append(f"{unreadable:,} × {self._reader.unreadable_is}, rejected.")
        if damage:
            warnings.append(damage)
        whole = damage is None
        expected = received if whole and self._is_selected is None else None
        self._outcome = Outcome(whole, received, expected, tuple(warnings))

    def _without_totals(self, page: Page) -> Page:
        """The records of a page without lines of sums, which are noted."""
        left = [place for place, record in enumerate(page.records) if not is_total(record)]
        for _ in range(len(page.records) - len(left)):
            self._reader.note("line of a total, which is no record, left out")
        if len(left) == len(page.records):
            return page
        return Page([page.records[place] for place in left], [page.points[place] for place in left])

    def _places(self) -> Iterator[Page]:
        for page in self._reader.pages():
            yield Page(page.records, page_places(page, self._place or ""))

    @property
    def outcome(self) -> Outcome:
        if self._outcome is None:
            raise RuntimeError("the pages were not read to their end")
        return self._outcome


def _check_reference(source: str, reader: Reader, crs: int | None) -> list[str]:
    """Warn of coordinates that are no degrees; raises ``ConfigurationError`` where the market file says otherwise."""
    if not reader.references or crs in reader.references:
        return []
    code = reader.references[0]
    if crs is not None:
        raise ConfigurationError(
            f"sources.{source}.crs: {reader.label} says that it has coordinates of reference system {code}, not {crs}.",
            f"Write crs = {code}, or nothing, in the market file.",
        )
    if DEGREES.isdisjoint(reader.references):
        return [f"{reader.label} has coordinates of reference system {code}, not degrees (4326): write crs = {code}."]
    return []


def _select(pages: Iterator[Page], is_selected: Callable[[Mapping[str, Any]], bool]) -> Iterator[Page]:
    """Those of the records that are selected, in pages of the same size."""
    rows = (row for page in pages for row in zip(page.records, page.points, strict=True) if is_selected(row[0]))
    while chosen := list(islice(rows, PAGE_SIZE)):
        yield Page([record for record, _ in chosen], [point for _, point in chosen])


def _resolve_repeated_headings(source: str, request: FetchRequest, reader: Reader) -> FetchRequest:
    """The request, where none of its fields is a heading of several columns; raises ``ConfigurationError``."""
    selection_fields = (request.selection.field,) if request.selection else ()
    places = (request.geometry_field,) if request.geometry_field else ()
    for field_name in (*request.fields, *selection_fields, *places):
        for heading in () if field_name in reader.fields else find_field(field_name, reader.repeated_headings):
            columns = reader.repeated_headings[heading]
            raise ConfigurationError(
                f"sources.{source}: {reader.label} has the heading '{heading}' more than once ({len(columns)} columns),"
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
