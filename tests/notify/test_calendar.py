"""The calendar, read by a library that is not ours."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest

from wholesaler.notify.calendar import LONGEST_LINE, CalendarDay, calendar, escape, fold

CHANGED = datetime(2025, 11, 28, 6, 30, 15, tzinfo=UTC)


def entry(**changes: Any) -> CalendarDay:
    values: dict[str, Any] = {
        "uid": "tax_sale.282229885000007.orange-fl@wholesaler",
        "day": date(2025, 12, 18),
        "title": "Tax deed sale: 7 W Smith St, Orlando 32804",
        "sequence": 0,
        "changed_at": CHANGED,
    }
    return CalendarDay(**(values | changes))


def written(*days: CalendarDay, name: str = "Leads of Orange County, Florida") -> bytes:
    return b"".join(calendar(days, name))


def read(content: bytes) -> list[Any]:
    found = icalendar.Calendar.from_ical(content)
    assert not found.errors
    events = found.walk("VEVENT")
    assert not [error for event in events for error in event.errors]
    return events


def test_a_day_is_read_back_as_it_was_written() -> None:
    content = written(
        entry(location="7 W Smith St, Orlando 32804", description="Parcel 7", url="https://a.example/?a=1&b=2")
    )
    (event,) = read(content)
    assert event["UID"] == "tax_sale.282229885000007.orange-fl@wholesaler"
    assert event.decoded("DTSTART") == date(2025, 12, 18)
    assert event.decoded("DTEND") == date(2025, 12, 19)
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert event["SUMMARY"] == "Tax deed sale: 7 W Smith St, Orlando 32804"
    assert event["LOCATION"] == "7 W Smith St, Orlando 32804"
    assert event["DESCRIPTION"] == "Parcel 7"
    assert event["URL"] == "https://a.example/?a=1&b=2"
    assert event.decoded("DTSTAMP") == event.decoded("LAST-MODIFIED") == CHANGED
    assert (int(event["SEQUENCE"]), event["STATUS"]) == (0, "CONFIRMED")
    found = icalendar.Calendar.from_ical(content)
    assert (found["VERSION"], found["METHOD"]) == ("2.0", "PUBLISH")
    assert b"X-WR-CALNAME:Leads of Orange County\\, Florida\r\n" in content


def test_a_day_that_moved_is_the_same_entry_with_a_higher_number_and_one_that_is_off_says_so() -> None:
    moved = entry(day=date(2026, 1, 8), sequence=1)
    off = entry(uid="auction.1.orange-fl@wholesaler", sequence=2, is_cancelled=True)
    first, second = read(written(moved, off))
    assert (first["UID"], int(first["SEQUENCE"]), first.decoded("DTSTART")) == (entry().uid, 1, date(2026, 1, 8))
    assert (second["STATUS"], int(second["SEQUENCE"])) == ("CANCELLED", 2)


def test_an_instant_is_written_in_utc_whatever_its_zone() -> None:
    (event,) = read(written(entry(changed_at=CHANGED.astimezone(tz=None))))
    assert event.decoded("DTSTAMP") == CHANGED
    assert written(entry(changed_at=CHANGED + timedelta(seconds=0.4))) == written(entry())


@pytest.mark.parametrize(
    "text",
    [
        "a, b; c \\ d",
        "first\nsecond",
        "Ä" * 80,
        "🏚" * 60,
        "\\n is no line break, \\, no comma",
        'DTSTART:19700101\nEND:VEVENT "quoted": 1',
        "x" * 1_000,
        "BEGIN:VALARM\r\nACTION:EMAIL",
    ],
)
def test_whatever_stands_in_a_text_stays_text(text: str) -> None:
    content = written(entry(title=text, location=text, description=text), name=text)
    (event,) = read(content)
    whole = text.replace("\r\n", "\n")
    assert (event["SUMMARY"], event["LOCATION"], event["DESCRIPTION"]) == (whole, whole, whole)
    assert event.decoded("DTSTART") == date(2025, 12, 18)
    assert all(len(line) <= LONGEST_LINE for line in content.split(b"\r\n"))
    assert content.count(b"\n") == content.count(b"\r\n")
    for line in content.split(b"\r\n"):
        line.decode()  # no character is cut in two


def test_control_and_invisible_characters_are_left_out() -> None:
    assert escape("a\x00b\u202ec\x1b[31m") == "a b c [31m"


@pytest.mark.parametrize(("length", "lines"), [(LONGEST_LINE, 1), (LONGEST_LINE + 1, 2), (149, 2), (150, 3)])
def test_a_line_is_folded_at_its_75th_byte(length: int, lines: int) -> None:
    folded = fold("x" * length)
    assert folded.count(b"\r\n") == lines
    assert max(map(len, folded.split(b"\r\n"))) == LONGEST_LINE
    assert folded.replace(b"\r\n ", b"") == b"x" * length + b"\r\n"


def test_a_calendar_without_days_is_one_all_the_same() -> None:
    assert read(written()) == []
