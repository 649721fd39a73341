"""A source's records in their table, and whether a fetch of them can be trusted to be everything."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, Table, and_, column, func, select, table

from wholesaler.db.base import Base
from wholesaler.db.sql import opaque_value, statement
from wholesaler.markets import Market
from wholesaler.markets.only import moves
from wholesaler.markets.records import RecordKind
from wholesaler.plural import counted
from wholesaler.sources.interface import Outcome
from wholesaler.stages.interface import LoadResult


@dataclass(frozen=True)
class Scope:
    """What a fetch asks for that does not ask for everything: how many records it can bring.

    Only records of the parcels in the temporary table ``parcels`` can be found to be gone, without it none.
    """

    records: int = 0
    parcels: str | None = None


@dataclass(frozen=True)
class Records:
    """The records of one source, among those of other sources and markets in the table of their kind."""

    connection: Connection
    market: Market
    source: str

    @property
    def kind(self) -> RecordKind:
        """Their kind."""
        return self.market.record(self.source)

    @property
    def table(self) -> Table:
        """The table of their kind."""
        return Base.metadata.tables[self.kind.table]

    @property
    def are_own(self) -> ColumnElement[bool]:
        """That a row of the table is one of them."""
        return and_(
            self.table.c.market == opaque_value(self.market.key), self.table.c.source == opaque_value(self.source)
        )

    @property
    def are_active(self) -> ColumnElement[bool]:
        """That a row of the table is one of them and active."""
        return and_(self.are_own, self.table.c.is_active)

    def are_in(self, scope: Scope) -> ColumnElement[bool]:
        """That a row of the table is of a parcel that was asked for."""
        assert scope.parcels is not None
        parcels = table(scope.parcels, column("parcel_id"))
        return self.table.c.parcel_id.in_(select(parcels.c.parcel_id))

    def count_active(self, scope: Scope | None = None) -> int:
        """How many of those asked for (all of them without a ``scope``) are active.

        Where it is not known which parcels were asked for, 0.
        """
        if scope is not None and scope.parcels is None:
            return 0
        query = select(func.count()).select_from(self.table).where(self.are_active)
        if scope is not None:
            query = query.where(self.are_in(scope))
        return int(self.connection.scalar(query) or 0)


def doubts(
    records: Records, as_of: date, outcome: Outcome, result: LoadResult, scope: Scope | None, before: int
) -> list[str]:
    """Why this fetch may not be everything it asked for: said by the source, or by its size.

    ``before`` is how many of the records asked for were active before it.
    """
    doubts = []
    usable = result.processed - result.failed
    minimum = records.market.sources[records.source].minimum_rows
    if not outcome.complete:
        expected = "an unknown number of records" if outcome.expected is None else counted(outcome.expected, "record")
        doubts.append(f"{outcome.received:,} of {expected} received")
    if scope is None and result.processed and not usable:
        doubts.append(f"none of the {counted(result.processed, 'record')} can be used: see `wholesaler rejects list`")
    if scope is not None and scope.parcels is None:
        return doubts
    if scope is not None and usable < min(minimum, scope.records):
        doubts.append(
            f"{counted(usable, 'usable record')} for {counted(scope.records, 'parcel')} asked for, "
            f"at least {minimum:,} expected"
        )
    elif scope is None and usable < minimum:
        doubts.append(f"{counted(usable, 'usable record')}, at least {minimum:,} expected")
    if (usable + _newly_out_of_scope(records, result)) * 2 < before and not _as_small_before(
        records, as_of, usable, scope
    ):
        doubts.append(
            f"shrunk from {before:,} to {counted(usable, 'record')}; if it is as small on another day, that will be "
            "believed"
        )
    return doubts


def finds_nothing(market: Market, source: str, result: LoadResult) -> bool:
    """Whether ``only`` wants none of the records that came, though it asks for the same every day."""
    return bool(result.out_of_scope) and not result.processed and not moves(market.sources[source].only)


def _newly_out_of_scope(records: Records, result: LoadResult) -> int:
    """How many more records than at the last load came and are not wanted: these are not missing.

    Where none is wanted any more, and not because the day has moved on, the publisher may use another word: 0.
    """
    if not result.out_of_scope or finds_nothing(records.market, records.source, result):
        return 0
    parameters = {"market": records.market.key, "source": records.source}
    before = records.connection.scalar(statement(__package__, "completeness.sql", "out_of_scope_before"), parameters)
    return max(0, result.out_of_scope - int(before or 0))


def _as_small_before(records: Records, as_of: date, usable: int, scope: Scope | None) -> bool:
    """Whether a complete fetch was about as small on the last day that the source was fetched on."""
    whole = "true" if scope is None else "false"
    parameters = {"market": records.market.key, "source": records.source, "as_of": as_of, "whole": whole}
    before = records.connection.scalar(statement(__package__, "completeness.sql", "size_before"), parameters)
    return before is not None and abs(int(before) - usable) <= 0.1 * max(int(before), usable)
