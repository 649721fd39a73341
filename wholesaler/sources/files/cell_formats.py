"""How a number in a cell of a workbook is meant: as a day, a time, digits with zeros before them, or a number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import isfinite
from typing import Any

#: the formats of days and times that every workbook has without saying so; the last are those of East Asia
_DAYS = {*range(14, 18), 22, *range(27, 32), 36, *range(50, 59)}
_TIMES = {*range(18, 22), *range(32, 36), *range(45, 48)}
#: in a format: a literal in quotes or behind a backslash, a blank or filler, and what stands in brackets
_ASIDE = re.compile(r'"[^"]*"|\\.|[_*].|\[(?![hmsHMS]+\])[^\]]*\]')
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
#: digits with zeros before them, and what may stand between
_MASK = re.compile(r"(?=(?:\D*0){2})[0 /-]+")
_SECONDS = 86_400
_MOST_DAYS = 2_958_466
#: Excel writes no more digits of a number, and a 0 in place of those that follow
_FIRST_CUT = 10**15
_FIRST_INEXACT = 2**53


@dataclass(frozen=True)
class Format:
    """``is_date`` and ``is_time`` say what is shown of a number, ``mask`` how its digits are written."""

    is_date: bool = False
    is_time: bool = False
    mask: str | None = None


def format_of(number: int, codes: Mapping[int, str]) -> Format:
    """The format of a number; ``codes`` are those that the workbook describes itself."""
    code = codes.get(number)
    if code is None:
        return Format(number in _DAYS, number in _TIMES)
    first = code.split(";")[0]
    mask = _LITERAL.sub(lambda match: match[1] or match[2] or "", first)
    if _MASK.fullmatch(mask):
        return Format(mask=mask)
    letters = _ASIDE.sub("", first).lower().replace("general", "").replace("am/pm", "").replace("a/p", "")
    # an m beside hours or seconds is minutes
    is_time = "h" in letters or "s" in letters
    is_date = "y" in letters or "d" in letters or ("m" in letters and not is_time)
    return Format(is_date, is_time)


def written(text: str, form: Format | None, from_1904: bool) -> Any:
    """What a cell with this number says: an ISO date or time, text with its zeros, or a number.

    ``from_1904``: days are counted from that year on. A number of more digits than Excel keeps is handed on as one that
    has lost some; what is no number stays as it is.
    """
    try:
        number = int(text) if text.isdecimal() and len(text) < 16 else float(text)
    except ValueError:
        return text
    if not isfinite(number):
        return text
    if form is not None:
        if form.is_date or form.is_time:
            return _moment(number, form, from_1904)
        if form.mask is not None and number >= 0 and number == int(number) and number < _FIRST_CUT:
            return _masked(str(int(number)), form.mask)
    if -_FIRST_CUT < number < _FIRST_CUT:
        return int(number) if number == int(number) else number
    if abs(number) < _FIRST_INEXACT:
        return f"{number:.14E}"
    return float(number)


def _moment(number: float, form: Format, from_1904: bool) -> Any:
    """A day, with its time where it has one. A 0 is how an empty day is stored."""
    if not 0 <= number < _MOST_DAYS:
        return number
    days, seconds = divmod(round(number * _SECONDS), _SECONDS)
    clock = (datetime.min + timedelta(seconds=seconds)).time()
    if days == 0 and not from_1904:
        return clock.isoformat() if form.is_time else None
    # Excel holds 1900 for a leap year, as the spreadsheets before it did
    first_of_1900 = date(1899, 12, 30) if days > 60 else date(1899, 12, 31)
    try:
        day = (date(1904, 1, 1) if from_1904 else first_of_1900) + timedelta(days=days)
    except OverflowError:  # the last years of the one system are none of the other
        return number
    return day.isoformat() if clock == time() else f"{day.isoformat()}T{clock.isoformat()}"


def _masked(digits: str, mask: str) -> str:
    """Digits as a mask shows them, from its right; more than it has places for stand where it begins."""
    rest = list(digits.zfill(mask.count("0")))
    shown: list[str] = []
    for character in reversed(mask):
        shown.append(rest.pop() if character == "0" else character)
    return "".join([*rest, *reversed(shown)])
