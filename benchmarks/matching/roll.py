"""The roll of the county: parcels in lots along the streets of its towns, each at its place, from one seed.

Lots are 20 m wide on both sides of a street, the rows of streets 80 m apart: within 150 m lie some 40 parcels on up to
five streets. What a parcel's lot is, is its ``lot``:

* ``single``: one house, one parcel; ``base``: a building of many doors that is one parcel;
* ``condominium``: each unit a parcel, in one of five buildings with one more for what the units share;
* ``duplex``: A and B, two parcels; ``flats``: a floor each; ``rear``: a house at ½; ``vacant``: land that has number 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import cos, radians, sqrt
from random import Random
from typing import NamedTuple

from benchmarks.matching import words
from benchmarks.matching.streets import Street, families, real_streets

LOT, DEPTH, PITCH, BAND = 20.0, 15.0, 80.0, 3
_WEST, _SOUTH = -81.65, 28.32
_LOTS = (
    ("single", 93.0),
    ("base", 2.2),
    ("duplex", 1.6),
    ("condominium", 0.7),
    ("flats", 0.7),
    ("rear", 0.8),
    ("vacant", 1.0),
)


class Unit(NamedTuple):
    """What stands behind the street: ``kind`` is '', unit, letter, floor, penthouse or building (``value`` '2 5')."""

    kind: str = ""
    value: str = ""


NO_UNIT = Unit()


class Parcel(NamedTuple):
    """A parcel of the roll; ``x`` and ``y`` are metres east and north of the county's corner."""

    key: int
    town: int
    street: int
    number: str
    unit: Unit
    lot: str
    x: float
    y: float

    @property
    def parcel_id(self) -> str:
        """The canonical parcel number."""
        return f"1{self.key:08d}"


@dataclass
class County:
    """Streets and parcels; ``style`` is ``full``, or ``bare``: without city and ZIP."""

    style: str
    #: the town whose numbers are places in a grid, N95W18012
    grid_town: int
    streets: list[Street] = field(default_factory=list)
    towns: list[int] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    #: the parcels of each street: first and behind the last
    spans: list[tuple[int, int]] = field(default_factory=list)

    def street(self, parcel: Parcel) -> Street:
        """The street a parcel is on."""
        return self.streets[parcel.street]

    def city(self, parcel: Parcel) -> str:
        """The town's name."""
        return words.TOWNS[parcel.town][0]

    def zip_code(self, parcel: Parcel) -> str:
        """The ZIP of a parcel: a town's are strips from west to east."""
        codes = words.TOWNS[parcel.town][1]
        return codes[parcel.street % len(codes)]

    def shows_city(self, parcel: Parcel) -> bool:
        """Whether the roll says the city: of three in a hundred it does not."""
        return self.style != "bare" and _mix(parcel.key, 1) >= 3

    def shows_zip(self, parcel: Parcel) -> bool:
        """Whether the roll says the ZIP."""
        return self.style != "bare" and _mix(parcel.key, 2) >= 3

    def shows_place(self, parcel: Parcel) -> bool:
        """Whether the roll says where the parcel lies: of two in a hundred it does not."""
        return self.style == "bare" or _mix(parcel.key, 3) >= 2


def make_county(seed: int, parcels: int, style: str = "full") -> County:
    """The county of ``parcels`` parcels: the same for the same seed, number and style."""
    chance = Random(f"{seed} roll")
    real = real_streets()
    towns = min(len(words.TOWNS), parcels // 40_000 + 4)
    county = County(style, towns - 1)
    # what the towns have in common is the numbers of their streets: Oak Street begins with the same one in many
    numbers = {street.name: 100 * chance.randrange(1, 90) for street in real}
    west = 0.0
    for town in range(towns):
        last = town == towns - 1
        share = parcels - len(county.parcels) if last else parcels * 2 * (towns - town) // (towns * (towns + 1))
        west += _lay_out(county, chance, town, len(county.parcels) + share, west, numbers, real) + 1_000.0
    return county


def degrees(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of metres east and north of the corner, by the radii of the WGS 84 ellipsoid."""
    latitude = _SOUTH + y / 110_850.0
    return _WEST + x / (111_412.84 * cos(radians(latitude)) - 93.5 * cos(3 * radians(latitude))), latitude


def _lay_out(
    county: County, chance: Random, town: int, end: int, west: float, numbers: dict[str, int], real: list[Street]
) -> float:
    """Fill a town up to parcel ``end``; returns its width."""
    wanted = end - len(county.parcels)
    width = sqrt(max(wanted, 1) * LOT / 2 * PITCH) * 1.1
    x, y = west, 0.0
    used: set[tuple[str, str, str, str]] = set()
    slot: list[list[Street]] = []
    for family in families(chance, real, town):
        rows = [[street for street in row if street.identity not in used] for row in family]
        rows = [row for row in rows if row]
        used.update(street.identity for row in rows for street in row)
        if slot and len(slot) + len(rows) > BAND:
            x += _fill(county, chance, town, slot, (x, y), numbers, end) + 2 * LOT
            slot = []
            if len(county.parcels) >= end:
                return width
            if x > west + width:
                x, y = west, y + BAND * PITCH
        slot += rows
    raise AssertionError("families end")


def _fill(
    county: County, chance: Random, town: int, rows: list[list[Street]], corner: tuple[float, float],
    numbers: dict[str, int], end: int,
) -> float:  # fmt: skip
    """Lay the rows of one slot; returns its length. Streets of a family begin with the same number."""
    longest = 0.0
    lots = max(4, min(150, round(chance.lognormvariate(3.2, 0.6))))
    base = numbers.get(rows[0][0].name, 0) if chance.random() < 0.6 else 0
    base = base or 100 * chance.randrange(1, 120)
    step = chance.choice((4, 4, 6, 8, 10))
    for place, row in enumerate(rows):
        x = corner[0]
        for half, street in enumerate(row):
            here = lots if len(row) == 1 else lots // 2 + 1
            here = max(3, here - chance.randrange(here // 3 + 1))
            axis = len(row) == 2
            number = 2 if axis else base
            length = (here // 2 + 1) * LOT
            county.streets.append(street)
            county.towns.append(town)
            first = len(county.parcels)
            # a street that got new numbers goes on with others from its middle
            renumber = 3_000 if chance.random() < 0.03 and not axis else 0
            for lot in range(here):
                if len(county.parcels) >= end:
                    break
                along = (lot // 2) * LOT
                at = x + (length - along if axis and half == 0 else along)
                side = corner[1] + place * PITCH + (DEPTH if lot % 2 else -DEPTH)
                shown = number + (lot // 2) * step + lot % 2 + (renumber if lot > here // 2 else 0)
                _build(county, chance, town, shown, (at, side), end)
            county.spans.append((first, len(county.parcels)))
            x += length
        longest = max(longest, x - corner[0])
    return longest


def _build(county: County, chance: Random, town: int, number: int, point: tuple[float, float], end: int) -> None:
    """The parcels of one lot."""
    street, (x, y) = len(county.streets) - 1, point
    lot = chance.choices([name for name, _ in _LOTS], [share for _, share in _LOTS])[0]
    # a small county has few towns: of its last one only some streets are numbered so, one parcel in a hundred
    is_grid = town == county.grid_town and street % (len(words.TOWNS) - town) == 0
    written = f"N{60 + street % 50}W{14_000 + number % 9_000}" if is_grid and lot != "vacant" else str(number)

    def add(kind: str, number: str = written, unit: Unit = NO_UNIT) -> None:
        if len(county.parcels) < end:
            county.parcels.append(Parcel(len(county.parcels), town, street, number, unit, kind, x, y))

    if lot == "vacant":
        add(lot, "0")
    elif lot == "rear":
        add("single")
        add(lot, f"{written} 1/2")
    elif lot == "duplex":
        add(lot, unit=Unit("letter", "A"))
        add(lot, unit=Unit("letter", "B"))
    elif lot == "flats":
        for floor in range(1, chance.choice((2, 3, 3)) + 1):
            add(lot, unit=Unit("floor", str(floor)))
    elif lot == "condominium":
        for unit in _units(chance):
            add(lot, unit=unit)
        if chance.random() < 0.2:
            add("common")
    else:
        add(lot)


def _units(chance: Random) -> Iterator[Unit]:
    size = max(6, min(160, round(chance.lognormvariate(3.0, 0.7))))
    form = chance.choice(("floors", "floors", "plain", "letters", "buildings"))
    if form == "buildings":
        for number in range(size):
            yield Unit("building", f"{number // 8 + 1} {number % 8 + 1}")
    elif form == "letters":
        for number in range(size):
            yield Unit("unit", f"{'ABCDEFGHKL'[number // 16]}{number % 16 + 1}")
    elif form == "plain":
        for number in range(size):
            yield Unit("unit", str(number + 1))
    else:
        floors = size // 8 + 1
        for floor in range(1, floors + 1):
            for door in range(1, 9 if floor < floors else size % 8 + 1):
                yield Unit("unit", f"{floor}{door:02}")
        if size > 20:
            for door in range(1, 4):
                yield Unit("penthouse", str(door))


def _mix(key: int, salt: int) -> int:
    """A number below 100 that looks like chance and is always the same."""
    return (key * 2_654_435_761 + salt * 40_503_000_017) % 4_294_967_291 % 100
