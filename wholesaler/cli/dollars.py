"""Dollars as they are written on the command line: ``120000``, ``$120,000``, ``120k``."""

import re
from decimal import Decimal

from wholesaler.errors import UsageError

_AMOUNT = re.compile(r"(-?)\$?(\d{1,3}(?:,\d{3})+|\d[\d_]*)?(\.\d+)?(k?)", re.IGNORECASE)


def dollars_of(option: str, written: str) -> Decimal:
    """The amount that is written; raises :class:`UsageError`, which names ``option``, for what is none.

    ``0,000`` is none either: it is what a shell leaves of ``$20,000`` without quotes.
    """
    match = _AMOUNT.fullmatch(written.strip())
    if match is None or not (match[2] or match[3]) or (match[2] or "").startswith("0,"):
        raise UsageError(
            f"{option}: '{written}' is no amount of dollars.", "Write 120000, 120k or '$120,000' in quotes."
        )
    sign, whole, cents, thousands = match.groups()
    number = (whole or "0").replace(",", "").replace("_", "")
    return Decimal(f"{sign}{number}{cents or ''}") * (1000 if thousands else 1)
