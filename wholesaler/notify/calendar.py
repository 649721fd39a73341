"""Days of leads as an iCalendar file (RFC 5545), for any calendar program.

Written by hand: what is written are days with a title and a few texts, for which the format needs folded lines and four
escapes. A library would be one more package in every installation; the tests read the files with one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

#: bytes of a line without its end (section 3.1)
LONGEST_LINE = 75
_SPECIAL = re.compile(r"[\\;,]")
#: all but what stands for a line break here
_NOT_PRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")


@dataclass(frozen=True)
class CalendarDay:
    """One day of a lead: a sale, an auction or a follow-up, the whole day long.

    ``uid`` stays the same for good, and ``sequence`` grows whenever the day is another one or off, so that a calendar
    moves the entry that it has. ``changed_at`` is when that was last so. ``location`` is an address.
    """

    uid: str
    day: date
    title: str
    sequence: int
    changed_at: datetime
    description: str = ""
    location: str = ""
    url: str | None = None
    is_cancelled: bool = False


def calendar(days: Iterable[CalendarDay], name: str) -> Iterator[bytes]:
    """An iCalendar file of ``days`` that is called ``name``, a piece an entry; the same days make the same file."""
    yield _lines(
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//wholesaler//leads//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escape(name)}",
    )
    for day in days:
        yield _lines(*_entry(day))
    yield _lines("END:VCALENDAR")


def escape(text: str) -> str:
    """``text`` as a value of type TEXT (section 3.3.11), without control and invisible characters."""
    printable = _NOT_PRINTABLE.sub(" ", text.replace("\r\n", "\n"))
    return _SPECIAL.sub(r"\\\g<0>", printable).replace("\n", r"\n")


def fold(line: str) -> bytes:
    """A content line with its end, continued on further lines where it is too long, never within a character."""
    rest, parts = line.encode(), []
    room = LONGEST_LINE
    while len(rest) > room:
        end = room
        while rest[end] & 0xC0 == 0x80:  # within a character
            end -= 1
        parts.append(rest[:end])
        # a line that continues another begins with a blank, which counts
        rest, room = rest[end:], LONGEST_LINE - 1
    return b"\r\n ".join([*parts, rest]) + b"\r\n"


def _entry(day: CalendarDay) -> Iterator[str]:
    changed = day.changed_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    yield "BEGIN:VEVENT"
    yield f"UID:{escape(day.uid)}"
    yield f"DTSTAMP:{changed}"
    yield f"LAST-MODIFIED:{changed}"
    yield f"SEQUENCE:{day.sequence}"
    yield f"STATUS:{'CANCELLED' if day.is_cancelled else 'CONFIRMED'}"
    # the day as the county or the user names it: it begins at midnight wherever it is read
    yield f"DTSTART;VALUE=DATE:{day.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{day.day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{escape(day.title)}"
    if day.description:
        yield f"DESCRIPTION:{escape(day.description)}"
    if day.location:
        yield f"LOCATION:{escape(day.location)}"
    if day.url:
        yield f"URL:{day.url}"
    # nobody is busy because a house is sold
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _lines(*lines: str) -> bytes:
    return b"".join(map(fold, lines))
