"""Text files as publishers write them."""

from pathlib import Path
from typing import TextIO


def opened(path: Path) -> TextIO:
    """The file as text, with its line ends as they are and without a byte order mark. Raises ``OSError``."""
    return path.open(encoding="utf-8-sig", errors="replace", newline="")


def ends_with_a_line(path: Path) -> bool:
    """Whether the last line of a file that is not empty is whole."""
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) in b"\r\n"
