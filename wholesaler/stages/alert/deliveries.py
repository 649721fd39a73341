"""From the ledger of deliveries to the channels: what is pending is sent, and marked message by message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from wholesaler.db.sql import statement
from wholesaler.deadline import unlimited
from wholesaler.documents import to_json
from wholesaler.logs import log
from wholesaler.notify import (
    Channel,
    DeliveryError,
)
from wholesaler.plural import counted
from wholesaler.redaction import redact
from wholesaler.stages.alert.pending import Outgoing, pending_messages
from wholesaler.stages.interface import Context

_FILE = "deliveries.sql"
RETRY_HINT = "`wholesaler alerts list` shows what was refused, `wholesaler alerts retry` sends it once more."
#: days for which a channel that refuses everything for good is sent what waits for it, a message a run
GIVE_UP_AFTER_DAYS = 7
#: days without a message after which ``ALERT_SIGN_OF_LIFE`` makes one
QUIET_DAYS = 7


@dataclass
class Delivery:
    """What came of sending on a channel: the number of leads it took, and why it did not take what stays pending.

    ``refused_for_good`` tells what is not sent again, ``omissions`` are about recipients that will never get what the
    others have; ``transient`` says that sending again in this run may help. ``unanswered`` are about what the channel
    may have: it waits for the next run.
    """

    leads: int = 0
    refusals: list[str] = field(default_factory=list)
    refused_for_good: list[str] = field(default_factory=list)
    omissions: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    transient: bool = False
    #: seconds for which the channel wants nothing
    retry_after: float | None = None

    def combine(self, later: "Delivery") -> "Delivery":
        """What came of this and of a later attempt at what it left pending."""
        return Delivery(
            self.leads + later.leads,
            later.refusals,
            self.refused_for_good + later.refused_for_good,
            self.omissions + later.omissions,
            self.unanswered + later.unanswered,
            later.transient,
            later.retry_after,
        )

    @property
    def warnings(self) -> dict[str, list[str]]:
        """What to say about it, by the kind of warning that it is."""
        waiting = self.unanswered + self.refusals + self.omissions
        return {"pending_alerts": waiting, "refused_alerts": self.refused_for_good}


def deliver(context: Context, channel: Channel[Any]) -> Delivery:
    """Send what is pending on a channel; a message that it objects to stays pending and does not hold up the others.

    A message to which no answer came is sent once a run, since the channel may have it. The messages behind it wait for
    the next attempt, when the channel may answer again. A lead that nobody works on since its message was made goes
    into none: the messages are made anew.
    """
    delivery = Delivery()
    secrets = context.settings.secrets()
    outgoing, settled = pending_messages(context, channel)
    if settled:
        _mark_sent(context, settled, "nothing to tell any more")
    for number, out in enumerate(outgoing, 1):
        if _are_unworkable(context, out.ids):
            return delivery.combine(deliver(context, channel))
        try:
            partial = out.channel.send(out.message)
        except DeliveryError as error:
            cause = redact(error.message, secrets)
            if error.unanswered:
                marks = {"message_id": out.message.reference, "run_id": context.run_id}
                _mark(context, "mark_unanswered", out, error=cause, **marks)
                log.warning("alert_unanswered", channel=channel.name, error=cause)
                delivery.unanswered.append(redact(str(error), secrets))
                delivery.transient |= number < len(outgoing)
                break
            log.warning("alert_refused", channel=channel.name, error=cause)
            if error.permanent and error.message_only:
                _mark(context, "mark_refused_for_good", out, error=cause)
                delivery.refused_for_good.append(f"{redact(str(error), secrets)} It is not tried again. {RETRY_HINT}")
                continue
            _mark(context, "mark_refused", out, error=cause)
            delivery.refusals.append(redact(str(error), secrets))
            if error.permanent:
                delivery.refused_for_good += _give_up(context, channel, cause)
            delivery.transient |= not error.permanent
            delivery.retry_after = error.retry_after
            break
        refusal = redact(partial.refusal, secrets) if partial else None
        if partial and refusal:
            log.warning("alert_delivered_in_part", channel=channel.name, error=refusal)
            if not partial.permanent:
                _mark(context, "mark_delivered_in_part", out, error=refusal, recipients=list(partial.recipients))
                delivery.refusals.append(refusal)
                delivery.transient = True
                continue
            delivery.omissions.append(refusal)
        delivery.leads += _mark_sent(context, out.ids, refusal)
        log.info("alert_sent", channel=channel.name, title=out.message.title, leads=len(out.message.leads))
    return delivery


def announce(
    context: Context, channels: Sequence[Channel[Any]], kind: str, subject: str, payload: dict[str, Any]
) -> None:
    """Put a notice into the ledger for ``channels``, unless it is there already, and send what is pending."""
    with context.engine.begin() as connection:
        write_notice(connection, context, channels, kind, subject, payload)
    deliver_notices(context, channels)


def write_notice(
    connection: Connection,
    context: Context,
    channels: Iterable[Channel[Any]],
    kind: str,
    subject: str,
    payload: dict[str, Any],
) -> None:
    """Put a notice into the ledger for ``channels``, unless it is there already."""
    parameters = {
        "market": context.market.key,
        "kind": kind,
        "subject": subject,
        "as_of": context.as_of,
        "payload": to_json(payload),
        "channels": [channel.name for channel in _of_people(channels)],
    }
    connection.execute(statement(__package__, _FILE, "announce_notice"), parameters)


def announce_life(context: Context, channels: Iterable[Channel[Any]]) -> None:
    """Have each channel that took nothing for ``QUIET_DAYS``, and has nothing to take, be told that all is well."""
    parameters = {
        "market": context.market.key,
        "as_of": context.as_of,
        "channels": [channel.name for channel in _of_people(channels)],
        "days": QUIET_DAYS,
    }
    with context.engine.begin() as connection:
        connection.execute(statement(__package__, _FILE, "announce_life"), parameters)


def count_notices(connection: Connection, market: str, kind: str, day: date) -> int:
    """How many notices of a kind the ledger has of a day."""
    parameters = {"market": market, "kind": kind, "as_of": day}
    return int(connection.scalar(statement(__package__, _FILE, "count_notices"), parameters) or 0)


def deliver_notices(context: Context, channels: Iterable[Channel[Any]]) -> None:
    """Send what is pending on ``channels``."""
    for channel in _of_people(channels):
        deliver(context, channel)


def _of_people(channels: Iterable[Channel[Any]]) -> list[Channel[Any]]:
    """The report file is about leads; notices go to people."""
    return [channel for channel in channels if channel.name != "report"]


def reopen(context: Context, channels: Iterable[Channel[Any]]) -> int:
    """Have what ``channels`` have refused for good sent once more; returns how much that is."""
    parameters = {"market": context.market.key, "channels": [channel.name for channel in channels]}
    with context.engine.begin() as connection:
        return connection.execute(statement(__package__, _FILE, "reopen"), parameters).rowcount


def _give_up(context: Context, channel: Channel[Any], cause: str) -> list[str]:
    """What has waited long enough for a channel that refuses everything waits no more; returns what to say of it."""
    parameters = {
        "market": context.market.key,
        "channel": channel.name,
        "days": GIVE_UP_AFTER_DAYS,
        "error": cause,
    }
    with unlimited(), context.engine.begin() as connection:
        number = connection.execute(statement(__package__, _FILE, "give_up"), parameters).rowcount
    if not number:
        return []
    announcements = counted(number, "announcement")
    return [f"After {GIVE_UP_AFTER_DAYS} days {announcements} will not be tried any more. {RETRY_HINT}"]


def _are_unworkable(context: Context, ids: list[int]) -> bool:
    """Whether one of the ledger's rows must not be sent any more, at this moment."""
    parameters = {"market": context.market.key, "ids": ids}
    with context.engine.connect() as connection:
        return bool(connection.scalar(statement(__package__, _FILE, "are_unworkable"), parameters))


def _mark_sent(context: Context, ids: list[int], error: str | None) -> int:
    """Write at once that the channel has what these rows announce; returns how many new leads were pending of them."""
    parameters = {"market": context.market.key, "ids": ids, "error": error, "as_of": context.as_of}
    with unlimited(), context.engine.begin() as connection:
        return int(connection.scalar(statement(__package__, _FILE, "mark_sent"), parameters) or 0)


def _mark(context: Context, how: str, outgoing: Outgoing, **values: Any) -> int:
    """Write at once what came of a message, in a transaction of its own; returns how many rows are marked."""
    parameters = {"market": context.market.key, "ids": outgoing.ids, **values}
    # a deadline may have passed since it went out
    with unlimited(), context.engine.begin() as connection:
        return connection.execute(statement(__package__, _FILE, how), parameters).rowcount
