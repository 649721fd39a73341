"""How much work a statement is, counted in rows, so that no other load of the machine makes it more or less."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, TextClause, text


def rows_handled(connection: Connection, statement: TextClause, parameters: dict[str, Any]) -> int:
    """Run ``statement``; returns the rows that all steps of its plan brought forth or threw away, taken together."""
    explained = text(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.text}")
    (plan,) = connection.scalar(explained, parameters)
    return _handled(plan["Plan"])


def _handled(node: dict[str, Any]) -> int:
    removed = ("Rows Removed by Filter", "Rows Removed by Join Filter")
    rows = (node["Actual Rows"] + sum(node.get(name, 0) for name in removed)) * node["Actual Loops"]
    return int(rows) + sum(map(_handled, node.get("Plans", ())))


def most_loops(connection: Connection, statement: TextClause, parameters: dict[str, Any]) -> int:
    """Run ``statement``; returns how often the step of its plan was taken that was taken most often."""
    explained = text(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.text}")
    (plan,) = connection.scalar(explained, parameters)
    return max(_loops(plan["Plan"]))


def _loops(node: dict[str, Any]) -> Iterator[int]:
    yield int(node["Actual Loops"])
    for child in node.get("Plans", ()):
        yield from _loops(child)
