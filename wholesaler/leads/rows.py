"""The rows of an export: what the database has of each lead, and the cells that are made of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Double,
    FromClause,
    Select,
    Text,
    case,
    cast,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from wholesaler.leads.columns import MADE, MAIL, Known, Made, needed, needs_contacts, needs_lines, read, source_of
from wholesaler.leads.contacts import read_contacts
from wholesaler.leads.listing import COLUMNS, NUMBER, relation
from wholesaler.leads.postal import Line, delivery_lines
from wholesaler.leads.presets import Constant
from wholesaler.leads.reading import select_reasons
from wholesaler.markets import Market
from wholesaler.prefetch import Prefetch

#: rows that are read, and looked up in other tables, at once
_CHUNK = 5_000
#: what was made for a lead is kept for so many others
_KEPT = 1 << 14
_PLACE = ("longitude", "latitude")


@dataclass(frozen=True)
class Wanted:
    """What the rows are to have: ``columns`` in order, and what else must be there (``required``).

    ``constants`` are the cells that are the same for all leads, ``words`` those for what holds and what does not.
    ``as_text``: ``numbers`` come as they are written, or ``all`` does, which takes a fraction of the time.
    ``with_places``: with the place of each lead.
    """

    columns: Sequence[str | Constant]
    required: Sequence[str]
    constants: dict[str | Constant, Any]
    words: dict[bool, str]
    as_text: str = ""
    with_places: bool = False

    @property
    def names(self) -> list[str]:
        """What is to be read or made."""
        asked = dict.fromkeys((*self.columns, *self.required))
        return [name for name in asked if isinstance(name, str) and name not in self.constants]


class Row(NamedTuple):
    """A row: its cells, its longitude and latitude where they are asked for, whether it has what is required, and the
    properties whose row it is."""

    cells: Sequence[Any]
    place: tuple[float, float] | None
    is_whole: bool
    members: Sequence[int]


def read_rows(connection: Connection, market: Market, chosen: FromClause, wanted: Wanted) -> Iterator[Row]:
    """The rows of the leads that are ``chosen``, by their ``place``; of ``members`` the first is the lead itself.

    They are read by chunks, the next while this one is written: the database is asked by one thread at a time.
    """
    # all rows are read: the planner is not to hurry for the first
    connection.execute(text("SET LOCAL cursor_tuple_fraction = 1"))
    query = _select(market, chosen, wanted)
    result = connection.execute(query, execution_options={"stream_results": True, "yield_per": _CHUNK})
    keys = list(result.keys())
    tables, cells = _Tables(connection, market, keys, wanted.names), _Cells(keys, wanted)
    with Prefetch() as ahead:
        for rows, known in ahead.items((rows, tables.look_up(rows)) for rows in result.partitions()):
            cells.known = known
            yield from map(cells.row, rows)


def _select(market: Market, chosen: FromClause, wanted: Wanted) -> Select[Any]:
    lead = relation(market.key)
    read = dict.fromkeys((*needed(wanted.names), *(_PLACE if wanted.with_places else ())))
    columns = [_column(lead if name in COLUMNS else chosen, name, wanted) for name in read]
    joined = lead.join(chosen, chosen.c.property_id == lead.c.property_id)
    return select(chosen.c.members, *columns).select_from(joined).order_by(chosen.c.place)


def _column(lead: FromClause, name: str, wanted: Wanted) -> ColumnElement[Any]:
    """A column as it is written: numbers without the zeros at their end, lists and documents as texts."""
    read: ColumnElement[Any] = lead.c[name]
    kind, is_all = COLUMNS.get(name), wanted.as_text == "all"
    if name == "signals":
        read = func.array_to_string(read, "; ")
    elif kind is NUMBER:
        read = func.trim_scale(read)
    elif isinstance(kind, DateTime) and is_all:
        read = func.to_char(read, 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM')
    elif isinstance(kind, Double) and is_all:
        # a whole number of degrees has a fraction, too
        read = func.concat(read, case((read == func.trunc(read), ".0")))
    is_number = kind is NUMBER or name == "parcels"
    is_document = isinstance(kind, JSONB) and not wanted.with_places
    if is_document or (is_number and wanted.as_text) or (isinstance(kind, Date) and is_all):
        read = cast(read, Text)
    return read.label(name)


class _Tables:
    """Looks up what other tables have of rows whose columns are ``keys``, as far as one of ``names`` asks for it."""

    def __init__(self, connection: Connection, market: Market, keys: Sequence[str], names: Sequence[str]) -> None:
        def values(*of: str) -> Callable[[Sequence[Any]], Any]:
            return itemgetter(*map(keys.index, of))

        self._connection, self._market = connection, market
        self._situs = values("address") if needs_lines(names, "situs") else None
        self._mail = values(*MAIL) if needs_lines(names, "mail") else None
        self._contacts = values("property_id") if needs_contacts(names) else None
        reasons = select_reasons(connection, market.key) if "reasons" in names else None
        self._reasons = None if reasons is None else (values("property_id"), reasons)
        self._lines: dict[str, Line] = {}

    def look_up(self, rows: Sequence[Any]) -> Known:
        """What is known of these rows."""
        known = Known(self._delivery_lines(rows))
        if self._contacts:
            known.contacts.update(read_contacts(self._connection, self._market.key, map(self._contacts, rows)))
        if self._reasons:
            number, reasons = self._reasons
            found = self._connection.execute(reasons, {"ids": list(map(number, rows))})
            known.reasons.update(tuple(row) for row in found)
        return known

    def _delivery_lines(self, rows: Sequence[Any]) -> dict[str, Line]:
        addresses: set[str] = set()
        if self._situs:
            addresses.update(map(self._situs, rows))
        if self._mail:
            addresses.update(read(*mail).street for mail in set(map(self._mail, rows)))
        # those that are being written keep their own
        if len(self._lines) > _KEPT:
            self._lines = {}
        asked = {address for address in addresses - self._lines.keys() if address}
        self._lines.update(delivery_lines(self._connection, self._market, asked))
        return self._lines


class _Cells:
    """Makes the cells of a row of the database, whose columns are ``keys``; what repeats is made once.

    ``known`` is what other tables have of the rows at hand.
    """

    def __init__(self, keys: Sequence[str], wanted: Wanted) -> None:
        self.known = Known()
        self._wanted = wanted
        self._constants = list(wanted.constants.values())
        places: dict[str | Constant, int] = {name: place for place, name in enumerate((*keys, *wanted.constants))}
        made = dict.fromkeys(MADE[name] for name in wanted.names if name in MADE)
        asked = {part: [name for name in part.columns if name in wanted.names] for part in made}
        self._makers = [
            (itemgetter(*(places[name] for name in part.needs)), self._maker(part, names))
            for part, names in asked.items()
        ]
        # a column of the relation may be made as well, of itself
        places |= {name: place for place, name in enumerate(chain(*asked.values()), len(places))}

        def pick(names: Iterable[str | Constant]) -> Callable[[Sequence[Any]], Sequence[Any]]:
            found = [places[source_of(name) if isinstance(name, str) else name] for name in names]
            return itemgetter(*found) if len(found) > 1 else lambda whole: [whole[place] for place in found]

        self._cells, self._required = pick(wanted.columns), pick(wanted.required)
        self._members = itemgetter(places["members"])
        self._place: Any = pick(_PLACE) if wanted.with_places else None

    def row(self, row: Sequence[Any]) -> Row:
        """The cells of a row."""
        whole = [*row, *self._constants]
        for values, make in self._makers:
            whole += make(values(row))
        is_whole = all(value not in (None, "") for value in self._required(whole))
        place = self._place and self._place(whole)
        return Row(self._cells(whole), place if place and place[0] is not None else None, is_whole, self._members(row))

    def _maker(self, part: Made, asked: Sequence[str]) -> Callable[[Any], Sequence[Any]]:
        """Makes the columns of a part that are asked for of the values that it needs."""
        columns = [part.columns[name] for name in asked]
        words, numbers = self._wanted.words, str if self._wanted.as_text else int

        def shown(cell: Any) -> Any:
            if isinstance(cell, bool):
                return words[cell]
            return numbers(cell) if isinstance(cell, int) else cell

        last: tuple[Any, list[Any]] = (self, [])

        def make(values: Any) -> Sequence[Any]:
            nonlocal last
            made = part.make(self.known, values)
            # of most leads it is known that there are no contacts
            if made is not last[0]:
                last = made, [shown(column(made)) for column in columns]
            return last[1]

        return lru_cache(_KEPT)(make) if part.repeats else make
