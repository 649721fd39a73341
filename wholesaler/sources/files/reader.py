"""What readers of every kind of file share."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wholesaler.errors import SourceError
from wholesaler.sources.files.text import encoding_warning
from wholesaler.sources.interface import Point

Row = tuple[dict[str, Any], Point | None]


class Reader(ABC):
    """A file that was opened once to see its ``fields``.

    After reading, ``unreadable`` is the number of records that are none (see :class:`Page`), and ``damage`` says why
    the file is not whole. Raises ``OSError``.
    """

    #: what an unreadable record is called in a warning
    unreadable_is = "record without content"

    def __init__(self, source: str, path: Path) -> None:
        self.source = source
        self.path = path
        self.fields: list[str] = []
        self.own_fields: set[str] = set()
        self.dates: set[str] = set()
        self.object_id: str | None = None
        self.unreadable = 0
        self.damage: str | None = None
        warning = encoding_warning(path)
        self.warnings = [warning] if warning else []

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """The records with their points, from the beginning."""


def unusable_file(source: str, path: Path, reason: str) -> SourceError:
    """A file of which nothing can be read."""
    return SourceError(
        f"{source}: the file {path} cannot be used: {reason}.",
        f"Save it there again, or correct 'url' of sources.{source} in the market file.",
        transient=False,
    )
