"""Parcel numbers and addresses as words of a command line."""

from collections.abc import Sequence
from typing import Annotated

import typer

from wholesaler.errors import UsageError

Parcel = Annotated[
    str, typer.Argument(metavar="PARCEL|ADDRESS", help="Parcel number in any form of the market, or an address.")
]
Parcels = Annotated[
    list[str],
    typer.Argument(metavar="PARCEL|ADDRESS...", help="Parcel numbers in any form of the market, or addresses."),
]


def has_digit(word: str) -> bool:
    """Whether a word can be a parcel number or an address, which have digits."""
    return any(map(str.isdigit, word))


def expect_quoted(words: Sequence[str]) -> None:
    """Raise :class:`UsageError` where words without a number in them say that an address was written without quotes."""
    if len(words) > 1 and not all(map(has_digit, words)):
        raise UsageError(
            f"{' '.join(words)}: these are {len(words)} words, each of which would be a parcel.",
            f'Write an address in quotes: "{" ".join(words)}".',
        )
