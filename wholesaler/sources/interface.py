"""What every source of records looks like to the rest of the program.

A :class:`Source` answers a :class:`FetchRequest` with a :class:`Fetch`: pages of raw records as the publisher wrote
them, one after the other, and at the end an :class:`Outcome` that says whether the pages were everything there is.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from wholesaler.markets.only import Condition

Point = tuple[float, float]
#: a point, ``None`` where the publisher tells no place, or a word why what it tells gives no point
Place = Point | str | None

#: the only field of what could not be read as a record; no publisher's field has such a name
UNREADABLE = "(unreadable)"


@dataclass(frozen=True)
class Selection:
    """Only records whose ``field`` equals one of ``values`` or matches one of ``patterns``.

    Values are compared as they are, patterns (SQL LIKE, ``%`` only) without case.
    """

    field: str
    values: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True)
class FetchRequest:
    """What is asked of a source.

    ``fields`` are the publisher's field names as the market file writes them; ``optional`` those of them whose
    absence is a warning and not an error, ``patterns`` those that are regular expressions, each of one field's name;
    ``ignored`` fields are known and not wanted. ``only`` are conditions on fields: a server is asked for what fulfils
    them, as far as its SQL can say it; whoever uses the records tests them all the same. ``geometry`` asks for a
    point (longitude, latitude in degrees) with each record; ``geometry_field`` says which of the publisher's fields
    holds it, where that is not the geometry of the record or its only location; ``crs`` is the reference system (an
    EPSG code) that the market file gives a file's coordinates. Without ``whole_records`` a source may leave out of the
    records what is not asked for, which is cheaper where they are wide. With a ``sample`` a service is asked for so
    many of its first records and as many of its last; a file is read as far as its pages are asked for in any case.
    """

    fields: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    selection: Selection | None = None
    geometry: bool = True
    geometry_field: str | None = None
    crs: int | None = None
    whole_records: bool = True
    patterns: frozenset[str] = frozenset()
    only: Mapping[str, Condition] = field(default_factory=dict)
    sample: int | None = None


@dataclass(frozen=True)
class Page:
    """Records as they came (``records[i]`` maps the publisher's own field names to values) and their points.

    What came in a record's place and is none is an empty record, or, where it has content worth keeping, one with that
    under :data:`UNREADABLE`; whoever uses the records rejects both for want of a key.

    ``points[i]`` is (x, y) as the publisher sent it, the centroid of the largest ring for a polygon; ``None`` where it
    sent none; or a text that says why there is none in what it sent, which becomes an issue of the record.
    """

    records: list[dict[str, Any]]
    points: list[Place]


@dataclass(frozen=True)
class Outcome:
    """How a fetch ended. ``complete`` only when the publisher's own count says that nothing is missing."""

    complete: bool
    received: int
    expected: int | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class FieldTypes:
    """What the publisher says about its fields: names of date fields sent as epoch milliseconds, and the record id."""

    epoch_milliseconds: frozenset[str] = frozenset()
    object_id: str | None = None


class Fetch(ABC):
    """One answer: iterate :meth:`pages` to the end, then read :attr:`outcome`."""

    #: asked field name → name in the records (names are matched without case and by their last dotted segment)
    names: Mapping[str, str] = {}
    types: FieldTypes = FieldTypes()

    @abstractmethod
    def pages(self) -> Iterator[Page]:
        """Yield the pages in a stable order, each record once. Raises ``SourceError``."""

    @property
    @abstractmethod
    def outcome(self) -> Outcome:
        """Valid after :meth:`pages` is exhausted."""

    def words(self, field_name: str) -> dict[Any, int] | None:
        """The values of a field in all records, each with its number; ``None`` where only reading them all tells it."""
        return None


@dataclass
class Source(ABC):
    """One layer, dataset or file. ``name`` is the market file's, for messages."""

    name: str

    @abstractmethod
    def fetch(self, request: FetchRequest) -> Fetch:
        """Read the publisher's description, match the field names, and prepare the pages.

        Raises ``SourceError`` when the publisher cannot be reached or refuses, ``ConfigurationError`` when a field
        that is not optional does not exist (the message names it and the fields there are).
        """

    @abstractmethod
    def field_types(self) -> dict[str, str]:
        """The publisher's fields, in its order, with its own word for the type of each; empty where it has none.

        Raises ``SourceError`` like :meth:`fetch`; no fields where the publisher does not list them.
        """

    def newest(self, field_name: str, until: date) -> Any:
        """The last value of a date field up to a day, as the publisher writes it; ``None`` where it does not tell.

        Raises ``SourceError`` like :meth:`fetch`.
        """
        return None

    def codes(self) -> dict[str, dict[str, str]]:
        """Fields of which the publisher names the codes: field → code as text → its name."""
        return {}

    def titles(self) -> dict[str, tuple[str, ...]]:
        """What the publisher calls its fields for people, where it does: field → heading, then a description."""
        return {}

    def version(self) -> str | None:
        """What is another whenever the records may be others; ``None`` where the publisher does not tell.

        Raises ``SourceError`` like :meth:`fetch`.
        """
        return None
