"""What tells the records of a source apart: their columns that are needed for that, parcel numbers and keys."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import md5
from operator import itemgetter
from typing import Any

from wholesaler.markets.fitting import MATCH
from wholesaler.markets.market import Market
from wholesaler.markets.parcel import UnusableParcel
from wholesaler.markets.records import Column, Type
from wholesaler.markets.source import Location, SourceDefinition
from wholesaler.markets.values import Value, fields_of, label, patterns_of
from wholesaler.sources.interface import Fetch
from wholesaler.stages.ingest.convert.evaluate import Table, evaluate
from wholesaler.stages.ingest.convert.values import (
    LONGEST_EXAMPLE,
    LOST_DIGITS,
    NO,
    NULL,
    Note,
    ValueReader,
    read_flags,
    without_digits,
)
from wholesaler.stages.ingest.convert.vocabulary import Vocabulary
from wholesaler.stages.ingest.convert.words import read_words

#: longer keys, which an index may not take, end in a hash
LONGEST_KEY = 400
_KEY_LIMIT = 500
#: what publishers write where there is no parcel number
_PLACEHOLDERS = frozenset({
    "UNKNOWN", "UNK", "ROW", "R/W", "RIGHT OF WAY", "RIGHT-OF-WAY", "NONE", "N/A", "NA", "NULL", "TBD", "VARIOUS",
    "MULTIPLE", "PENDING", "UNASSIGNED", "NOT AVAILABLE", "NO PARCEL", "NOT FOUND", "-", "--", "---", ".", "?", "X",
    "XX", "XXX",
})  # fmt: skip
#: a number of nothing but zeros, which is typed where there is none, and fits many a form
_ZEROS = re.compile(r"[^0-9A-Za-z]*(?:0[^0-9A-Za-z]*){4,}")


@dataclass(frozen=True)
class Identity:
    """The columns that were read for it, parcel numbers, keys, and why records cannot be used; all as COPY text.

    ``given`` records have a parcel number, ``unusable`` of them one that cannot be read.
    """

    texts: dict[str, list[str]]
    parcel_ids: list[str]
    keys: list[str]
    reasons: list[str]
    given: int
    unusable: int


class Columns:
    """Reads the columns of one source from its publisher's fields."""

    def __init__(self, source: str, market: Market, fetch: Fetch) -> None:
        kind, definition = market.record(source), market.sources[source]
        self.definition = definition
        self.by_name = {column.name: column for column in kind.columns if column.name in definition.fields}
        self.names = {name: fetch.names.get(name, name) for name in wanted_fields(definition)}
        self.reader = ValueReader(definition.date_formats, market.zone)
        self._epochs = fetch.types.epoch_milliseconds
        self._words = {
            name: Vocabulary(words, MATCH if name == "confidential" else None)
            for name, words in definition.values.items()
        }
        self._labels = {name: label(value, name) for name, value in definition.fields.items()}

    def label(self, name: str) -> str:
        """What messages call a column: its publisher's fields."""
        return self._labels[name]

    def table(self, records: Sequence[dict[str, Any]]) -> Table:
        """The values of every wanted field."""
        names = list(dict.fromkeys(self.names.values()))
        try:
            rows = list(map(itemgetter(*names), records)) if len(names) > 1 else None
        except KeyError:
            rows = None  # some publishers leave nulls out
        if rows is None:
            columns: dict[str, Sequence[Any]] = {name: [record.get(name) for record in records] for name in names}
        else:
            columns = dict(zip(names, zip(*rows, strict=True), strict=True))
        return Table(columns, self.names, len(records))

    def pick(self, table: Table, values: Sequence[Value], positions: Sequence[int]) -> Table:
        """Some of the records, with the fields that ``values`` need."""
        names = {self.names[name] for name in fields_of(*values)}
        columns = {name: [table.columns[name][position] for position in positions] for name in names}
        return Table(columns, self.names, len(positions))

    def read(self, column: Column, table: Table, note: Note) -> list[str]:
        """A column as COPY text."""
        name = self._labels[column.name]
        return self.read_value(self.definition.fields[column.name], column, table, note, name)

    def read_value(self, value: Value, column: Column, table: Table, note: Note, name: str) -> list[str]:
        """A value as COPY text of a column; ``name`` is what messages call it."""

        def noted(position: int, what: str) -> None:
            note(position, f"{name}: {what}")

        texts = self.reader.read(column, evaluate(value, table, noted), noted, epochs=self.are_epochs(value))
        words = self._words.get(column.name)
        if words is not None:
            texts = words.replace(texts)
        if column.type is not Type.FLAG:
            return texts
        # a mark that is not there says that a parcel is not marked; where a text is searched for one, nothing is said
        is_mark = column.name == "confidential" and not (words and words.searches)
        return read_flags(column, texts, noted, empty=NO if is_mark else NULL)

    def are_epochs(self, value: Value) -> bool:
        """Whether the publisher says that a value's numbers are epoch milliseconds."""
        names = fields_of(value)
        return bool(names) and all(self.names[name] in self._epochs for name in names)


class Identifier:
    """Tells the records of one source apart."""

    def __init__(self, source: str, market: Market, columns: Columns) -> None:
        definition = columns.definition
        self._columns = columns
        self._unusable_number = self._lost_number = self._placeholder = ""
        self._definition = definition
        own = [key for key in definition.key if isinstance(key, str)]
        required = {name for name, column in columns.by_name.items() if column.required}
        self._names = [name for name in columns.by_name if name == "parcel" or name in own or name in required]
        self._required = sorted(required - {"parcel"})
        self._parcel = next((column for column in columns.by_name.values() if column.type is Type.PARCEL), None)
        self._parcels = market.parcel_reader(source)
        self._key_labels = [columns.label(key) if isinstance(key, str) else label(key, "key") for key in definition.key]

    @property
    def unusable_number(self) -> str:
        """What is said of all parcel numbers that cannot be read: one example, so that they are counted together."""
        return self._unusable_number or self._lost_number

    def identify(self, table: Table, note: Note) -> tuple[Table, Identity]:
        """The identity of each record, and the table without the identifiers that lost their digits."""
        lost: dict[str, dict[int, str]] = {}
        for name in self._names:
            table, lost[name] = self._lose_digits(name, table, note)
        texts = {name: self._columns.read(self._columns.by_name[name], table, note) for name in self._names}
        parcel_ids, reasons, placeholders = self._read_parcels(texts, table.count, note)
        for name in self._required:
            texts[name] = self._read_required(self._columns.by_name[name], texts[name], reasons)
        for name, values in lost.items():
            if name in self._definition.key or self._columns.by_name[name].required:
                for position, value in values.items():
                    reasons[position] = f"{self._columns.label(name)}: {value} {LOST_DIGITS}"
        keys = self._keys(table, texts, parcel_ids, reasons)
        given = unusable = 0
        if self._parcel is not None:
            lost_numbers = lost[self._parcel.name]
            given = table.count - texts[self._parcel.name].count(NULL) - placeholders + len(lost_numbers)
            unusable = given - (table.count - parcel_ids.count(NULL))
            if lost_numbers:
                value = next(iter(lost_numbers.values()))
                self._lost_number = f"{self._columns.label(self._parcel.name)}: {value} {LOST_DIGITS}"
        return table, Identity(texts, parcel_ids, keys, reasons, given, unusable)

    def _lose_digits(self, name: str, table: Table, note: Note) -> tuple[Table, dict[int, str]]:
        """Take out the identifiers of a column that are not what was published any more; returns them by position."""
        if self._columns.by_name[name].type not in {Type.TEXT, Type.PARCEL}:
            return table, {}
        lost: dict[int, str] = {}
        columns = dict(table.columns)
        for field_name in map(table.names.__getitem__, fields_of(self._definition.fields[name])):
            values = columns[field_name]
            positions = set(without_digits(values))
            for position in sorted(positions - lost.keys()):
                note(position, f"{self._columns.label(name)}: {LOST_DIGITS}")
                lost[position] = str(values[position]).strip()
            if positions:
                columns[field_name] = [None if place in positions else value for place, value in enumerate(values)]
        return (replace(table, columns=columns) if lost else table), lost

    def _read_required(self, column: Column, texts: list[str], reasons: list[str]) -> list[str]:
        """A column that every record needs, in our words where it has some."""
        name = self._columns.label(column.name)
        if column.words:
            return read_words(column, name, texts, reasons)
        for position, text in enumerate(texts):
            if text == NULL and reasons[position] == NULL:
                reasons[position] = f"no {column.name}: {name} is empty"
        return texts

    def _read_parcels(self, texts: Mapping[str, list[str]], count: int, note: Note) -> tuple[list[str], list[str], int]:
        """Canonical numbers, the reasons why records cannot be used, and how many have a word in place of a number."""
        column = self._parcel
        reasons = [NULL] * count
        if column is None:
            return [NULL] * count, reasons, 0
        numbers = texts[column.name]
        every = self._parcels.canonicalise_all(numbers)
        if every is not None and not any(map(_ZEROS.fullmatch, every)):
            return every, reasons, 0
        parcel_ids, placeholders = [], 0
        for position, text in enumerate(numbers):
            parcel_id, reason = NULL, "no parcel number"
            if text != NULL:
                what = ""
                try:
                    parcel_id = self._parcels.canonicalise(text.replace("\\\\", "\\"))
                except UnusableParcel as unusable:
                    if text.upper() not in _PLACEHOLDERS:
                        reason = unusable.reason.replace("\\", "\\\\")
                        what = self._describe_unusable(column, text)
                if _ZEROS.fullmatch(text if parcel_id == NULL else parcel_id):
                    parcel_id, reason, what = NULL, "no parcel number", ""
                if parcel_id == NULL and not what:
                    placeholders += 1
                    what = self._describe_placeholder(column, text)
                if parcel_id == NULL and not column.required:
                    note(position, what)
            parcel_ids.append(parcel_id)
            if parcel_id == NULL and column.required:
                reasons[position] = reason
        return parcel_ids, reasons, placeholders

    def _describe_placeholder(self, column: Column, text: str) -> str:
        if not self._placeholder:
            what = "zeros" if _ZEROS.fullmatch(text) else "a word"
            self._placeholder = f"{self._columns.label(column.name)}: no parcel number but {what}, such as '{text}'"
        return self._placeholder

    def _describe_unusable(self, column: Column, text: str) -> str:
        if not self._unusable_number:
            text = text.replace("\\\\", "\\")
            example = text if len(text) <= LONGEST_EXAMPLE else f"{text[:LONGEST_EXAMPLE]}…"
            name = self._columns.label(column.name)
            self._unusable_number = f"{name}: unusable parcel number, such as '{example}': see parcel_form"
        return self._unusable_number

    def _keys(
        self, table: Table, texts: Mapping[str, list[str]], parcel_ids: list[str], reasons: list[str]
    ) -> list[str]:
        """What identifies each record in its source: the key fields, the parcel in canonical form."""
        parts = [self._key_part(key, table, texts, parcel_ids, reasons) for key in self._definition.key]
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
                    reasons[position] = f"no key: {', '.join(self._key_labels)} is empty"
        return keys

    def _key_part(
        self, key: Value, table: Table, texts: Mapping[str, list[str]], parcel_ids: list[str], reasons: list[str]
    ) -> list[str]:
        if key == "parcel":
            return [text if number == NULL else number for text, number in zip(texts[key], parcel_ids, strict=True)]
        if isinstance(key, str):
            return texts[key]
        values = evaluate(key, table, _unheard)
        for position in without_digits(values):
            reasons[position] = f"{label(key, 'key')}: {str(values[position]).strip()} {LOST_DIGITS}"
        return self._columns.reader.read(Column("", Type.TEXT, _KEY_LIMIT), values, _unheard)


def _unheard(position: int, what: str) -> None:
    """What is wrong with a key's value alone is no issue of a column: the key says it by being empty."""


def wanted_fields(definition: SourceDefinition) -> tuple[str, ...]:
    """The publisher's fields that a source's columns, location and key come from, and those it is judged by."""
    return tuple(dict.fromkeys((*fields_of(*_values(definition)), *definition.only)))


def wanted_patterns(definition: SourceDefinition) -> frozenset[str]:
    """Those of :func:`wanted_fields` that are regular expressions."""
    return patterns_of(*_values(definition))


def _values(definition: SourceDefinition) -> list[Value]:
    where = definition.location
    # a text of record_date is a column of ours
    others = (definition.latest_by, None if isinstance(definition.record_date, str) else definition.record_date)
    return [
        *definition.fields.values(),
        *((where.x, where.y) if isinstance(where, Location) else ()),
        *(key for key in definition.key if not isinstance(key, str)),
        *(value for value in others if value is not None),
    ]


def _shorten_key(key: str) -> str:
    """The beginning of a key that is too long, and a hash of all of it."""
    start = key[:100].rstrip("\\")
    return f"{start}…{md5(key.encode(), usedforsecurity=False).hexdigest()}"
