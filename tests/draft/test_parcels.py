"""Parcel numbers of a county, told by the numbers: parts, widths, and each list's form by what joins."""

from collections.abc import Collection, Sequence

import pytest

from tests.markets.samples import records
from wholesaler.draft.layouts import layout_of
from wholesaler.draft.parcels import ENOUGH, JOINED, LEAD, LookUp, Numbers, draft_numbers


def on(roll: Collection[str]) -> LookUp:
    there = {number.upper() for number in roll}
    return lambda numbers: there.intersection(numbers)


def drafted(roll: Sequence[str], **lists: Sequence[str]) -> Numbers:
    return draft_numbers(("roll", roll), {"roll": roll, **lists}, on(roll))


def read(made: Numbers, name: str, number: str) -> str:
    """A list's number as the file has it stored; the file's format must be one that is valid."""
    assert made.is_sound()
    form = made.lists[name]
    assert form.is_told
    return made.reader(form).canonicalise(form.taken(number))


PLAIN = [f"{place % 36 + 1:02d}{place % 6 + 20:02d}{place % 8 + 27:02d}{place * 37 % 10000:04d}" for place in range(60)]
DASHED = [f"{one[:2]}-{one[2:4]}-{one[4:6]}-{one[6:]}" for one in PLAIN]
#: the same numbers with the three parts in front the other way round
TURNED = [f"{one[4:6]}-{one[2:4]}-{one[:2]}-{one[6:]}" for one in PLAIN]


def test_a_number_of_one_part_is_the_commonest() -> None:
    made = drafted(["0660640130020", "0010020000013", "1234560010007"] * 5)
    assert (made.canonical, made.parts["number"].pattern) == ("{number}", "[0-9]{13}")
    made = drafted(["12004687.", "02000185-6", "22030578.002L"] * 5)
    assert read(made, "roll", "22030578.002L") == "22030578.002L"


def test_separators_make_parts_where_a_list_leaves_them_out() -> None:
    made = drafted(DASHED, suits=PLAIN)
    assert made.canonical == "{part1}-{part2}-{part3}-{part4}"
    assert read(made, "suits", PLAIN[3]) == read(made, "roll", DASHED[3]) == DASHED[3]
    assert drafted(DASHED, suits=DASHED).canonical == "{number}"


def test_the_order_of_parts_is_told_by_what_is_on_the_roll() -> None:
    made = drafted(PLAIN, straight=DASHED, turned=TURNED)
    assert made.lists["straight"].name == "dashes"
    assert made.lists["turned"].name == "dashes_321"
    assert read(made, "turned", TURNED[7]) == PLAIN[7]
    assert set(made.forms) == {"plain", "dashes", "dashes_321"}


def test_numbers_that_fit_two_orders_are_left_as_a_question() -> None:
    # section and range alike: both orders read the same text, so that the roll decides nothing
    same = [f"{place % 8 + 27:02d}{place % 6 + 20:02d}{place % 8 + 27:02d}{place:04d}" for place in range(60)]
    turned = [f"{one[4:6]}-{one[2:4]}-{one[:2]}-{one[6:]}" for one in same]
    form = drafted(same, turned=turned).lists["turned"]
    assert not form.is_told
    assert sorted(form.rates.values())[-2:] == [1.0, 1.0]


def test_of_real_numbers_none_is_taken_without_a_roll_that_has_it() -> None:
    """32 real tax deed numbers of Orange County, against the 41 parcels of another list."""
    sales = [record["USER_PARCEL"] for record in records("tax_sales")]
    roll = [record["PARCEL"] for record in records("property_records")]
    form = drafted(roll, sales=sales).lists["sales"]
    assert (form.is_told, max(form.rates.values()), len(form.rates)) == (False, 0.0, 6)
    both = draft_numbers(("roll", roll), {"roll": roll, "sales": sales}, on(_turned(sales)))
    assert both.lists["sales"].name == "dashes_321"


def _turned(sales: Sequence[str]) -> list[str]:
    parts = [one.split("-") for one in sales]
    return ["".join([range_, township, section, *rest]) for section, township, range_, *rest in parts]


@pytest.mark.parametrize(("joined", "is_told"), [(JOINED, True), (JOINED - 0.02, False)])
def test_half_of_the_numbers_must_be_on_the_roll(joined: float, is_told: bool) -> None:
    suits = PLAIN[: round(50 * joined)] + [f"99{place:08d}" for place in range(50 - round(50 * joined))]
    assert drafted(PLAIN, suits=suits).lists["suits"].is_told is is_told


@pytest.mark.parametrize(("lead", "is_told"), [(LEAD, True), (LEAD - 0.02, False)])
def test_another_order_must_join_far_less(lead: float, is_told: bool) -> None:
    extra = round(50 * (1 - lead))
    roll = PLAIN[:50] + [f"{one[4:6]}{one[2:4]}{one[:2]}{one[6:]}" for one in PLAIN[:extra]]
    form = draft_numbers(("roll", roll), {"roll": roll, "suits": DASHED[:50]}, on(roll)).lists["suits"]
    assert form.is_told is is_told


@pytest.mark.parametrize(("count", "is_told"), [(ENOUGH, True), (ENOUGH - 1, False)])
def test_few_numbers_decide_nothing(count: int, is_told: bool) -> None:
    assert drafted(PLAIN, suits=PLAIN[:count]).lists["suits"].is_told is is_told


def test_zeros_that_were_lost_come_back() -> None:
    roll = [f"{place:013d}" for place in range(10**9, 10**9 + 40)]
    made = drafted(roll, suits=[one.lstrip("0") for one in roll])
    assert read(made, "suits", roll[5].lstrip("0")) == roll[5]
    assert read(made, "roll", roll[5]) == roll[5]


def test_separators_are_ignored_where_they_are_nowhere_alike() -> None:
    roll = [f"{place:010d}" for place in range(5 * 10**9, 5 * 10**9 + 40)]
    suits = [f"{one[:4]}.{one[4:]}" if place % 2 else f"{one[:6]}-{one[6:]}" for place, one in enumerate(roll)]
    made = drafted(roll, suits=suits)
    assert made.lists["suits"].ignore == " .-/"
    assert read(made, "suits", suits[1]) == roll[1]


def test_without_a_roll_only_what_is_written_alike_is_taken_for_the_same() -> None:
    made = draft_numbers(None, {"suits": PLAIN, "cases": PLAIN[:20], "liens": ["A-1", "B-22", "C-333"] * 4}, on(()))
    assert (made.lists["cases"].name, made.lists["liens"].name) == ("plain", None)


def test_one_number_in_a_hundred_of_another_width_is_a_mistake_of_its_own() -> None:
    layout = layout_of(["07-001"] * 99 + ["07-0012"])
    assert layout is not None
    assert len(layout.slots) == 5
    assert layout.read("07-0012") is None
    layout = layout_of(["07-001"] * 98 + ["07-0012"] * 2)
    assert layout is not None
    assert layout.read("07-0012") == ("0", "7", "0012")
