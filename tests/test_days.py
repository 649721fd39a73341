"""Days as people write them."""

from datetime import date

import pytest

from wholesaler.days import read_day
from wholesaler.errors import UsageError

#: a Friday
TODAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("written", "side", "day"),
    [
        ("2026-12-01", "ahead", date(2026, 12, 1)),
        ("12/01/2026", "ahead", date(2026, 12, 1)),
        ("1/2/27", "ahead", date(2027, 1, 2)),
        ("Today", "ahead", TODAY),
        ("tomorrow", "ahead", date(2026, 11, 28)),
        ("yesterday", "back", date(2026, 11, 26)),
        ("next friday", "ahead", date(2026, 12, 4)),
        ("Sat", "ahead", date(2026, 11, 28)),
        ("thursday", "ahead", date(2026, 12, 3)),
        ("friday", "back", date(2026, 11, 20)),
        ("last thursday", "back", date(2026, 11, 26)),
        ("saturday", "back", date(2026, 11, 21)),
    ],
)
def test_a_day_is_taken_as_people_write_it(written: str, side: str, day: date) -> None:
    assert read_day(written, "--next", TODAY, side) == day  # type: ignore[arg-type]


@pytest.mark.parametrize("written", ["", "t", "soon", "13/01/2026", "12/01", "2026-02-30", "1/1/1066", "tomo"])
def test_what_is_no_day_is_wrong_usage(written: str) -> None:
    with pytest.raises(UsageError, match="--next"):
        read_day(written, "--next", TODAY)


def test_words_need_a_day_that_they_are_said_on() -> None:
    with pytest.raises(UsageError, match="expected YYYY-MM-DD or MM/DD/YYYY"):
        read_day("tomorrow")
