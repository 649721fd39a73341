"""Invented parcel numbers in a market's own format: unique by arithmetic, so that nothing needs to be remembered."""

import re
from math import gcd
from string import digits

from wholesaler.errors import ConfigurationError
from wholesaler.markets import Market
from wholesaler.markets.parcel import UnusableParcel

#: Parcels in one plat, at most: the lots of a plat are numbered 010, 020, …, as the real ones mostly are.
LOTS = 99
#: The last ones are no parcel's: numbers that are written wrong are made of them.
SPARE_LOTS = 3
_LOT_NUMBERS = 1000

_PIECE = re.compile(r"\[([^\[\]\\^]+)\](?:\{(\d+)\})?")
_SPAN = re.compile(r"(.)-(.)")
# Primes, so that the bounded parts (section, township, range) of neighbouring plats do not go in step.
_STRIDES = (7, 11, 13, 17, 19, 23)


class ParcelNumbers:
    """The parcel numbers of one market.

    The bounded parts of a number follow its plat; the other parts, read as one number in the alphabets of their
    patterns, hold plat and lot, which makes every (plat, lot) a different parcel. Raises
    :class:`ConfigurationError` for a pattern that is not made of character classes such as ``[0-9]{4}``.
    """

    def __init__(self, market: Market) -> None:
        self.format = market.parcel
        self.bounded = {
            name: (part.minimum, part.maximum)
            for name, part in market.parcel.parts.items()
            if part.minimum is not None and part.maximum is not None
        }
        self._alphabets = {
            name: _alphabets(part.pattern, f"{market.path}: parcel.parts.{name}")
            for name, part in market.parcel.parts.items()
        }
        self._free = [name for name in market.parcel.parts if name not in self.bounded]
        self._decimal = {name for name in self._free if set(self._alphabets[name]) == {digits}}
        capacity = 1
        for name in self._free:
            for alphabet in self._alphabets[name]:
                capacity *= len(alphabet)
        self.plats = capacity // _LOT_NUMBERS
        if not self.plats:
            raise ConfigurationError(f"{market.path}: parcel.parts: too few numbers for the sample county.")
        self._stride = int(self.plats * 0.618) | 1
        while gcd(self._stride, self.plats) != 1:
            self._stride += 2

    def parts(self, plat: int, lot: int) -> dict[str, str]:
        """The parts of the number of lot 0 … :data:`LOTS` - 1 of a plat below :attr:`plats`."""
        parts = {}
        for index, (name, (minimum, maximum)) in enumerate(self.bounded.items()):
            width, stride = len(self._alphabets[name]), _STRIDES[index % len(_STRIDES)]
            parts[name] = str(minimum + plat * stride % (maximum - minimum + 1)).zfill(width)
        number = (plat + 1) * self._stride % self.plats * _LOT_NUMBERS + (lot + 1) * 10
        for name in reversed(self._free):
            alphabets = self._alphabets[name]
            if name in self._decimal:
                number, value = divmod(number, 10 ** len(alphabets))
                parts[name] = str(value).zfill(len(alphabets))
                continue
            letters = []
            for alphabet in reversed(alphabets):
                number, digit = divmod(number, len(alphabet))
                letters.append(alphabet[digit])
            parts[name] = "".join(reversed(letters))
        return parts

    def canonical(self, plat: int, lot: int) -> str:
        """The canonical number of a lot of a plat."""
        return self.format.canonical.format(**self.parts(plat, lot))

    def malformed(self, plat: int, form: str) -> list[tuple[str, str]]:
        """Numbers that look like one of this plat in ``form`` and are none: (what is wrong, the number)."""
        parts = self.parts(plat, LOTS - 1)
        template = self.format.forms[form]
        whole = template.format(**parts)
        wrong = [
            (f"{name} {maximum + 1}", template.format(**{**parts, name: str(maximum + 1)}))
            for name, (_, maximum) in self.bounded.items()
        ]
        wrong += [
            ("letters", f"{whole[:-3]}ABC"),
            ("too short", whole[:-4]),
            ("too long", f"{whole}0"),
            ("no number", "MULTIPLE PARCELS"),
        ]
        if "-" in template:
            wrong.append(("no dashes", whole.replace("-", "")))
        return [(reason, text) for reason, text in wrong if not self._fits(text, form)]

    def _fits(self, text: str, form: str) -> bool:
        try:
            self.format.canonicalise(text, form)
        except UnusableParcel:
            return False
        return True


def _alphabets(pattern: str, where: str) -> list[str]:
    """The characters allowed at each place of a pattern."""
    alphabets: list[str] = []
    end = 0
    for piece in _PIECE.finditer(pattern):
        if piece.start() != end:
            break
        end = piece.end()
        characters = _SPAN.sub(lambda span: "".join(map(chr, range(ord(span[1]), ord(span[2]) + 1))), piece[1])
        alphabets += [characters] * int(piece[2] or 1)
    if end != len(pattern) or not alphabets:
        raise ConfigurationError(
            f"{where}: the sample county can only invent numbers for a pattern such as '[0-9]{{4}}', not '{pattern}'."
        )
    return alphabets
