"""From a column of a publisher's values to COPY text: cleaned, typed, and null with a note where it cannot be used.

A column of ordinary values costs a few passes of compiled code; only the odd ones are looked at one by one.
"""

import json
import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any

import orjson

from wholesaler.markets.records import Column, Type

NULL = "\\N"
LARGEST_NUMBER = 1e13
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff\ud800-\udfff]+")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]+(.*))?", re.ASCII)
#: a time of day with a zone, which makes an instant of a date; without one, it is the county's own time
_ZONED_TIME = re.compile(
    r"(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)? ?(?:Z|UTC|GMT|([+-])(\d{2}):?(\d{2})?)", re.ASCII | re.IGNORECASE
)
#: epoch milliseconds as text; a shorter number may be a date written without separators
_EPOCH = re.compile(r"-?\d{11,14}(?:\.0*)?", re.ASCII)
#: from here on not every whole number is a floating point number: what came as one may have been another
_FIRST_INEXACT = 2.0**53
#: how spreadsheets write a number that is too long for its cell
_SCIENTIFIC = re.compile(r"\s*[+-]?\d(?:[.,]\d+)?E\+\d{1,3}\s*", re.ASCII | re.IGNORECASE)
LOST_DIGITS = "has lost digits as a floating point number"
LONGEST_EXAMPLE = 40
_DATE_CACHE_SIZE = 100_000
#: numbers from here on are epoch milliseconds even if the publisher does not say so: no written date is as large
_LEAST_EPOCH = 1e10
#: how publishers say yes and no, as COPY text of booleans
YES, NO = "t", "f"
FLAGS = dict.fromkeys(("yes", "y", "true", "t", "1"), YES) | dict.fromkeys(("no", "n", "false", "f", "0"), NO)
#: what is said of a word that is neither
NO_FLAG = "is neither yes nor no"
_FIRST_YEAR = 1900
#: a year, or the first and the last of several
_YEAR_SPANS = re.compile(r"\b((?:19|20)\d\d)(?:\s*(?:-|–|to|thru|through)\s*((?:19|20)?\d\d))?\b", re.IGNORECASE)
_NULLS = {type(None)}
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
        #: column → what is said of its unreadable dates
        self._examples: dict[str, str] = {}
        self._readers: dict[Type, Callable[[Column, Sequence[Any], Note], list[str]]] = {
            Type.TEXT: _texts,
            Type.MONEY: _numbers,
            Type.NUMBER: _numbers,
            Type.INTEGER: _integers,
            Type.YEARS: _years,
            Type.PARCEL: _texts,
            Type.FLAG: _texts,  # until the publisher's words are replaced, see read_flags
        }

    def read(self, column: Column, values: Sequence[Any], note: Note, *, epochs: bool = False) -> list[str]:
        """The column as COPY text; ``note`` hears of every value that is left out or changed.

        ``epochs``: the publisher says that numbers are epoch milliseconds.
        """
        if column.type is Type.DATE:
            return self._read_dates(column, values, note, epochs)
        return self._readers[column.type](column, values, note)

    def day(self, value: Any, *, epochs: bool = False) -> str:
        """The ISO date of one value, or an empty text."""
        if not isinstance(value, int | float | str) or isinstance(value, bool):
            return ""
        key = (value, epochs)
        text = self._dates.get(key)
        if text is None:
            text = self._date(value, epochs)
            if len(self._dates) < _DATE_CACHE_SIZE:
                self._dates[key] = text
        return text

    def _read_dates(self, column: Column, values: Sequence[Any], note: Note, epochs: bool) -> list[str]:
        cache = self._dates
        texts = []
        for position, value in enumerate(values):
            if value is None or value == "":
                texts.append(NULL)
                continue
            if not isinstance(value, int | float | str) or isinstance(value, bool):
                value = str(value)
            key = (value, epochs)
            text = cache.get(key)
            if text is None:
                text = self._date(value, epochs)
                if len(cache) < _DATE_CACHE_SIZE:
                    cache[key] = text
            if not text:
                note(position, self._unreadable(column, value))
            texts.append(text or NULL)
        return texts

    def _unreadable(self, column: Column, value: int | float | str) -> str:
        """What to say of all unreadable dates of a column: with one example, so that they are counted together."""
        message = self._examples.get(column.name)
        if message is None:
            try:
                example = plain(str(value))
            except ValueError:  # a number of more digits than Python writes
                example = "a number of thousands of digits"
            if len(example) > LONGEST_EXAMPLE:
                example = f"{example[:LONGEST_EXAMPLE]}…"
            message = self._examples[column.name] = f"unreadable date, such as '{example}': see date_formats"
        return message

    def _date(self, value: int | float | str, epochs: bool) -> str:
        """ISO date, or an empty string; see :meth:`_day`."""
        try:
            day = self._day(value, epochs)
        except (ValueError, OverflowError):
            return ""
        return day.isoformat() if day and 1800 <= day.year <= 2200 else ""

    def _day(self, value: int | float | str, epochs: bool) -> date | None:
        """The county's day of an instant, or a day that is written as such.

        Instants are epoch milliseconds, as numbers or as text, and ISO dates with a zone. Other numbers are dates
        written without separators, such as 20251218.
        """
        if isinstance(value, int | float):
            if epochs or abs(value) >= _LEAST_EPOCH:
                return self._day_of(value) if abs(value) < 1e14 else None
            return self._parse_day(str(value).removesuffix(".0"))
        text = value.strip()
        if epochs and _EPOCH.fullmatch(text):
            return self._day_of(float(text))
        day = self._parse_day(text)
        return self._day_of(float(text)) if day is None and _EPOCH.fullmatch(text) else day

    def _parse_day(self, value: str) -> date | None:
        iso = _ISO_DATE.fullmatch(value)
        if iso is None:
            return self._parse_with_formats(value)
        year, month, day, time = iso.groups()
        time_match = _ZONED_TIME.fullmatch(time.strip()) if time else None
        if time_match is None:
            return date(int(year), int(month), int(day))
        hour, minute, second, fraction, sign, hours, minutes = time_match.groups("0")
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        zone = timezone(-offset if sign == "-" else offset)
        instant = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=zone)
        return self._day_of(instant.timestamp() * 1000 + float(f"0.{fraction}") * 1000)

    def _parse_with_formats(self, value: str) -> date | None:
        for form in self._formats:
            try:
                moment = datetime.strptime(value, form)
            except ValueError:
                continue
            return moment.date() if moment.tzinfo is None else self._day_of(moment.timestamp() * 1000)
        return None

    def _day_of(self, milliseconds: float) -> date | None:
        """Midnight UTC is how a plain date is published; any other instant belongs to the market's own day."""
        try:
            instant = datetime.fromtimestamp(milliseconds / 1000, UTC)
        except (OverflowError, OSError, ValueError):
            return None
        return instant.date() if milliseconds % 86_400_000 == 0 else instant.astimezone(self._zone).date()


def without_digits(values: Sequence[Any]) -> list[int]:
    """Where identifiers stand that came through floating point numbers too large for their digits."""
    kinds = set(map(type, values))
    if float not in kinds and (str not in kinds or "+" not in "".join(value for value in values if type(value) is str)):
        return []
    return [
        position
        for position, value in enumerate(values)
        if (isinstance(value, float) and abs(value) >= _FIRST_INEXACT)
        or (isinstance(value, str) and _SCIENTIFIC.fullmatch(value))
    ]


def _texts(column: Column, values: Sequence[Any], note: Note) -> list[str]:
    kinds = set(map(type, values))
    if kinds == _NULLS:
        return [NULL] * len(values)
    if kinds <= _TEXTS:
        texts = list(filter(None, values))
        text = " ".join(texts)
        if text.isprintable() and "\\" not in text and max(map(len, texts), default=0) <= column.limit:
            return [value.strip() or NULL if value else NULL for value in values]
    return [_odd_text(column, value, position, note) for position, value in enumerate(values)]


def _odd_text(column: Column, value: Any, position: int, note: Note) -> str:
    if value is None:
        return NULL
    if isinstance(value, float) and value.is_integer():
        if abs(value) >= _FIRST_INEXACT:
            note(position, LOST_DIGITS)
            return NULL
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


def read_flags(column: Column, texts: Sequence[str], note: Note, *, empty: str = NULL) -> list[str]:
    """Words as COPY text of booleans, for none ``empty``; a word that is neither yes nor no becomes a null with a note.

    A parcel of which something is said that nobody understands is confidential until somebody does: what has left the
    database cannot be taken back.
    """
    unknown, taken = (YES, ", taken for yes") if column.name == "confidential" else (NULL, "")
    flags = []
    for position, text in enumerate(texts):
        flag = empty if text == NULL else FLAGS.get(text.casefold())
        if flag is None:
            note(position, f"'{text[:LONGEST_EXAMPLE]}' {NO_FLAG}{taken}")
        flags.append(flag or unknown)
    return flags


def plain(text: str) -> str:
    """A text without control characters and lone surrogates, and without white space around it."""
    return _CONTROL.sub(" ", text).strip()


def copy_text(clean: str) -> str:
    """A text without control characters as COPY text."""
    return clean.replace("\\", "\\\\") or NULL


def _numbers(column: Column, values: Sequence[Any], note: Note) -> list[str]:
    numbers = _plain_numbers(values, _NUMBERS)
    if numbers is not None:
        return _number_texts(numbers)
    return [_odd_number(value, position, note) for position, value in enumerate(values)]


def _integers(column: Column, values: Sequence[Any], note: Note) -> list[str]:
    numbers = _plain_numbers(values, _INTEGERS)
    if numbers is not None:
        return _number_texts([None if number is None else round(number) for number in numbers])
    texts = [_odd_number(value, position, note) for position, value in enumerate(values)]
    return [text if text == NULL else str(round(float(text))) for text in texts]


def _years(column: Column, values: Sequence[Any], note: Note) -> list[str]:
    """How many years: a number, or what names the years themselves, as ``2019-2025`` and ``2021, 2023`` do."""
    numbers = _plain_numbers(values, _NUMBERS)
    if numbers is not None and max((number for number in numbers if number is not None), default=0) < _FIRST_YEAR:
        return _number_texts(numbers)
    texts = []
    for position, value in enumerate(values):
        written = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
        years = {year for first, last in _YEAR_SPANS.findall(written) for year in _span(first, last)}
        is_list = bool(years) and not _YEAR_SPANS.sub("", written).strip(" ,;/&+.").replace("and", "").strip()
        texts.append(str(len(years)) if is_list else _odd_number(value, position, note))
    return texts


def _span(first: str, last: str) -> range:
    """The years from one to another, of which the last may be written without its century."""
    end = f"{first[: 4 - len(last)]}{last}"
    return range(int(first), int(end) + 1)


def _plain_numbers(values: Sequence[Any], kinds: set[Any]) -> Sequence[float | None] | None:
    """The numbers of a column of ``kinds``, or of texts that are plain numbers; ``None`` where one is anything else.

    In files all numbers are texts, and one by one they would take most of a load's time.
    """
    types = set(map(type, values))
    numbers: Sequence[float | None]
    if types <= kinds:
        numbers = values
    elif types <= _TEXTS:
        try:
            numbers = [float(value) if value else None for value in values]
        except ValueError:
            cleaned = [value and value.replace(",", "").replace("$", "") for value in values]
            try:
                numbers = [float(value) if value and not value.isspace() else None for value in cleaned]
            except ValueError:
                return None
    else:
        return None
    return numbers if _in_range([number for number in numbers if number is not None]) else None


def _odd_number(value: Any, position: int, note: Note) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        return NULL
    number = as_number(value)
    if not math.isfinite(number) or abs(number) > LARGEST_NUMBER:
        note(position, "not a number")
        return NULL
    if number < 0:
        note(position, "negative")
        return NULL
    return repr(number)


def as_number(value: Any) -> float:
    """A number as lists write it; not a number (NaN) where it is none."""
    try:
        if isinstance(value, bool):
            raise TypeError
        return float(value.replace(",", "").replace("$", "") if isinstance(value, str) else value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _in_range(values: Sequence[float]) -> bool:
    """Whether these are amounts as they should be: finite, not negative, not absurd."""
    return not values or (min(values) >= 0 and max(values) <= LARGEST_NUMBER and math.isfinite(sum(values)))


def _number_texts(values: Sequence[float | None]) -> list[str]:
    """Finite numbers and nulls as COPY text, all at once: several times faster than one by one."""
    return orjson.dumps(values)[1:-1].decode().replace("null", NULL).split(",")
