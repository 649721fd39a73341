"""WHERE clauses that ArcGIS and Socrata both understand, and long selections cut to a length that servers take."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from wholesaler.errors import ConfigurationError
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


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit()


def _encoded_length(text: str) -> int:
    return len(quote(text, safe="$*,:"))
