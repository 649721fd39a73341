"""Alert: leads new in tier A to every enabled channel, side by side, from the ledger that score has written."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from sqlalchemy import func, select

from wholesaler.db.models import LeadScore
from wholesaler.db.sql import statement
from wholesaler.errors import ExitCode
from wholesaler.notify import enabled_channels, preview
from wholesaler.stages.deliveries import deliver, pending_messages
from wholesaler.stages.interface import Attempt, Context, Result


def run(context: Context, attempt: Attempt) -> Result:
    """Send what is pending; what a channel does not take stays pending for the next run and is a warning.

    With ``dry_run`` nothing is sent or marked, and ``stats["preview"]`` holds what would go out. Raises
    :class:`ConfigurationError` for a channel that is enabled and has nowhere to send to.
    """
    channels = enabled_channels(context.settings)
    names = [channel.name for channel in channels]
    sent = dict.fromkeys(names, 0)
    warnings: list[str] = []
    pending = dict.fromkeys(names, 0)
    stats: dict[str, Any] = {**_tier_a(context), "sent": sent, "pending": pending}
    if context.options.dry_run:
        messages = [outgoing.message for channel in channels for outgoing in pending_messages(context, channel)]
        stats["preview"] = preview(messages) if messages else "Nothing to announce.\n"
    else:
        with ThreadPoolExecutor(len(channels), thread_name_prefix="alert") as pool:
            jobs = [pool.submit(copy_context().run, deliver, context, channel) for channel in channels]
            for name, job in zip(names, jobs, strict=True):
                delivery = job.result()
                sent[name] = delivery.taken
                warnings += [f"{name}: {refusal}" for refusal in delivery.refusals + delivery.left_out]
    with context.engine.connect() as connection:
        parameters = {"market": context.market.key, "channels": names}
        for row in connection.execute(statement(__package__, "alert.sql", "tally"), parameters):
            pending[row.channel] = row.pending
    return Result(stats, warnings, ExitCode.WARNINGS if warnings else ExitCode.OK)


def _tier_a(context: Context) -> dict[str, int]:
    """How many leads are in tier A, and how many of them are new on the day of the newest score."""
    query = select(func.count().label("tier_a"), func.count().filter(LeadScore.is_new).label("new_tier_a")).where(
        LeadScore.market == context.market.key, LeadScore.tier == "A"
    )
    with context.engine.connect() as connection:
        row = connection.execute(query).one()
    return {"tier_a": row.tier_a, "new_tier_a": row.new_tier_a}
