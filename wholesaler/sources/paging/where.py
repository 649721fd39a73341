"""WHERE clauses that ArcGIS and Socrata both understand, and long selections cut to a length that servers take."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from urllib.parse import quote

from wholesaler.errors import ConfigurationError
from wholesaler.markets.only import Bounds, Condition
from wholesaler.sources.interface import Selection

EVERYTHING = "1=1"


def conjunction(*clauses: str | None) -> str:
    """All of the clauses that are given; each is parenthesised, since a user's may contain OR."""
    conditions = [clause for clause in clauses if clause and clause != EVERYTHING]
    if len(conditions) <= 1:
        return conditions[0] if conditions else EVERYTHING
    return " AND ".join(f"({clause})" for clause in conditions)


@dataclass(frozen=True)
class ClausePart:
    """A part of a disjunction as a clause; ``end`` is the position after its last alternative.

    ``values``: how many values it names, each of which at least one record may have; 0 for patterns, which do not
    tell how many.
    """

    clause: str
    end: int
    values: int = 0


@dataclass(frozen=True)
class Disjunction:
    """A long OR: ``prefix``, the alternatives with ``separator`` between them, ``suffix``.

    ``patterns``: they are no values but patterns.
    """

    prefix: str
    separator: str
    suffix: str
    items: Sequence[str]
    patterns: bool = False

    def parts(self, start: int, limit: int, room: int) -> Iterator[ClausePart]:
        """From ``start`` on, clauses of at most ``limit`` alternatives and ``room`` characters, percent-encoded."""
        overhead = _encoded_length(self.prefix + self.suffix)
        between = _encoded_length(self.separator)
        while start < len(self.items):
            end, length = start, overhead
            while end < len(self.items) and end - start < limit:
                length += _encoded_length(self.items[end]) + between
                if length > room and end > start:
                    break
                end += 1
            clause = self.prefix + self.separator.join(self.items[start:end]) + self.suffix
            yield ClausePart(clause, end, 0 if self.patterns else end - start)
            start = end


def disjunctions(source: str, selection: Selection, field: str, numeric: bool) -> list[Disjunction]:
    """The selection over the publisher's ``field``; its values are written as numbers when the field is ``numeric``.

    A text that is no number cannot be in a numeric field and is left out. Raises ``ConfigurationError`` for patterns
    over a numeric field, which have no meaning there.
    """
    values = list(dict.fromkeys(selection.values))
    if numeric and selection.patterns:
        raise ConfigurationError(
            f"sources.{source}: '{field}' is a number and cannot be searched by a pattern.", "Name a text field."
        )
    literals = [value for value in values if _is_number(value)] if numeric else [_quote(value) for value in values]
    clauses = [Disjunction(f"{field} IN (", ",", ")", literals)] if literals else []
    if selection.patterns:
        # most databases behind a service mind the case in LIKE; both ArcGIS and Socrata have UPPER
        capitals = dict.fromkeys(pattern.upper() for pattern in selection.patterns)
        likes = [f"UPPER({field}) LIKE {_quote(pattern)}" for pattern in capitals]
        clauses.append(Disjunction("", " OR ", "", likes, patterns=True))
    return clauses


class FieldKind(Enum):
    """What a publisher's field holds, as far as its SQL minds."""

    NUMBER = "a number"
    DAY = "a day"
    TEXT = "a text"
    FLAG = "true or false"
    OTHER = "something else"


_OPERATORS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}
#: how texts say yes and no, where a market file asks for one of them
_SPELLINGS = {True: ("true", "t", "yes", "y", "1"), False: ("false", "f", "no", "n", "0")}


@dataclass(frozen=True)
class Dialect:
    """What differs between the SQL of services: how they write a day, and true and false."""

    day: Callable[[date], str]
    flags: tuple[str, str] = ("0", "1")


ARCGIS = Dialect(lambda day: f"date '{day}'")
SOQL = Dialect(lambda day: f"'{day}T00:00:00'", ("false", "true"))


def restriction(
    source: str,
    only: Mapping[str, Condition],
    names: Mapping[str, str],
    kind_of: Callable[[str], FieldKind],
    dialect: Dialect,
) -> str:
    """The conditions as SQL over the publisher's fields, which may be less strict than they are.

    Of days a day more is asked for on either side: where a day begins is for who reads it to say, who tests again. What
    is ordered as text is not asked for at all. Raises ``ConfigurationError`` for a literal that a field cannot equal.
    """
    clauses: list[str] = []
    for field_name, condition in only.items():
        name = names[field_name]
        field = _Field(f"sources.{source}.only.{field_name}", name, kind_of(name), dialect)
        clauses += field.bounds(condition) if isinstance(condition, Bounds) else field.equals(condition)
    return conjunction(*clauses)


@dataclass(frozen=True)
class _Field:
    key: str
    name: str
    kind: FieldKind
    dialect: Dialect

    def bounds(self, condition: Bounds) -> Iterator[str]:
        if condition.present is True:
            yield f"{self.name} IS NOT NULL"
        elif condition.present is False and self.kind is not FieldKind.TEXT:
            yield f"{self.name} IS NULL"
        for key, limit in condition.limits.items():
            if self.kind is FieldKind.NUMBER:
                yield f"{self.name} {_OPERATORS[key]} {self._number(limit)}"
            elif self.kind is FieldKind.DAY:
                margin = timedelta(days=-1 if key in {"at_least", "above"} else 2)
                operator = ">=" if key in {"at_least", "above"} else "<"
                yield f"{self.name} {operator} {self.dialect.day(self._day(limit) + margin)}"
            elif self.kind is FieldKind.FLAG:
                raise self._misfit(limit)

    def equals(self, condition: Any) -> Iterator[str]:
        values = condition if isinstance(condition, tuple) else (condition,)
        if self.kind is FieldKind.NUMBER:
            yield f"{self.name} IN ({', '.join(dict.fromkeys(map(self._number, values)))})"
        elif self.kind is FieldKind.FLAG:
            yield f"{self.name} IN ({', '.join(dict.fromkeys(map(self._flag, values)))})"
        elif self.kind is FieldKind.DAY:
            days = sorted(map(self._day, values))
            first, last = (self.dialect.day(day) for day in (days[0] - timedelta(1), days[-1] + timedelta(2)))
            yield f"{self.name} >= {first}"
            yield f"{self.name} < {last}"
        elif self.kind is FieldKind.TEXT and not any(isinstance(value, date) or _is_day(value) for value in values):
            spelled = [spelling for value in values for spelling in _spellings(value)]
            yield f"{self.name} IN ({', '.join(map(_quote, dict.fromkeys(spelled)))})"

    def _number(self, value: Any) -> str:
        if isinstance(value, bool):
            return str(int(value))
        if isinstance(value, str) and _is_number(value.strip()):
            return value.strip()
        if isinstance(value, int | float):
            return format(Decimal(repr(value)), "f")
        raise self._misfit(value)

    def _flag(self, value: Any) -> str:
        text = str(value).casefold()
        for truth, spellings in _SPELLINGS.items():
            if text in spellings:
                return self.dialect.flags[truth]
        raise self._misfit(value)

    def _day(self, value: Any) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except (TypeError, ValueError):
            raise self._misfit(value) from None

    def _misfit(self, value: Any) -> ConfigurationError:
        return ConfigurationError(
            f"{self.key}: expected {self.kind.value}, which the publisher's field {self.name} holds, not '{value}'.",
            "A day is written as 2026-01-31." if self.kind is FieldKind.DAY else None,
        )


def _spellings(value: Any) -> Sequence[str]:
    """How a text says a literal."""
    if isinstance(value, bool):
        return [spelled for word in _SPELLINGS[value] for spelled in (word, word.capitalize(), word.upper())]
    return [str(value).strip()] if isinstance(value, str) else [format(Decimal(repr(value)), "f")]


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value.strip()))
    except ValueError:
        return False


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit()


def _encoded_length(text: str) -> int:
    return len(quote(text, safe="$*,:"))
