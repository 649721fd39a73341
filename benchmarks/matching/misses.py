"""Near misses, which must stay alone, and notices that nobody can decide.

A near miss is of no parcel of the roll, however much it looks like one. What nobody can decide is of a parcel, but says
too little of it, so that another fits as well: it is no mistake to leave it alone, and none to count it as missed.
Each function changes a draft, or says that the parcel does not do for it.
"""

from random import Random

from benchmarks.matching import words
from benchmarks.matching.lookup import Lookup
from benchmarks.matching.roll import NO_UNIT, Parcel
from benchmarks.matching.streets import Street, ordinal
from benchmarks.matching.writing import Draft, plain, roll_text


class Unusable(Exception):
    """The parcel does not do for this kind."""


def _rewrite(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft, street: Street) -> None:
    """Have another street in the draft: one that has no such number in this town."""
    if lookup.same_address(parcel.number, street, parcel.town):
        raise Unusable
    other = plain(chance, lookup.county, parcel, street=street)
    draft.predirection, draft.name, draft.suffix, draft.postdirection = (
        other.predirection,
        other.name,
        other.suffix,
        other.postdirection,
    )


def neighbour_number(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """A number of the same street that no parcel has, next door."""
    if not parcel.number.isdigit() or parcel.unit != NO_UNIT:
        raise Unusable
    draft.number = str(int(parcel.number) + chance.choice((2, -2, 1, -1, 4, 10)))
    street = lookup.county.street(parcel)
    if int(draft.number) < 1 or lookup.same_address(draft.number, street):
        raise Unusable


def letter_number(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """118A where the roll has 118; it may be the house in the yard, or the next lot."""
    if not parcel.number.isdigit():
        raise Unusable
    draft.number = f"{parcel.number} 1/2" if chance.random() < 0.5 else f"{parcel.number}{chance.choice('ABC')}"
    if lookup.same_address(draft.number, lookup.county.street(parcel)):
        raise Unusable


def other_unit(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """A door that the building of many parcels has not."""
    doors = {door.unit.value for door in lookup.doors(parcel)}
    value = {
        "letter": chance.choice("CDEF"), "floor": chance.choice("456"), "penthouse": str(chance.randrange(4, 9)),
        "building": f"{chance.randrange(30, 60)} {chance.randrange(1, 9)}",
    }.get(parcel.unit.kind, str(chance.randrange(2, 990)))  # fmt: skip
    if value in doors or len(doors) < 2:
        raise Unusable
    draft.unit = (
        draft.unit.replace(parcel.unit.value, value, 1) if " " not in value else f"BLDG {value.replace(' ', ' UNIT ')}"
    )


def other_building(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """The building, where each unit is a parcel and none is the building's."""
    if any(door.unit == NO_UNIT for door in lookup.doors(parcel)) or len(lookup.doors(parcel)) < 2:
        raise Unusable
    draft.unit = chance.choice(("", "", "COMMON AREA", "ALL UNITS"))


def other_suffix(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """The same number and name, another suffix."""
    street = lookup.county.street(parcel)
    if street.suffix not in words.COMMON_SUFFIXES:
        raise Unusable
    suffix = chance.choice([suffix for suffix in words.COMMON_SUFFIXES if suffix != street.suffix])
    _rewrite(chance, lookup, parcel, draft, street._replace(suffix=suffix))


def other_direction(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """The same number and name, the opposite direction; or SE for NE."""
    street = lookup.county.street(parcel)
    for part in ("predirection", "postdirection"):
        value = getattr(street, part)
        other = words.OPPOSITE.get(value) or words.OPPOSITE.get(value[:5], "") + value[5:]
        if value:
            _rewrite(chance, lookup, parcel, draft, street._replace(**{part: other}))
            return
    raise Unusable


def mirror(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """The direction on the other side of the name: N 5TH ST and 5TH ST N are two streets where both are."""
    street = lookup.county.street(parcel)
    if bool(street.predirection) == bool(street.postdirection) or street.trait == "highway":
        raise Unusable
    turned = street._replace(predirection=street.postdirection, postdirection=street.predirection)
    if (parcel.town, turned.identity) not in lookup.streets:
        raise Unusable
    _rewrite(chance, lookup, parcel, draft, turned)


def number_range(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """118-124: more than one house."""
    if not parcel.number.isdigit():
        raise Unusable
    other = int(parcel.number) + chance.choice((2, 4, 6, 8, 20))
    draft.number = f"{parcel.number}{chance.choice(('-', ' - ', ' & ', '-'))}{other}"


def number_missing(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """Only a street."""
    draft.number = draft.unit = ""


def number_none(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """0 or 99999 for a number."""
    draft.number = chance.choice(("0", "0", "00", "99999"))
    draft.unit = ""


def intersection(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """Two streets."""
    other = plain(chance, lookup.county, lookup.county.parcels[(parcel.key + 300) % len(lookup.county.parcels)])
    draft.number = draft.unit = other.number = other.unit = ""
    draft.tail = f" {chance.choice(('&', 'AND', '/', '@'))} {other}"


def legal(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """A legal description, or nothing that says where."""
    lot, block = chance.randrange(1, 60), chance.randrange(1, 30)
    form = chance.choice(
        (f"LOT {lot} BLK {block} {draft.name} SUB", f"LT {lot} BLOCK {block}", "UNKNOWN", f"PB {lot} PG {block}",
         f"{draft.name} UNIT {block} LOT {lot}", "SEE LEGAL DESCRIPTION", f"PO BOX {lot * block}", "VACANT LAND")
    )  # fmt: skip
    draft.number = draft.predirection = draft.suffix = draft.postdirection = draft.unit = ""
    draft.name = form


def two_addresses(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """Two addresses in one field."""
    other = lookup.county.parcels[(parcel.key + chance.choice((1, 2, 40))) % len(lookup.county.parcels)]
    draft.tail = f"{chance.choice((' AND ', '; ', ' & ', ' / '))}{roll_text(lookup.county, other)}"
    if lookup.county.street(other) == lookup.county.street(parcel) and other.number == parcel.number:
        raise Unusable


def not_on_roll(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """A number that the street does not have anywhere."""
    draft.number, draft.unit = str(chance.randrange(20_000, 29_000)), ""
    if lookup.same_address(draft.number, lookup.county.street(parcel)):
        raise Unusable


def real_street(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """A street of the county whose name is one letter from this one's: it has no such number, this one has."""
    street = lookup.county.street(parcel)
    others = sorted(lookup.names.near(street.name) - {street.name})
    if not others or not street.name.replace(" ", "").isalpha():
        raise Unusable
    name = chance.choice(others)
    if any(True for _ in lookup.at(parcel.number, name)):
        raise Unusable
    _rewrite(chance, lookup, parcel, draft, street._replace(name=name))


def other_numbered(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """A numbered street of which the roll has none, next to one that it has."""
    street = lookup.county.street(parcel)
    number = int(street.name[:-2]) + chance.choice((1, -1, 10, -10, 100))
    name = ordinal(number)
    if number < 1 or any(True for _ in lookup.at(parcel.number, name)):
        raise Unusable
    _rewrite(chance, lookup, parcel, draft, street._replace(name=name))


def other_highway(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """Another road of the number, or another number of the road."""
    street = lookup.county.street(parcel)
    road, _, number = street.name.rpartition(" ")
    if road not in words.HIGHWAYS or number == "17-92":
        raise Unusable
    if chance.random() < 0.5:
        road = chance.choice([other for other in words.HIGHWAYS if other != road])
    else:
        number = chance.choice([other for other in words.HIGHWAY_NUMBERS[road] if other != number])
    _rewrite(chance, lookup, parcel, draft, street._replace(name=f"{road} {number}"))


def other_letter(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """AVENUE E for AVENUE N; NORTH ST for N ST."""
    street = lookup.county.street(parcel)
    letter = street.name[-1]
    if street.trait == "lettered" and letter in "NSE":
        full = {"N": "NORTH", "S": "SOUTH", "E": "EAST"}[letter]
        draft.name = full
        if any(True for _ in lookup.at(parcel.number, full)):
            raise Unusable
        return
    other = chance.choice([other for other in "ABCDEFGHIJKLMNOP" if other != letter])
    _rewrite(chance, lookup, parcel, draft, street._replace(name=street.name[:-1] + other))


def plural(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """LAKES for LAKE: another street, though one letter differs."""
    street = lookup.county.street(parcel)
    last = street.name.split()[-1]
    if last in words.PLURALS:
        name = f"{street.name}S"
    elif last[:-1] in words.PLURALS and last.endswith("S"):
        name = street.name[:-1]
    else:
        raise Unusable
    _rewrite(chance, lookup, parcel, draft, street._replace(name=name))


def other_state(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """The same words in a town of another state."""
    draft.tail = chance.choice(
        (", ATLANTA, GA 30301", ", DETROIT, MI 48201", ", HOUSTON TX 77002", " CHICAGO IL 60601")
    )


# --- what nobody can decide ---------------------------------------------------------------------------------------


def unit_missing(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """A unit of a building of several, and not which."""
    doors = lookup.doors(parcel)
    if len(doors) < 2 or any(door.unit == NO_UNIT for door in doors):
        raise Unusable
    draft.unit = ""


def number_typo(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """A digit of the number is wrong, and no parcel has the number: a person may guess, and be wrong."""
    if not parcel.number.isdigit() or len(parcel.number) < 3 or parcel.unit != NO_UNIT:
        raise Unusable
    at = chance.randrange(1, len(parcel.number))
    draft.number = parcel.number[:at] + chance.choice("0123456789") + parcel.number[at + 1 :]
    if draft.number == parcel.number or lookup.same_address(draft.number, lookup.county.street(parcel)):
        raise Unusable


def direction_missing(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """MAIN ST, where there are N MAIN ST and S MAIN ST with the number."""
    street = lookup.county.street(parcel)
    if not street.predirection and not street.postdirection:
        raise Unusable
    others = {lookup.county.street(other)[::3] for other in lookup.at(parcel.number, street.name)}
    if len(others) < 2 or ("", "") in others:
        raise Unusable
    draft.predirection = draft.postdirection = ""


def suffix_of_two(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """No suffix, where two streets of the name have the number."""
    street = lookup.county.street(parcel)
    near = lookup.near(parcel.number, street.name, parcel.x, parcel.y)
    fits = {lookup.county.street(other).suffix for other in near if lookup.county.street(other)[::3] == street[::3]}
    if len(fits) < 2 or "" in fits or street.name.split()[-1] in words.RESERVED:
        raise Unusable
    draft.suffix = ""


def letter_of_two(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """A misspelling that is as near to two names which both have the number; the suffix is missing as well."""
    street = lookup.county.street(parcel)
    name = street.name
    if not name.isalpha() or len(name) < 5 or street.trait != "named":
        raise Unusable
    twins = [
        lookup.county.street(other)
        for other in lookup.at(parcel.number, name)
        if other.key != parcel.key and lookup.county.street(other).identity != street.identity
    ]
    if not twins:
        raise Unusable
    at = chance.randrange(1, len(name))
    draft.name = name[:at] + name[at + 1 :]
    if draft.name in lookup.names.names or draft.name in words.RESERVED:
        raise Unusable
    draft.suffix = draft.predirection = draft.postdirection = ""


def town_of_two(chance: Random, lookup: Lookup, parcel: Parcel, draft: Draft) -> None:
    """The same address in two towns, and the notice has neither place nor city nor ZIP."""
    same = lookup.same_address(parcel.number, lookup.county.street(parcel))
    if len({other.town for other in same if other.unit == parcel.unit}) < 2:
        raise Unusable
