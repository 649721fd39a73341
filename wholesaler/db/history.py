"""The months of the score history: a partition each, made on demand."""

import re
from datetime import date

from sqlalchemy import Connection, text

_TABLE = "lead_score_history"
#: the number is arbitrary and ours
_LOCK = 7305941023
_PARTITION = re.compile(rf"{_TABLE}_(\d{{4}})_(\d{{2}})")
_PARTITIONS = text(
    "SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid "
    f"WHERE inhparent = to_regclass('{_TABLE}')"
)


def ensure_partition(connection: Connection, day: date) -> str:
    """The partition of the history for the month of ``day``, made by whoever needs it first; returns its name."""
    first = day.replace(day=1)
    name = partition_of(first)
    if connection.scalar(text("SELECT to_regclass(:name) IS NULL"), {"name": name}):
        # of two counties that need it at once, IF NOT EXISTS alone would fail one
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        connection.execute(
            text(
                f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {_TABLE}"
                f" FOR VALUES FROM ('{first}') TO ('{month_after(first)}')"
            )
        )
    return name


def partition_of(day: date) -> str:
    """The name of the partition for the month of ``day``."""
    return f"{_TABLE}_{day:%Y_%m}"


def month_after(day: date) -> date:
    """The first day of the month after that of ``day``."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def months(connection: Connection) -> list[date]:
    """The first days of the months that have a partition, in their order; none where there is no history yet."""
    found = (_PARTITION.fullmatch(name) for name in connection.scalars(_PARTITIONS))
    return sorted(date(int(match[1]), int(match[2]), 1) for match in found if match)
