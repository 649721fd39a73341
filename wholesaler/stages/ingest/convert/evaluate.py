"""Values column by column: of a publisher's fields, what a column of ours is read from.

A plain field is its column as it came. What is put together stays a value, of any type, until the column is read.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from wholesaler.markets.values import Const, DayOf, First, Join, Named, Piece, Present, Sum, Value
from wholesaler.stages.ingest.convert.values import Note, as_number

_TEXTS = {str, type(None)}


@dataclass(frozen=True)
class Table:
    """The publisher's columns of some records: ``columns`` by their names in the records.

    ``names`` are those by the names that the market file uses.
    """

    columns: Mapping[str, Sequence[Any]]
    names: Mapping[str, str]
    count: int

    def field(self, name: str) -> Sequence[Any]:
        """The column of a field as the market file calls it."""
        return self.columns[self.names[name]]


def evaluate(value: Value, table: Table, note: Note) -> Sequence[Any]:
    """The column of a value; ``note`` hears of what it cannot be made of, which is null."""
    match value:
        case str():
            return table.field(value)
        case Named():
            return table.field(value.named)
        case Const():
            return [_literal(value.const)] * table.count
        case Join():
            rows = zip(*(_texts(evaluate(part, table, note)) for part in value.join), strict=True)
            return [value.separator.join(filter(None, row)) or None for row in rows]
        case First():
            return _first(value.first, table, note)
        case Sum():
            return _sums([evaluate(part, table, note) for part in value.sum], note)
        case Piece():
            return _pieces(value, evaluate(value.field, table, note), note)
        case DayOf():
            return _days(*(_texts(evaluate(part, table, note)) for part in value.date))
        case Present():
            column = evaluate(value.present, table, note)
            return ["no" if one is False or _is_nothing(as_text(one)) else "yes" for one in column]
    raise TypeError(value)


def as_text(value: Any) -> str:
    """A value as it would be written; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        if isinstance(value, dict | list):
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return str(value).strip()
    except (ValueError, RecursionError):  # a number of more digits than Python writes, or nested too deeply
        return ""


def _texts(values: Sequence[Any]) -> list[str]:
    if set(map(type, values)) <= _TEXTS:
        return [value.strip() if value else "" for value in values]
    return list(map(as_text, values))


def _literal(const: Any) -> Any:
    if isinstance(const, bool):
        return "yes" if const else "no"
    return const.isoformat() if isinstance(const, date) else const


def _first(parts: Sequence[Value], table: Table, note: Note) -> Sequence[Any]:
    """What a later part would have to say of its values is said only where it is looked at."""
    *others, last = parts
    chosen: list[Any] = [None] * table.count
    empty = range(table.count)
    for part in others:
        column = evaluate(part, table, _unheard)
        for position in empty:
            chosen[position] = column[position]
        empty = [position for position in empty if _is_empty(chosen[position])]  # type: ignore[assignment]
        if not empty:
            return chosen
    wanted = set(empty)
    column = evaluate(last, table, lambda position, what: note(position, what) if position in wanted else None)
    for position in empty:
        chosen[position] = column[position]
    return chosen


def _unheard(position: int, what: str) -> None:
    """A value that has another in its place is no loss."""


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _is_nothing(text: str) -> bool:
    """Whether a text is empty or 0, however that is written."""
    return not text or (text.strip("0.,+-$ ") == "" and "0" in text)


def _sums(columns: Sequence[Sequence[Any]], note: Note) -> list[Any]:
    sums: list[Any] = []
    for position, row in enumerate(zip(*columns, strict=True)):
        numbers = [as_number(value) for value in row if not _is_empty(value)]
        if not numbers:
            sums.append(None)
        elif all(map(math.isfinite, numbers)):
            sums.append(round(math.fsum(numbers), 6))
        else:
            note(position, "not a number")
            sums.append(None)
    return sums


def _pieces(value: Piece, column: Sequence[Any], note: Note) -> Sequence[Any]:
    if value.match is None and value.pad is None:
        return column
    texts = _texts(column)
    if value.match is not None:
        texts = _matches(re.compile(value.match), texts, note)
    pad = value.pad or 0
    return [text.rjust(pad, "0") if text else None for text in texts]


def _matches(pattern: re.Pattern[str], texts: Iterable[str], note: Note) -> list[str]:
    group, search = pattern.groups, pattern.search
    pieces = []
    for position, text in enumerate(texts):
        match = search(text) if text else None
        if text and match is None:
            note(position, f"nothing in it matches '{pattern.pattern}'")
        pieces.append(((match[group] or "") if match else "").strip())
    return pieces


def _days(years: list[str], months: list[str] | None = None, days: list[str] | None = None) -> list[str | None]:
    """ISO dates; of parts that make none a text that is no date, so that it is told as one."""
    missing = [""] * len(years)
    return [_day(*parts) for parts in zip(years, months or missing, days or missing, strict=True)]


def _day(year: str, month: str, day: str) -> str | None:
    if _is_nothing(year):
        return None
    written = "-".join(filter(None, (year, month, day)))
    try:
        parts = [1 if _is_nothing(part) else int(float(part)) for part in (year, month, day)]
        return date(*parts).isoformat()
    except (ValueError, OverflowError):
        return f"{written} (no day)"
