"""Dates that are published as numbers, by what the publisher says of the field."""

from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from wholesaler.markets.records import Column, Type
from wholesaler.stages.ingest.convert.values import NULL, ValueReader

DAY = Column("sale_date", Type.DATE)


FLORIDA = ZoneInfo("America/New_York")


def read(
    *values: Any, epochs: bool = False, zone: tzinfo = UTC, formats: tuple[str, ...] = ("%Y%m%d",)
) -> tuple[list[str], list[tuple[int, str]]]:
    """The values as COPY text, and what was noted."""
    noted: list[tuple[int, str]] = []
    reader = ValueReader(formats, zone)
    return reader.read(DAY, values, lambda *note: noted.append(note), epochs=epochs), noted


def test_a_number_in_a_date_field_is_epoch_milliseconds() -> None:
    assert read(1766016000000, 0, -21600000000, epochs=True) == (["2025-12-18", "1970-01-01", "1969-04-26"], [])


def test_any_other_number_is_a_written_date_or_none_at_all() -> None:
    texts, noted = read(20251218, 20251218.0, 2025, 46009, 20251340, float("nan"))
    assert texts == ["2025-12-18", "2025-12-18", *[NULL] * 4]
    assert noted == [(position, "unreadable date, such as '2025': see date_formats") for position in range(2, 6)]


def test_a_number_too_large_for_a_written_date_is_epoch_milliseconds_even_if_nobody_says_so() -> None:
    assert read(1766016000000) == (["2025-12-18"], [])


@pytest.mark.parametrize(
    ("written", "day"),
    [
        # the last second of a day in Florida
        (
            (
                1797829199000, "1797829199000", " 1797829199000.0 ", "2026-12-21T04:59:59Z", "2026-12-21T04:59:59.000z",
                "2026-12-21 04:59:59+00", "2026-12-21 04:59:59 UTC", "2026-12-20T23:59:59-05:00",
                "2026-12-20T23:59:59.999999-0500", "2026-12-21T10:29:59+05:30", "2026-12-20T23:59:59", "12/20/2026",
                "21/Dec/2026 04:59:59 +0000",
            ),
            "2026-12-20",
        ),
        # the first one of the next day
        ((1797829200000, "1797829200000", "2026-12-21T05:00:00Z", "2026-12-21T05:00Z", "2026-12-21T00:00:00-05:00"),
         "2026-12-21"),
        # a plain date, published as midnight UTC
        ((1797811200000, "1797811200000", "2026-12-21T00:00:00Z", "2026-12-21T00:00:00.000+00:00", "2026-12-21",
          "2026-12-21T00:00:00.000", "2026-12-20T19:00:00-05:00"), "2026-12-21"),
        (("-21600000000", -21600000000), "1969-04-26"),
    ],
)  # fmt: skip
def test_one_instant_is_one_day_of_the_county_however_it_is_written(written: tuple[Any, ...], day: str) -> None:
    formats = ("%m/%d/%Y", "%d/%b/%Y %H:%M:%S %z")
    assert read(*written, zone=FLORIDA, formats=formats) == ([day] * len(written), [])


def test_a_text_in_a_field_of_epoch_milliseconds_may_be_short() -> None:
    assert read("86400000000", epochs=True) == (["1972-09-27"], [])


def test_a_written_date_of_twelve_digits_is_read_by_its_format_and_is_no_instant() -> None:
    assert read("202512181030", formats=("%Y%m%d%H%M",)) == (["2025-12-18"], [])


def test_an_instant_that_cannot_be_is_no_date() -> None:
    texts, noted = read("2026-12-21T25:00:00Z", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00", zone=FLORIDA)
    assert texts == [NULL] * 3
    assert noted[0][1] == noted[2][1] == "unreadable date, such as '2026-12-21T25:00:00Z': see date_formats"


def test_of_an_unreadable_date_no_more_than_its_beginning_is_told() -> None:
    _, noted = read("x" * 1000 + "\n")
    assert noted == [(0, f"unreadable date, such as '{'x' * 40}…': see date_formats")]
