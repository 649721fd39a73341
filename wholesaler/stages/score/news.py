"""What has changed about the leads that people know: compared with what they were told last, for all leads at once."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from wholesaler.db.sql import statement
from wholesaler.notify import SALE_AHEAD_DAYS
from wholesaler.stages.interface import Context

_FILE = "news.sql"


def keep_dates(connection: Connection, context: Context, sources: Sequence[str]) -> None:
    """Note the days of sales and auctions that have moved, and those that are off; ``sources`` are those that count."""
    parameters = {"market": context.market.key, "as_of": context.as_of, "sources": list(sources)}
    for name in ("note_dates", "cancel_dates"):
        connection.execute(statement(__package__, _FILE, name), parameters)


def announce_news(
    connection: Connection,
    context: Context,
    channels: Sequence[str],
    sources: Sequence[str],
    new: str,
    *,
    is_other_profile: bool,
) -> None:
    """Write down what is to be told of leads that people know, in the scores' own transaction.

    ``new`` is the table of the leads that are announced as new; they are watched from now on.
    """
    windowed = [name for name, source in context.market.sources.items() if source.has_window]
    parameters = {
        "market": context.market.key,
        "as_of": context.as_of,
        "tiers": context.settings.told_tiers,
        "ahead": SALE_AHEAD_DAYS,
        "sources": list(sources),
        "windowed": windowed,
        "is_other_profile": is_other_profile,
        "channels": [name for name in channels if name != "report"],  # which is about new leads
    }
    connection.execute(statement(__package__, _FILE, "follow_merges"), parameters)
    connection.execute(statement(__package__, _FILE, "lead_facts", table=new), parameters)
    connection.execute(text("ANALYZE lead_facts (property_id)"))
    for name in ("begin_to_watch", "lost_signals", "lead_news", "announce_news", "drop_outdated", "remember"):
        connection.execute(statement(__package__, _FILE, name), parameters)
