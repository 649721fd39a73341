"""What is printed: one JSON document, or text and tables for people."""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

#: characters a line where no terminal folds it: a row stays one line for ``grep`` and ``less -S``
UNFOLDED = 100_000
#: columns that are copied or compared, as numbers are: never broken over two lines
_WHOLE = {"parcel", "parcel_id", "day", "due", "next", "tier"}
#: what stands for the typography of the program where the output knows only ASCII; each as wide as the original
_PLAIN = str.maketrans("×–—…•·−½’“”─", 'x--.*.-?\'""-')


@dataclass
class Page:
    """What a command has printed for one of several counties."""

    text: str = ""
    document: Any = None
    #: in a few words what came of it
    result: str = ""


_page: ContextVar[Page | None] = ContextVar("page", default=None)


@contextmanager
def kept_page() -> Iterator[Page]:
    """Within, what is printed is kept on a page."""
    page = Page()
    token = _page.set(page)
    try:
        yield page
    finally:
        _page.reset(token)


def print_page(page: Page) -> None:
    """The text of a page, and a blank line that sets it apart from the next."""
    sys.stdout.write(f"{page.text}\n")


def note_result(words: str) -> None:
    """Say in a few words what came of a command, for where several counties are listed."""
    if (page := _page.get()) is not None:
        page.result = words


def print_json(document: Any) -> None:
    """One document and nothing else."""
    from wholesaler.documents import to_json

    if (page := _page.get()) is not None:
        page.document = document
        return
    text = to_json(document, indent=True)
    if not _fits(text):
        text = json.dumps(json.loads(text), indent=2)  # other characters escaped
    sys.stdout.write(f"{text}\n")


def write(*parts: "RenderableType") -> None:
    """Text and tables: fitted to the terminal, elsewhere a line each; without control characters of the data."""
    from rich.console import Console
    from rich.text import Text

    terminal = sys.stdout.isatty()
    console = Console(markup=False, highlight=False, emoji=False, width=None if terminal else UNFOLDED)
    with console.capture() as capture:
        for part in parts:
            console.print(Text("\n".join(map(show, part.split("\n")))) if isinstance(part, str) else part)
    text = capture.get()
    if not terminal:  # the blanks that fill a column up
        text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    if not _fits(text):
        encoding = sys.stdout.encoding or "ascii"
        text = text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    if (page := _page.get()) is not None:
        page.text += text
    else:
        sys.stdout.write(text)


def _fits(text: str) -> bool:
    """Whether the output knows the characters of ``text``."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def program() -> str:
    """How the user can call the program from where they are."""
    if shutil.which("wholesaler"):
        return "wholesaler"
    # of one file Python is a part that was unpacked somewhere
    frozen = getattr(sys, "frozen", False)
    return os.path.relpath(sys.argv[0] if frozen else Path(sys.executable).with_name("wholesaler"))


def table(
    title: str | None, headings: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Iterable[str] = ()
) -> "Table":
    """A table; the columns named in ``numbers`` are aligned to the right."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    built = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False)
    right = set(numbers)
    for heading in headings:
        is_whole = heading in right or heading in _WHOLE
        built.add_column(
            heading,
            justify="right" if heading in right else "left",
            overflow="ellipsis" if is_whole else "fold",
            no_wrap=is_whole,
        )
    for row in rows:
        built.add_row(*(Text(show(value)) for value in row))
    return built


def show(value: Any) -> str:
    """A value for a person: nothing for null, yes or no, numbers with separators, no control characters."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)  # a year is no amount
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float | Decimal):
        return f"{value:,.6f}".rstrip("0").rstrip(".")
    if isinstance(value, list | tuple):
        return ", ".join(map(show, value))
    return "".join(character if character.isprintable() else " " for character in str(value))


def money(value: Any) -> str:
    """US dollars, with cents where there are some; nothing where unknown."""
    if value is None:
        return ""
    amount = f"{abs(value):,.2f}".removesuffix(".00")
    return f"-${amount}" if value < 0 else f"${amount}"
