"""From a column of a publisher's values to COPY text: cleaned, typed, and null with a note where it cannot be used.

A column of ordinary values costs a few passes of compiled code; only the odd ones are looked at one by one.
"""

import json
import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any

import orjson

from wholesaler.markets.records import Column, Type

NULL = "\\N"
LARGEST_NUMBER = 1e13
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff\ud800-\udfff]+")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_DATES_KEPT = 100_000
#: numbers from here on are epoch milliseconds even if the publisher does not say so: no written date is as large
_LEAST_EPOCH = 1e10
_NOTHING = {type(None)}
_TEXTS = {str, type(None)}
_NUMBERS = {float, int, type(None)}
_INTEGERS = {int, type(None)}

#: called with a value's position in its column and what is wrong with it
Note = Callable[[int, str], None]


class ValueReader:
    """Reads the columns of one source. ``date_formats`` are strptime's, tried in order; ``zone`` is the market's."""

    def __init__(self, date_formats: Sequence[str], zone: tzinfo) -> None:
        self._formats = date_formats
        self._zone = zone
        self._dates: dict[tuple[Any, bool], str] = {}
        self._readers: dict[Type, Callable[[Column, Sequence[Any], Note], list[str]]] = {
            Type.TEXT: _texts,
            Type.MONEY: _numbers,
            Type.NUMBER: _numbers,
            Type.INTEGER: _integers,
            Type.PARCEL: _texts,
        }

    def read(self, column: Column, values: Sequence[Any], note: Note, *, epochs: bool = False) -> list[str]:
        """The column as COPY text; ``note`` hears of every value that is left out or changed.

        ``epochs``: the publisher says that numbers are epoch milliseconds.
        """
        if column.type is Type.DATE:
            return self._read_dates(values, note, epochs)
        return self._readers[column.type](column, values, note)

    def _read_dates(self, values: Sequence[Any], note: Note, epochs: bool) -> list[str]:
        known = self._dates
        texts = []
        for position, value in enumerate(values):
            if value is None or value == "":
                texts.append(NULL)
                continue
            if not isinstance(value, int | float | str) or isinstance(value, bool):
                value = str(value)
            key = (value, epochs)
            text = known.get(key)
            if text is None:
                text = self._date(value, epochs)
                if len(known) < _DATES_KEPT:
                    known[key] = text
            if not text:
                note(position, "unreadable date")
            texts.append(text or NULL)
        return texts

    def _date(self, value: int | float | str, epochs: bool) -> str:
        """ISO date, or an empty string. Numbers are epoch milliseconds, UTC, or a written date such as 20251218."""
        found: date | None = None
        if isinstance(value, int | float) and (epochs or abs(value) >= _LEAST_EPOCH):
            found = self._instant(value) if abs(value) < 1e14 else None
        else:
            written = value.strip() if isinstance(value, str) else str(value).removesuffix(".0")
            iso = _ISO_DATE.fullmatch(written)
            try:
                found = date(*map(int, iso.groups())) if iso else self._formatted(written)
            except ValueError:
                return ""
        return found.isoformat() if found and 1800 <= found.year <= 2200 else ""

    def _formatted(self, value: str) -> date | None:
        for form in self._formats:
            try:
                return datetime.strptime(value, form).date()
            except ValueError:
                continue
        return None

    def _instant(self, milliseconds: float) -> date | None:
        """Midnight UTC is how a plain date is published; any other instant belongs to the market's own day."""
        try:
            instant = datetime.fromtimestamp(milliseconds / 1000, UTC)
        except (OverflowError, OSError, ValueError):
            return None
        return instant.date() if milliseconds % 86_400_000 == 0 else instant.astimezone(self._zone).date()


def _texts(column: Column, values: Sequence[Any], note: Note) -> list[str]:
    kinds = set(map(type, values))
    if kinds == _NOTHING:
        return [NULL] * len(values)
    if kinds <= _TEXTS:
        written = list(filter(None, values))
        joined = " ".join(written)
        if joined.isprintable() and "\\" not in joined and max(map(len, written), default=0) <= column.limit:
            return [value.strip() or NULL if value else NULL for value in values]
    return [_odd_text(column, value, position, note) for position, value in enumerate(values)]


def _odd_text(column: Column, value: Any, position: int, note: Note) -> str:
    if value is None:
        return NULL
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        text = (
            json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            if isinstance(value, dict | list)
            else str(value)
        )
    except RecursionError:
        note(position, "nested too deeply")
        return NULL
    if len(text) > column.limit:
        note(position, f"text longer than {column.limit} characters")
        return NULL
    clean = plain(text)
    if clean != text.strip():
        note(position, "control characters removed")
    return copy_text(clean)


def plain(text: str) -> str:
    """A text without control characters and lone surrogates, and without white space around it."""
    return _CONTROL.sub(" ", text).strip()


def copy_text(clean: str) -> str:
    """A text without control characters as COPY text."""
    return clean.replace("\\", "\\\\") or NULL


def _numbers(column: Column, values: Sequence[Any], note: Note) -> list[str]:
    if set(map(type, values)) <= _NUMBERS and _in_range([value for value in values if value is not None]):
        return _written(values)
    return [_odd_number(value, position, note) for position, value in enumerate(values)]


def _integers(column: Column, values: Sequence[Any], note: Note) -> list[str]:
    if set(map(type, values)) <= _INTEGERS and _in_range([value for value in values if value is not None]):
        return _written(values)
    texts = [_odd_number(value, position, note) for position, value in enumerate(values)]
    return [text if text == NULL else str(round(float(text))) for text in texts]


def _odd_number(value: Any, position: int, note: Note) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        return NULL
    try:
        if isinstance(value, bool):
            raise TypeError
        number = float(value.replace(",", "").replace("$", "") if isinstance(value, str) else value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or abs(number) > LARGEST_NUMBER:
        note(position, "not a number")
        return NULL
    if number < 0:
        note(position, "negative")
        return NULL
    return repr(number)


def _in_range(values: Sequence[float]) -> bool:
    """Whether these are amounts as they should be: finite, not negative, not absurd."""
    return not values or (min(values) >= 0 and max(values) <= LARGEST_NUMBER and math.isfinite(sum(values)))


def _written(values: Sequence[float | None]) -> list[str]:
    """Finite numbers and nulls as COPY text, all at once: several times faster than one by one."""
    return orjson.dumps(values)[1:-1].decode().replace("null", NULL).split(",")
