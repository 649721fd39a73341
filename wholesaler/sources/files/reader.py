"""What readers of every kind of file share: how text is encoded, and what a reader tells of its file."""

import codecs
import io
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from typing import Any, TextIO

from wholesaler.sources.files.content import Content
from wholesaler.sources.interface import Page, Place

Row = tuple[dict[str, Any], Place]

#: records of a page
PAGE_SIZE = 2000
#: decodes bytes that are no UTF-8 as Windows-1252, and leaves what is UTF-8 as it is
ODD_BYTES = "wholesaler.windows-1252"
LINE_ENDS = frozenset("\r\n")
_CHUNK = 1 << 20
#: characters of a line that is left out which are held at a time
_SKIPPED = 1 << 17
#: UTF-32 first: its mark begins with that of UTF-16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
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
    ``damage`` says why the file is not whole, and ``warnings`` what is to be said of all of it. ``references`` are the
    codes by which a file says what its coordinates are of. Raises ``OSError``, and ``SourceError`` for what cannot be
    read.
    """

    #: what an unreadable record is called in a warning
    unreadable_is = "record without content"
    #: the word for its format in a market file, of what is no text
    form = ""
    #: whether a file that was cut off may look like a whole one
    ends_anywhere = False
    #: whether it is a table, below which there may be a line of sums
    may_have_totals = False

    def __init__(self, content: Content) -> None:
        self.content = content
        self.source = content.source
        self.label = content.label
        self.fields: list[str] = []
        self.repeated_headings: dict[str, list[str]] = {}
        self.own_fields: set[str] = set()
        self.dates: set[str] = set()
        self.object_id: str | None = None
        self.references: tuple[int, ...] = ()
        self.unreadable = 0
        self.notes: dict[str, int] = {}
        self.damage: str | None = None
        self.encoding = encoding_of(content.start(4096))
        self.warnings: list[str] = []
        #: the only fields that records are wanted with, where not all are
        self.wanted: Collection[str] | None = None

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """The records with their points, from the beginning."""

    def pages(self) -> Iterator[Page]:
        """The same, many at a time."""
        rows = self.rows()
        while page := list(islice(rows, PAGE_SIZE)):
            yield Page([record for record, _ in page], [place for _, place in page])

    def open_text(self) -> TextIO:
        """The file as text, with its line ends as they are and without a byte order mark."""
        raw = _Watched(self.content.open(), self.encoding, self._say_of_odd_bytes)
        file = io.BufferedReader(raw, _CHUNK)
        for mark, _ in _MARKS:
            if file.peek(len(mark)).startswith(mark):
                file.read(len(mark))
                break
        return io.TextIOWrapper(file, encoding=self.encoding, errors=_errors(self.encoding), newline="")

    def tail(self, size: int) -> str:
        """The last ``size`` bytes of the file as text; the first character may be none."""
        return self.content.tail(size, _unit(self.encoding)).decode(self.encoding, errors=_errors(self.encoding))

    def ends_with_a_line(self) -> bool:
        """Whether the last line of a file that is not empty is whole."""
        return self.tail(2 * _unit(self.encoding))[-1:] in LINE_ENDS

    def number_headings(self, header: list[str]) -> list[str]:
        """The headings, those that stand several times with their numbers."""
        times = Counter(header)
        counts: Counter[str] = Counter()
        headings = []
        for name in header:
            counts[name] += 1
            if name and times[name] > 1:
                self.repeated_headings.setdefault(name, []).append(f"{name} ({counts[name]})")
                headings.append(self.repeated_headings[name][-1])
            else:
                headings.append(name)
        return headings

    def note(self, what: str) -> None:
        """Count something that a warning is to tell."""
        self.notes[what] = self.notes.get(what, 0) + 1

    def _say_of_odd_bytes(self) -> None:
        if self.encoding == "utf-8":
            odd = "is not UTF-8; it was read as Windows-1252: look at its accents"
            warning = f"{self.label} {odd}{'' if self.content.is_web else ', or save it as UTF-8'}."
        else:
            odd = f"has bytes that are not {self.encoding.upper()}; \ufffd stands for them"
            warning = f"{self.label} {odd}: {self.content.advice}."
        if warning not in self.warnings:
            self.warnings.append(warning)


class _Watched(io.RawIOBase):
    """Bytes on their way to be decoded; calls ``odd`` once when there are some that are none of ``encoding``.

    A character that the end of the file cuts is no reason.
    """

    def __init__(self, file: Any, encoding: str, odd: Callable[[], None]) -> None:
        self._file = file
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(encoding)()
        self._is_utf_8 = encoding == "utf-8"
        self._odd = odd

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._file.read(len(buffer))
        buffer[: len(piece)] = piece
        if self._decoder is not None and not self._is_plain(piece):
            try:
                self._decoder.decode(piece)
            except UnicodeDecodeError:
                self._decoder = None
                self._odd()
        return len(piece)

    def _is_plain(self, piece: bytes) -> bool:
        """Whether a piece is right without being decoded, which costs a tenth: ASCII behind a whole character."""
        return self._is_utf_8 and piece.isascii() and self._decoder is not None and not self._decoder.getstate()[0]

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def skip_line(file: TextIO) -> None:
    """Read to the end of the line without holding it."""
    while (piece := file.readline(_SKIPPED)) and piece[-1] not in LINE_ENDS:
        pass


def encoding_of(start: bytes) -> str:
    """The encoding of a text by its byte order mark, or by where its first bytes have zeros; else UTF-8."""
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    # text of mostly Latin letters has a zero in every second byte, and UTF-8 has none; zeros in all are a hole
    odd, even = start[1::2].count(0), start[::2].count(0)
    if max(odd, even) * 4 > len(start) and min(odd, even) * 4 < max(odd, even):
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


def decode_start(start: bytes) -> str:
    """The first bytes of a text as text."""
    encoding = encoding_of(start)
    return start.decode(encoding, errors=_errors(encoding)).removeprefix("\ufeff")


def _unit(encoding: str) -> int:
    """How many bytes the shortest character has."""
    return {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding[:6].rstrip("-")]


def _errors(encoding: str) -> str:
    return ODD_BYTES if encoding == "utf-8" else "replace"
