"""The set of record ids that were seen."""

import random
import tracemalloc

import pytest

from wholesaler.sources.paging.identities import Identities


def test_every_number_is_new_once() -> None:
    seen = Identities()
    numbers = random.Random(5).sample(range(-50_000, 3_000_000), 5000)
    assert seen.add(numbers) == []
    assert seen.add(numbers[:10]) == list(range(10))
    assert seen.add([10_000_000, 10_000_000]) == [1]
    assert seen.count == 5001
    assert seen.highest == 10_000_000


def test_numbers_are_held_when_all_of_them_were_added() -> None:
    seen = Identities()
    seen.add([*range(-3000, 3000, 3), 10_000_000])
    assert seen.holds(range(-3000, 3000, 3))
    assert seen.holds([10_000_000])
    assert not seen.holds([-3000, -2999])
    assert not seen.holds([20_000_000])


def test_texts_are_new_once_and_do_not_mix_with_numbers() -> None:
    seen = Identities()
    assert seen.add([f"row-{number}" for number in range(5000)]) == []
    assert seen.add(["row-4999", "row-5000", 7, "7"]) == [0]
    assert seen.count == 5003
    assert seen.highest == 7


def test_records_that_share_an_id_are_different_when_they_say_different_things() -> None:
    seen = Identities()
    assert seen.add([7, 7, 8], [1, 2, 1]) == []
    assert seen.add([7, 7, 7, 8], [2, 1, 3, 1]) == [0, 1, 3]
    assert (seen.count, seen.twins, seen.has_shared_ids) == (4, 0, True)
    assert seen.add(["a", "a", "a"], [1, 2, 1]) == [2]
    assert seen.add([9, 9, 9], [5, 5, 5]) == [1, 2]
    assert (seen.count, seen.twins) == (7, 3)
    assert not seen.holds([7])
    assert seen.holds([8])


def test_ids_alone_are_repetitions_whatever_their_records_say() -> None:
    seen = Identities()
    seen.add([1, 2], [11, 12])
    assert seen.add([1, 2, 3]) == [0, 1]


@pytest.mark.parametrize("kind", [int, str])
def test_a_later_reading_knows_records_by_id_unless_one_reading_shares_it(kind: type) -> None:
    seen, reading = Identities(), Identities()
    seen.add([kind(one) for one in (1, 2, 3, 3)], [11, 12, 13, 14])
    assert seen.add_again([kind(one) for one in (1, 2, 3, 4)], [21, 12, 14, 15], reading) == [0, 1, 2]
    assert seen.add_again([kind(one) for one in (2, 3, 4, 4)], [22, 13, 15, 16], reading) == [1, 2]
    assert (seen.count, reading.count, seen.lost) == (7, 7, 0)


def test_a_record_held_back_that_turns_out_to_share_its_id_is_told() -> None:
    seen, reading = Identities(), Identities()
    seen.add([1, 2], [11, 12])
    assert seen.add_again([1, 2], [21, 12], reading) == [0, 1]
    assert seen.add_again([1, 2], [11, 22], reading) == [0]
    assert seen.lost == 1


def test_records_without_an_id_are_never_repetitions_and_counted_apart() -> None:
    seen = Identities()
    assert seen.add([None, None, 1, None]) == []
    assert (seen.count, seen.nameless) == (1, 3)


@pytest.mark.slow
def test_half_a_million_ids_take_little_more_than_a_megabyte() -> None:
    tracemalloc.start()
    try:
        seen = Identities()
        for start in range(0, 500_000, 2000):
            seen.add(range(start, start + 2000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seen.count == 500_000
    assert peak < 1_300_000


@pytest.mark.parametrize("apart", [17, 500, 5003, 1_000_003])
def test_ids_far_apart_take_less_than_a_hundred_bytes_each(apart: int) -> None:
    tracemalloc.start()
    try:
        seen = Identities()
        for start in range(0, 30_000 * apart, 2000 * apart):
            seen.add(range(start, start + 2000 * apart, apart))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seen.count == 30_000
    assert peak < 30_000 * 100


@pytest.mark.parametrize("widest", [300, 1 << 20, 1 << 63, 1 << 80])
def test_ids_are_told_apart_however_wide_and_dense_they_are(widest: int) -> None:
    choice = random.Random(7)
    seen, known, told = Identities(), dict[int, set[int]](), 0
    for _ in range(40):
        ids = [choice.randint(-widest, widest) for _ in range(50)]
        marks = [choice.randint(1, 2) for _ in ids]
        repeated = set(seen.add(ids, marks))
        for position, (one, mark) in enumerate(zip(ids, marks, strict=True)):
            assert (position in repeated) == (mark in known.get(one, set()))
            told += position not in repeated
            known.setdefault(one, set()).add(mark)
    assert (seen.count, seen.highest) == (told, max(known))
    for one, its_marks in known.items():
        assert seen.holds([one]) == (len(its_marks) == 1)
