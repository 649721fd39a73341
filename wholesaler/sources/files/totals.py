"""The line of sums below a table, which is no record: ``Total notices: 718``, ``Grand Total`` beside amounts."""

import re
from collections.abc import Mapping
from typing import Any

#: the first filled cell of such a line: the word alone or with a number, or what is counted and how many that are
_TOTAL = re.compile(
    r"(?:(?:grand|sub|report|county|page|sheet|overall)[ -]?)?totals?"
    r"(?:\s*[:=]?\s*[\d$,.]*|\s[^:=\d]{0,40}(?:[:=]\s*[\d$,.]*|[\d$][\d$,.]*))",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"-?\$?[\d,]*\.?\d*%?")
#: share of the cells of a line of sums that are empty at least
_EMPTY = 0.5


def is_total(record: Mapping[str, Any]) -> bool:
    """Whether a line of a table holds sums: its first cell that is filled says so, and no other but numbers."""
    cells = iter(record.values())
    first = next((cell for cell in cells if cell not in (None, "")), None)
    if not isinstance(first, str) or "otal" not in first[:30].casefold() or not _TOTAL.fullmatch(first.strip()):
        return False
    rest = [cell for cell in cells if cell not in (None, "")]
    if len(rest) + 1 > (1 - _EMPTY) * len(record):
        return False
    return all(not isinstance(cell, str) or _NUMBER.fullmatch(cell.strip()) for cell in rest)
