"""Files with one JSON object a line (JSON Lines, newline-delimited GeoJSON)."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson

from wholesaler.sources.files.content import Content
from wholesaler.sources.files.features import form_of, without_geometry
from wholesaler.sources.files.json_stream import RepeatedNames, is_exact
from wholesaler.sources.files.reader import LINE_ENDS, Reader, Row, skip_line
from wholesaler.sources.interface import UNREADABLE

#: a longer line is no record, and is not held whole
LONGEST_LINE = 8 << 20
#: characters that are kept of a line that is no record
_KEPT = 100_000
#: lines, and their characters, that tell the fields
_SAMPLE, _LONGEST_SAMPLE = 2000, 32 << 20
_MOST_NUMBERS = 5
#: what some programs begin a line with (RFC 8142)
MARK = "\x1e"


class JsonLinesReader(Reader):
    """An object a line, blank lines aside. Raises ``SourceError`` when none of the first lines is one.

    A line that is none is handed on under ``UNREADABLE``, and the warning has the numbers of the first of them.
    """

    ends_anywhere = True

    def __init__(self, content: Content, geometry: bool) -> None:
        super().__init__(content)
        self._geometry = geometry
        objects: list[dict[str, Any]] = []
        length = 0
        repeated = RepeatedNames()
        for _, value, text in islice(self._values(), _SAMPLE):
            if isinstance(value, dict):
                objects.append(without_geometry(value))
            length += len(text)
            repeated.look(text)
            if length > _LONGEST_SAMPLE:
                break
        if not objects:
            raise content.unusable("none of its first lines is a JSON object")
        self.warnings += repeated.warnings(self.label)
        self._form = form_of(objects)
        self.fields = list(dict.fromkeys(name for one in objects for name in self._form.record(one)))

    def rows(self) -> Iterator[Row]:
        self.unreadable, self.damage = 0, None
        numbers: list[int] = []
        last = unreadable_at = 0
        for number, value, text in self._values():
            last = number
            record = self._form.record(value)
            if not record:
                self.unreadable += 1
                unreadable_at = number
                numbers.append(number)
                del numbers[_MOST_NUMBERS:]
                more = " …" if self.unreadable > len(numbers) else ""
                self.unreadable_is = f"line that holds no record (line {', '.join(map(str, numbers))}{more})"
                yield {UNREADABLE: text[:_KEPT]}, None
                continue
            if self.wanted is not None:
                record = {name: record[name] for name in self.wanted if name in record}
            place = self._form.place(value.get("geometry")) if self._geometry else None
            yield record, place
        if last and unreadable_at == last and not self.ends_with_a_line():
            self.damage = f"{self.label} is cut off in line {last}: {self.content.advice}."

    def _values(self) -> Iterator[tuple[int, Any, str]]:
        """The number, the value and the text of each line that is not blank; of no JSON the value is ``None``."""
        with self.open_text() as file:
            number = 0
            while line := file.readline(LONGEST_LINE):
                number += 1
                if len(line) == LONGEST_LINE and line[-1] not in LINE_ENDS:
                    skip_line(file)
                    yield number, None, line
                elif text := line.strip().removeprefix(MARK):
                    yield number, _value(text), text


def _value(text: str) -> Any:
    try:
        raw = text.encode()
        return orjson.loads(raw) if is_exact(raw) else json.loads(text)
    except ValueError:
        pass
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
