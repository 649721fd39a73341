"""Dedupe: one property per real-world parcel.

Records without a parcel number find theirs by address and location together, and properties under a number that the
appraiser's roll does not know are merged into the parcel of the roll at the same address and place. Precision before
recall: whatever fits more than one parcel stays as it is and is counted, and nothing is decided anew on a part of the
roll. A merge ends when the roll lists the number.
"""

from typing import Any

from sqlalchemy import Connection, text

from wholesaler.db.sql import statement
from wholesaler.errors import UsageError
from wholesaler.markets.parcel import UnusableParcel
from wholesaler.markets.records import SIGNAL_KINDS
from wholesaler.plural import counted
from wholesaler.stages.interface import Attempt, Context, Result
from wholesaler.stages.properties.addresses import standardise
from wholesaler.stages.properties.link import link_properties
from wholesaler.stages.properties.parcels import refresh_parcels

#: Real foreclosure notices lie 1 to 35 m from the roll's point of their parcel (41 pairs of November 2025).
NEAR_METRES = 150
_TEMPORARY = ("records_without_parcel", "published_addresses", "parcel_addresses", "duplicates", "matches")


def run(context: Context, attempt: Attempt) -> Result:
    """Merge and match; every decision is kept with its evidence. Without the roll's whole answer only merges end."""
    with context.engine.begin() as connection:
        if not context.state.parcels_are_fresh:
            refresh_parcels(connection, context.market, context.as_of)
        work = _Dedupe(connection, context)
        unmerged = work.end_merges()
        work.find_candidates()
        duplicates, merged = work.merge()
        changed_records = work.match()
        # within a run, ingest has linked them; by itself, dedupe mends what was left unlinked
        if changed_records or merged or not context.state.properties_are_linked:
            link_properties(connection, context.market.key)
        context.state.properties_are_linked = False
        verdicts = work.count_verdicts()
        processed = work.count_properties()
        connection.execute(text(f"DROP TABLE {', '.join(_TEMPORARY)}"))
    if changed_records or merged or unmerged:
        context.state.addresses_are_fresh = False
    waiting = verdicts.get("waiting", 0)
    stats = {
        "processed": processed,
        "duplicates_found": duplicates,
        "merged": merged,
        "unmerged": unmerged,
        "records_matched": verdicts.get("matched", 0) + verdicts.get("kept", 0),
        "records_waiting": waiting,
        "records_ambiguous": verdicts.get("ambiguous", 0),
        "records_unmatched": verdicts.get("unknown", 0) + verdicts.get("unreadable", 0),
        "records_changed": changed_records,
    }
    warnings = []
    if stats["records_ambiguous"]:
        warnings.append(
            f"{counted(stats['records_ambiguous'], 'record')} without parcel number "
            f"{'fits' if stats['records_ambiguous'] == 1 else 'fit'} several parcels or units: left unmatched"
        )
    if not work.roll_is_whole and (waiting or duplicates) and context.market.roll is not None:
        warnings.append(
            f"{counted(waiting, 'record')} without parcel number and {counted(duplicates, 'duplicate')} wait for the "
            "appraiser's roll: its answer of the day is missing or not whole"
        )
    return Result(stats, warnings)


def undo(context: Context, number: str) -> str:
    """Take the merge of one property back, for good; returns its canonical parcel number.

    Raises :class:`UsageError` when ``number`` is no parcel number or names no merged property.
    """
    try:
        readings = context.market.parcel.read(number)
    except UnusableParcel as error:
        raise UsageError(f"{error}.") from None
    with context.engine.begin() as connection:
        parcel_id = connection.scalar(
            statement(__package__, "merge.sql", "undo"), {"market": context.market.key, "parcel_ids": readings}
        )
        if parcel_id is None:
            raise UsageError(f"No merged property has the parcel number {number}.", "`leads show` tells about merges.")
        _Dedupe(connection, context).follow_merges()
        link_properties(connection, context.market.key)
    return str(parcel_id)


class _Dedupe:
    """The steps of dedupe in one transaction, in the order they are called."""

    def __init__(self, connection: Connection, context: Context) -> None:
        self._connection = connection
        self._market = context.market
        self._parameters: dict[str, Any] = {
            "market": context.market.key,
            "as_of": context.as_of,
            "rolls": context.market.rolls,
            "listing_rolls": context.market.listing_rolls,
            "projection": context.market.projection,
            "near_metres": NEAR_METRES,
        }
        #: whether the roll's newest answer is whole and of the day
        self.roll_is_whole = bool(
            connection.scalar(statement(__package__, "candidates.sql", "roll_is_whole"), self._parameters)
        )
        self._parameters["roll_is_whole"] = self.roll_is_whole

    def end_merges(self) -> int:
        """Take back the merges of properties whose number is on the roll now; returns how many."""
        unmerged = self._execute("merge.sql", "unmerge")
        self.follow_merges()
        if unmerged:
            link_properties(self._connection, self._market.key)
        return unmerged

    def follow_merges(self) -> None:
        """What came to a property by one that stands alone now, back to that one; the rest is a matter of links."""
        self._execute("merge.sql", "unflatten")
        self._execute_each("merge.sql", "repoint_records")

    def find_candidates(self) -> None:
        """The records without a parcel, and the standard addresses of the parcels that they may be of."""
        self._execute("candidates.sql", "records_without_parcel")
        self._execute("candidates.sql", "published_addresses")
        standardise(self._connection, self._market, "records_without_parcel")
        standardise(self._connection, self._market, "published_addresses")
        self._execute("candidates.sql", "standardise_records")
        self._execute("candidates.sql", "parcel_addresses")
        for table in ("records_without_parcel", "parcel_addresses"):
            self._connection.execute(text(f"ANALYZE {table} (house_number, street, unit)"))

    def merge(self) -> tuple[int, int]:
        """How many duplicate properties there are, and how many of them were merged."""
        self._execute("merge.sql", "duplicates")
        duplicates = int(self._connection.scalar(text("SELECT count(*) FROM duplicates")) or 0)
        merged = 0
        if duplicates and self.roll_is_whole:
            self._execute("merge.sql", "create_winners")
            merged = self._execute("merge.sql", "merge")
            self._execute("merge.sql", "flatten")
            self._execute_each("merge.sql", "repoint_records")
            self._execute("merge.sql", "drop_merged_addresses")
        return duplicates, merged

    def match(self) -> int:
        """Point the records without a parcel to the property of theirs; returns how many point elsewhere now."""
        self._execute("match.sql", "matches")
        if not self.roll_is_whole:
            return 0
        self._execute("match.sql", "create_matched_properties")
        return self._execute_each("match.sql", "point_records")

    def count_verdicts(self) -> dict[str, int]:
        """How many records without a parcel there are by verdict."""
        rows = self._connection.execute(statement(__package__, "match.sql", "verdicts"))
        return {row.verdict: int(row.records) for row in rows}

    def count_properties(self) -> int:
        """How many properties are active."""
        query = text("SELECT count(*) FROM properties WHERE market = :market AND is_active")
        return int(self._connection.scalar(query, self._parameters) or 0)

    def _execute(self, file: str, name: str) -> int:
        return self._connection.execute(statement(__package__, file, name), self._parameters).rowcount

    def _execute_each(self, file: str, name: str) -> int:
        """Execute a statement on each table of signals; returns the number of rows in all."""
        queries = [statement(__package__, file, name, table=kind.table) for kind in SIGNAL_KINDS]
        return sum(self._connection.execute(query, self._parameters).rowcount for query in queries)
