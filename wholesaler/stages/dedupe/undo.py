"""Take back what dedupe has decided wrongly, for good: the merge of a property, or matches of records."""

from dataclasses import dataclass

from wholesaler.db.sql import statement
from wholesaler.errors import UsageError
from wholesaler.markets.parcel import UnusableParcel
from wholesaler.markets.records import SIGNAL_KINDS
from wholesaler.stages.dedupe.stage import Dedupe
from wholesaler.stages.interface import Context
from wholesaler.stages.properties.link import link_properties


@dataclass(frozen=True)
class Undone:
    """What was taken back: the merge of ``parcel_id``, or the matches of ``records`` (source, key) to it."""

    parcel_id: str
    records: tuple[tuple[str, str], ...] = ()


def undo(context: Context, named: str) -> Undone:
    """Take back the merge of a property, all matches by address to a parcel, or one record's match.

    ``named`` is a parcel number in any form of the market, or ``SOURCE:KEY``, the source and key of a record. Raises
    :class:`UsageError` when it is neither, or when there is nothing to be taken back.
    """
    source, colon, key = named.partition(":")
    if colon and source in context.market.sources:
        undone = _undo_matches(context, [], source, key)
        if undone is None:
            raise UsageError(
                f"No record of {source} with the key '{key}' was matched by its address.",
                "`leads show` has the source and key of each record.",
            )
        return undone
    try:
        readings = context.market.parcel.read(named)
    except UnusableParcel as error:
        raise UsageError(f"{error}.", "A record is named by its source and key: `--undo SOURCE:KEY`.") from None
    undone = _undo_merge(context, readings) or _undo_matches(context, readings)
    if undone is None:
        raise UsageError(
            f"No merged property has the parcel number {named}, and no record was matched to it by its address.",
            "`leads show` tells about merges and matches.",
        )
    return undone


def _undo_merge(context: Context, readings: list[str]) -> Undone | None:
    with context.engine.begin() as connection:
        parameters = {"market": context.market.key, "parcel_ids": readings}
        parcel_id = connection.scalar(statement(__package__, "merge.sql", "undo"), parameters)
        if parcel_id is None:
            return None
        Dedupe(connection, context).follow_merges()
        link_properties(connection, context.market.key)
    return Undone(str(parcel_id))


def _undo_matches(context: Context, readings: list[str], source: str | None = None, key: str = "") -> Undone | None:
    parameters = {"market": context.market.key, "parcel_ids": readings, "source": source, "record_key": key}
    with context.engine.begin() as connection:
        rows = [
            row
            for kind in SIGNAL_KINDS
            for row in connection.execute(
                statement(__package__, "match.sql", "undo_matches", table=kind.table), parameters
            )
        ]
        if not rows:
            return None
        parcels = sorted({row.parcel_id for row in rows})
        if len(parcels) > 1:
            raise UsageError(
                f"The number can mean {' or '.join(parcels)}, to both of which records were matched.",
                "Give the one that is meant, or a record: `--undo SOURCE:KEY`.",
            )
        link_properties(connection, context.market.key)
    return Undone(parcels[0], tuple(sorted((row.source, row.record_key) for row in rows)))
