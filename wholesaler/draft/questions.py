"""What nobody could tell, and what whoever reads the file can do about it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Question:
    """What was ``seen``, and what to ``do``; ``choices`` are keys and values that stand beside it, commented out.

    ``behind`` is what stands behind each of their lines; ``blocks``: without an answer the file is not valid.
    """

    seen: str
    do: str
    choices: tuple[tuple[str, Any], ...] = ()
    blocks: bool = False
    behind: tuple[str, ...] = ()
