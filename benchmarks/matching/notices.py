"""Notices of a county with the parcel that each is of: the truth that matching is measured by.

Some are records without a parcel number, to be matched; of some the number is one that the roll does not know, to be
merged: properties, as the program calls them.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from math import cos, pi, sin
from random import Random

from benchmarks.matching import words
from benchmarks.matching.dirt import none
from benchmarks.matching.kinds import ALONE, ANY, KINDS, Kind
from benchmarks.matching.lookup import Lookup
from benchmarks.matching.misses import Unusable
from benchmarks.matching.roll import NO_UNIT, County, Parcel
from benchmarks.matching.writing import plain, roll_text

#: of ten notices this many have a parcel number that the roll does not know
PROPERTIES = 2
#: of ten, this many are foreclosures, the others cases
FORECLOSURES = 6
#: the first digit of a number that is not on the roll
UNLISTED = "9"
_TRIES = 3_000


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice; ``x`` and ``y`` are None where it has no place. ``origin`` is the parcel it was made of, which is the
    truth but for near misses."""

    key: int
    kind: str
    table: str
    is_property: bool
    address: str
    city: str | None
    zip_code: str | None
    x: float | None
    y: float | None
    origin: Parcel
    expected: str

    @property
    def parcel_id(self) -> str | None:
        """The number that is not on the roll, of a property."""
        return f"{UNLISTED}{self.key:08d}" if self.is_property else None

    @property
    def truth(self) -> str | None:
        """The number of the parcel that it is of; None where that is not on the roll."""
        return None if self.expected == ALONE else self.origin.parcel_id


def make_notices(seed: int, county: County, notices: int, only: Collection[str] = ()) -> list[Notice]:
    """``notices`` notices of all kinds by their shares, or of the kinds and groups of ``only``, shuffled."""
    lookup = Lookup(county)
    kinds = [kind for kind in KINDS if (not only or {kind.name, kind.group} & {*only}) and _suits(kind, county)]
    total = sum(kind.weight for kind in kinds)
    made: list[Notice] = []
    used: set[int] = set()
    # what there are few parcels for first: no parcel has two notices
    for kind in sorted(kinds, key=lambda kind: (kind.pool == ANY, len(kind.pool))):
        chance = Random(f"{seed} {kind.name}")
        made += _notices_of(chance, lookup, kind, max(1, round(notices * kind.weight / total)), used)
    Random(f"{seed} order").shuffle(made)
    return [_numbered(notice, key) for key, notice in enumerate(made)]


def _suits(kind: Kind, county: County) -> bool:
    return county.style == "full" or not kind.full_roll_only


def _numbered(notice: Notice, key: int) -> Notice:
    return replace(notice, key=key)


def _notices_of(chance: Random, lookup: Lookup, kind: Kind, wanted: int, used: set[int]) -> Iterator[Notice]:
    """So many notices of a kind, or as many as the county has parcels for; none of the parcels that are used."""
    parcels = _Pool(lookup, kind.pool)
    for _ in range(wanted):
        for _ in range(_TRIES if parcels else 0):
            try:
                parcel = parcels.draw(chance, used)
                notice = _notice(chance, lookup, kind, parcel)
            except Unusable:
                continue
            used.add(parcel.key)
            yield notice
            break
        else:
            return


class _Pool:
    """The parcels that a kind is made of: by their lot or unit, or by the trait of their street."""

    def __init__(self, lookup: Lookup, names: tuple[str, ...]) -> None:
        self._county = lookup.county
        self._grid = names == ("grid",)
        lots = {"condominium": ("unit", "letter", "penthouse", "building"), "duplex": ("duplex",), "flats": ("flats",)}
        kinds = {"letter": "duplex", "floor": "flats"}
        keys = [name for given in names for name in lots.get(given, (kinds.get(given, given),))]
        self._keys = [key for name in keys for key in lookup.lots.get(name, ())]
        if self._grid:
            self._keys = [parcel.key for parcel in lookup.county.parcels if parcel.number.startswith("N")]
        self._streets = [street for name in names for street in lookup.traits.get(name, ())]
        self._weights: list[int] = []
        for street in self._streets:
            first, end = lookup.county.spans[street]
            self._weights.append((self._weights[-1] if self._weights else 0) + end - first)

    def __bool__(self) -> bool:
        return bool(self._keys or self._streets)

    def draw(self, chance: Random, used: set[int]) -> Parcel:
        """One of them that is not used; never land, nor what the units of a building share."""
        if self._streets:
            (street,) = chance.choices(self._streets, cum_weights=self._weights)
            key = chance.randrange(*self._county.spans[street])
        else:
            key = chance.choice(self._keys)
        parcel = self._county.parcels[key]
        if key in used or parcel.lot in ("vacant", "common"):
            raise Unusable
        return parcel


def _notice(chance: Random, lookup: Lookup, kind: Kind, parcel: Parcel) -> Notice:
    """A notice of this kind and parcel; raises :class:`Unusable` where the parcel does not do."""
    county = lookup.county
    if county.shows_place(parcel) == (kind.place == "hidden"):
        raise Unusable
    draft = plain(chance, county, parcel)
    before = str(draft)
    if kind.miss is not None:
        kind.miss(chance, lookup, parcel, draft)
    else:
        is_dirty = kind.dirt(chance, county, parcel, draft, lookup.names)
        if kind.dirt is not none:
            is_dirty = is_dirty and str(draft) not in (before, roll_text(county, parcel))
        if not is_dirty:
            raise Unusable
    place = kind.place
    # a wrong city or ZIP is no matter where the place proves the address, and nowhere else
    may_lose_place = place == "near" and kind.expected != ALONE and kind.town in ("own", "none")
    if may_lose_place and chance.random() < 1 / 7 and _is_only(lookup, parcel):
        place = "none"
    _check(lookup, kind, place, parcel)
    x, y = _place(chance, county, place, parcel)
    city, zip_code = _town(chance, lookup, kind.town, parcel)
    table = "foreclosures" if chance.randrange(10) < FORECLOSURES else "code_violations"
    is_property = chance.randrange(10) < PROPERTIES
    return Notice(0, kind.name, table, is_property, str(draft), city, zip_code, x, y, parcel, kind.expected)


def _is_only(lookup: Lookup, parcel: Parcel) -> bool:
    """Whether no other address of the county has this number at a street of this name."""
    others = lookup.at(parcel.number, lookup.county.street(parcel).name)
    return all(other.unit != parcel.unit or other.key == parcel.key for other in others)


def _check(lookup: Lookup, kind: Kind, place: str, parcel: Parcel) -> None:
    """Raise :class:`Unusable` where more than one parcel fits, by what the kind says of it."""
    county = lookup.county
    name = county.street(parcel).name
    if kind.expected == "match":
        if place in ("none", "hidden") and not _is_only(lookup, parcel):
            raise Unusable
        if place == "hidden" and not (county.shows_city(parcel) and county.shows_zip(parcel)):
            raise Unusable
        if place == "two_towns":
            same = lookup.same_address(parcel.number, county.street(parcel))
            known = all(county.shows_city(other) and county.shows_zip(other) for other in same)
            if len({other.town for other in same}) < 2 or not known:
                raise Unusable
        near = [other for other in lookup.near(parcel.number, name, parcel.x, parcel.y) if other.key != parcel.key]
        if kind.alone_at and any(parcel.unit == NO_UNIT or other.unit in (parcel.unit, NO_UNIT) for other in near):
            raise Unusable
    if kind.place == "far" or kind.town == "other":
        if any(other.town != parcel.town for other in lookup.same_address(parcel.number, county.street(parcel))):
            raise Unusable
        if not (county.shows_city(parcel) and county.shows_zip(parcel)) and county.style == "full":
            raise Unusable


def _place(chance: Random, county: County, place: str, parcel: Parcel) -> tuple[float | None, float | None]:
    if place in ("none", "nowhere", "two_towns"):
        return None, None
    if place == "far":
        return parcel.x + chance.choice((-1, 1)) * chance.uniform(3_000, 9_000), parcel.y
    metres = chance.uniform(40, 140) if place == "off" else chance.uniform(1, 35)
    angle = chance.uniform(0, 2 * pi)
    return parcel.x + metres * cos(angle), parcel.y + metres * sin(angle)


def _town(chance: Random, lookup: Lookup, town: str, parcel: Parcel) -> tuple[str | None, str | None]:
    """City and ZIP of a notice."""
    county = lookup.county
    city, zip_code = county.city(parcel), county.zip_code(parcel)
    others = [other for number, other in enumerate(words.TOWNS[: county.grid_town + 1]) if number != parcel.town]
    if town == "none":
        return None, None
    name, codes = chance.choice(others)
    if town == "other":
        return name, chance.choice(codes)
    if town == "wrong_city":
        return name, zip_code
    if town == "wrong_zip":
        return city, chance.choice(codes)
    return city, zip_code
