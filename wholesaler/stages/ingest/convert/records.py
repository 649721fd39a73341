"""From raw records to rows for COPY: parcel numbers made canonical, values cleaned and typed.

A block of records is first *identified*: its keys, parcel numbers and content hashes tell the database which records
are new or changed. Only those are *written*: all their values read. A value that cannot be used becomes a null and
stays with its record as an issue; a record that cannot be used carries its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import md5
from itertools import repeat
from operator import itemgetter
from typing import Any

import orjson

from wholesaler.markets.market import Market
from wholesaler.markets.source import Location, SourceDefinition
from wholesaler.markets.values import Value
from wholesaler.sources.interface import UNREADABLE, Fetch, Page
from wholesaler.stages.ingest.convert.evaluate import Table, evaluate
from wholesaler.stages.ingest.convert.identity import Columns, Identifier
from wholesaler.stages.ingest.convert.places import Place, points, read_places
from wholesaler.stages.ingest.convert.raw import TRUNCATION, content_hashes, encode_records
from wholesaler.stages.ingest.convert.values import NULL, Note

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
    table: Table
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
        definition = market.sources[source]
        self.source = source
        self.definition = definition
        self.market = market
        self.record_count = 0
        #: how many records have a parcel number, and how many of these one that cannot be read
        self.numbers_given = self.numbers_unusable = 0
        self.reading = Columns(source, market, fetch)
        self.identifier = Identifier(source, market, self.reading)
        self._columns = self.reading.by_name
        self._object_id = fetch.types.object_id
        self._salt = fingerprint(definition, market)
        # a service's own row number is no field of the record, and goes with it
        own = frozenset(filter(None, [self._object_id]))
        self._kept = None if market.keeps_whole_raw(source) else own.union(self.reading.names.values())
        self._days: set[str] = set()
        self.crs = definition.projection

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a row, which are the table's; those that are left out have defaults."""
        last = ("parcel_id", "property_id", "location", "raw", "content_hash", "issues")
        return ("market", "source", "record_key", *self._columns, *last)

    def identify(self, page: Page) -> Block:
        """The page's records with what tells one from another."""
        notes: dict[int, list[str]] = {}

        def note(position: int, what: str) -> None:
            notes.setdefault(position, []).append(what)

        table, identity = self.identifier.identify(self.reading.table(page.records), note)
        _say_what_is_unreadable(page.records, identity.reasons)
        places = self._places(page, table, note)
        if self.definition.record_date is not None and not isinstance(self.definition.record_date, str):
            self._note_days(self.definition.record_date, table)
        hashes = content_hashes(page.records, self._object_id, places, self._salt)
        block = Block(
            self.record_count, page.records, table, identity.texts, identity.keys, identity.parcel_ids, places, hashes,
            identity.reasons, notes,
        )  # fmt: skip
        self.record_count += len(block)
        self.numbers_given += identity.given
        self.numbers_unusable += identity.unusable
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
        raws, oversize = encode_records(records, self._kept)
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

    def newest(self, latest: date) -> str | None:
        """The newest day of a record up to ``latest``, else of any; where ``record_date`` is no column of ours."""
        days = [day for day in self._days if day <= latest.isoformat()]
        return max(days or self._days, default=None)

    def _note_days(self, record_date: Value, table: Table) -> None:
        values = evaluate(record_date, table, lambda position, what: None)
        epochs = self.reading.are_epochs(record_date)
        self._days.update(self.reading.reader.day(value, epochs=epochs) for value in values)
        self._days.discard("")

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
                block.texts[column.name] = self.reading.read(column, block.table, note)
                continue
            some = self.reading.pick(block.table, [self.definition.fields[column.name]], positions)
            texts = [NULL] * len(block)
            for position, text in zip(positions, self.reading.read(column, some, note), strict=True):
                texts[position] = text
            block.texts[column.name] = texts

    def _places(self, page: Page, table: Table, note: Note) -> list[Place]:
        where = self.definition.location
        if where == "none":
            return [None] * len(page.records)
        if isinstance(where, Location):
            return read_places(evaluate(where.x, table, note), evaluate(where.y, table, note), note)
        places: list[Place] = []
        for position, point in enumerate(page.points):
            if isinstance(point, str):
                note(position, point)
            places.append(None if isinstance(point, str) else point)
        return places


def _say_what_is_unreadable(records: Sequence[dict[str, Any]], reasons: list[str]) -> None:
    """A line that is no record lacks everything, of which it says nothing that its key is lacking too."""
    if set(reasons) != {NULL}:
        for position, record in enumerate(records):
            if UNREADABLE in record:
                reasons[position] = "line with more or fewer cells than the header"


def _issues(issues: list[str] | None) -> str:
    """Issues as COPY text of an array; they hold field names and our own words."""
    if not issues:
        return NULL
    plain = (" ".join(issue.split()).replace("\\", "\\\\").replace('"', '\\"') for issue in issues)
    return "{" + ",".join(f'"{issue}"' for issue in plain).replace("\\", "\\\\") + "}"


#: keys of a source that decide how a record is read, with what they are where they are left out; those that README
#: knew from the beginning count in any case
_FIRST_KEYS = {"key", "parcel_form", "fields", "location", "date_formats", "values"}
_LATER_KEYS: dict[str, Any] = {"parcel_ignore": "", "raw": None, "crs": None}


def fingerprint(definition: SourceDefinition, market: Market) -> bytes:
    """What decides how a record is read; when it changes, every record is read again.

    A key that came later and is left out is no change.
    """
    shape = definition.model_dump(include=_FIRST_KEYS)
    later = definition.model_dump(include=set(_LATER_KEYS))
    shape |= {name: value for name, value in later.items() if value != _LATER_KEYS[name]}
    settings = [_EDITION, shape, market.parcel.model_dump(), market.bounding_box.model_dump(), market.time_zone]
    return md5(orjson.dumps(settings), usedforsecurity=False).digest()
