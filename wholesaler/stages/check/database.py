"""Row counts of every table, and how they grew since the last check."""

from functools import partial

from sqlalchemy import Connection, Table, func, select

from wholesaler.db import exports, ledgers, models, scores
from wholesaler.db.base import Base
from wholesaler.db.sql import statement
from wholesaler.plural import counted
from wholesaler.stages.check.registry import Check, Observation, Severity, register
from wholesaler.stages.interface import Context

#: a smaller table may shrink to anything without a word
SHRINKAGE_FROM_ROWS = 100
SHRINKAGE_SHARE = 0.5
_HINT = "No stage deletes its rows; if nobody did so on purpose, restore them from a backup."
_HINTS = {
    scores.LeadScore.__tablename__: "A lead without a signal on the day is dropped: see the sources that are stale or "
    "failed, then run `wholesaler score`.",
}


def rows_of(table: Table, connection: Connection, context: Context) -> Observation:
    """Count the market's rows of ``table``; the value is ``{"rows", "growth"}``, growth null at the first check."""
    market = context.market.key
    rows = int(connection.scalar(select(func.count()).where(table.c.market == market)) or 0)
    before = connection.scalar(
        statement(__package__, "database.sql", "rows_before"), {"market": market, "table": table.name}
    )
    if before is None:
        return Observation(counted(rows, "row"), {"rows": rows, "growth": None})
    value = {"rows": rows, "growth": rows - before}
    if before >= SHRINKAGE_FROM_ROWS and rows < before * SHRINKAGE_SHARE:
        return Observation(f"{rows:,} of the {counted(before, 'row')} of the last check are left", value, wrong=True)
    return Observation(f"{counted(rows, 'row')} ({rows - before:+,})", value)


def _register_tables() -> None:
    assert exports
    assert ledgers
    assert models
    for table in Base.metadata.sorted_tables:
        hint = _HINTS.get(table.name, _HINT)
        function = partial(rows_of, table)
        # the name is a str of SQLAlchemy's own kind, which JSON writers refuse as a key
        name = str(table.name)
        register(Check(name, "database", f"Rows of {name}", Severity.WARNING, hint, function))


_register_tables()
