"""Long statements live in ``.sql`` files beside the module that runs them: a name, a line of purpose, the statement."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, TextClause, bindparam, select, text

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
#: Of a market that the planner sees, and whose rows are not in the statistics yet, it expects no more than one row: it
#: takes any index that begins with the market, or reads a table whole for each row of another, and the first load of a
#: second county takes a hundred times as long as that of the first. So it does not see which market is compared with.
_MARKET = re.compile(r"= :market\b")
_HIDDEN_MARKET = "= (SELECT CAST(:market AS text))"


@cache
def statements(package: str, file: str) -> dict[str, str]:
    """The named statements of ``file`` in ``package``: a statement begins at its line ``-- name: <name>``.

    The planner does not see the value that a ``= :market`` compares with.
    """
    pieces = _NAME.split((files(package) / file).read_text("utf-8"))
    queries = (_MARKET.sub(_HIDDEN_MARKET, piece.strip().rstrip(";")) for piece in pieces[2::2])
    return dict(zip(pieces[1::2], queries, strict=True))


def create_temporary_table(connection: Connection, name: str, query: Select[Any]) -> None:
    """Keep the rows of ``query`` until the transaction ends: CREATE TABLE AS may use all processors, INSERT may not."""
    # the values of an IN are parameters of their own
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {compiled}", compiled.params)


def statement(package: str, file: str, name: str, *, table: str | None = None) -> TextClause:
    """One named statement, ready to execute with bound parameters.

    ``table`` is the name of the table to put for ``{table}``, where one statement is run on several tables.
    """
    query = statements(package, file)[name]
    return text(query if table is None else query.replace("{table}", table))


def opaque_value(value: str) -> ColumnElement[str]:
    """A leading part of a key, as a value that the planner does not see.

    Of a market that it sees and whose rows are not in the statistics yet it expects no more than one row. Then any
    index that begins with the market seems as good as the key's, and each look reads all that the market has; or
    another table is read whole for each of its rows.
    """
    return select(bindparam(None, value, type_=Text())).scalar_subquery()
