"""Dirt: what notices do to an address that still is one parcel's. Each function changes a draft, or says it cannot."""

import re
from collections.abc import Callable
from random import Random

from benchmarks.matching import words
from benchmarks.matching.roll import County, Parcel
from benchmarks.matching.spelling import Spelling
from benchmarks.matching.writing import Draft

#: chance, county, parcel, draft, names of the county → whether the draft has the dirt now
Dirt = Callable[[Random, County, Parcel, Draft, Spelling], bool]


def none(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """Nothing but the manner of the list."""
    return True


def manner(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """Small letters, points, double spaces."""
    form = chance.randrange(3)
    if form == 0:
        for part in ("predirection", "name", "suffix", "postdirection", "unit"):
            setattr(draft, part, getattr(draft, part).title())
    elif form == 1:
        draft.name = f"{draft.name} "
    else:
        draft.suffix += "." if draft.suffix in words.SUFFIXES.values() else ""
        draft.predirection += "." if len(draft.predirection) == 1 else ""
    return True


def highway(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """Another of a road's names."""
    road, _, number = county.street(parcel).name.rpartition(" ")
    forms = words.DOUBLE_HIGHWAY if number == "17-92" else words.HIGHWAYS[road]
    return _other(chance, draft, [form.format(number) for form in forms])


def highway_glued(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """SR50, US441."""
    road, _, number = county.street(parcel).name.rpartition(" ")
    if road not in words.GLUED_HIGHWAYS or not number.isdigit():
        return False
    draft.name = words.GLUED_HIGHWAYS[road].format(number)
    return True


def king(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """MARTIN LUTHER KING with other titles."""
    return _other(chance, draft, words.KINGS)


def king_short(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """MLK."""
    draft.name = chance.choice(("MLK", "MLK JR", "M L KING", "M L KING JR", "DR MLK JR"))
    return True


def saint(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """ST for SAINT, SAINT for ST."""
    first, _, rest = draft.name.partition(" ")
    draft.name = f"{'SAINT' if first == 'ST' else chance.choice(('ST', 'ST', 'ST.'))} {rest}"
    return True


def mount(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """MT for MOUNT, FT for FORT, and the other way."""
    first, _, rest = draft.name.partition(" ")
    full = {short: word for word, short in words.MOUNT_SHORT.items()}
    draft.name = f"{words.MOUNT_SHORT.get(first) or full[first]} {rest}"
    return True


def ordinal(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """FIRST for 1ST, and the other way."""
    name = county.street(parcel).name
    word = words.ORDINALS.get(name)
    if word is None:
        return False
    draft.name = name if draft.name == word else word
    return True


def number_word(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """3 OAKS for THREE OAKS."""
    draft.name = words.NUMBER_WORDS[draft.name]
    return True


def fraction(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """½ and -1/2 for 1/2."""
    number = parcel.number.removesuffix(" 1/2")
    draft.number = chance.choice((f"{number}½", f"{number} ½", f"{number}-1/2"))
    return number != parcel.number


def accent(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """Ñ and accents."""
    draft.name = words.ACCENTS[draft.name]
    return True


def apostrophe(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """O'BRIEN for OBRIEN, GOVERNOR'S for GOVERNORS."""
    if draft.name in words.IRISH:
        draft.name = f"O{chance.choice(chr(39) + '’')}{draft.name[1:]}"
        return True
    owners = [word for word in draft.name.split() if re.fullmatch(r"[A-Z]{4,}[^AEIOUS]S", word)]
    if not owners:
        return False
    draft.name = draft.name.replace(owners[0], f"{owners[0][:-1]}'S", 1)
    return True


def spaced_direction(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """S E for SE."""
    for part in ("predirection", "postdirection"):
        value = words.DIRECTIONS.get(getattr(county.street(parcel), part), "")
        if len(value) == 2:
            setattr(draft, part, chance.choice((f"{value[0]} {value[1]}", f"{value[0]}. {value[1]}.")))
            return True
    return False


def suffix_spelling(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """CI, LA, TERR and others."""
    spellings = words.SPELLINGS.get(county.street(parcel).suffix)
    if not spellings:
        return False
    draft.suffix = chance.choice(spellings)
    return True


def spanish(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """AVE DEL SOL for AVENIDA DEL SOL."""
    first, _, rest = draft.name.partition(" ")
    if first not in words.SPANISH_SHORT:
        return False
    draft.name = f"{chance.choice(words.SPANISH_SHORT[first])} {rest}"
    return True


def floor(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """2ND FLOOR for FL 2."""
    value = parcel.unit.value
    nth = {"1": "1ST", "2": "2ND", "3": "3RD"}[value]
    draft.unit = chance.choice((f"FLOOR {value}", f"{nth} FLOOR", f"{nth} FL", f"FLR {value}"))
    return True


def penthouse(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """PENTHOUSE 3 for PH 3."""
    draft.unit = chance.choice(
        (f"PENTHOUSE {parcel.unit.value}", f"PH{parcel.unit.value}", f"UNIT PH{parcel.unit.value}")
    )
    return True


def building(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """UNIT 5 BLDG 2 for BLDG 2 UNIT 5."""
    number, _, door = parcel.unit.value.partition(" ")
    draft.unit = chance.choice(
        (f"UNIT {door} BLDG {number}", f"BUILDING {number} UNIT {door}", f"BLDG {number} # {door}")
    )
    return True


def designator(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """No word before the unit, or another."""
    value = parcel.unit.value
    draft.unit = chance.choice((value, f"NO {value}", f"STE {value}", f"APT. {value}", f"UNIT #{value}", f"#{value}"))
    return not (draft.unit.isdigit() and not draft.suffix)


def leading_zero(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """00118 for 118."""
    if not draft.number.isdigit():
        return False
    draft.number = draft.number.zfill(chance.choice((5, 6, 7)))
    return draft.number != parcel.number


def tail(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """The city, state and ZIP behind the address, in the same field."""
    city, code = county.city(parcel), county.zip_code(parcel)
    more = f"-{chance.randrange(1, 9999):04}" if chance.random() < 0.3 else ""
    draft.tail = chance.choice(
        (
            f", {city}, FL {code}{more}",
            f", {city} FL {code}{more}",
            f" {city} FL {code}",
            f", {city.title()}, FL",
            f", {city}",
        )
    )
    return True


def grid(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """N95 W18000 for N95W18000."""
    draft.number = draft.number.replace("W", " W", 1)
    return draft.number != parcel.number


def suffix_missing(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """No suffix."""
    street = county.street(parcel)
    if not street.suffix or street.trait not in ("named", "saint", "mount") or street.postdirection:
        return False
    draft.suffix = ""
    # 118 GARDEN COURT ST without its suffix is 118 GARDEN CT
    return draft.name.split()[-1] not in words.RESERVED


def unit_at_single(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
    """A door of a building that is one parcel."""
    value = chance.choice((str(chance.randrange(1, 30)), str(chance.randrange(101, 420)), chance.choice("ABCD")))
    draft.unit = f"{chance.choice(('UNIT', 'APT', '#', 'STE'))} {value}"
    return True


def two(first: Dirt, second: Dirt) -> Dirt:
    """Both."""

    def dirt(chance: Random, county: County, parcel: Parcel, draft: Draft, names: Spelling) -> bool:
        return first(chance, county, parcel, draft, names) and second(chance, county, parcel, draft, names)

    return dirt


def _other(chance: Random, draft: Draft, forms: "list[str] | tuple[str, ...]") -> bool:
    others = [form for form in forms if form != draft.name]
    draft.name = chance.choice(others)
    return True
