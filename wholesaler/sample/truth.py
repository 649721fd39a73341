"""What a correct reading of the sample must find, told by those who made the dirt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from wholesaler.markets.records import RECORD_KINDS, Type
from wholesaler.sample.events import WORDS
from wholesaler.sample.records import Fault, LocationFlaw, Record, Unmatched
from wholesaler.sample.survey import Parcel
from wholesaler.sample.tax_sales import LANDS_AVAILABLE
from wholesaler.sample.violations import CLOSED, OPEN

_LIS_PENDENS_DAYS = 730


class Signal(StrEnum):
    """Why a parcel is a lead, by the definitions of the scoring profile."""

    TAX_DEED_SALE = "tax_deed_sale"
    LANDS_AVAILABLE = "lands_available"
    FORECLOSURE_AUCTION = "foreclosure_auction"
    LIS_PENDENS = "lis_pendens"
    OPEN_CODE_VIOLATION = "open_code_violation"


class Stale(StrEnum):
    """Why a record that is on its list gives no signal, or a lesser one."""

    LANDS_AVAILABLE = "left on the list after a sale without a bid"
    SALE_PAST = "sale date past"
    AUCTION_PAST = "auction past"
    OLD_SUIT = "lis pendens older than 730 days"


@dataclass(frozen=True)
class Row:
    """A record by its source and its place in the file, from 1 (the object id in an Esri file)."""

    source: str
    number: int


@dataclass(frozen=True)
class Unusable:
    """A value that cannot be used; ``written`` is what the record has."""

    row: Row
    fault: Fault
    written: str | float | None


@dataclass(frozen=True)
class ParcelLess:
    """A foreclosure without a parcel number: the parcel it belongs to, or why it must stay unmatched."""

    row: Row
    address: str
    parcel_id: str | None
    unmatched: Unmatched | None


@dataclass(frozen=True)
class Duplicate:
    """``row`` repeats ``of``; ``same_key`` is false for a twin that lacks the parcel number."""

    row: Row
    of: Row
    same_key: bool


@dataclass(frozen=True)
class BadLocation:
    """A location that must not be used: of a record, or of a parcel's row of the roll."""

    row: Row
    flaw: LocationFlaw


@dataclass(frozen=True)
class Truth:
    """Counts and lists; parcels are canonical numbers.

    ``rows`` is rows by file. ``rejected``: records lost because their source needs the parcel number, or a signal;
    ``unusable``: values that are lost, of records that stay. ``duplicates`` with the same key are rejected as well.
    ``stale`` and ``vanishing`` name rows of the lists (a vanishing one is missing from the next day's list, see
    :func:`wholesaler.sample.write`); ``misspelt`` maps a foreclosure's row to the roll's address, ``superseded`` a
    number unknown to the roll to the parcel's present one. ``parcels`` are those of a tax sale, a foreclosure
    or an open case; ``missing_from_roll`` those of them the roll does not have; ``signals`` those that are leads and
    why: any filing of the last 730 days is a lis pendens where no auction is ahead. ``events``: what the list of
    distress events says of each parcel that is open on the day, in our words; ``event_parcels`` are those of an event
    that is not closed by its status.
    """

    rows: dict[str, int]
    rejected: tuple[Unusable, ...]
    unusable: tuple[Unusable, ...]
    parcel_less: tuple[ParcelLess, ...]
    duplicates: tuple[Duplicate, ...]
    bad_locations: tuple[BadLocation, ...]
    stale: tuple[tuple[Row, Stale], ...]
    vanishing: frozenset[Row]
    misspelt: dict[Row, str]
    superseded: dict[str, str]
    parcels: frozenset[str]
    missing_from_roll: frozenset[str]
    signals: dict[str, frozenset[Signal]]
    events: dict[str, frozenset[str]]
    event_parcels: frozenset[str]


def tell(
    as_of: date,
    parcels: Sequence[Parcel],
    tax_sales: Sequence[Record],
    foreclosures: Sequence[Record],
    violations: Sequence[Record],
    events: Sequence[Record],
) -> Truth:
    """Tell the truth about the rows of the five files; ``parcels`` are the rows of the roll."""
    lists = {
        "tax_sales": tax_sales,
        "foreclosures": foreclosures,
        "code_violations": violations,
        "distress_events": events,
    }
    rows = [(Row(source, row.number), row) for source, listed in lists.items() for row in listed]
    lost = {at for at, row in rows if row.fault is not None and _is_lost(at.source, row.fault)}
    usable = [(at, row) for at, row in rows if at not in lost]
    faults = [Unusable(at, row.fault, _at_fault(row)) for at, row in rows if row.fault is not None]
    stale = [(at, why) for at, row in usable if (why := _stale(row, as_of)) is not None]
    signals: dict[str, set[Signal]] = {}
    open_events: dict[str, set[str]] = {}
    for at, row in usable:
        if at.source == "distress_events":
            if row.parcel_id is not None and _is_open(row, as_of):
                open_events.setdefault(row.parcel_id, set()).add(WORDS[row.values["signal"]])
            continue
        signal = _signal(row, as_of)
        if row.parcel_id is not None and signal is not None:
            signals.setdefault(row.parcel_id, set()).add(signal)
    for found in signals.values():
        if Signal.TAX_DEED_SALE in found:
            found.discard(Signal.LANDS_AVAILABLE)
        if Signal.FORECLOSURE_AUCTION in found:
            found.discard(Signal.LIS_PENDENS)
    named, with_event = (
        frozenset(
            row.parcel_id
            for at, row in usable
            if (at.source == "distress_events") is of_events
            and row.parcel_id is not None
            and str(row.values.get("status")).lower() != CLOSED.lower()
        )
        for of_events in (False, True)
    )
    numbers = {id(row): at for at, row in rows}
    return Truth(
        rows={**{source: len(listed) for source, listed in lists.items()}, "property_records": len(parcels)},
        rejected=tuple(fault for fault in faults if fault.row in lost),
        unusable=tuple(fault for fault in faults if fault.row not in lost),
        parcel_less=tuple(
            ParcelLess(at, row.values["address"], row.parcel_id, row.unmatched)
            for at, row in usable
            if at.source == "foreclosures" and row.values["parcel"] is None
        ),
        duplicates=tuple(
            Duplicate(at, numbers[id(row.duplicate_of)], row.values["parcel"] == row.duplicate_of.values["parcel"])
            for at, row in rows
            if row.duplicate_of is not None
        ),
        bad_locations=(
            *(BadLocation(at, row.flaw) for at, row in rows if row.flaw is not None),
            *_bad_on_roll(parcels),
        ),
        stale=tuple(stale),
        vanishing=frozenset(at for at, row in rows if row.vanishes),
        misspelt={at: row.roll_address for at, row in rows if row.roll_address is not None},
        superseded={
            row.values["parcel"]: row.parcel_id
            for _, row in usable
            if row.parcel_id and row.values["parcel"] and row.values["parcel"] != row.parcel_id
        },
        parcels=named,
        missing_from_roll=named - {parcel.parcel_id for parcel in parcels},
        signals={parcel_id: frozenset(found) for parcel_id, found in sorted(signals.items())},
        events={parcel_id: frozenset(words) for parcel_id, words in sorted(open_events.items())},
        event_parcels=with_event,
    )


def _bad_on_roll(parcels: Iterable[Parcel]) -> Iterable[BadLocation]:
    for number, parcel in enumerate(parcels, 1):
        if parcel.location_flaw is not None:
            yield BadLocation(Row("property_records", number), parcel.location_flaw)


def _is_open(row: Record, as_of: date) -> bool:
    """Whether an event of distress is open on the day."""
    closed = row.values["closed_date"]
    return row.values["status"].lower() != CLOSED.lower() and (closed is None or closed > as_of)


def _is_lost(source: str, fault: Fault) -> bool:
    if fault is Fault.UNKNOWN_SIGNAL:
        return True
    required = any(column.type is Type.PARCEL and column.required for column in RECORD_KINDS[source].columns)
    return required and fault in {Fault.MALFORMED_PARCEL, Fault.MISSING_PARCEL}


def _at_fault(row: Record) -> str | float | None:
    if row.fault is Fault.MALFORMED_PARCEL:
        return row.written_parcel
    if row.fault is Fault.UNKNOWN_SIGNAL:
        return str(row.values["signal"])
    if row.fault is Fault.NEGATIVE_AMOUNT:
        return float(row.values["default_amount"])
    columns = ("sale_date", "recording_date", "opened_date") if row.fault is Fault.UNREADABLE_DATE else ()
    return next((row.values[name] for name in columns if name in row.values), None)


def _days_until(row: Record, column: str, as_of: date) -> int | None:
    """Days from ``as_of`` to a date; ``None`` when the record has none that can be read."""
    value = row.values.get(column)
    return (value - as_of).days if isinstance(value, date) else None


def _signal(row: Record, as_of: date) -> Signal | None:
    values = row.values
    if "deed_status" in values:
        if values["deed_status"] == LANDS_AVAILABLE:
            return Signal.LANDS_AVAILABLE
        days = _days_until(row, "sale_date", as_of)
        return Signal.TAX_DEED_SALE if days is not None and days >= 0 else None
    if "auction_date" in values:
        days = _days_until(row, "auction_date", as_of)
        if days is not None and days >= 0:
            return Signal.FORECLOSURE_AUCTION
        recorded = _days_until(row, "recording_date", as_of)
        return Signal.LIS_PENDENS if recorded is not None and recorded >= -_LIS_PENDENS_DAYS else None
    return Signal.OPEN_CODE_VIOLATION if values["status"] == OPEN else None


def _stale(row: Record, as_of: date) -> Stale | None:
    values = row.values
    if "deed_status" in values:
        if values["deed_status"] == LANDS_AVAILABLE:
            return Stale.LANDS_AVAILABLE
        days = _days_until(row, "sale_date", as_of)
        return Stale.SALE_PAST if days is not None and days < 0 else None
    if "auction_date" in values:
        days = _days_until(row, "auction_date", as_of)
        if days is not None:
            return Stale.AUCTION_PAST if days < 0 else None
        recorded = _days_until(row, "recording_date", as_of)
        return Stale.OLD_SUIT if recorded is not None and recorded < -_LIS_PENDENS_DAYS else None
    return None
