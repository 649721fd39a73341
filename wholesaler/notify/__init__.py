"""Telling people: new leads, failed stages and data findings, by Slack, by e-mail and as a report file."""

from collections.abc import Iterable
from typing import Any

from wholesaler.config import Settings
from wholesaler.notify.email import EmailChannel
from wholesaler.notify.interface import (
    Channel,
    DeliveryError,
    Digest,
    FailureNotice,
    Finding,
    FindingsNotice,
    LeadNotice,
    Message,
    PartlyTaken,
)
from wholesaler.notify.report import ReportChannel
from wholesaler.notify.slack import SlackChannel

__all__ = [
    "Channel",
    "DeliveryError",
    "Digest",
    "FailureNotice",
    "Finding",
    "FindingsNotice",
    "LeadNotice",
    "Message",
    "PartlyTaken",
    "enabled_channels",
    "preview",
]


def enabled_channels(settings: Settings) -> list[Channel[Any]]:
    """The channels the settings turn on, the report file always among them.

    Raises ``ConfigurationError`` naming the variable when a channel is on and has nowhere to send to.
    """
    channels: list[Channel[Any]] = []
    if settings.slack_enabled:
        channels.append(SlackChannel.from_settings(settings))
    if settings.email_enabled:
        channels.append(EmailChannel.from_settings(settings))
    channels.append(ReportChannel.from_settings(settings))
    return channels


def preview(messages: Iterable[Message[Any]]) -> str:
    """What ``messages`` would say, for a person to read; plain text without control characters from the data."""
    parts = [f"=== {message.channel}: {message.title} ===\n{message.text.rstrip()}\n" for message in messages]
    return "\n".join(parts)
