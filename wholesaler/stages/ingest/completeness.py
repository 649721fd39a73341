"""What became of one fetch, and whether it can be trusted to be everything."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, Connection, Table, column, func, select, table

from wholesaler.db.sql import statement
from wholesaler.markets.market import Market
from wholesaler.sources.interface import Outcome


@dataclass
class Loaded:
    """What became of one fetch: ``processed`` records received, ``failed`` of them rejected."""

    processed: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deactivated: int = 0
    failed: int = 0
    complete: bool = True
    warnings: list[str] = field(default_factory=list)
    #: why the fetch cannot be trusted to be everything; empty when it can
    doubts: list[str] = field(default_factory=list)
    #: tells whether all of the source is as it was; none when that is not known, or not all was asked for
    version: str | None = None
    #: the day that version was read on
    read_on: str | None = None

    def counts(self) -> dict[str, int]:
        """The counts under the names of the stage's JSON."""
        names = ("processed", "inserted", "updated", "unchanged", "deactivated", "failed")
        return {name: getattr(self, name) for name in names}

    def add(self, counts: dict[str, int]) -> None:
        """Add counts to these."""
        for name, count in counts.items():
            setattr(self, name, getattr(self, name) + count)


@dataclass(frozen=True)
class Asked:
    """A fetch that does not ask for everything: how many records it can bring.

    Only records of the parcels in the temporary table ``parcels`` can be found to be gone, without it none.
    """

    records: int = 0
    parcels: str | None = None


def doubts(
    connection: Connection,
    market: Market,
    name: str,
    as_of: date,
    outcome: Outcome,
    loaded: Loaded,
    asked: Asked | None,
    before: int,
) -> list[str]:
    """Why this fetch may not be everything it asked for: said by the source, or by its size.

    ``before`` is how many of the records asked for were active before it.
    """
    found = []
    usable = loaded.processed - loaded.failed
    minimum = market.sources[name].minimum_rows
    if not outcome.complete:
        expected = "an unknown number" if outcome.expected is None else f"{outcome.expected:,}"
        found.append(f"{outcome.received:,} of {expected} records received")
    if asked is not None and asked.parcels is None:
        return found
    if asked is not None and usable < min(minimum, asked.records):
        found.append(
            f"{usable:,} usable records for {asked.records:,} parcels asked for, at least {minimum:,} expected"
        )
    elif asked is None and usable < minimum:
        found.append(f"{usable:,} usable records, at least {minimum:,} expected")
    if usable * 2 < before and not _as_small_before(connection, market.key, name, as_of, usable):
        found.append(
            f"shrunk from {before:,} to {usable:,} records; if it is as small on another day, that will be believed"
        )
    return found


def in_scope(target: Table, asked: Asked) -> ColumnElement[bool]:
    """That a record of ``target`` is of a parcel that was asked for."""
    assert asked.parcels is not None
    parcels = table(asked.parcels, column("parcel_id"))
    return target.c.parcel_id.in_(select(parcels.c.parcel_id))


def active(connection: Connection, target: Table, market: str, asked: Asked | None) -> int:
    """How many active records of those asked for (all of them where ``asked`` is none) a table has.

    Where it is not known which parcels were asked for, 0.
    """
    if asked is not None and asked.parcels is None:
        return 0
    query = select(func.count()).select_from(target).where(target.c.market == market, target.c.is_active)
    if asked is not None:
        query = query.where(in_scope(target, asked))
    return int(connection.scalar(query) or 0)


def _as_small_before(connection: Connection, market: str, name: str, as_of: date, usable: int) -> bool:
    """Whether a complete fetch was about as small on the last day that the source was fetched on."""
    parameters = {"market": market, "source": name, "as_of": as_of}
    before = connection.scalar(statement(__package__, "load.sql", "size_before"), parameters)
    return before is not None and abs(int(before) - usable) <= 0.1 * max(int(before), usable)
