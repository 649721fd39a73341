"""Days without a finished run: a machine that was off, a county that could not be loaded."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection

from wholesaler.db.sql import statement
from wholesaler.plural import counted

_DAY = timedelta(days=1)
#: how far back anybody wants to hear of it
_LOOK_BACK_DAYS = 366


def missed_days(connection: Connection, market: str, before: date, within: int = _LOOK_BACK_DAYS) -> list[date]:
    """The days ``before`` a day, within so many days, for which no run was finished; none before the first that was.

    A run is finished once the leads are scored, be it late.
    """
    finished = _finished_days(connection, market, before - _DAY)
    if not finished:
        return []
    first = max(min(finished), before - timedelta(days=within))
    days = (first + number * _DAY for number in range((before - first).days))
    return [day for day in days if day not in finished]


def gap_before(connection: Connection, market: str, day: date) -> str | None:
    """What a run for a day says of the days since the last finished run; none where that was the day before, or it."""
    finished = _finished_days(connection, market, day)
    if not finished or max(finished) >= day - _DAY:
        return None
    last = max(finished)
    gap = [last + number * _DAY for number in range(1, (day - last).days)]
    return (
        f"no run was finished on {counted(len(gap), 'day')} ({name_days(gap)}): they have no list and no history, and "
        "what was new on them is new now"
    )


def _finished_days(connection: Connection, market: str, until: date) -> set[date]:
    parameters = {"market": market, "since": until - timedelta(days=_LOOK_BACK_DAYS - 1), "until": until}
    return set(connection.scalars(statement(__package__, "status.sql", "finished_days"), parameters))


def name_days(days: Sequence[date]) -> str:
    """Days in order as a person reads them, those that follow each other together."""
    spans: list[list[date]] = []
    for day in days:
        if spans and spans[-1][1] == day - _DAY:
            spans[-1][1] = day
        else:
            spans.append([day, day])
    return ", ".join(
        f"{first:%-d %b %Y}" if first == last else f"{first:%-d %b} to {last:%-d %b %Y}" for first, last in spans
    )
