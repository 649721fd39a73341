"""Forms of parcel numbers that lists and rolls are written in: each kind that was met, and made ones at random."""

import random
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from wholesaler.draft.parcels import Numbers, draft_numbers
from wholesaler.markets.parcel import UnusableParcel

CHANCE = random.Random(7)
Write = Callable[..., str]


def drafted(roll: Sequence[str], *, is_whole: bool = True, **lists: Sequence[str]) -> Numbers:
    there = set(roll)
    made = draft_numbers(
        ("roll", roll), {"roll": roll, **lists}, lambda numbers: there.intersection(numbers), is_whole=is_whole
    )
    assert made.is_sound()
    return made


def stored(made: Numbers, name: str, number: str) -> str:
    form = made.lists[name]
    try:
        return made.reader(form).canonicalise(form.taken(number))
    except UnusableParcel:
        return ""


def joined(made: Numbers, name: str, pairs: dict[str, str]) -> float:
    """The share of a list's numbers that find the roll's number that is theirs; one that finds another is an error."""
    by_parcel = {stored(made, "roll", number): number for number in set(pairs.values())}
    right = 0
    for number, truth in pairs.items():
        found = by_parcel.get(stored(made, name, number))
        assert found in {None, truth}, f"{number} was joined with {found}, and is {truth}"
        right += found == truth
    return right / len(pairs)


# section 2, township 2, range 2, quarter 2, lot 3 of a county with few townships
LAND = sorted(
    {(f"{CHANCE.randint(1, 36):02d}", f"{CHANCE.randint(9, 12):02d}", f"{CHANCE.randint(17, 20):02d}",
      f"{CHANCE.choice('1234')}{CHANCE.choice('1234')}", f"{CHANCE.randint(1, 460):03d}") for _ in range(400)}
)  # fmt: skip
# map 3 and a letter in towns, group, lot 3, split 2
TOWNS = sorted(
    {(f"{CHANCE.randint(1, 160):03d}", CHANCE.choice(["", "A", "C", "L", "U"]), CHANCE.choice("ABCD"),
      f"{CHANCE.randint(1, 90):03d}", CHANCE.choice(["00", "00", "01"])) for _ in range(400)}
)  # fmt: skip
BOOKS = sorted({(f"{CHANCE.randint(1, 60):03d}", f"{CHANCE.randint(1, 12):02d}", f"{CHANCE.randint(1, 999):04d}")
                for _ in range(400)})  # fmt: skip
MIXED = sorted({"".join(CHANCE.choice("ABCDEF0123456789") for _ in range(9)) for _ in range(300)})


def check_digit(number: str) -> str:
    return str(sum(place * ord(character) for place, character in enumerate(number, 2)) % 10)


@pytest.mark.parametrize(
    ("numbers", "roll", "written"),
    [
        pytest.param(LAND, "{2}{1}{0}{3}{4}".format, "{1}-{2}-{0}-{3}{4}".format, id="two groups change places"),
        pytest.param(LAND, "{0}-{1}-{2}-{3}{4}".format, "{2}.{1}.{0}.{3}{4}".format, id="range, township, section"),
        pytest.param(LAND, "{0}-{1}-{2}-{3}{4}".format, "{2}{1}{0}{3}{4}".format, id="another order, no separators"),
        pytest.param(LAND, "{2}{1}{0}{3}{4}".format, "{2}{1}{0}-{3}{4}".format, id="one separator"),
        pytest.param(TOWNS, "{0}{1}-{2}-{3}.{4}".format, "{0}{1}{2}{3}{4}".format, id="letters, no separators"),
        pytest.param(TOWNS, "{0}{1}-{2}-{3}.{4}".format,
                     lambda *one: f"{int(one[0])}{one[1]} {one[2]} {int(one[3])}.{one[4]}", id="blanks, zeros lost"),
        pytest.param(BOOKS, "{0}-{1}-{2}".format, lambda *one: "-".join(str(int(each)) for each in one),
                     id="zeros lost in every group"),
        pytest.param(BOOKS, "{0}{1}{2}".format, lambda *one: "-".join(str(int(each)) for each in one),
                     id="zeros lost in every group, of a roll without separators"),
        pytest.param(BOOKS, "{0}{1}{2}".format, lambda *one: str(int("".join(one))), id="a column of numbers"),
        pytest.param(BOOKS, lambda *one: str(int("".join(one))), "{0}-{1}-{2}".format, id="a roll of numbers"),
        pytest.param(BOOKS, lambda *one: "-".join(str(int(each)) for each in one), "{0}.{1}.{2}".format,
                     id="a roll without zeros in front of its parts"),
        pytest.param(BOOKS, lambda *one: "-".join(str(int(each)) for each in one), "{0}-{1}-{2}".format,
                     id="a roll without zeros, with the marks of the list"),
        pytest.param(BOOKS, "{0}-{1}-{2}".format, "41-{0}-{1}-{2}".format, id="the county in front on the list"),
        pytest.param(BOOKS, "41-{0}-{1}-{2}".format, "{0}-{1}-{2}".format, id="the county in front on the roll"),
        pytest.param(BOOKS, "{0}-{1}-{2}".format, "41{0}{1}{2}".format, id="the county in front, no separators"),
        pytest.param(BOOKS, "{0}-{1}-{2}".format, "{0}-{1}-{2}-0000".format, id="what all end with"),
        pytest.param(BOOKS, "{0}-{1}-{2}".format, lambda *one: "".join(one) + check_digit("".join(one)),
                     id="a check digit on the list"),
        pytest.param(BOOKS, lambda *one: "-".join([*one, check_digit("".join(one))]), "{0}-{1}-{2}".format,
                     id="a check digit on the roll"),
        pytest.param(MIXED, lambda *one: "".join(one), lambda *one: f"{''.join(one[:4])}-{''.join(one[4:])}",
                     id="letters and digits of one width"),
    ],
)  # fmt: skip
def test_forms_are_found(numbers: Sequence[Sequence[str]], roll: Write, written: Write) -> None:
    pairs = {written(*one): roll(*one) for one in numbers}
    made = drafted(list(pairs.values()), cases=list(pairs)[::3])
    assert made.lists["cases"].is_told
    assert joined(made, "cases", pairs) >= 0.99


def test_a_suffix_that_only_some_have_may_follow_a_separator() -> None:
    suffixes = [CHANCE.choice(["", "", "A", "B"]) for _ in BOOKS]
    pairs = {
        "".join(one) + suffix: "-".join([*one, *filter(None, [suffix])])
        for one, suffix in zip(BOOKS, suffixes, strict=True)
    }
    made = drafted(list(pairs.values()), cases=list(pairs)[::3])
    assert joined(made, "cases", pairs) == 1.0


def test_separators_may_stand_anywhere() -> None:
    pairs = {}
    for place, one in enumerate(BOOKS):
        number = "".join(one)
        pairs[(f"{number[:4]} {number[4:]}", f"{number[:6]}.{number[6:]}", number)[place % 3]] = number
    made = drafted(list(pairs.values()), cases=list(pairs)[:150])
    assert made.lists["cases"].ignore
    assert joined(made, "cases", pairs) == 1.0


def test_a_list_may_write_numbers_in_two_ways() -> None:
    pairs = {}
    for place, one in enumerate(LAND):
        pairs["-".join([one[0], one[1], one[2], one[3] + one[4]]) if place % 2 else "".join(
            [one[2], one[1], one[0], one[3], one[4]]
        )] = "".join([one[2], one[1], one[0], one[3], one[4]])  # fmt: skip
    made = drafted(list(pairs.values()), cases=list(pairs)[::2] + list(pairs)[1::2])
    assert len(made.lists["cases"].names) == 2
    assert joined(made, "cases", pairs) == 1.0


SUFFIXES = ["001" if place % 40 == 7 else "000" for place in range(len(BOOKS))]


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(["{0}-{1}-{2}"], id="none has the suffix"),
        pytest.param(["{0}-{1}-{2}", "{0}.{1}.{2}.{3}", "{0}{1}{2}{3}"], id="one way in three lacks it"),
        pytest.param(["{0} {1} {2}", "{0}{1}{2}"], id="with blanks and without"),
        pytest.param(["{0}-{1}-{2}", "{0}{1}{2}{3}", "{4}{3}"], id="and zeros lost in front"),
        pytest.param(["{0}-{1}-{2}", "{0}{1}{2}{3}", "{4}"], id="both lost"),
    ],
)
def test_zeros_with_which_nearly_all_of_the_roll_end_may_be_missing(written: Sequence[str]) -> None:
    pairs = {}
    for place, (one, suffix) in enumerate(zip(BOOKS, SUFFIXES, strict=True)):
        # a suffix that says something is never left out
        form = written[place % len(written)] if suffix == "000" else next((w for w in written if "{3}" in w), None)
        if form is not None:
            pairs[form.format(*one, suffix, str(int("".join(one))))] = "".join([*one, suffix])
    roll = ["".join([*one, suffix]) for one, suffix in zip(BOOKS, SUFFIXES, strict=True)]
    made = drafted(roll, is_whole=False, cases=list(pairs))
    assert made.lists["cases"].ending == "000"
    assert (
        joined(made, "cases", {**pairs, **dict(zip(roll, roll, strict=True))} if "{3}" in str(written) else pairs) == 1
    )


def test_an_ending_that_many_do_not_have_is_not_put_behind_a_number() -> None:
    suffixes = ["001" if place % 10 == 7 else "000" for place in range(len(BOOKS))]
    roll = ["".join([*one, suffix]) for one, suffix in zip(BOOKS, suffixes, strict=True)]
    form = drafted(roll, is_whole=False, cases=["-".join(one) for one in BOOKS]).lists["cases"]
    assert not form.is_told


def test_a_list_that_writes_a_few_numbers_otherwise_has_both_forms() -> None:
    pairs = {("-" if place % 20 == 3 else "").join(one): "".join(one) for place, one in enumerate(BOOKS)}
    made = drafted(list(pairs.values()), cases=list(pairs))
    assert made.lists["cases"].name == ["plain", "dashes"]
    assert joined(made, "cases", pairs) == 1.0


def test_a_list_without_separators_is_told_beside_one_whose_parts_are_short() -> None:
    short = {
        "-".join([str(int(book)), str(int(page)), str(int(lot))]): f"{book} {page} {lot}" for book, page, lot in BOOKS
    }
    bare = {"".join(one): " ".join(one) for one in BOOKS}
    made = drafted(list(bare.values()), cases=list(short), sales=list(bare))
    assert joined(made, "cases", short) == joined(made, "sales", bare) == 1.0


def test_what_a_part_of_a_roll_begins_with_is_not_what_all_of_it_does() -> None:
    pairs = {"-".join(one): "-".join(["41", *one]) for one in BOOKS}
    form = drafted(list(pairs.values()), cases=list(pairs), is_whole=False).lists["cases"]
    assert not form.is_told
    assert form.offered


def test_units_of_a_building_are_not_taken_for_a_check_digit() -> None:
    roll = [f"{'-'.join(one)}-{unit}" for one in BOOKS for unit in (1, 2)]
    form = drafted(roll, cases=["-".join(one) for one in BOOKS]).lists["cases"]
    assert not form.is_told


def test_two_orders_that_both_join_are_a_question_that_offers_both() -> None:
    numbers = sorted({(f"{CHANCE.randint(1, 30):02d}", f"{CHANCE.randint(1, 30):02d}") for _ in range(5000)})
    roll = [f"{one}{other}07" for one, other in numbers]
    form = drafted(roll, cases=[f"{one}-{other}-07" for one, other in numbers[::3]]).lists["cases"]
    assert not form.is_told
    assert {"dashes", "dashes_21"} <= set(form.offered)
    assert form.rates["dashes"] == 1.0


def test_a_column_of_numbers_that_lost_zeros_joins_no_others() -> None:
    # 7 or 8 digits: 0123456 is 123456 on the list, and 1234567 another parcel
    roll = sorted({f"{CHANCE.randint(0, 10**width - 1):0{width}d}" for width in (5, 6) for _ in range(4000)})
    form = drafted(roll, cases=[one.lstrip("0") for one in roll[::9]]).lists["cases"]
    assert not form.is_told


@pytest.mark.parametrize("seed", range(24))
def test_no_grammar_makes_a_number_another_parcels(seed: int) -> None:
    """A random grammar, its roll, two lists in other forms: the form is found or asked, and nothing joins wrongly."""
    chance = random.Random(seed)
    pieces = [
        (chance.choice("DDDDL"), chance.randint(1, 4), place and chance.random() < 0.15)
        for place in range(chance.randint(2, 5))
    ]
    pieces.append(("D", 4, False))
    dense = chance.choice([30, 300, 10**6])

    def value() -> tuple[str, ...]:
        return tuple(
            "" if may_miss and kind == "L" and chance.random() < 0.5
            else f"{chance.randrange(min(10**width, dense)):0{width}d}" if kind == "D" else chance.choice("ABCDE")
            for kind, width, may_miss in pieces
        )  # fmt: skip

    def written(one: Sequence[str], how: str, marks: Sequence[str], order: Sequence[int]) -> str:
        text = ""
        for mark, place in zip(marks, order, strict=True):
            piece = one[place].lstrip("0") or "0" if how == "zeros" and one[place].isdecimal() else one[place]
            text += (mark if text and piece else "") + piece
        return {"prefix": f"12-{text}", "check": text + check_digit(text)}.get(how, text)

    parcels = sorted({value() for _ in range(500)})[:400]
    straight = range(len(pieces))
    own = [chance.choice("-. ") if chance.random() < 0.8 else "" for _ in pieces]
    roll = {written(one, "", own, straight): one for one in parcels}
    parcels = list(roll.values())
    lists: dict[str, dict[str, str]] = {}
    back = {one: number for number, one in roll.items()}
    for name in ("cases", "sales"):
        how = chance.choice(["order", "zeros", "prefix", "check", "marks", "bare"])
        marks = ["" if how in {"bare", "check"} else chance.choice("-./ ")] * len(pieces)
        order = chance.sample(straight, len(pieces)) if how == "order" else straight
        texts = [(written(one, how, marks, order), back[one]) for one in chance.sample(parcels, 90)]
        # what two parcels would be on the list is nobody's
        once = Counter(written(one, how, marks, order) for one in parcels)
        lists[name] = {text: number for text, number in texts if once[text] == 1}
    made = drafted(list(roll), **{name: list(pairs) for name, pairs in lists.items()})
    for name, pairs in lists.items():
        if made.lists[name].is_told:
            assert joined(made, name, pairs) >= 0.5
        else:
            assert made.lists[name].offered
