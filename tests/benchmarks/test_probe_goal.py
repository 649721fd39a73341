"""The goal of `markets probe`, on layers whose names are held out; the figures are in benchmarks/RESULTS.md."""

from collections import Counter

from benchmarks.probe import LAYERS, RIGHT, WRONG, measure_made


def test_four_fields_in_five_are_told_right_and_one_in_fifty_wrong() -> None:
    counts: Counter[str] = Counter()
    measure_made(counts, seed=2, layers=LAYERS // 3)
    assert counts["ours"] > 100
    assert counts["right"] >= RIGHT * counts["ours"]
    assert counts["wrong"] + counts["claimed"] <= WRONG * (counts["ours"] + counts["others"])
