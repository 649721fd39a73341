"""From raw records to rows for COPY: parcel numbers made canonical, values cleaned and typed.

A block of records is first *identified*: its keys, parcel numbers and content hashes tell the database which records
are new or changed. Only those are *written*: all their values read. A value that cannot be used becomes a null and
stays with its record as an issue; a record that cannot be used carries its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import md5
from itertools import repeat
from operator import itemgetter
from typing import Any

import orjson

from wholesaler.markets.market import Location, Market, SourceDefinition
from wholesaler.markets.parcel import UnusableParcel
from wholesaler.markets.records import Column, Type
from wholesaler.sources.interface import Fetch, Page
from wholesaler.stages.ingest.convert.places import Place, points, read_places
from wholesaler.stages.ingest.convert.raw import TRUNCATION, content_hashes, encode_records
from wholesaler.stages.ingest.convert.values import (
    LOST_DIGITS,
    NULL,
    Note,
    ValueReader,
    copy_text,
    plain,
    read_flags,
    without_digits,
)
from wholesaler.stages.ingest.convert.words import read_words

#: longer keys, which an index may not take, end in a hash
LONGEST_KEY = 400
#: what is written about a record, and how; one more when records that did not change must be read anew
_EDITION = 3


@dataclass
class Block:
    """Some records of a fetch. Lists have one element a record, in COPY text: ``NULL`` for none.

    ``ordinal`` is the first record's number in the fetch. ``reasons`` say why a record cannot be used. ``issues`` are
    those found so far, by position.
    """

    ordinal: int
    records: Sequence[dict[str, Any]]
    fields: Mapping[str, Sequence[Any]]
    texts: dict[str, list[str]]
    keys: list[str]
    parcel_ids: list[str]
    places: list[Place]
    hashes: list[str]
    reasons: list[str]
    issues: dict[int, list[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    def note(self, position: int, what: str) -> None:
        """Add an issue of one record."""
        self.issues.setdefault(position, []).append(what)


class Converter:
    """Turns the pages of one fetch into rows of :attr:`columns`."""

    def __init__(self, source: str, market: Market, fetch: Fetch) -> None:
        kind, definition = market.record(source), market.sources[source]
        self.source = source
        self.definition = definition
        self.market = market
        self.record_count = 0
        self._names = {name: fetch.names.get(name, name) for name in wanted_fields(definition)}
        self._object_id = fetch.types.object_id
        self._columns = {column.name: column for column in kind.columns if column.name in definition.fields}
        self._worded = [column for column in self._columns.values() if column.words]
        self._key_columns = {"parcel", *definition.key} & self._columns.keys()
        self._parcel = next((column for column in self._columns.values() if column.type is Type.PARCEL), None)
        self._values = ValueReader(definition.date_formats, market.zone)
        self._replacements = {
            column: {copy_text(plain(value)): copy_text(plain(replacement)) for value, replacement in values.items()}
            for column, values in definition.values.items()
        }
        self._epochs = fetch.types.epoch_milliseconds
        self._salt = fingerprint(definition, market)
        where = definition.location
        self.crs = where.crs if isinstance(where, Location) else 4326

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a row, which are the table's; those that are left out have defaults."""
        last = ("parcel_id", "property_id", "location", "raw", "content_hash", "issues")
        return ("market", "source", "record_key", *self._columns, *last)

    def identify(self, page: Page) -> Block:
        """The page's records with what tells one from another."""
        fields = self._fields(page.records)
        notes: dict[int, list[str]] = {}

        def note(position: int, what: str) -> None:
            notes.setdefault(position, []).append(what)

        lost = {name: self._lose_digits(name, fields, note) for name in self._key_columns}
        texts = {name: self._read(self._columns[name], fields, note) for name in self._key_columns}
        parcel_ids, reasons = self._parcels(texts, len(page.records), note)
        for name, values in lost.items():
            if name in self.definition.key or self._columns[name].required:
                for position, value in values.items():
                    reasons[position] = f"{self.definition.fields[name]}: {value} {LOST_DIGITS}"
        for column in self._worded:
            words = texts.get(column.name) or self._read(column, fields, note)
            texts[column.name] = read_words(column, self.definition.fields[column.name], words, reasons)
        keys = self._keys(texts, parcel_ids, reasons)
        places = self._places(page, fields, note)
        hashes = content_hashes(page.records, self._object_id, places, self._salt)
        block = Block(self.record_count, page.records, fields, texts, keys, parcel_ids, places, hashes, reasons, notes)
        self.record_count += len(block)
        return block

    def rows(self, block: Block, positions: Sequence[int], owners: Mapping[int, str], places: list[Place]) -> list[str]:
        """The records at ``positions`` as lines of COPY text, without their ends. Once for each block.

        ``owners`` are the ids of the properties they belong to, where there are any; ``places`` are in degrees, one
        for each position.
        """
        if not positions:
            return []
        self._complete(block, positions)
        texts = [block.texts[name] for name in self._columns]
        locations = points(places, self.market.bounding_box, lambda index, what: block.note(positions[index], what))
        columns: list[Sequence[Any]] = [block.records, block.keys, *texts, block.parcel_ids, block.hashes]
        if len(positions) < len(block):
            pick = itemgetter(*positions) if len(positions) > 1 else lambda column: (column[positions[0]],)
            columns = [pick(column) for column in columns]
        records, keys, *values, parcel_ids, hashes = columns
        raws, oversize = encode_records(records)
        for index in oversize:
            block.note(positions[index], TRUNCATION)
        property_ids = [owners.get(position, NULL) for position in positions]
        issues = [_issues(block.issues.get(position)) for position in positions] if block.issues else repeat(NULL)
        rows = zip(
            repeat(self.market.key),
            repeat(self.source),
            keys,
            *values,
            parcel_ids,
            property_ids,
            locations,
            raws,
            hashes,
            issues,
        )
        return list(map("\t".join, rows))

    def _complete(self, block: Block, positions: Sequence[int]) -> None:
        """Read the columns that are not read yet, at ``positions``; the others stay null."""
        missing = [column for name, column in self._columns.items() if name not in block.texts]
        if not missing:
            return
        whole = len(positions) == len(block)

        def note(index: int, what: str) -> None:
            block.note(positions[index], what)

        for column in missing:
            if whole:
                block.texts[column.name] = self._read(column, block.fields, note)
                continue
            name = self._names[self.definition.fields[column.name]]
            some = {name: [block.fields[name][position] for position in positions]}
            texts = [NULL] * len(block)
            for position, text in zip(positions, self._read(column, some, note), strict=True):
                texts[position] = text
            block.texts[column.name] = texts

    def _read(self, column: Column, fields: Mapping[str, Sequence[Any]], note: Note) -> list[str]:
        field_name = self.definition.fields[column.name]
        name = self._names[field_name]
        texts = self._values.read(
            column,
            fields[name],
            lambda position, what: note(position, f"{field_name}: {what}"),
            epochs=name in self._epochs,
        )
        replacements = self._replacements.get(column.name)
        if replacements:
            texts = [replacements.get(text, text) for text in texts]
        if column.type is Type.FLAG:
            return read_flags(texts, lambda position, what: note(position, f"{field_name}: {what}"))
        return texts

    def _fields(self, records: list[dict[str, Any]]) -> dict[str, Sequence[Any]]:
        """The values of every wanted field, by its name in the records."""
        names = list(dict.fromkeys(self._names.values()))
        try:
            rows = list(map(itemgetter(*names), records)) if len(names) > 1 else None
        except KeyError:
            rows = None  # some publishers leave nulls out
        if rows is None:
            return {name: [record.get(name) for record in records] for name in names}
        return dict(zip(names, zip(*rows, strict=True), strict=True))

    def _lose_digits(self, name: str, fields: dict[str, Sequence[Any]], note: Note) -> dict[int, str]:
        """Take out the identifiers of a column that are not what was published any more; returns them by position."""
        field_name = self.definition.fields[name]
        values = fields[self._names[field_name]]
        if self._columns[name].type not in {Type.TEXT, Type.PARCEL} or not (positions := without_digits(values)):
            return {}
        for position in positions:
            note(position, f"{field_name}: {LOST_DIGITS}")
        lost = {position: str(values[position]).strip() for position in positions}
        fields[self._names[field_name]] = [None if place in lost else value for place, value in enumerate(values)]
        return lost

    def _parcels(self, texts: Mapping[str, list[str]], count: int, note: Note) -> tuple[list[str], list[str]]:
        """Canonical numbers, and the reasons why records cannot be used."""
        column, form = self._parcel, self.definition.parcel_form
        reasons = [NULL] * count
        if column is None:
            return [NULL] * count, reasons
        numbers = texts[column.name]
        every = self.market.parcel.canonicalise_all(numbers, form)
        if every is not None:
            return every, reasons
        parcel_ids = []
        for position, text in enumerate(numbers):
            parcel_id, reason = NULL, "no parcel number"
            if text != NULL:
                try:
                    parcel_id = self.market.parcel.canonicalise(text.replace("\\\\", "\\"), form)
                except UnusableParcel as unusable:
                    reason = unusable.reason.replace("\\", "\\\\")
                    if not column.required:
                        note(position, f"{self.definition.fields[column.name]}: unusable parcel number")
            parcel_ids.append(parcel_id)
            if parcel_id == NULL and column.required:
                reasons[position] = reason
        return parcel_ids, reasons

    def _keys(self, texts: Mapping[str, list[str]], parcel_ids: list[str], reasons: list[str]) -> list[str]:
        """What identifies each record in its source: the key fields, the parcel in canonical form."""
        parts = [
            [text if number == NULL else number for text, number in zip(texts[name], parcel_ids, strict=True)]
            if name == "parcel"
            else texts[name]
            for name in self.definition.key
        ]
        if len(parts) > 1:
            blank_key = "|" * (len(parts) - 1)
            blank = [["" if text == NULL else text for text in part] if NULL in part else part for part in parts]
            keys = [NULL if key == blank_key else key for key in map("|".join, zip(*blank, strict=True))]
        else:
            keys = parts[0]
        if max(map(len, keys)) > LONGEST_KEY:
            keys = [_shorten_key(key) if len(key) > LONGEST_KEY else key for key in keys]
        if NULL in keys:
            for position, key in enumerate(keys):
                if key == NULL and reasons[position] == NULL:
                    names = ", ".join(self.definition.fields[name] for name in self.definition.key)
                    reasons[position] = f"no key: {names} is empty"
        return keys

    def _places(self, page: Page, fields: Mapping[str, Sequence[Any]], note: Note) -> list[Place]:
        where = self.definition.location
        if where == "none":
            return [None] * len(page.records)
        if isinstance(where, Location):
            return read_places(fields[self._names[where.x]], fields[self._names[where.y]], note)
        places: list[Place] = []
        for position, point in enumerate(page.points):
            if isinstance(point, str):
                note(position, point)
            places.append(None if isinstance(point, str) else point)
        return places


def wanted_fields(definition: SourceDefinition) -> tuple[str, ...]:
    """The publisher's fields that a source's columns and location come from."""
    where = definition.location
    coordinates = (where.x, where.y) if isinstance(where, Location) else ()
    return tuple(dict.fromkeys((*definition.fields.values(), *coordinates)))


def _shorten_key(key: str) -> str:
    """The beginning of a key that is too long, and a hash of all of it."""
    start = key[:100].rstrip("\\")
    return f"{start}…{md5(key.encode(), usedforsecurity=False).hexdigest()}"


def _issues(issues: list[str] | None) -> str:
    """Issues as COPY text of an array; they hold field names and our own words."""
    if not issues:
        return NULL
    plain = (" ".join(issue.split()).replace("\\", "\\\\").replace('"', '\\"') for issue in issues)
    return "{" + ",".join(f'"{issue}"' for issue in plain).replace("\\", "\\\\") + "}"


def fingerprint(definition: SourceDefinition, market: Market) -> bytes:
    """What decides how a record is read; when it changes, every record is read again."""
    shape = definition.model_dump(include={"key", "parcel_form", "fields", "location", "date_formats", "values"})
    settings = [_EDITION, shape, market.parcel.model_dump(), market.bounding_box.model_dump(), market.time_zone]
    return md5(orjson.dumps(settings), usedforsecurity=False).digest()
