"""How addresses are written: a draft is the parts of one as text, which dirt changes before they are joined."""

from dataclasses import dataclass
from random import Random

from benchmarks.matching import words
from benchmarks.matching.roll import County, Parcel, Unit
from benchmarks.matching.streets import Street

_DESIGNATORS = ("UNIT", "#", "APT")


@dataclass
class Draft:
    """The parts of an address as they are written."""

    number: str
    predirection: str
    name: str
    suffix: str
    postdirection: str
    unit: str = ""
    tail: str = ""

    def __str__(self) -> str:
        parts = (self.number, self.predirection, self.name, self.suffix, self.postdirection, self.unit)
        return " ".join(part for part in parts if part) + self.tail


def roll_text(county: County, parcel: Parcel) -> str:
    """The address of a parcel as the roll writes it: abbreviated, each town in its own manner."""
    street = county.street(parcel)
    return str(
        Draft(
            parcel.number,
            words.DIRECTIONS.get(street.predirection, ""),
            roll_name(street, parcel.town),
            words.SUFFIXES.get(street.suffix, street.suffix),
            words.DIRECTIONS.get(street.postdirection, ""),
            unit_text(parcel.unit, _DESIGNATORS[parcel.town % 2]),
        )
    )


def roll_name(street: Street, town: int) -> str:
    """A street's name as the roll of a town writes it."""
    name = street.name
    if street.trait == "highway":
        road, _, number = name.rpartition(" ")
        forms = words.HIGHWAYS.get(road)
        return name if number == "17-92" or forms is None else forms[0 if town % 3 else 1].format(number)
    if street.trait == "king":
        return words.KINGS[(0, 0, 2, 1)[town % 4]]
    if street.trait == "numbered":
        return words.ORDINALS.get(name, name) if town == 2 else name
    if street.trait == "saint":
        return name.replace("SAINT", "ST", 1) if town % 2 else name
    if street.trait == "mount":
        first, _, rest = name.partition(" ")
        return f"{words.MOUNT_SHORT[first]} {rest}" if town % 3 == 1 else name
    return name


def unit_text(unit: Unit, designator: str = "UNIT") -> str:
    """What stands behind the street: ``UNIT 5``, ``# 5``, ``BLDG 2 UNIT 5``, ``FL 2``, ``PH 3``, ``UNIT A``."""
    if unit.kind in ("unit", "letter"):
        return f"{designator} {unit.value}"
    if unit.kind == "building":
        building, _, door = unit.value.partition(" ")
        return f"BLDG {building} {designator} {door}"
    return {"floor": f"FL {unit.value}", "penthouse": f"PH {unit.value}"}.get(unit.kind, "")


def plain(chance: Random, county: County, parcel: Parcel, *, street: Street | None = None) -> Draft:
    """A notice of a parcel that says what the roll says; words are abbreviated or in full, as the list's manner is."""
    street = street or county.street(parcel)
    in_full = chance.random() < 0.5
    return Draft(
        parcel.number,
        street.predirection if in_full else words.DIRECTIONS.get(street.predirection, ""),
        roll_name(street, parcel.town),
        street.suffix if in_full else words.SUFFIXES.get(street.suffix, street.suffix),
        street.postdirection if in_full else words.DIRECTIONS.get(street.postdirection, ""),
        unit_text(parcel.unit, chance.choice(_DESIGNATORS)),
    )
