"""The records of a sample as they would be stored, and what can be said of them without storing any."""

import re
import struct
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from wholesaler.deadline import remaining
from wholesaler.draft.projection import degrees_of, projections
from wholesaler.markets import Market
from wholesaler.markets.records import Column, Type
from wholesaler.pipeline.confirmation.outcomes import Outcomes, is_past_sale, owes_nothing, tells_outcome
from wholesaler.scoring.signals import is_signal
from wholesaler.sources.interface import Fetch, Outcome, Page
from wholesaler.stages.ingest.convert.evaluate import Table
from wholesaler.stages.ingest.convert.places import Place
from wholesaler.stages.ingest.convert.records import Block, Converter
from wholesaler.stages.ingest.convert.values import NO, NULL, YES
from wholesaler.stages.ingest.scope import ScopedFetch

#: records of each source that are shown
SHOWN = 5
#: seconds before its deadline at which a file is left where it is
_RESERVE = 4.0
#: columns that the program makes of the others
_INTERNAL = frozenset({"market", "source", "property_id", "raw", "content_hash", "issues", "location"})
#: why a record is rejected that needs a parcel number
NO_NUMBER = "no parcel number"
_FLAGS = {YES: "yes", NO: "no"}
#: leads whose words are counted
_COUNTED = 2000
#: how a record is rejected whose parcel number cannot be read
_WRONG_NUMBER = re.compile(r"parcel number '(?P<number>.*?)' (?P<what>is (?:not|of none) .*)", re.DOTALL)
#: how a record is rejected that has no word of ours where it needs one
_WRONG_WORD = re.compile(r".*?: '(?P<word>.*)' is no (?P<column>\w+); expected one of ", re.DOTALL)


@dataclass(frozen=True)
class StoredRecord:
    """A record as it would be stored: its columns without those that are null, and what is wrong with its values."""

    columns: dict[str, str]
    issues: tuple[str, ...]
    is_signal: bool


@dataclass
class Reading:
    """What came of a sample. ``read`` records, of which ``out_of_scope`` were not wanted; ``whole``: there are no more;
    ``expected`` is how many there are, where the publisher says so.

    ``rejected`` and ``issues`` count what is wrong; ``dates`` has of each column of days how many were readable and how
    many not; ``parcels`` are canonical numbers, each with whether one of its records is a signal, and
    ``written`` how the list writes them.

    Of ``numbers_given`` parcel numbers ``numbers_unusable`` cannot be read, as ``unusable_number`` says; ``addressed``
    are rejected without one, but have an address. Of the ``signals``, ``by_address`` have no number but an address,
    ``unplaced`` neither. ``outcomes`` has the words of the signals by the publisher's field, where nothing that the
    market file reads says what became of a record. Of ``past_sales`` the day is over, and they are listed as though it
    were not; ``past_leads`` of them are leads by another day. Leads that ``owe_nothing`` are taxes or liens of 0;
    ``without_status`` are usable, and their status is empty.
    """

    read: int = 0
    out_of_scope: int = 0
    whole: bool = False
    expected: int | None = None
    rejected: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    issues: Counter[str] = field(default_factory=Counter)
    words: dict[str, Counter[str]] = field(default_factory=dict)
    dates: dict[str, tuple[int, int]] = field(default_factory=dict)
    #: how often which number of years was read
    years: Counter[str] = field(default_factory=Counter)
    numbers_given: int = 0
    numbers_unusable: int = 0
    unusable_number: str = ""
    addressed: int = 0
    signals: int = 0
    by_address: int = 0
    unplaced: int = 0
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    past_sales: int = 0
    past_leads: int = 0
    owe_nothing: int = 0
    without_status: int = 0
    parcels: dict[str, bool] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    newest: date | None = None
    warnings: tuple[str, ...] = ()
    #: of the repeated ones those that are the same in all fields
    doubles: int = 0
    _keys: dict[str, str] = field(default_factory=dict)
    _numbers: dict[str, str] = field(default_factory=dict)
    _signals: list[StoredRecord] = field(default_factory=list)
    _others: list[StoredRecord] = field(default_factory=list)

    @property
    def records(self) -> list[StoredRecord]:
        """The records that are shown, signals first."""
        return [*self._signals, *self._others][:SHOWN]

    @property
    def usable(self) -> int:
        """How many would be stored, were there no others."""
        return self.read - self.out_of_scope - self.rejected.total()

    @property
    def unusable_share(self) -> float:
        """Of those that are wanted, how many cannot be used."""
        wanted = self.read - self.out_of_scope
        return self.rejected.total() / wanted if wanted else 0.0


class Beginning(Fetch):
    """The first pages of a fetch: up to ``most`` records, while there is time. ``ended``: there were no more."""

    def __init__(self, fetch: Fetch, most: int) -> None:
        self._fetch = fetch
        self._most = most
        self.names = fetch.names
        self.types = fetch.types
        self.ended = False

    def pages(self) -> Iterator[Page]:
        came = 0
        with closing(_pages(self._fetch)) as pages:
            for page in pages:
                yield page
                came += len(page.records)
                if came >= self._most or remaining() < _RESERVE:
                    self.ended = next(pages, None) is None
                    return
        self.ended = True

    @property
    def outcome(self) -> Outcome:
        return self._fetch.outcome if self.ended else Outcome(complete=False, received=0, expected=None)

    def words(self, field_name: str) -> dict[Any, int] | None:
        return self._fetch.words(field_name)


class Reader:
    """Reads a fetch as a load would, up to the database."""

    def __init__(self, market: Market, source: str, fetch: Fetch, day: date) -> None:
        self.converter = Converter(source, market, fetch)
        self._kind = market.record(source)
        self._day = day
        self._fetch = fetch
        definition = self.converter.definition
        self._scoped = ScopedFetch(fetch, market, source, day) if definition.only else None
        self._columns = [column for column in self._kind.columns if column.name in definition.fields]
        self._has_status = "status" in definition.fields
        self._flags = {column.name for column in self._columns if column.type is Type.FLAG}
        self._projection = next((one for one in projections() if one.epsg == self.converter.crs), None)
        #: where the market file reads what became of a record, no words of other fields
        self._outcomes = None if tells_outcome(definition) else Outcomes(definition, self.converter.reading.names)

    def read(self, until: date) -> Reading:
        """Read the pages. Days beyond ``until`` tell nothing of what is new."""
        reading = Reading()
        days: set[str] = set()
        for page in (self._scoped or self._fetch).pages():
            block = self.converter.identify(page)
            self._take(block, reading, days)
            reading.read += len(block)
        reading.out_of_scope = self._scoped.out_of_scope if self._scoped else 0
        reading.read += reading.out_of_scope
        outcome = self._fetch.outcome
        reading.whole, reading.expected, reading.warnings = outcome.complete, outcome.expected, outcome.warnings
        reading.outcomes = self._outcomes.words if self._outcomes is not None else {}
        reading.numbers_given = self.converter.numbers_given
        reading.numbers_unusable = self.converter.numbers_unusable
        reading.unusable_number = self.converter.identifier.unusable_number
        reading.newest = self._newest(days, until)
        self._count_dates(reading)
        return reading

    def words(self, column: Column) -> Counter[str] | None:
        """The words of a column of all records as they would be stored; ``None`` where the publisher cannot say."""
        value = self.converter.definition.fields[column.name]
        counts = self._fetch.words(value) if isinstance(value, str) else None
        if counts is None or not isinstance(value, str):
            return None
        reading = self.converter.reading
        table = Table({reading.names[value]: list(counts)}, reading.names, len(counts))
        words: Counter[str] = Counter()
        for text, times in zip(reading.read(column, table, lambda *_: None), counts.values(), strict=True):
            if text != NULL:
                words[_plain(text)] += times
        return words

    def _take(self, block: Block, reading: Reading, days: set[str]) -> None:
        positions = range(len(block))
        lines = self.converter.rows(block, positions, {}, self._degrees(block.places))
        record_date = self.converter.definition.record_date
        for position, line in zip(positions, lines, strict=True):
            texts = dict(zip(self.converter.columns, line.split("\t"), strict=True))
            reason = block.reasons[position]
            if reason != NULL:
                self._reject(_plain(reason), reading)
                reading.addressed += reason == NO_NUMBER and texts.get("address", NULL) != NULL
                continue
            columns = {name: _plain(text) for name, text in texts.items() if text != NULL}
            if columns["record_key"] in reading._keys and self.converter.definition.latest_by is None:
                reading.repeated += 1
                reading.doubles += reading._keys[columns["record_key"]] == block.hashes[position]
                continue
            reading._keys[columns["record_key"]] = block.hashes[position]
            issues = tuple(block.issues.get(position, ()))
            reading.issues.update(issues)
            for column in self._columns:
                if column.name not in columns:
                    continue
                if column.words:
                    reading.words.setdefault(column.name, Counter())[columns[column.name]] += 1
                if column.type is Type.DATE:
                    reading.dates[column.name] = (reading.dates.get(column.name, (0, 0))[0] + 1, 0)
            if "years" in columns and "parcel_id" in columns:
                reading.years[columns["years"]] += 1
            if isinstance(record_date, str) and record_date in columns:
                days.add(columns[record_date])
            signal = is_signal(self._kind, columns, self._day)
            reading.signals += signal
            is_past = is_past_sale(self._kind, columns, self._day)
            reading.past_sales += is_past
            reading.past_leads += is_past and signal
            reading.owe_nothing += signal and owes_nothing(columns)
            reading.without_status += self._has_status and "status" not in columns
            if "parcel_id" in columns:
                parcel_id = columns["parcel_id"]
                reading.parcels[parcel_id] = signal or reading.parcels.get(parcel_id, False)
                reading.written[parcel_id] = columns["parcel"]
            elif signal:
                reading.by_address += "address" in columns
                reading.unplaced += "address" not in columns
            if signal and self._outcomes is not None and reading.signals <= _COUNTED:
                self._outcomes.add(block.records[position])
            shown = reading._signals if signal else reading._others
            if len(shown) < SHOWN:
                place = _location(columns.get("location")) or self._unknown_projection(block, position)
                kept = {name: text for name, text in columns.items() if name not in _INTERNAL}
                flags = {name: _FLAGS[kept[name]] for name in self._flags.intersection(kept)}
                shown.append(StoredRecord(kept | flags | ({"location": place} if place else {}), issues, signal))

    def _reject(self, reason: str, reading: Reading) -> None:
        wrong = _WRONG_WORD.match(reason)
        if wrong:
            reading.words.setdefault(wrong["column"], Counter())[wrong["word"]] += 1
        number = _WRONG_NUMBER.fullmatch(reason)
        if number:  # all of them together, with the first as an example
            said = f"parcel number, such as '{number['number']}', {number['what']}"
            reason = reading._numbers.setdefault(number["what"], said)
        reading.rejected[reason] += 1

    def _degrees(self, places: list[Place]) -> list[Place]:
        """The places in degrees, as far as they are in a reference system that a draft knows."""
        if self.converter.crs == 4326:
            return places
        if self._projection is None:
            return [None] * len(places)
        return [None if place is None else degrees_of(self._projection, *place) for place in places]

    def _unknown_projection(self, block: Block, position: int) -> str | None:
        """A place that only the database can put into degrees, as it was published."""
        place = block.places[position]
        if place is None or self.converter.crs == 4326 or self._projection is not None:
            return None
        return f"{place[0]:.1f}, {place[1]:.1f} (EPSG {self.converter.crs})"

    def _newest(self, days: set[str], until: date) -> date | None:
        if self.converter.definition.record_date is None:
            return None
        told = self.converter.newest(until) or max(
            {day for day in days if day <= until.isoformat()} or days, default=None
        )
        return None if told is None else date.fromisoformat(told)

    def _count_dates(self, reading: Reading) -> None:
        for column in self._columns:
            if column.type is Type.DATE:
                mark = f"{self.converter.reading.label(column.name)}: unreadable date"
                unreadable = sum(times for what, times in reading.issues.items() if what.startswith(mark))
                reading.dates[column.name] = (reading.dates.get(column.name, (0, 0))[0], unreadable)


def record_document(record: StoredRecord) -> dict[str, Any]:
    """A record for JSON."""
    columns: Mapping[str, str] = record.columns
    return {"columns": dict(columns), "issues": list(record.issues), "is_signal": record.is_signal}


def _pages(fetch: Fetch) -> Generator[Page]:
    yield from fetch.pages()


def _plain(text: str) -> str:
    """COPY text as it is meant."""
    return text.replace("\\\\", "\\")


def _location(text: str | None) -> str | None:
    """A point as latitude and longitude, as maps take them."""
    if text is None:
        return None
    x, y = struct.unpack("<2d", bytes.fromhex(text[-32:]))
    return f"{y:.6f}, {x:.6f}"
