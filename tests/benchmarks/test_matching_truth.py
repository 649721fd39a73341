"""The truth that matching is measured by is one: the same from the same seed, as real rolls are, and right."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from functools import cache
from math import hypot
from pathlib import Path

import pytest

from benchmarks.matching import words
from benchmarks.matching.kinds import KINDS
from benchmarks.matching.notices import Notice, make_notices
from benchmarks.matching.peers.parts import without_manner
from benchmarks.matching.roll import County, Parcel, make_county
from benchmarks.matching.spelling import Spelling, is_near
from benchmarks.matching.writing import roll_text

ROOT = Path(__file__).parents[2]
SEED, PARCELS, NOTICES = 5, 30_000, 5_000


@cache
def county() -> County:
    return make_county(SEED, PARCELS)


@cache
def notices() -> tuple[Notice, ...]:
    return tuple(make_notices(SEED, county(), NOTICES))


def of_kind(name: str) -> list[Notice]:
    found = [notice for notice in notices() if notice.kind == name]
    assert found, name
    return found


@cache
def texts() -> dict[tuple[int, str], list[Parcel]]:
    """The parcels by town and by address without manner."""
    found = defaultdict(list)
    for parcel in county().parcels:
        found[parcel.town, without_manner(roll_text(county(), parcel))].append(parcel)
    return found


def digest(seed: int) -> str:
    made = make_county(seed, 3_000)
    return hashlib.sha256(repr((made, make_notices(seed, made, 600))).encode()).hexdigest()


def test_the_same_seed_makes_the_same_truth_in_another_process_too() -> None:
    code = f"from {__name__} import digest; print(digest(3))"
    environment = {**os.environ, "PYTHONHASHSEED": "17", "PYTHONPATH": str(ROOT)}
    other = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == digest(3) != digest(4)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("OAKLEY", "OAKLEY", True), ("OAKLEY", "OAKLY", True), ("OAKLEY", "OAKLELY", True), ("OAKLEY", "OAKLET", True),
        ("OAKLEY", "AOKLEY", True), ("OAKLEY", "OAKLYE", True), ("OAKLEY", "OAKLEYS", True), ("OAK", "OKAX", False),
        ("OAKLEY", "OAKY", False), ("OAKLEY", "OKALE", False), ("OAKLEY", "OYKLEA", False), ("", "A", True),
    ],
)  # fmt: skip
def test_names_are_near_that_differ_in_a_letter_or_a_swap(one: str, other: str, near: bool) -> None:
    assert is_near(one, other) is is_near(other, one) is near
    assert (one in Spelling([one]).near(other)) is near


def test_the_roll_is_built_as_real_ones_are() -> None:
    made = county()
    assert len(made.parcels) == PARCELS == len({parcel.parcel_id for parcel in made.parcels})
    assert set(Counter(parcel.lot for parcel in made.parcels)) == {
        "single", "base", "condominium", "common", "duplex", "flats", "rear", "vacant",
    }  # fmt: skip
    assert {parcel.unit.kind for parcel in made.parcels} == {"", "unit", "letter", "floor", "penthouse", "building"}
    assert {street.trait for street in made.streets} > {"numbered", "highway", "avenue", "saint", "spanish", "named"}
    names = defaultdict(set)
    for town, street in zip(made.towns, made.streets, strict=True):
        names[street.name].add((town, street.predirection, street.suffix, street.postdirection))
    same = [sorted(found) for found in names.values() if len(found) > 1]
    pairs = [(one, other) for found in same for one in found for other in found if one < other]
    assert any(a[0] == b[0] and a[1::2] == b[1::2] and a[2] != b[2] for a, b in pairs), "by suffix only"
    assert any(a[0] == b[0] and a[2] == b[2] and a[1::2] != b[1::2] for a, b in pairs), "by direction only"
    assert any(a[0] == b[0] and a[2] == b[2] and a[1] and a[1] == b[3] for a, b in pairs + [p[::-1] for p in pairs])
    assert any(a[0] != b[0] and a[1:] == b[1:] for a, b in pairs), "by town only"
    assert sum(parcel.number.startswith("N") for parcel in made.parcels) > 20, "a grid"
    # no two parcels of a town have one address, but land
    assert all(len(found) == 1 or found[0].number == "0" for found in texts().values())


def test_neighbours_are_some_20_metres_apart_and_150_metres_hold_several() -> None:
    houses = [parcel for parcel in county().parcels if parcel.lot == "single"]
    for parcel in houses[::500]:
        metres = sorted(hypot(other.x - parcel.x, other.y - parcel.y) for other in houses)
        assert 15 <= metres[1] <= 40
        assert sum(one <= 150 for one in metres) >= 5


def test_a_bare_roll_has_neither_city_nor_zip_and_every_roll_lacks_some() -> None:
    bare = make_county(SEED, 500, "bare")
    assert not any(bare.shows_city(parcel) or bare.shows_zip(parcel) for parcel in bare.parcels)
    full = county()
    for shows in (full.shows_city, full.shows_zip, full.shows_place):
        assert 0.95 < sum(shows(parcel) for parcel in full.parcels) / PARCELS < 0.99


def test_there_are_notices_of_every_kind_and_no_parcel_has_two() -> None:
    counted = Counter(notice.kind for notice in notices())
    assert set(counted) == {kind.name for kind in KINDS}
    assert len({notice.origin.key for notice in notices()}) == len(notices())
    shares = Counter(notice.expected for notice in notices())
    assert 0.12 < shares["undecided"] / len(notices()) < 0.17
    assert 0.12 < shares["alone"] / len(notices()) < 0.20


def test_what_must_be_matched_is_near_or_the_only_one_of_its_name() -> None:
    others = Counter((parcel.number, county().street(parcel).name, parcel.unit) for parcel in county().parcels)
    for notice in notices():
        if notice.expected != "match":
            continue
        origin = notice.origin
        if notice.x is not None and notice.y is not None and notice.kind != "no place on the roll":
            assert hypot(notice.x - origin.x, notice.y - origin.y) <= 140
        elif notice.kind != "no place, in two towns":
            assert others[origin.number, county().street(origin).name, origin.unit] == 1, notice


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.group in ("same words", "same and near")])
def test_what_says_the_same_in_the_same_words_is_the_rolls_address(kind: object) -> None:
    for notice in of_kind(kind.name):  # type: ignore[attr-defined]
        assert without_manner(notice.address) == without_manner(roll_text(county(), notice.origin))


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS if kind.group in (
    "other words", "unit at one parcel", "suffix missing", "space", "one letter",
)])  # fmt: skip
def test_dirt_is_not_as_the_roll_writes_it(kind: str) -> None:
    for notice in of_kind(kind):
        assert notice.address != roll_text(county(), notice.origin), notice


def test_dirt_is_what_its_kind_says() -> None:
    name = {notice.key: county().street(notice.origin).name for notice in notices()}
    street = {notice.key: county().street(notice.origin) for notice in notices()}
    for notice in of_kind("leading zeros"):
        assert notice.address.startswith("0")
        assert notice.address.lstrip("0").split()[0] == notice.origin.number
    for notice in of_kind("suffix missing"):
        assert not {*words.SUFFIXES, *words.SUFFIXES.values()} & {notice.address.split()[-1]}
        assert street[notice.key].suffix
    for kind in ("letter added", "letter left out", "other letter", "letters swapped"):
        spelling = Spelling(one.name for one in county().streets)
        for notice in of_kind(kind):
            near = [
                " ".join(notice.address.split()[first:last])
                for first in range(1, 4) for last in range(first + 1, len(notice.address.split()) + 1)
            ]  # fmt: skip
            assert any(is_near(text, name[notice.key]) and text != name[notice.key] for text in near), notice
            assert len(name[notice.key].replace(" ", "")) >= 5
            assert not any(text in spelling.names - {name[notice.key]} for text in near if len(text) >= 5), notice
    for kind in ("space", "name glued"):
        for notice in of_kind(kind):
            assert name[notice.key] not in notice.address
            assert name[notice.key].replace(" ", "") in notice.address.replace(" ", "")
    for notice in of_kind("unit at a single parcel"):
        doors = [p for p in county().parcels if (p.street, p.number) == (notice.origin.street, notice.origin.number)]
        assert doors == [notice.origin]
    for notice in of_kind("wrong ZIP"):
        assert notice.zip_code != county().zip_code(notice.origin)
    for notice in of_kind("fraction"):
        assert re.match(r"\S+ ?(½|-1/2)", notice.address)
    for notice in of_kind("Ñ and accents"):
        assert not notice.address.isascii()
    for notice in of_kind("no city, no ZIP"):
        assert (notice.city, notice.zip_code) == (None, None)
    assert all(notice.x is None for notice in of_kind("no place"))


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS if kind.expected == "alone"])
def test_a_near_miss_is_no_parcel_of_the_roll(kind: str) -> None:
    for notice in of_kind(kind):
        assert notice.truth is None
        town = notice.origin.town
        if kind.startswith("other town"):
            (town,) = (number for number, (name, _) in enumerate(words.TOWNS) if name == notice.city)
            assert town != notice.origin.town
        # 4244 EAST ST is no E ST
        written = notice.address if kind == "other lettered street" else without_manner(notice.address)
        found = texts().get((town, written), [])
        assert all(parcel.number == "0" for parcel in found), notice


@pytest.mark.parametrize("kind", ["unit missing", "suffix of two", "direction missing", "town of two"])
def test_what_nobody_can_decide_fits_more_than_one(kind: str) -> None:
    for notice in of_kind(kind):
        origin, street = notice.origin, county().street(notice.origin)
        at = [
            parcel
            for parcel in county().parcels
            if parcel.number == origin.number and county().street(parcel).name == street.name
        ]
        assert notice.truth == origin.parcel_id
        if kind == "unit missing":
            at = [parcel for parcel in at if parcel.street == origin.street]
            assert not any(parcel.unit == ("", "") for parcel in at)
        assert len(at) > 1, notice
