"""Long statements live in ``.sql`` files beside the module that runs them: a name, a line of purpose, the statement."""

import re
from functools import cache
from importlib.resources import files

from sqlalchemy import TextClause, text

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def statements(package: str, file: str) -> dict[str, str]:
    """The named statements of ``file`` in ``package``: a statement begins at its line ``-- name: <name>``."""
    pieces = _NAME.split((files(package) / file).read_text("utf-8"))
    return dict(zip(pieces[1::2], (piece.strip().rstrip(";") for piece in pieces[2::2]), strict=True))


def statement(package: str, file: str, name: str, *, table: str | None = None) -> TextClause:
    """One named statement, ready to execute with bound parameters.

    ``table`` is the name of the table to put for ``{table}``, where one statement is run on several tables.
    """
    query = statements(package, file)[name]
    return text(query if table is None else query.replace("{table}", table))
