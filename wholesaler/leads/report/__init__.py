"""The report: the leads that may be worked in one HTML file that needs nothing else, with a map, a table and sheets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from wholesaler.leads.report.document import read_document
from wholesaler.leads.report.page import render_page
from wholesaler.markets import Market
from wholesaler.settings import Settings


@dataclass(frozen=True)
class Report:
    """A report: the day of its list, how many leads are in it, how many there are, and the parts of the page."""

    day: date
    leads: int
    total: int
    html: Iterable[str]


def make_report(
    connection: Connection, market: Market, settings: Settings, as_of: date, stale: Iterable[str] = ()
) -> Report:
    """The report of the newest scores; of ``as_of``, and empty, where nothing was ever scored.

    Names are in it where ``ALERT_SHOW_NAMES`` allows them; ``stale`` are the sources that add nothing to the scores.
    """
    known: dict[str, Any] = read_document(connection, market, as_of, names=settings.alert_show_names, stale=stale)
    return Report(known["day"], len(known["leads"]), known["total"], render_page(known, settings.report_tiles_url))
