"""The days of leads for a calendar: tax sales, auctions, follow-ups."""

from collections.abc import Collection, Iterator
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from wholesaler.db.sql import statement
from wholesaler.markets import Market
from wholesaler.markets.terms import fill_link
from wholesaler.notify.calendar import CalendarDay, calendar
from wholesaler.notify.messages import clean, place
from wholesaler.notify.report import calendar_path, write_calendar
from wholesaler.settings import Settings

#: days for which what has passed stays in a calendar
PAST_DAYS = 30


def lead_dates(
    connection: Connection, market: Market, as_of: date, properties: Collection[int] | None = None
) -> Iterator[CalendarDay]:
    """The days of ``properties``, or of all leads that are watched, the earliest first, without any name.

    A day that has moved is the same entry with a higher number, one that is off is marked so. Nothing is in it of a
    lead that nobody works on.
    """
    parameters = {
        "market": market.key,
        "as_of": as_of,
        "past": PAST_DAYS,
        "watched": properties is None,
        "ids": sorted(properties or ()),
    }
    query = statement(__package__, "dates.sql", "dates")
    for row in connection.execute(query, parameters, execution_options={"yield_per": 1_000}):
        yield _entry(row, market)


def write_dates(connection: Connection, market: Market, settings: Settings, as_of: date) -> Path | None:
    """Write the calendar of a market's leads beside its reports, in place of the one there is; returns where it is.

    Where there never was one, none is made without a day in it. Raises ``OSError`` where it cannot be written.
    """
    days = lead_dates(connection, market, as_of)
    first = next(days, None)
    if first is None and not calendar_path(settings, market.key).is_file():
        return None
    content = calendar(chain([first] if first else [], days), f"Leads of {market.name}")
    return write_calendar(settings, market.key, content)


def _entry(row: Any, market: Market) -> CalendarDay:
    words = {
        "tax_sale": market.words.tax_sale,
        "auction": market.words.foreclosure_auction,
        "follow_up": "Follow-up",
    }
    where = place(row.address, row.city, row.zip_code) if (row.address or "").strip() else ""
    template = market.links.get("parcel")
    return CalendarDay(
        uid=f"{row.kind}.{row.parcel_id}.{market.key}@wholesaler",
        day=row.day,
        title=f"{words[row.kind]}: {where or clean(row.parcel_id)}",
        sequence=max(0, row.sequence),
        changed_at=row.changed_at,
        description=f"Parcel {clean(row.parcel_id)}",
        location=where,
        url=fill_link(template, {"parcel": row.parcel_id}, market.parcel) if template else None,
        is_cancelled=row.is_cancelled,
    )
