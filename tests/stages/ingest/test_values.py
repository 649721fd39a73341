"""Dates that are published as numbers, by what the publisher says of the field."""

from datetime import UTC

from wholesaler.markets.records import Column, Type
from wholesaler.stages.ingest.convert.values import NULL, ValueReader

DAY = Column("sale_date", Type.DATE)


def read(*values: float, epochs: bool = False) -> tuple[list[str], list[tuple[int, str]]]:
    """The values as COPY text, and what was noted."""
    noted: list[tuple[int, str]] = []
    reader = ValueReader(("%Y%m%d",), UTC)
    return reader.read(DAY, values, lambda *note: noted.append(note), epochs=epochs), noted


def test_a_number_in_a_date_field_is_epoch_milliseconds() -> None:
    assert read(1766016000000, 0, -21600000000, epochs=True) == (["2025-12-18", "1970-01-01", "1969-04-26"], [])


def test_any_other_number_is_a_written_date_or_none_at_all() -> None:
    texts, noted = read(20251218, 20251218.0, 2025, 46009, 20251340, float("nan"))
    assert texts == ["2025-12-18", "2025-12-18", *[NULL] * 4]
    assert noted == [(position, "unreadable date") for position in range(2, 6)]


def test_a_number_too_large_for_a_written_date_is_epoch_milliseconds_even_if_nobody_says_so() -> None:
    assert read(1766016000000) == (["2025-12-18"], [])
