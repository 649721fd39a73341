"""What GDAL leaves out about a shapefile, or tells wrongly, read from its files.

It counts records that are deleted, makes 1970-01-01 of what is no day, gives records without a place where their
outlines are cut off, and reads texts of which nobody says how they are encoded as ISO 8859-1.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import iter_unpack, unpack_from

#: files without which there is no record
NEEDED = (".shp", ".shx", ".dbf")
#: in the header of its table: how its texts are encoded; nobody says it, or "ANSI", which is written for any
_ENCODING_AT, _UNSAID, _ANSI = 29, 0x00, 0x57
#: how .cpg files call what is Windows-1252 or a part of it
_WINDOWS = re.compile(rb"((ANSI|CP|windows)[ _-]*)?1252|((ISO|latin)[ _-]*)?(8859[ _-]*)?1", re.IGNORECASE)
_END_OF_COLUMNS, _DELETED = 0x0D, 0x2A
#: records that tell how texts are encoded
_SAMPLE = 5000
_PIECE = 1 << 20
#: bytes at the beginning of .shp and .shx, of an entry of .shx, and of what stands before each outline
_HEADER, _ENTRY, _BEFORE = 100, 8, 8


@dataclass(frozen=True)
class Column:
    """A column of the table: its name, what it holds (C is text, D a day), and where in a record."""

    name: bytes
    kind: str
    start: int
    width: int


class Table:
    """The .dbf file of a shapefile; raises ``OSError``, and ``ValueError`` for what is none."""

    def __init__(self, shapes: Path) -> None:
        self._path = shapes.with_suffix(".dbf")
        with self._path.open("rb") as file:
            head = file.read(32)
            if len(head) < 32:
                raise ValueError("its table has no beginning")
            self._begin, self._width = unpack_from("<HH", head, 8)
            described = file.read(max(0, self._begin - 32))
        if self._width < 1:
            raise ValueError("its table has records of no length")
        self.encoding = head[_ENCODING_AT]
        self.columns: list[Column] = []
        start = 1
        for at in range(0, len(described) - 31, 32):
            if described[at] == _END_OF_COLUMNS:
                break
            name, width = described[at : at + 11].partition(b"\0")[0], described[at + 16]
            self.columns.append(Column(name, chr(described[at + 11]), start, width))
            start += width

    def deleted(self) -> int:
        """How many records are deleted, and still there."""
        count = 0
        with self._path.open("rb") as file:
            file.seek(self._begin)
            while records := file.read(self._width * max(1, _PIECE // self._width)):
                count += records[:: self._width].count(_DELETED)
        return count

    def texts(self, records: Sequence[int], column: int) -> list[str]:
        """What stands in a column of records, which are counted from 0."""
        place = self.columns[column]
        found = []
        with self._path.open("rb") as file:
            for record in records:
                file.seek(self._begin + record * self._width + place.start)
                found.append(file.read(place.width).decode("latin-1").strip("\0 "))
        return found

    def is_utf_8(self) -> bool:
        """Whether its headings, and the texts of its first records, are UTF-8."""
        texts = [column for column in self.columns if column.kind == "C"]
        try:
            b"".join(column.name for column in self.columns).decode("utf-8")
            with self._path.open("rb") as file:
                file.seek(self._begin)
                for _ in range(_SAMPLE):
                    record = file.read(self._width)
                    if not record.isascii():
                        for column in texts:
                            record[column.start : column.start + column.width].rstrip(b"\0 ").decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True


def settle_encoding(shapes: Path, table: Table) -> bool:
    """Write beside an unpacked shapefile how its texts are encoded, where nobody says it; whether it was a guess.

    What is said to be ISO 8859-1 is read as Windows-1252, which has more: nobody means the others' control characters.
    """
    said = shapes.with_suffix(".cpg")
    code = said.read_bytes().strip() if said.exists() else b""
    if _WINDOWS.fullmatch(code):
        said.write_bytes(b"1252")
    elif not code and table.encoding in {_UNSAID, _ANSI}:
        is_utf_8 = table.is_utf_8()
        said.write_bytes(b"UTF-8" if is_utf_8 else b"1252")
        return not is_utf_8 and table.encoding == _UNSAID
    return False


def is_cut(shapes: Path) -> bool:
    """Whether the outlines end before one that their index has."""
    size = shapes.stat().st_size
    with shapes.with_suffix(".shx").open("rb") as file:
        file.seek(_HEADER)
        while entries := file.read(_ENTRY * (_PIECE // _ENTRY)):
            whole = entries[: len(entries) // _ENTRY * _ENTRY]
            # both are counted in pairs of bytes
            if any(2 * (place + length) + _BEFORE > size for place, length in iter_unpack(">ii", whole)):
                return True
    return False
