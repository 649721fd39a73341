"""Telling people: new leads, failed stages and data findings, by Slack, e-mail and other services, as a report file."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from wholesaler.errors import ConfigurationError
from wholesaler.notify.email import EmailChannel
from wholesaler.notify.further import FurtherChannel
from wholesaler.notify.interface import (
    SALE_AHEAD_DAYS,
    Channel,
    DeliveryError,
    Digest,
    FailureNotice,
    Finding,
    FindingsNotice,
    LeadNews,
    LeadNotice,
    Message,
    PartialDelivery,
    ProfileChange,
)
from wholesaler.notify.report import ReportChannel, report_path
from wholesaler.notify.slack import SlackChannel
from wholesaler.settings import Settings

__all__ = [
    "SALE_AHEAD_DAYS",
    "Channel",
    "DeliveryError",
    "Digest",
    "FailureNotice",
    "Finding",
    "FindingsNotice",
    "LeadNews",
    "LeadNotice",
    "Message",
    "PartialDelivery",
    "ProfileChange",
    "enabled_channels",
    "preview",
    "report_path",
    "usable_channels",
]


def enabled_channels(settings: Settings, make_report: Callable[[], Iterable[str]] | None = None) -> list[Channel[Any]]:
    """The channels the settings turn on, the report file always among them.

    ``make_report`` returns the parts of its page; without it no leads are sent there.
    Raises ``ConfigurationError`` naming the variable when a channel is on and has nowhere to send to.
    """
    return [open_channel(settings) for open_channel in _enabled(settings, make_report)]


def usable_channels(settings: Settings) -> list[Channel[Any]]:
    """The channels the settings turn on, without those that have nowhere to send to."""
    channels = []
    for open_channel in _enabled(settings):
        with suppress(ConfigurationError):
            channels.append(open_channel(settings))
    return channels


def _enabled(
    settings: Settings, make_report: Callable[[], Iterable[str]] | None = None
) -> Iterator[Callable[[Settings], Channel[Any]]]:
    if settings.slack_enabled:
        yield SlackChannel.from_settings
    if settings.email_enabled:
        yield EmailChannel.from_settings
    for name in settings.channel_urls:
        yield partial(FurtherChannel.from_settings, name=name)
    yield partial(ReportChannel.from_settings, make=make_report)


def preview(messages: Iterable[Message[Any]]) -> str:
    """What ``messages`` would say, for a person to read; plain text without control characters from the data."""
    parts = [f"=== {message.channel}: {message.title} ===\n{message.text.rstrip()}\n" for message in messages]
    return "\n".join(parts)
