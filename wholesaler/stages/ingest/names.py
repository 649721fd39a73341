"""Sources that the market file calls otherwise than before, or does not have any more: what becomes of their records.

A source with another name is the same source: what is stored under the former one is taken over before it is loaded, so
that nothing is new, gone or announced again. What a source left that is no more is deactivated by the next ingest of
the whole market, and never on doubt.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from wholesaler.db.sql import statement
from wholesaler.db.statistics import refresh_statistics
from wholesaler.logs import log
from wholesaler.markets.records import CODE_VIOLATIONS, RECORD_KINDS
from wholesaler.stages.interface import Context

_SQL = "names.sql"


def take_over_former(context: Context, names: Sequence[str]) -> list[str]:
    """Give what is stored under the former names of some sources their present ones; returns warnings.

    A transaction of its own for each: whether a source can be loaded tonight, its records are its own.
    """
    warnings = []
    for name in names:
        was = context.market.sources[name].was
        if was is None:
            continue
        with context.engine.begin() as connection:
            if not _take_over(connection, context, name, was) and not _was_loaded(connection, context, name):
                warnings.append(f"{name}: was = '{was}': nothing was ever loaded under that name")
    return warnings


def _take_over(connection: Connection, context: Context, name: str, was: str) -> bool:
    """Whether anything was ever loaded under the former name."""
    market = context.market.key
    parameters = {"market": market, "source": name, "was": was}
    kind = context.market.record(name)
    tables = [kind.table, "counted_violations"] if kind is CODE_VIOLATIONS else [kind.table]
    was_loaded = _was_loaded(connection, context, was)
    records = 0
    for table in tables:
        updates = connection.execute(statement(__package__, _SQL, "take_over_records", table=table), parameters)
        refresh_statistics(connection, table, updates.rowcount, ("market", "record_key"))
        records += updates.rowcount
    others = ("take_over_rejects", "take_over_undone_matches", "take_over_runs")
    others_updated = sum(connection.execute(statement(__package__, _SQL, step), parameters).rowcount for step in others)
    if records or others_updated:
        connection.execute(statement(__package__, _SQL, "take_over_properties"), parameters)
        log.info("former_name_taken_over", source=name, was=was, records=records)
    return was_loaded or bool(records)


def _was_loaded(connection: Connection, context: Context, source: str) -> bool:
    parameters = {"market": context.market.key, "source": source}
    return bool(connection.scalar(statement(__package__, _SQL, "was_loaded"), parameters))


def drop_former(connection: Connection, context: Context) -> dict[str, int]:
    """Deactivate the records of sources that the market file does not have; returns how many by their names.

    After all sources were loaded. The records of a kind stay while another source of it is in doubt: they may be what
    that one lacks.
    """
    market, loads = context.market, context.state.loads
    dropped: dict[str, int] = {}
    for kind in RECORD_KINDS.values():
        present = [name for name in market.sources if market.record(name) is kind]
        if any(loads[name].doubts for name in present):
            continue
        query = statement(__package__, _SQL, "sources_of_records", table=kind.table)
        for name in connection.scalars(query, {"market": market.key}).all():
            if name in present:
                continue
            drop = statement(__package__, _SQL, "drop_records", table=kind.table)
            count = connection.execute(drop, {"market": market.key, "source": name}).rowcount
            refresh_statistics(connection, kind.table, count, ("market", "is_active"))
            if count:
                dropped[name] = dropped.get(name, 0) + count
    sources = {"market": market.key, "sources": list(market.sources)}
    connection.execute(statement(__package__, _SQL, "drop_rejects"), sources)
    return dropped
