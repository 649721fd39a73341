"""Dedupe: one property per real-world parcel.

Records without a parcel number find theirs by address and location together, and properties under a number that the
appraiser's roll does not know are merged into the parcel of the roll at the same address and place. Precision before
recall: whatever fits more than one parcel stays as it is and is counted, and nothing is decided anew on a part of the
roll. A merge ends when the roll lists the number.
"""

from sqlalchemy import Connection, text

from wholesaler.db.sql import statement
from wholesaler.errors import UsageError
from wholesaler.markets.parcel import UnusableParcel
from wholesaler.markets.records import PROPERTY_RECORDS
from wholesaler.stages.ingest.stage import link_properties
from wholesaler.stages.interface import Attempt, Context, Result
from wholesaler.stages.properties.addresses import standardise
from wholesaler.stages.properties.refresh import plane

#: Real foreclosure notices lie 1 to 35 m from the roll's point of their parcel (41 pairs of November 2025).
NEAR_METRES = 150
_SIGNALS = ("tax_sales", "foreclosures", "code_violations")


def run(context: Context, attempt: Attempt) -> Result:
    """Match and merge; every decision is kept with its evidence. Without the roll's whole answer only merges end."""
    parameters = {
        "market": context.market.key,
        "as_of": context.as_of,
        "plane": plane(context.market.bounding_box),
        "near_metres": NEAR_METRES,
    }
    with context.engine.begin() as connection:

        def execute(name: str) -> int:
            return connection.execute(statement(__package__, "dedupe.sql", name), parameters).rowcount

        unmerged = execute("unmerge")
        _follow_merges(connection, context)
        if unmerged:
            link_properties(connection, context)
        whole = bool(connection.scalar(statement(__package__, "dedupe.sql", "roll_is_whole"), parameters))
        parameters["roll_is_whole"] = whole
        execute("unmatched")
        execute("written")
        standardise(connection, context, "unmatched")
        standardise(connection, context, "written")
        execute("standardise_unmatched")
        execute("addresses")
        for name in ("unmatched", "addresses"):
            connection.execute(text(f"ANALYZE {name} (house_number, street, unit)"))
        execute("duplicates")
        found = int(connection.scalar(text("SELECT count(*) FROM duplicates")) or 0)
        merged = 0
        if found and whole:
            execute("create_winners")
            merged = execute("merge")
            execute("flatten")
            execute("repoint_matched")
            execute("drop_merged_addresses")
        execute("matches")
        matched = 0
        if whole:
            execute("create_matched_properties")
            matched = sum(execute(f"point_{name}") for name in _SIGNALS)
        # within a run, ingest has linked them; by itself, dedupe mends what was left unlinked
        if matched or merged or not context.notes.pop("properties_are_linked", False):
            link_properties(connection, context)
        verdicts = {
            row.verdict: int(row.records) for row in connection.execute(statement(__package__, "dedupe.sql", "summary"))
        }
        processed = _active(connection, context)
        for name in ("unmatched", "written", "addresses", "matches", "duplicates"):
            connection.execute(text(f"DROP TABLE {name}"))
    if matched or merged or unmerged:
        context.notes.pop("addresses_are_fresh", None)
    waiting = verdicts.get("waiting", 0)
    stats = {
        "processed": processed,
        "duplicates_found": found,
        "merged": merged,
        "unmerged": unmerged,
        "records_matched": verdicts.get("matched", 0) + verdicts.get("kept", 0),
        "records_waiting": waiting,
        "records_ambiguous": verdicts.get("ambiguous", 0),
        "records_unmatched": verdicts.get("unknown", 0) + verdicts.get("unreadable", 0),
        "records_changed": matched,
    }
    warnings = []
    if stats["records_ambiguous"]:
        warnings.append(
            f"{stats['records_ambiguous']:,} records without parcel number fit several parcels or units: left unmatched"
        )
    if not whole and (waiting or found) and PROPERTY_RECORDS.table in context.market.sources:
        warnings.append(
            f"{waiting:,} records without parcel number and {found:,} duplicates wait for the appraiser's roll: "
            "its answer of the day is missing or not whole"
        )
    return Result(stats, warnings)


def undo(context: Context, written: str) -> str:
    """Take the merge of one property back, for good; returns its parcel number.

    Raises :class:`UsageError` when ``written`` is no parcel number or names no merged property.
    """
    try:
        readings = context.market.parcel.read(written)
    except UnusableParcel as error:
        raise UsageError(f"{error}.") from None
    with context.engine.begin() as connection:
        parcel_id = connection.scalar(
            statement(__package__, "dedupe.sql", "undo"), {"market": context.market.key, "parcel_ids": readings}
        )
        if parcel_id is None:
            raise UsageError(f"No merged property has the parcel number {written}.", "`leads show` tells about merges.")
        _follow_merges(connection, context)
        link_properties(connection, context)
    return str(parcel_id)


def _follow_merges(connection: Connection, context: Context) -> None:
    """What came to a property by one that stands alone now, back to that one; the rest is a matter of links."""
    for name in ("unflatten", "repoint_matched"):
        connection.execute(statement(__package__, "dedupe.sql", name), {"market": context.market.key})


def _active(connection: Connection, context: Context) -> int:
    query = text("SELECT count(*) FROM properties WHERE market = :market AND is_active")
    return int(connection.scalar(query, {"market": context.market.key}) or 0)
