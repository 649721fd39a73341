"""What is printed: one JSON document, or tables for people."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def print_json(document: Any) -> None:
    """One document and nothing else."""
    from wholesaler.documents import to_json

    sys.stdout.write(to_json(document, indent=True) + "\n")


def console() -> "Console":
    """Where people read; markup is off, since the data is not ours."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())


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
        built.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
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
    if isinstance(value, list | tuple):
        return ", ".join(map(show, value))
    return "".join(character if character.isprintable() else " " for character in str(value))


def money(value: Any) -> str:
    """US dollars without cents; nothing where unknown."""
    if value is None:
        return ""
    return f"-${-value:,.0f}" if value < 0 else f"${value:,.0f}"
