"""Street addresses: invented, unique in the county unless made alike on purpose, written as each list writes them."""

from dataclasses import dataclass
from random import Random

from wholesaler.sample.vocabulary import DIRECTIONS, STREET_BEGINNINGS, STREET_ENDINGS, STREET_TYPES

_TYPES = (*STREET_TYPES, "")
_NAMES = len(STREET_BEGINNINGS) * len(STREET_ENDINGS)
_PLAIN = _NAMES * len(_TYPES)
# When the plain names are used up, each comes again with one of these before it.
_PREFIXES = ("", *["OLD", "NEW", "GRAND", "LITTLE", "ROYAL", "QUIET", "SUNNY", "HIGH", "LOW", "FAR", "NEAR"])
#: How many different streets there are.
STREETS = _PLAIN * len(_PREFIXES)
# Coprime to the number of plain names, so that consecutive serial numbers give names that do not resemble each other.
_STRIDE = 70001


@dataclass(frozen=True, slots=True)
class Address:
    """One address; ``direction`` and ``type`` are abbreviations, ``type`` and ``unit`` may be empty."""

    number: int
    direction: str
    name: str
    type: str
    unit: str = ""

    def on_roll(self) -> str:
        """As the appraiser writes it: ``2035 E DIXIE BELLE DR UNIT 2035A``."""
        unit = f"UNIT {self.unit}" if self.unit else ""
        return " ".join(filter(None, (str(self.number), self.direction, self.name, self.type, unit)))

    def on_notice(self, random: Random, unit_mark: str = "# ") -> str:
        """As a notice writes it: type mostly spelled out, sometimes two spaces, ``# 1011`` for a unit."""
        return f"{self.number} {self.street(random)}{f' {unit_mark}{self.unit}' if self.unit else ''}"

    def on_case(self, random: Random) -> str:
        """As a code enforcement case writes it: ``APT 3`` and ``UNIT 3`` for units."""
        unit = f" {random.choice(('APT', 'UNIT', '#'))} {self.unit}" if self.unit else ""
        return " ".join(filter(None, (str(self.number), self.direction, self.name, self.type))) + unit

    def street(self, random: Random) -> str:
        """The street without a house number, as a notice writes it."""
        chance = random.random()
        written = self.type if chance < 0.3 else STREET_TYPES.get(self.type, "")
        direction = DIRECTIONS.get(self.direction, "") if chance > 0.85 else self.direction
        gap = "  " if 0.6 < chance < 0.68 else " "
        return f"{direction} {self.name}".strip() + (gap + written if written else "")


@dataclass(frozen=True, slots=True)
class Street:
    """A street's direction, name and type, abbreviated."""

    direction: str
    name: str
    type: str

    def address(self, number: int, unit: str = "") -> Address:
        """The address with this house number and unit."""
        return Address(number, self.direction, self.name, self.type, unit)


def street(serial: int) -> Street:
    """The street with this serial number; two serial numbers below :data:`STREETS` never share name and type."""
    prefix = _PREFIXES[serial // _PLAIN % len(_PREFIXES)]
    mixed = serial * _STRIDE % _PLAIN
    kind, name = divmod(mixed, _NAMES)
    beginning, ending = divmod(name, len(STREET_ENDINGS))
    first, second = STREET_BEGINNINGS[beginning], STREET_ENDINGS[ending]
    written = first + second[1:] if second.startswith("-") else f"{first} {second}"
    if prefix:
        written = f"{prefix} {written}"
    if not _TYPES[kind]:
        return Street("", f"VIA {written}", "")
    return Street("NSEW"[serial // 8 % 4] if serial % 8 == 3 else "", written, _TYPES[kind])
