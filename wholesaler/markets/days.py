"""Days that move: ``{today}``, ``{today-90d}``, ``{today+30d}``, ``{year}``, ``{year-1}`` in a market file's texts."""

import re
from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator

_DAY = re.compile(r"\{(?:today(?:([+-]\d{1,5})d)?|year([+-]\d{1,3})?)\}", re.ASCII)
#: what somebody means who writes it, and what it is not
_NEARLY = re.compile(r"\{\s*(?:today|year)\b[^{}]*\}", re.IGNORECASE)


def names_day(text: str) -> bool:
    """Whether the text says something else on another day."""
    return _DAY.search(text) is not None


def expand(text: str, day: date) -> str:
    """The text on a day; braces that hold anything else stay. Raises ``ValueError`` for a day that there is not."""

    def on_day(match: re.Match[str]) -> str:
        days, years = match.groups()
        if match[0].startswith("{year"):
            return str(day.year + int(years or 0))
        return (day + timedelta(days=int(days or 0))).isoformat()

    try:
        return _DAY.sub(on_day, text)
    except OverflowError:
        raise ValueError(f"a day of the calendar, not '{text}'") from None


def right_days(text: str) -> str:
    """Refuse braces that are meant for a day and are none: the server would get them as they are."""
    for match in _NEARLY.finditer(_DAY.sub("", text)):
        raise ValueError(f"a day such as {{today}}, {{today-90d}}, {{year}} or {{year-1}}, not '{match[0]}'")
    return text


#: a text in which days may stand
DatedText = Annotated[str, AfterValidator(right_days)]
