"""What readers of every kind of file share: how text is encoded, and what a reader tells of its file."""

import codecs
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from wholesaler.errors import SourceError
from wholesaler.sources.interface import Place

Row = tuple[dict[str, Any], Place]

#: decodes bytes that are no UTF-8 as Windows-1252, and leaves what is UTF-8 as it is
ODD_BYTES = "wholesaler.windows-1252"
_CHUNK = 1 << 20
#: UTF-32 first: its mark begins with that of UTF-16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NO_TEXT = (
    (b"PK\x03\x04", "a spreadsheet or an archive (ZIP)"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet of an old Excel"),
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"%PDF", "a PDF document"),
)


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error(ODD_BYTES, _as_windows_1252)


class Reader(ABC):
    """A file that was opened once to see its ``fields``.

    ``repeated_headings`` are headings that several columns have; ``fields`` number those. After reading,
    ``unreadable`` is the number of records that are none (see :class:`Page`), ``notes`` count what else was noticed,
    and ``damage`` says why
    the file is not whole. Raises ``OSError``, and ``SourceError`` for what is no text.
    """

    #: what an unreadable record is called in a warning
    unreadable_is = "record without content"

    def __init__(self, source: str, path: Path) -> None:
        self.source = source
        self.path = path
        self.fields: list[str] = []
        self.repeated_headings: dict[str, list[str]] = {}
        self.own_fields: set[str] = set()
        self.dates: set[str] = set()
        self.object_id: str | None = None
        self.unreadable = 0
        self.notes: dict[str, int] = {}
        self.damage: str | None = None
        self.encoding = encoding_of(path)
        with path.open("rb") as file:
            start = file.read(4)
        for mark, what in _NO_TEXT:
            if start.startswith(mark):
                raise unusable_file(source, path, f"it is {what}, and no text")
        warning = _encoding_warning(path, self.encoding)
        self.warnings = [warning] if warning else []

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """The records with their points, from the beginning."""

    def open_text(self) -> TextIO:
        """The file as text, with its line ends as they are and without a byte order mark."""
        file = self.path.open(encoding=self.encoding, errors=_errors(self.encoding), newline="")
        if file.read(1) != "\ufeff":
            file.seek(0)
        return file

    def tail(self, size: int) -> str:
        """The last ``size`` bytes of the file as text; the first character may be none."""
        unit = _unit(self.encoding)
        with self.path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(0, end - size) // unit * unit)
            return file.read().decode(self.encoding, errors=_errors(self.encoding))

    def ends_with_a_line(self) -> bool:
        """Whether the last line of a file that is not empty is whole."""
        return self.tail(2 * _unit(self.encoding))[-1:] in {"\r", "\n"}

    def note(self, what: str) -> None:
        """Count something that a warning is to tell."""
        self.notes[what] = self.notes.get(what, 0) + 1


def encoding_of(path: Path) -> str:
    """The encoding of a text file by its byte order mark, or by where it has zeros; else UTF-8."""
    with path.open("rb") as file:
        start = file.read(4096)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    # text of mostly Latin letters has a zero in every second byte, and UTF-8 has none
    odd, even = start[1::2].count(0), start[::2].count(0)
    if max(odd, even) * 4 > len(start):
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


def unusable_file(source: str, path: Path, reason: str) -> SourceError:
    """A file of which nothing can be read."""
    return SourceError(
        f"{source}: the file {path} cannot be used: {reason}.",
        f"Save it there again, or correct 'url' of sources.{source} in the market file.",
        transient=False,
    )


def _unit(encoding: str) -> int:
    """How many bytes the shortest character has."""
    return {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding[:6].rstrip("-")]


def _errors(encoding: str) -> str:
    return ODD_BYTES if encoding == "utf-8" else "replace"


def _encoding_warning(path: Path, encoding: str) -> str | None:
    """What to say of bytes that are none of ``encoding``; a character that the end of the file cuts is no reason."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                decoder.decode(piece)
    except UnicodeDecodeError:
        if encoding == "utf-8":
            return f"{path} is not UTF-8; it was read as Windows-1252: look at its accents, or save it as UTF-8."
        return f"{path} has bytes that are not {encoding.upper()}; \ufffd stands for them: save it again."
    return None
