"""Checks that count what should not be there: a statement gives how many (``found``) and a few ``examples``."""

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Row

from wholesaler.db.sql import statement
from wholesaler.stages.check.registry import Observation
from wholesaler.stages.interface import Context

EXAMPLES = 3
_KNOWN: WeakKeyDictionary[Connection, dict[str, list[Row[Any]]]] = WeakKeyDictionary()


def rows(connection: Connection, context: Context, file: str, name: str, **parameters: Any) -> list[Row[Any]]:
    """The rows of a statement beside this module, for the context's market.

    What several checks read of one statement is asked once: a group of checks has its own ``connection``.
    """
    bound = {"market": context.market.key, **parameters}
    known = _KNOWN.setdefault(connection, {})
    key = f"{file} {name} {bound}"
    if key not in known:
        known[key] = list(connection.execute(statement(__package__, file, name), bound))
    return known[key]


def none_of(
    connection: Connection, context: Context, file: str, name: str, one: str, many: str, **parameters: Any
) -> Observation:
    """Run a statement that counts what should not be there; ``one`` and ``many`` name it."""
    (row,) = rows(connection, context, file, name, examples=EXAMPLES, **parameters)
    value = {"found": row.found, "examples": list(row.examples or [])}
    if not row.found:
        return Observation("none", value)
    return Observation(f"{number(row.found, one, many)}, such as {', '.join(value['examples'])}", value, wrong=True)


def number(count: int, one: str, many: str) -> str:
    """``1 lead``, ``1,200 leads``."""
    return f"{count:,} {one if count == 1 else many}"
