"""Alert: leads new in tier A to every enabled channel, side by side, from the ledger that score has written."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any

from sqlalchemy import func, select

from wholesaler.db.scores import LeadScore
from wholesaler.db.sql import statement
from wholesaler.deadline import remaining
from wholesaler.errors import ExitCode
from wholesaler.leads.dates import write_dates
from wholesaler.leads.reading import later_list
from wholesaler.leads.report import make_report
from wholesaler.notify import (
    Channel,
    DeliveryError,
    enabled_channels,
    preview,
    report_path,
)
from wholesaler.notify.report import ReportChannel
from wholesaler.stages.alert.deliveries import Delivery, announce_life, deliver, reopen
from wholesaler.stages.alert.pending import pending_messages
from wholesaler.stages.interface import Attempt, Context, Result, RetryLater
from wholesaler.stages.properties.freshness import stale_sources

#: seconds for which a channel that asks for it is waited for; longer is for the next run
LONGEST_PAUSE = 600.0


def run(context: Context, attempt: Attempt) -> Result:
    """Write the report of the day and send what is pending; what a channel does not take stays pending for the next run
    and is a warning.

    Nothing is sent by a run for a day older than the list, of which it has no news.
    With ``dry_run`` nothing is sent or marked, and ``stats["preview"]`` holds what would go out. Raises
    :class:`RetryLater` while a channel refused that may take it later and this is not the last attempt, and
    :class:`ConfigurationError` for a channel that is enabled and has nowhere to send to.
    """
    channels = enabled_channels(context.settings, partial(_report, context))
    deliveries = {channel.name: Delivery() for channel in channels}
    with context.engine.connect() as connection:
        listed = later_list(connection, context.market, context.as_of)
    if not context.options.dry_run and listed is None:
        if context.options.again and attempt.number == 1:
            reopen(context, channels)
        if context.settings.alert_sign_of_life:
            announce_life(context, channels)
        deliveries |= _deliver(context, channels)
        transient = {name: delivery for name, delivery in deliveries.items() if delivery.transient}
        refusals = [f"{name}: {' '.join(delivery.refusals)}" for name, delivery in transient.items()]
        # of channels that want to be left alone, the one that does so for the shortest time
        asked = min((delivery.retry_after or 0.0 for delivery in transient.values()), default=0.0)
        if refusals and not attempt.last and asked <= LONGEST_PAUSE and asked < remaining():
            raise RetryLater(" ".join(refusals), retry_after=asked)
    path = report_path(context.settings, context.market.key, context.as_of)
    stats: dict[str, Any] = {
        **_tier_a(context),
        "sent": {name: delivery.leads for name, delivery in deliveries.items()},
        **_count_unsent(context, list(deliveries)),
        "report_path": None if path is None else str(path),
    }
    if context.options.dry_run:
        messages = [outgoing.message for channel in channels for outgoing in pending_messages(context, channel)[0]]
        stats["preview"] = preview(messages) if messages else "Nothing to announce.\n"
    warnings: list[str] = []
    names: list[str] = []
    if not context.options.dry_run and listed is None:
        stats["calendar_path"], unwritten = _write_calendar(context)
        warnings += unwritten
    if listed is not None:
        warnings.append(
            f"{context.as_of:%-d %b %Y} is older than the list of {listed:%-d %b %Y}: nothing is sent. What waits is "
            "sent with the next day's."
        )
    for channel, delivery in deliveries.items():
        for kind, said in delivery.warnings.items():
            name = f"{kind}:{channel}"
            names += [name] if said else []
            warnings += [f"{channel}: {warning}{context.known.note([name])}" for warning in said]
    return Result(stats, warnings, ExitCode.WARNINGS if any(map(context.known.counts, names)) else ExitCode.OK)


def _deliver(context: Context, channels: list[Channel[Any]]) -> dict[str, Delivery]:
    """Send on every channel, in a later attempt on those that may take more now; returns what has come of it so far."""
    deliveries: dict[str, Delivery] = context.state.deliveries
    open_channels = [
        channel for channel in channels if channel.name not in deliveries or deliveries[channel.name].transient
    ]
    for channel in open_channels:
        if isinstance(channel, ReportChannel):  # first: the others say where it is
            deliveries[channel.name] = deliveries.get(channel.name, Delivery()).combine(_write(context, channel))
    open_channels = [channel for channel in open_channels if not isinstance(channel, ReportChannel)]
    with ThreadPoolExecutor(max(1, len(open_channels)), thread_name_prefix="alert") as pool:
        jobs = {channel.name: pool.submit(copy_context().run, deliver, context, channel) for channel in open_channels}
        for name, job in jobs.items():
            deliveries[name] = deliveries.get(name, Delivery()).combine(job.result())
    return deliveries


def _write_calendar(context: Context) -> tuple[str | None, list[str]]:
    """Write the days of the leads beside the report; returns where, and why it could not be written."""
    with context.engine.connect() as connection:
        try:
            path = write_dates(connection, context.market, context.settings, context.as_of)
        except OSError as error:
            return None, [f"The calendar could not be written: {error.strerror or error}. Check the space on the disk."]
    return None if path is None else str(path), []


def _write(context: Context, channel: ReportChannel) -> Delivery:
    """Write the report of the day, which is wanted on a day without news too."""
    delivery = deliver(context, channel)
    if not delivery.leads and not delivery.refusals:
        try:
            channel.write(context.market.key, context.as_of)
        except DeliveryError as error:
            delivery.refusals.append(str(error))
            delivery.transient = not error.permanent
    return delivery


def _report(context: Context) -> Iterable[str]:
    """The parts of the report's page."""
    with context.engine.connect() as connection:
        stale = stale_sources(connection, context.market, context.as_of)
        return make_report(connection, context.market, context.settings, context.as_of, stale).html


def _count_unsent(context: Context, names: list[str]) -> dict[str, dict[str, int]]:
    """How many new leads each channel has still to take, and how many it has refused for good."""
    parameters = {"market": context.market.key, "channels": names}
    with context.engine.connect() as connection:
        rows = connection.execute(statement(__package__, "deliveries.sql", "count_unsent"), parameters).all()
    none = dict.fromkeys(names, 0)
    return {
        "pending": none | {row.channel: row.pending for row in rows},
        "refused": none | {row.channel: row.refused for row in rows},
    }


def _tier_a(context: Context) -> dict[str, int]:
    """How many leads are in tier A, and how many of them are new on the day of the newest score."""
    query = select(func.count().label("tier_a"), func.count().filter(LeadScore.is_new).label("new_tier_a")).where(
        LeadScore.market == context.market.key, LeadScore.tier == "A"
    )
    with context.engine.connect() as connection:
        row = connection.execute(query).one()
    return {"tier_a": row.tier_a, "new_tier_a": row.new_tier_a}
