"""XML as the parts of a workbook are, read piece by piece.

What takes more memory than a part of a workbook has need for is refused: entities, elements within elements without
end, and tags and comments without end.
"""

from collections.abc import Callable, Iterator
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

_CHUNK = 1 << 16
#: bytes of a tag or comment; the parser holds one whole
_LONGEST_TOKEN = 1 << 20
#: elements within one another; those of a cell are the sixth
DEEPEST = 100


class DamagedWorkbook(Exception):
    """What is in a workbook is not what a workbook has there; the message says what it is."""


class Handler:
    """What is done with the elements of a part; those who override :meth:`start` and :meth:`end` call these."""

    def __init__(self) -> None:
        self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; ``name`` is without the prefix of its namespace."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise too_deep()

    def end(self, name: str) -> None:
        """An element ends."""
        self._depth -= 1

    def text(self, text: str) -> None:
        """A piece of text."""


def parse(file: Any, part: str, handler: Handler) -> Iterator[None]:
    """Have a file read, giving back the turn after each piece; ``part`` is its name, for messages.

    Raises :class:`DamagedWorkbook`.
    """
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_entities
    parser.CharacterDataHandler = handler.text

    def first(name: str, attributes: dict[str, str]) -> None:
        prefixed = ":" in name
        parser.StartElementHandler = _unprefixed(handler.start) if prefixed else handler.start
        parser.EndElementHandler = _unprefixed(handler.end) if prefixed else handler.end
        parser.StartElementHandler(name, attributes)

    parser.StartElementHandler = first
    size = 0
    try:
        while piece := file.read(_CHUNK):
            size += len(piece)
            parser.Parse(piece, False)
            if size - parser.CurrentByteIndex > _LONGEST_TOKEN:
                raise DamagedWorkbook(f"{part} has a tag or comment longer than {_LONGEST_TOKEN:,} bytes")
            yield
        parser.Parse(b"", True)
    except (ExpatError, LookupError, ValueError) as error:  # also for an encoding that is none, or is not read
        raise DamagedWorkbook(f"{part} is no XML: {error}") from None
    yield


def too_deep() -> DamagedWorkbook:
    """The error of elements within elements without end."""
    return DamagedWorkbook(f"it has more than {DEEPEST} elements within one another")


def _refuse_entities(*declaration: Any) -> None:
    raise DamagedWorkbook("it declares entities, as no workbook does")


def _unprefixed(handle: Callable[..., Any]) -> Callable[..., None]:
    def handle_without(name: str, *others: Any) -> None:
        handle(name.rpartition(":")[2], *others)

    return handle_without
