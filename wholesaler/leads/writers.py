"""Files that other programs open: CSV, spreadsheets and GeoJSON, written row by row.

XlsxWriter makes spreadsheets, and what it makes opens everywhere; their rows are written by ``sheet.py``.
"""

import csv
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any

from wholesaler.documents import to_json
from wholesaler.errors import WholesalerError
from wholesaler.notify.messages import clean, safe_cell

#: writes a row: its values, and its longitude and latitude
Write = Callable[[Sequence[Any], tuple[float, float] | None], None]
#: which columns are somebody's texts, and no numbers or dates; where nobody says, all may be
Texts = Sequence[bool] | None
#: what a spreadsheet can hold below its headings
MOST_ROWS = 1_048_575
#: texts that no program takes for anything else: letters and digits first, and nothing that begins a formula further on
_PLAIN = re.compile(r"[A-Za-z0-9][ -:<-{}~]*")
#: the same of several with a control character between them: behind a semicolon stands a letter or digit, too
_PLAIN_ROW = re.compile(r"(?:[A-Za-z0-9][ -:<-{}~]*+(?:; [A-Za-z0-9][ -:<-{}~]*+)*+(?:\x1f|$)|\x1f)*+")


@contextmanager
def csv_writer(path: Path, headings: Sequence[str], texts: Texts = None) -> Iterator[Write]:
    """UTF-8 with the mark by which spreadsheets know it; no text that they would run; ZIPs as they are written.

    Every cell comes as the text that it is, or is null.
    """
    checked = _Texts(headings, texts)
    with open(path, "wb") as binary, io.TextIOWrapper(binary, "utf-8", newline="") as file:
        file.write("\ufeff")
        writer = csv.writer(file)
        writer.writerow(headings)

        def write(row: Sequence[Any], _: object) -> None:
            shown = checked.shown(row)
            if not _PLAIN_ROW.fullmatch(shown):
                writer.writerow(checked.safe(row))
            elif '"' in shown:
                writer.writerow(row)
            else:
                # the writer takes 30 µs for it, which would be half the time of an export
                file.write(",".join([f'"{cell}"' if cell and "," in cell else cell or "" for cell in row]) + "\r\n")

        yield write


@contextmanager
def xlsx_writer(path: Path, headings: Sequence[str], texts: Texts = None) -> Iterator[Write]:
    """One sheet, headings that stay in sight; texts are texts, dates are dates."""
    import xlsxwriter
    from xlsxwriter.utility import xl_col_to_name

    from wholesaler.leads.sheet import Sheet

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"constant_memory": True}) as book:
        headed = book.add_worksheet("leads")
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        bold = book.add_format({"bold": True})
        headed.freeze_panes(1, 0)
        for place, heading in enumerate(headings):
            headed.set_column(place, place, min(max(len(heading) + 2, 10), 40))
            headed.write_string(0, place, heading, bold)
        headed.write_datetime(1, 0, date.max, days)
    checked = _Texts(headings, texts)
    sheet = Sheet(made, [xl_col_to_name(place) for place in range(len(headings))], texts)
    number = 1
    with tempfile.TemporaryFile() as file:

        def write(row: Sequence[Any], _: object) -> None:
            nonlocal number
            number += 1
            if number > MOST_ROWS + 1:
                raise WholesalerError(
                    f"There are more rows than the {MOST_ROWS:,} that a spreadsheet holds.",
                    "Export them as CSV, or filter them.",
                )
            cells = row if _PLAIN_ROW.fullmatch(checked.shown(row)) else checked.safe(row)
            file.write(sheet.row(number, cells).encode())

        yield write
        sheet.write(path, file, number)


@contextmanager
def geojson_writer(path: Path, headings: Sequence[str], _: Texts = None) -> Iterator[Write]:
    """A collection of features, each a line; the headings name their properties."""
    with open(path, "wb") as file:
        file.write(b'{"type":"FeatureCollection","features":[')
        separator = b"\n"

        def write(row: Sequence[Any], place: tuple[float, float] | None) -> None:
            nonlocal separator
            geometry = None if place is None else {"type": "Point", "coordinates": place}
            properties = dict(zip(headings, map(_plain_value, row), strict=True))
            feature = {"type": "Feature", "geometry": geometry, "properties": properties}
            file.write(separator + to_json(feature).encode())
            separator = b",\n"

        yield write
        file.write(b"\n]}\n")


WRITERS = {"csv": csv_writer, "xlsx": xlsx_writer, "geojson": geojson_writer}


class _Texts:
    """The texts of rows, of which a spreadsheet must run none; of most rows one look tells that it would not."""

    def __init__(self, headings: Sequence[str], texts: Texts) -> None:
        self._places = [place for place in range(len(headings)) if texts is None or texts[place]]
        # of one place alone there would be no tuple
        self._of = itemgetter(*self._places, *self._places[:1])

    def shown(self, row: Sequence[Any]) -> str:
        """Those of a row as one text, with a control character between them."""
        return "\x1f".join(filter(None, self._of(row)))

    def safe(self, row: Sequence[Any]) -> Sequence[Any]:
        """A row of which no text is run."""
        cells = list(row)
        for place in self._places:
            cells[place] = _cell(cells[place])
        return cells


def _cell(text: str | None) -> str | None:
    """A text as a cell, none that a spreadsheet would run."""
    return text if text is None or _PLAIN.fullmatch(text) else safe_cell(text)


def _plain_value(value: Any) -> Any:
    return safe_text(value) if isinstance(value, str) else value


def safe_text(value: str) -> str:
    """A text on one line without what cannot be seen."""
    return value if value.isascii() and value.isprintable() else clean(value)


def write_whole(path: Path, write: Callable[[Path], Any], *, overwrite: bool) -> Any:
    """Have a file written beside ``path``, which gets its name when it is whole; what was there stays until then.

    Raises :class:`WholesalerError` where there is something already, or it cannot be written.
    """
    if path.is_dir():
        raise WholesalerError(f"--output: {path} is a directory.", "Give the name of a file in it.")
    if path.exists() and not overwrite:
        raise WholesalerError(f"--output: {path} is there already.", "Give another name, or --overwrite.")
    part: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        part = Path(name)
        result = write(part)
        with open(part, "rb") as file:
            os.fsync(file.fileno())
        if overwrite:
            os.replace(part, path)
        else:
            os.link(part, path)
    except FileExistsError:
        raise WholesalerError(f"--output: {path} is there already.", "Give another name, or --overwrite.") from None
    except OSError as error:
        raise WholesalerError(f"--output: {path} cannot be written: {error.strerror}.") from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    return result
