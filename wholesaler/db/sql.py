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


def statement(package: str, file: str, name: str) -> TextClause:
    """One named statement, ready to execute with bound parameters."""
    return text(statements(package, file)[name])
