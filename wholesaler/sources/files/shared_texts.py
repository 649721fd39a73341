"""The texts that the cells of a workbook name by their numbers, in blocks in a temporary file."""

import re
import tempfile
from bisect import bisect_right
from functools import lru_cache, partial
from typing import Any
from weakref import finalize

import orjson

from wholesaler.sources.files.markup import DamagedWorkbook, Handler

#: characters of a cell; Excel holds 32,767
LONGEST_TEXT = 1 << 20
#: texts of a block, and their characters
_BLOCK, _LONGEST_BLOCK = 256, 1 << 16
#: blocks that are kept in memory
_KEPT = 128
#: texts up to this size are kept in memory
_IN_MEMORY = 1 << 20
_MOST_DIGITS = 9
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class SharedTexts:
    """Cells name them in about the order in which they stand, so that a few blocks in memory are enough."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        finalize(self, self._file.close)
        #: of the blocks in the file, and of what follows them: the number of its first text, and where it begins
        self._firsts, self._starts = [0], [0]
        self._last: list[str] = []
        self._length = 0
        self._block = lru_cache(maxsize=_KEPT)(partial(_read_block, self._file, self._starts))

    def add(self, text: str) -> None:
        self._last.append(text)
        self._length += len(text)
        if len(self._last) == _BLOCK or self._length >= _LONGEST_BLOCK:
            raw = orjson.dumps(self._last)
            self._file.seek(self._starts[-1])
            self._file.write(raw)
            self._starts.append(self._starts[-1] + len(raw))
            self._firsts.append(self._firsts[-1] + len(self._last))
            self._last, self._length = [], 0

    def get(self, number: str) -> str:
        """The text of a number; raises :class:`DamagedWorkbook` where there is none."""
        place = int(number) if number.isdecimal() and len(number) <= _MOST_DIGITS else -1
        block = bisect_right(self._firsts, place) - 1
        if block >= 0:
            texts = self._last if block == len(self._starts) - 1 else self._block(block)
            place -= self._firsts[block]
            if place < len(texts):
                return texts[place]
        raise DamagedWorkbook(f"a cell names the text {number[:20]}, which is not in it")


class TextHandler(Handler):
    """Makes texts of what a parser meets in the part that holds those of all cells."""

    def __init__(self) -> None:
        super().__init__()
        self._done: list[str] = []
        self._pieces: list[str] = []
        self._length = 0
        self._reads = False
        self._skips = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        super().start(name, attributes)
        if name == "si":
            self._pieces = []
            self._length = 0
        elif name == "t":
            self._reads = not self._skips
        elif name == "rPh":
            self._skips += 1

    def end(self, name: str) -> None:
        super().end(name)
        if name == "t":
            self._reads = False
        elif name == "si":
            self._done.append(unescape("".join(self._pieces)))
        elif name == "rPh":
            self._skips -= 1

    def text(self, text: str) -> None:
        if self._reads:
            self._length += len(text)
            if self._length > LONGEST_TEXT:
                raise DamagedWorkbook(f"a text is longer than {LONGEST_TEXT:,} characters")
            self._pieces.append(text)

    def take(self) -> list[str]:
        """The texts that ended since they were last taken."""
        done, self._done = self._done, []
        return done


def unescape(text: str) -> str:
    """A text without the escapes of what XML cannot hold; of control characters only line ends stay."""
    if "_x" not in text:
        return text

    def character(match: re.Match[str]) -> str:
        one = chr(int(match[1], 16))
        return one if one.isprintable() or one in "\t\n\r" else " "

    return _ESCAPED.sub(character, text)


def _read_block(file: Any, starts: list[int], block: int) -> list[str]:
    file.seek(starts[block])
    texts: list[str] = orjson.loads(file.read(starts[block + 1] - starts[block]))
    return texts
