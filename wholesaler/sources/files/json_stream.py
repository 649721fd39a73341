"""Read a feature set from a JSON file piece by piece, so that memory does not grow with the file."""

import json
import re
from collections import Counter, deque
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any, TextIO

import orjson

from wholesaler.sources.files.archive import printable
from wholesaler.sources.files.reader import Reader

_CHUNK = 1 << 18
#: one feature longer than this is taken for damage: the rest of the file would be read to find its end
_LONGEST_VALUE = 32 << 20
_TAIL, _TAIL_MATCHES = 1 << 18, 20
_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\n\r]*")
#: what programs put behind a text, and is nothing
_END = re.compile(r"[\s\x00\x1a\ufeff]*")
#: between two objects of an array
_GAP = re.compile(r"\}[ \t\n\r]*,[ \t\n\r]*(?=\{)")
#: a number that the faster decoder may round, as it looks when every digit is a 0
_LONG_NUMBER, _ZEROS = b"0" * 19, bytes.maketrans(b"0123456789", b"0" * 10)
#: characters in which names that stand twice are looked for, and how many of these are told
LOOKED_AT, _TOLD = 1 << 16, 5
#: where features are longer, they are decoded one by one
_LONGEST_FEATURE = 1 << 16


def is_exact(text: bytes) -> bool:
    """Whether the faster decoder keeps every digit of the numbers in a text."""
    return _LONG_NUMBER not in text.translate(_ZEROS)


class TruncatedJson(Exception):
    """The file ends, or turns into something else, inside a value."""


class JsonFeatures:
    """The members of a feature set; iterate :meth:`features`, :attr:`members` holds what stands around them.

    Takes ``{…, "features": […], …}`` (Esri JSON, GeoJSON) and a bare array of objects (Socrata). Of the members only
    those called ``kept`` are held: an object may have as many as there are records.
    """

    def __init__(self, file: TextIO, kept: Collection[str] = ()) -> None:
        self.members: dict[str, Any] = {}
        self._kept = kept
        #: whether there may be members at all: not around a bare array
        self.is_set = True
        self._file = file
        self._text = ""
        self._position = 0
        self._at_end = False
        #: whether something was read since several values were last decoded at once
        self._fresh = False

    def features(self) -> Iterator[Any]:
        """The features, one by one; raises :class:`TruncatedJson` at the damage in a file, after those before it."""
        if self._peek() == "[":
            self.is_set = False
            yield from self._array()
        else:
            yield from self._set()
        self._end()

    def _set(self) -> Iterator[Any]:
        self._take("{")
        while self._peek() != "}":
            name = self._value()
            self._take(":")
            if name == "features" and self._peek() == "[":
                yield from self._array()
            else:
                value = self._value()
                if name in self._kept:
                    self.members[name] = value
            if self._peek() != ",":
                break
            self._take(",")
        self._take("}")

    def _end(self) -> None:
        """Raise :class:`TruncatedJson` where something stands behind the set, such as another one."""
        while True:
            match = _END.match(self._text, self._position)
            self._position = match.end() if match else self._position
            if self._position < len(self._text):
                raise TruncatedJson
            if not self._read():
                return

    def _array(self) -> Iterator[Any]:
        self._take("[")
        if self._peek() == "]":
            self._take("]")
            return
        while True:
            yield from self._several()
            yield self._value()
            if self._peek() == "]":
                self._take("]")
                return
            self._take(",")

    def _several(self) -> list[Any]:
        """The objects that stand whole in the text, decoded at once but for the last; none where that is not plain.

        What decodes as a list is one, wherever the text was cut: inside of an object or a string it would not. The
        faster decoder is stricter, and leaves what it does not take to :meth:`_value`.
        """
        if not self._fresh:
            return []
        self._fresh = False
        gaps = _GAP.finditer(self._text, max(self._position, len(self._text) - _LONGEST_FEATURE))
        gap = next(iter(deque(gaps, maxlen=1)), None)
        if gap is None:
            return []
        try:
            text = f"[{self._text[self._position : gap.start()]}}}]".encode()
            if not is_exact(text):
                return []
            values: list[Any] = orjson.loads(text)
        except ValueError:
            return []
        self._position = gap.end()
        return values

    def _peek(self) -> str:
        """The next character that is no white space; empty at the end of the file."""
        while True:
            match = _SPACE.match(self._text, self._position)
            self._position = match.end() if match else self._position
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._read():
                return ""

    def _take(self, character: str) -> None:
        if self._peek() != character:
            raise TruncatedJson
        self._position += 1

    def _value(self) -> Any:
        self._peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._position)
            except RecursionError:
                raise TruncatedJson from None
            except ValueError:
                # as much again, or the tries to read a long value would take a time that grows with its square
                held = len(self._text) - self._position
                if held > _LONGEST_VALUE or not self._read(held):
                    raise TruncatedJson from None
                continue
            length = end - self._position
            # A number that ends where the text ends, or just before (1. or 1e+), may go on in the next piece.
            if end + 2 >= len(self._text) and isinstance(value, int | float) and self._read():
                continue
            self._position += length
            return value

    def _read(self, size: int = 0) -> bool:
        if self._at_end:
            return False
        piece = self._file.read(max(size, _CHUNK))
        self._at_end = not piece
        self._text = self._text[self._position :] + piece
        self._position = 0
        self._fresh = bool(piece)
        return bool(piece)


class RepeatedNames:
    """Names that stand more than once in one object, of which a decoder keeps the last without a word."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._decoder = json.JSONDecoder(strict=False, object_pairs_hook=self._see)
        self._left = LOOKED_AT

    def look(self, text: str) -> None:
        """Look at the objects of a text, which may be cut off, as long as not enough was looked at."""
        if self._left > 0:
            with suppress(ValueError, RecursionError):
                self._decoder.decode(text[: self._left])
            self._left -= len(text)

    def warnings(self, label: str) -> list[str]:
        """What to say of them."""
        names = ", ".join(f"'{printable(name, 40)}'" for name in list(self._names)[:_TOLD])
        said = f"{label} has records in which {names} stands more than once; the last of them is read."
        return [said] if names else []

    def _see(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            self._names |= dict.fromkeys(name for name, count in counts.items() if count > 1)
        return found


def tail_members(reader: Reader, names: tuple[str, ...]) -> dict[str, Any]:
    """What stands behind the features under ``names``, found without reading the file from its beginning.

    From there to its end the file is the rest of the set; behind what belongs to a feature something is left over.
    """
    text = reader.tail(_TAIL).rstrip()
    members = {}
    for name in names:
        for match in reversed(list(re.finditer(rf'"{name}"\s*:', text))[-_TAIL_MATCHES:]):
            try:
                rest, end = _DECODER.raw_decode("{" + text[match.start() :])
            except (ValueError, RecursionError):
                continue
            if end == 1 + len(text) - match.start():
                members[name] = rest[name]
                break
    return members
