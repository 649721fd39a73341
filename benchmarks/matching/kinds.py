"""The kinds of notices: what dirt each has, which parcels it is made of, what is right for it, and its share.

The shares are those of a county as it could be, not measured in one: two thirds are of a parcel and say so, most of
them in the words of the roll or nearly so (of 41 real pairs of Orange County 39 do), the rest spread over all kinds,
none so rare that a hundred thousand notices could not tell 0.95 from 0.9. A sixth is of no parcel of the roll; of
a seventh nobody can say which. So 0.85 of all is what a careful person could get right.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from benchmarks.matching import dirt, misses, misspelling
from benchmarks.matching.dirt import Dirt
from benchmarks.matching.lookup import Lookup
from benchmarks.matching.roll import Parcel
from benchmarks.matching.writing import Draft

#: what is right: to find the parcel; to find none; to find it or none, since nobody can tell
MATCH, ALONE, UNDECIDED = "match", "alone", "undecided"
Miss = Callable[[Random, Lookup, Parcel, Draft], None]
ANY = ("single", "base", "duplex", "condominium", "flats")
HOUSES = ("single", "base")


@dataclass(frozen=True)
class Kind:
    """One kind. ``pool`` names lots, units or traits of streets (see :class:`.Lookup`).

    ``place``: ``near`` is 1 to 35 m from the parcel (or none, of one in seven), ``off`` 40 to 140 m, ``none`` nowhere,
    ``far`` in another town. ``town``: what the notice says of city and ZIP: ``own``, ``wrong_zip``, ``wrong_city``,
    ``other`` (another town's), ``none``. ``alone_at``: no other parcel has the number at a street of the name nearby.
    """

    name: str
    group: str
    expected: str
    weight: float
    dirt: Dirt = dirt.none
    miss: Miss | None = None
    pool: tuple[str, ...] = ANY
    place: str = "near"
    town: str = "own"
    alone_at: bool = False
    full_roll_only: bool = False


def _same(name: str, weight: float, change: Dirt = dirt.none, *, group: str = "other words", **more: object) -> Kind:
    return Kind(name, group, MATCH, weight, change, **more)  # type: ignore[arg-type]


def _miss(name: str, weight: float, change: Miss | None = None, **more: object) -> Kind:
    return Kind(name, "near miss", ALONE, weight, miss=change, **more)  # type: ignore[arg-type]


def _open(name: str, weight: float, change: Miss, **more: object) -> Kind:
    return Kind(name, "nobody can decide", UNDECIDED, weight, miss=change, **more)  # type: ignore[arg-type]


KINDS = (
    _same("as the roll says", 150, group="same words"),
    _same("small letters, points", 40, dirt.manner, group="same words"),
    _same("city, state, ZIP behind", 40, dirt.tail),
    _same("unit's designator", 25, dirt.designator, pool=("unit", "letter")),
    _same("suffix as people write it", 30, dirt.suffix_spelling),
    _same("highway", 25, dirt.highway, pool=("highway",)),
    _same("highway glued", 8, dirt.highway_glued, pool=("highway",)),
    _same("Martin Luther King", 5, dirt.king, pool=("king",)),
    _same("MLK", 3, dirt.king_short, pool=("king",)),
    _same("saint", 12, dirt.saint, pool=("saint",)),
    _same("mount, fort", 8, dirt.mount, pool=("mount",)),
    _same("ordinal", 15, dirt.ordinal, pool=("numbered",)),
    _same("number word", 4, dirt.number_word, pool=("number_word",)),
    _same("fraction", 6, dirt.fraction, pool=("rear",)),
    _same("Ñ and accents", 6, dirt.accent, pool=("accent",)),
    _same("apostrophe", 12, dirt.apostrophe, pool=("named", "irish")),
    _same("S E", 12, dirt.spaced_direction, pool=("numbered", "named")),
    _same("Spanish prefix", 6, dirt.spanish, pool=("spanish",)),
    _same("floor", 6, dirt.floor, pool=("floor",)),
    _same("penthouse", 4, dirt.penthouse, pool=("penthouse",)),
    _same("building and unit", 8, dirt.building, pool=("building",)),
    _same("leading zeros", 8, dirt.leading_zero, pool=HOUSES),
    _same("grid address", 6, dirt.grid, pool=("grid",)),
    _same("name glued", 8, misspelling.glued, pool=("named",), alone_at=True),
    _same("two of these", 20, dirt.two(dirt.suffix_spelling, dirt.tail), place="off", town="wrong_zip"),
    _same("place off by 40 to 140 m", 30, group="same and near", place="off"),
    _same("wrong ZIP", 20, group="same and near", town="wrong_zip"),
    _same("wrong city", 10, group="same and near", town="wrong_city"),
    _same("no city, no ZIP", 20, group="same and near", town="none"),
    _same("no place", 40, group="same and near", place="none"),
    _same("no place, in two towns", 6, group="same and near", place="two_towns", full_roll_only=True),
    _same("no place on the roll", 6, group="same and near", place="hidden", full_roll_only=True),
    _same("unit at a single parcel", 40, dirt.unit_at_single, group="unit at one parcel", pool=HOUSES, alone_at=True),
    _same("suffix missing", 40, dirt.suffix_missing, group="suffix missing", alone_at=True),
    _same("space", 40, misspelling.space, group="space", pool=("named",), alone_at=True),
    _same("letter added", 10, misspelling.letter("insert"), group="one letter", pool=("named",), alone_at=True),
    _same("letter left out", 10, misspelling.letter("delete"), group="one letter", pool=("named",), alone_at=True),
    _same("other letter", 10, misspelling.letter("substitute"), group="one letter", pool=("named",), alone_at=True),
    _same("letters swapped", 10, misspelling.letter("swap"), group="one letter", pool=("named",), alone_at=True),
    _miss("neighbour's number", 20, misses.neighbour_number, pool=HOUSES),
    _miss("house in the yard", 5, misses.letter_number, pool=HOUSES),
    _miss("other unit", 15, misses.other_unit, pool=("unit", "letter", "floor", "penthouse", "building")),
    _miss("building, not a unit", 10, misses.other_building, pool=("condominium", "duplex", "flats")),
    _miss("other suffix", 10, misses.other_suffix),
    _miss("other direction", 10, misses.other_direction),
    _miss("mirrored street", 3, misses.mirror, pool=("numbered", "named")),
    _miss("other town", 15, place="far", town="other"),
    _miss("other town, no place", 5, place="none", town="other", full_roll_only=True),
    _miss("number range", 8, misses.number_range, pool=HOUSES),
    _miss("number missing", 8, misses.number_missing),
    _miss("0 or 99999", 6, misses.number_none),
    _miss("intersection", 6, misses.intersection),
    _miss("legal description, unknown", 8, misses.legal),
    _miss("two addresses", 4, misses.two_addresses, pool=HOUSES),
    _miss("not on the roll", 10, misses.not_on_roll),
    _miss("letter makes a real street", 8, misses.real_street, pool=("named",)),
    _miss("other numbered street", 8, misses.other_numbered, pool=("numbered",)),
    _miss("other highway", 5, misses.other_highway, pool=("highway",)),
    _miss("other lettered street", 3, misses.other_letter, pool=("avenue", "lettered")),
    _miss("LAKE and LAKES", 3, misses.plural, pool=("named",)),
    _miss("other state", 3, misses.other_state, place="nowhere", town="none"),
    _open("unit missing", 85, misses.unit_missing, pool=("condominium", "duplex", "flats")),
    _open("digit of the number", 25, misses.number_typo, pool=HOUSES),
    _open("direction missing", 20, misses.direction_missing),
    _open("suffix of two", 10, misses.suffix_of_two),
    _open("letter and suffix of two", 8, misses.letter_of_two, pool=("named",), place="nowhere", town="none"),
    _open("town of two", 10, misses.town_of_two, place="nowhere", town="none"),
)
