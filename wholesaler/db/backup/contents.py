"""What of a database is ours: tables, their columns and counters, views, functions."""

from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter

from sqlalchemy import Connection, text

from wholesaler.db import exports, ledgers, models, scores
from wholesaler.db.backup.archive import Identity, TableCopy
from wholesaler.db.base import Base
from wholesaler.db.sql import statement

_FILE = "contents.sql"
assert exports
assert ledgers
assert models
assert scores
_TABLES = sorted(Base.metadata.tables)
_VIEWS = [
    "signal_records",
    "confidential_parcels",
    "confidential_properties",
    "lead_statuses",
    "suppressed_properties",
    "unworkable_properties",
    "workable_leads",
]
#: of Alembic: the revision, which a backup has in its manifest
REVISION_TABLE = "alembic_version"


def own_tables(connection: Connection) -> list[str]:
    """The tables of ours that there are, each behind those it refers to, which differ from revision to revision."""
    order = TopologicalSorter(dict.fromkeys(_names(connection, "own_tables", _TABLES), ()))
    for reference in connection.execute(statement(__package__, _FILE, "references"), {"names": _TABLES}):
        order.add(reference.table, reference.other)
    return list(order.static_order())


def tables(connection: Connection) -> Iterator[TableCopy]:
    """The same with columns and counters; their rows are not counted."""
    for name in own_tables(connection):
        columns = connection.execute(statement(__package__, _FILE, "columns"), {"table": name}).all()
        counters = [_counter(connection, column.name, column.counter) for column in columns if column.counter]
        stored = tuple(column.name for column in columns if not column.is_generated)
        yield TableCopy(name=name, columns=stored, rows=0, identity=counters[0] if counters else None)


def markets(connection: Connection) -> list[str]:
    """The markets that anything was run for."""
    if "data_ingestion_runs" not in own_tables(connection):
        return []
    return list(connection.scalars(text("SELECT DISTINCT market FROM data_ingestion_runs ORDER BY market")))


def drop_all(connection: Connection) -> None:
    """Drop all that is ours; raises the driver's error where something of somebody else depends on it."""
    _drop(connection, "VIEW", _names(connection, "own_views", _VIEWS))
    _drop(connection, "TABLE", _names(connection, "own_tables", [*_TABLES, REVISION_TABLE]))
    _drop(connection, "FUNCTION", connection.scalars(statement(__package__, _FILE, "own_functions")))


def _names(connection: Connection, query: str, names: list[str]) -> list[str]:
    return list(connection.scalars(statement(__package__, _FILE, query), {"names": names}))


def _drop(connection: Connection, kind: str, names: Iterable[str]) -> None:
    if listed := ", ".join(names):
        connection.execute(text(f"DROP {kind} {listed}"))


def _counter(connection: Connection, column: str, sequence: str) -> Identity:
    row = connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()
    return Identity(column=column, last=row.last_value, called=row.is_called)
