"""A sample record before it is written: values by column, and the truth about it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

Point = tuple[float, float]


class LocationFlaw(StrEnum):
    """What is wrong with a written location."""

    ZERO = "zero"
    SWAPPED = "swapped"
    OUTSIDE = "outside"
    OTHER_UNITS = "other units"  # feet where degrees are expected, degrees where feet are
    MISSING = "missing"
    NOT_A_NUMBER = "not a number"


class Fault(StrEnum):
    """A value that cannot be used. A record whose source needs the parcel number is lost with it, as is an event of
    distress that is no signal; every other fault costs the value alone, and lies on a record that adds nothing to what
    a clean record says of the parcel."""

    MALFORMED_PARCEL = "malformed parcel"
    MISSING_PARCEL = "missing parcel"
    UNREADABLE_DATE = "unreadable date"
    NEGATIVE_AMOUNT = "negative amount"
    UNKNOWN_SIGNAL = "unknown signal"


class Unmatched(StrEnum):
    """Why a foreclosure without a parcel number must stay without one."""

    DIRECTION = "the same number is on the street's other side of town, and the notice names neither"
    STREET_TYPE = "a street and an avenue have the name and number, and the notice does not say which"
    CITY = "the same address exists in two cities, and the roll names no city"
    UNIT = "a building of several parcels, and the notice names no unit"
    NO_NUMBER = "no house number"
    NOT_ON_ROLL = "no such address on the roll"


@dataclass(slots=True, eq=False)
class Record:
    """One row to be.

    ``values``: column (or a field the market ignores, in lower case) → value; the parcel is canonical, a ``date`` is
    written in the source's own form, and what is dirty is written as it is. ``written_parcel`` replaces the
    number. ``point`` is the true longitude and latitude; ``flaw`` and ``fault`` what is wrong with the record.
    ``parcel_id`` is the parcel it belongs to, known or not. ``number`` is its place in the file, from 1.
    """

    values: dict[str, Any]
    point: Point | None
    parcel_id: str | None
    written_parcel: str | None = None
    flaw: LocationFlaw | None = None
    fault: Fault | None = None
    unmatched: Unmatched | None = None
    duplicate_of: "Record | None" = None
    vanishes: bool = False
    roll_address: str | None = None
    number: int = 0

    def copy(self) -> "Record":
        """The same row once more, as a duplicate of this one."""
        return Record(
            self.values,
            self.point,
            self.parcel_id,
            self.written_parcel,
            self.flaw,
            self.fault,
            self.unmatched,
            duplicate_of=self,
            vanishes=self.vanishes,
        )


def by_date(record: Record, column: str) -> date:
    """A sort key; what is no date comes first."""
    value = record.values.get(column)
    return value if isinstance(value, date) else date.min
