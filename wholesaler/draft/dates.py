"""How text dates are written, and which date of a list tells how fresh it is."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from wholesaler.probe.description import Field

#: formats of strptime that publishers were seen to use, the likelier of two that read the same first
_FORMATS = (
    "%m/%d/%Y", "%m-%d-%Y", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M",
    "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M:%S%z", "%Y%m%d", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y",
    "%m/%d/%y",
)  # fmt: skip
#: what is read without a format: ISO dates and epoch milliseconds
_PLAIN = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?|-?\d{11,14}(?:\.0*)?")
#: share of a field's values for which a format is written down
_LEAST = 0.002
#: the day on which something began: it alone says that something new came
_OWN = frozenset({"recording_date", "opened_date", "event_date", "entered_date"})
#: columns whose days lie ahead, or long back: they do not tell how fresh a list is while there is another
LATER = frozenset({"auction_date", "due_date", "transfer_date", "closed_date", "resolved_date"})


def formats_of(fields: Iterable[Field]) -> list[str]:
    """The formats of all text dates of a source, the most frequent first."""
    found: dict[str, int] = {}
    for one in fields:
        if one.type != "date":
            continue
        for text, count in one.counts.items():
            if _PLAIN.fullmatch(text):
                continue
            form = next((form for form in _FORMATS if _reads(text, form)), None)
            if form is not None and count >= 1:
                found[form] = found.get(form, 0) + count
    total = sum(found.values())
    return sorted((form for form in found if found[form] >= _LEAST * total), key=lambda form: -found[form])


def fresh_column(dates: dict[str, tuple[Field, date | None]], fresh: date) -> tuple[str, date] | None:
    """The column that tells how fresh a list is, and its newest day that is not ahead.

    ``dates``: column → its field, its newest day. It is that of the day of the filing while that has come since
    ``fresh``, else the one with the newest day; a column with days that cannot be is taken where there is no other.
    """
    days = {column: day for column, (one, newest) in dates.items() if (day := newest or one.newest_past) is not None}
    for able in (
        {one for one in days if one in _OWN and not dates[one][0].beyond and days[one] >= fresh},
        {one for one in days if one not in LATER and not dates[one][0].beyond},
        {one for one in days if not dates[one][0].beyond},
        set(days),
    ):
        if able:
            # of two of one day that of which more lie ahead, in the same order every time
            column = max(sorted(able), key=lambda one: (days[one], dates[one][0].ahead))
            return column, days[column]
    return None


def _reads(text: str, form: str) -> bool:
    try:
        day = datetime.strptime(text, form)
    except ValueError:
        return False
    return 1800 <= day.replace(tzinfo=UTC).year <= 2200
