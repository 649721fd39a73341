"""Days as people write them on a command line."""

import re
from datetime import date, timedelta
from typing import Literal

from wholesaler.errors import UsageError

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}
#: as Americans write it; of ISO's the standard library knows all
_MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})")


def read_day(
    written: str, option: str = "--as-of", today: date | None = None, side: Literal["ahead", "back"] = "ahead"
) -> date:
    """The day that is asked for; raises :class:`UsageError` for what is no day, or none of our time.

    With ``today``, words are days as well: today, tomorrow, yesterday, and the nearest such weekday on that ``side`` of
    today, which today is not.
    """
    day = _by_word(written, today, side) if today is not None else None
    try:
        day = day or _by_number(written)
    except ValueError:
        words = "" if today is None else f", or {'tomorrow' if side == 'ahead' else 'yesterday'}, or a weekday"
        raise UsageError(f"{option}: '{written}' is no date; expected YYYY-MM-DD or MM/DD/YYYY{words}.") from None
    if not 1950 <= day.year <= 2150:
        raise UsageError(f"{option}: {day} is out of range; expected a day between 1950 and 2150.")
    return day


def _by_number(written: str) -> date:
    """Raises ``ValueError`` for what is no day."""
    if match := _MONTH_FIRST.fullmatch(written.strip()):
        month, day, year = map(int, match.groups())
        return date(year if year > 99 else 2000 + year, month, day)
    return date.fromisoformat(written)


def _by_word(written: str, today: date, side: str) -> date | None:
    word = written.strip().casefold().removeprefix("next " if side == "ahead" else "last ")
    if word in _NEAR:
        return today + timedelta(days=_NEAR[word])
    # of names of fewer letters some would be those of two days
    named = [number for number, name in enumerate(_WEEKDAYS) if len(word) > 2 and name.startswith(word)]
    if not named:
        return None
    ahead = (named[0] - today.weekday() - 1) % 7 + 1
    return today + timedelta(days=ahead if side == "ahead" else ahead % 7 - 7)
