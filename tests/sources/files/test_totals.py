"""Lines of sums below a table are no records."""

from typing import Any

import pytest

from tests.sources.files.helpers import read
from tests.sources.helpers import Opener
from wholesaler.sources.files.totals import is_total


@pytest.mark.parametrize(
    ("cells", "is_one"),
    [
        (["Total liens: 41", None, None, None], True), (["TOTAL", "", "", "9,120.50"], True),
        (["Grand Total", "", "$88,000.10", ""], True), ([None, "Totals:", None, 12.5, None], True),
        (["Total parcels 1,204", "", "", ""], True), (["Subtotal", "", "", 7], True),
        (["Total Wine LLC", "", "", "12.50"], False), (["Total 24 LLC", "", "", ""], False), (["Totally", ""], False),
        (["Total", "Ann", "", ""], False), (["Total", "1", "2", ""], False), (["A-1", "Total", "", ""], False),
        ([718, "Total", None, None], False), (["", "", ""], False), ([], False),
    ],
)  # fmt: skip
def test_a_line_of_sums_says_so_first_and_holds_numbers_alone(cells: list[Any], is_one: bool) -> None:
    assert is_total({f"F{place}": cell for place, cell in enumerate(cells)}) is is_one


def test_lines_of_sums_are_left_out_and_said(opener: Opener) -> None:
    raw = b'CASE,NAME,DAY,DUE\nA-1,Ann,2026-01-02,5\n"Total cases: 1",,,\nGrand total,,,5\n'
    records, points, outcome = read(opener, raw, "liens.csv")
    assert ([record["CASE"] for record in records], len(points)) == (["A-1"], 1)
    assert (outcome.complete, outcome.received, outcome.expected) == (True, 1, 1)
    assert outcome.warnings[-1] == "2 × line of a total, which is no record, left out."
