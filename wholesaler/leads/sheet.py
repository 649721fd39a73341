"""The rows of a spreadsheet as its XML has them: XlsxWriter makes the book, and rows are put into its sheet.

Asked for each cell, XlsxWriter takes 10 µs of processor time for one, most of the time of an export.
"""

import re
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import IO, Any

#: a text that means a character to a spreadsheet
_CODE = re.compile(r"(_x[0-9a-fA-F]{4}_)")
_NO_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
#: the longest text of a cell, in UTF-16 units
_LONGEST = 32_767
#: characters that never have more of those
_SHORT = _LONGEST // 2
#: what stands between the place of a text and the text
_TEXT = '" t="inlineStr"><is><t>'
#: the serial number of a day counts from here; before March 1900 one less, for a day that never was
_EPOCH, _MARCH_1900 = date(1899, 12, 30).toordinal(), 61
_SHEET = "xl/worksheets/sheet1.xml"
#: half the time of the usual one, a sixth more bytes
_COMPRESSION = 4
#: the row below the headings, of one date, that shows in which format the book has dates
_EXAMPLE = re.compile(r'<row r="2"><c r="A2" s="(\d+)">.*?</row>')


class Sheet:
    """The sheet of a ``book`` that has headings over these ``columns`` (``A``, ``B`` …), and a date below the first.

    The date says how dates look, and is not kept. ``texts``: which columns are texts; in others a text is a number, as
    it is written.
    """

    def __init__(self, book: IO[bytes], columns: Sequence[str], texts: Sequence[bool] | None = None) -> None:
        self._book, self._last = book, columns[-1]
        with zipfile.ZipFile(book) as made:
            content = made.read(_SHEET).decode()
        found = _EXAMPLE.search(content)
        assert found is not None
        self._head, self._tail = content[: found.start()], content[found.end() :]
        self._begins = [f'<c r="{name}' for name in columns]
        self._is_text = [True for _ in columns] if texts is None else texts
        self._date = f'" s="{found[1]}"><v>'

    def row(self, number: int, values: Iterable[Any]) -> str:
        """The XML of a row at a place of the sheet, counted from 1; cells without a value are left out."""
        cells = [f'<row r="{number}">']
        for begin, is_text, value in zip(self._begins, self._is_text, values, strict=True):
            if value is None or value == "":
                continue
            if value.__class__ is not str:
                kind, shown = (self._date, _serial(value)) if isinstance(value, date) else ('"><v>', f"{value:.16G}")
                cells.append(f"{begin}{number}{kind}{shown}</v></c>")
            elif is_text:
                kind, shown = _TEXT, value
                if not value.isprintable() or "_x" in value or " " in (value[0], value[-1]) or len(value) > _SHORT:
                    shown, keeps_blanks = _written(value)
                    kind = f'{_TEXT[:-1]} xml:space="preserve">' if keeps_blanks else kind
                elif "&" in value or "<" in value or ">" in value:
                    shown = escape(value, quote=False)
                cells.append(f"{begin}{number}{kind}{shown}</t></is></c>")
            else:
                cells.append(f'{begin}{number}"><v>{value}</v></c>')
        cells.append("</row>")
        return "".join(cells)

    def write(self, path: Path, rows: IO[bytes], number: int) -> None:
        """Write the book with ``rows`` below its headings, the last of them at the place ``number``."""
        size = rows.tell()
        rows.seek(0)
        head = self._head.replace(f'ref="A1:{self._last}2"', f'ref="A1:{self._last}{number}"', 1).encode()
        # of large parts the sizes have other fields, which is decided before they are written
        is_large = 1.05 * (len(head) + size + len(self._tail)) > zipfile.ZIP64_LIMIT
        with (
            zipfile.ZipFile(self._book) as made,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as whole,
        ):
            for entry in made.infolist():
                if entry.filename != _SHEET:
                    whole.writestr(entry, made.read(entry))
                    continue
                with whole.open(_SHEET, "w", force_zip64=is_large) as sheet:
                    sheet.write(head)
                    shutil.copyfileobj(rows, sheet, 1 << 20)
                    sheet.write(self._tail.encode())


def _written(text: str) -> tuple[str, bool]:
    """A text in XML, and whether blanks at its ends are to be kept."""
    text = text.encode("utf-16-le")[: 2 * _LONGEST].decode("utf-16-le", "ignore")
    text = _NO_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", _CODE.sub(r"_x005F\1", text))
    return escape(text, quote=False), text[:1].isspace() or text[-1:].isspace()


@lru_cache(1 << 12)
def _serial(value: date) -> str:
    """A day, and the time of it, as a spreadsheet counts them."""
    days: float = value.toordinal() - _EPOCH
    days -= days < _MARCH_1900
    if isinstance(value, datetime):
        days += (value.hour * 3600 + value.minute * 60 + value.second) / 86400
    return f"{days:.16G}"
