"""Slack, by incoming webhook.

Slack refuses what is over its limits instead of cutting it (50 blocks, 3,000 characters a section, and some 13,200
characters in all, far under the documented 40,000: slackapi/bolt-js #2509), so a long digest becomes several
messages. A webhook takes one message a second; its address is a secret.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from wholesaler.config import Settings
from wholesaler.errors import ConfigurationError
from wholesaler.notify import messages
from wholesaler.notify.interface import (
    PENDING_HINT,
    Channel,
    DeliveryError,
    Digest,
    FailureNotice,
    FindingsNotice,
    Message,
)

MAX_BLOCKS = 50
MAX_SECTION = 2_800
MAX_MESSAGE = 10_000
TIMEOUT = 10.0
LONGEST_WAIT = 60.0

_TITLE = 300
_NOTE = 400
_FIELD = 300
# What a message holds beside its blocks: the fallback text (a title, JSON-escaped), keys and braces, part numbers.
_ENVELOPE = 2 * _TITLE + 100
_PARTIAL_ENTITY = re.compile(r"&[a-z]*$")
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "\u2217", "~": "\u223c", "`": "'"})
# Slack makes no emphasis inside a word, so that names such as ALERT_EMAIL can stay what they are.
_EMPHASIS = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_MAKE_A_NEW_ONE = "Make a new incoming webhook in Slack and set ALERT_SLACK_WEBHOOK to it."
_NOT_UNDERSTOOD = "Slack did not understand the message; please report this as a bug."
#: answers about what is in a message; any other refusal is about the webhook or its channel
_OF_THE_MESSAGE = {400, 413}
_HINTS = {
    "user_not_found": _MAKE_A_NEW_ONE,
    "channel_not_found": _MAKE_A_NEW_ONE,
    "channel_is_archived": "Restore the channel in Slack, or set ALERT_SLACK_WEBHOOK to a webhook of another one.",
    "action_prohibited": "An administrator of the Slack workspace has to allow the webhook to post.",
    "posting_to_general_channel_denied": "Set ALERT_SLACK_WEBHOOK to a webhook of another channel.",
}

SlackPayload = dict[str, Any]


class _TryLater(Exception):
    """Slack did not take the message now. ``wait`` is how many seconds Slack asked for, if it did."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


class SlackChannel(Channel[SlackPayload]):
    """Messages of blocks to one incoming webhook.

    ``retries`` and ``retry_wait`` (seconds, doubled each time) are for answers that may be better a moment later;
    with a wait of 0 the pause of one second between messages is left out too.
    """

    name = "slack"

    def __init__(
        self,
        webhook: SecretStr,
        *,
        show_names: bool,
        retries: int,
        retry_wait: float,
        timeout: float = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._webhook = webhook
        self._show_names = show_names
        self._retries = retries
        self._retry_wait = retry_wait
        self._timeout = timeout
        self._sleep = sleep
        self._last_post: float | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> "SlackChannel":
        """The channel of ``settings``. Raises ``ConfigurationError`` when there is no usable webhook."""
        webhook = settings.alert_slack_webhook
        if webhook is None or not webhook.get_secret_value():
            raise ConfigurationError(
                "ALERT_SLACK_WEBHOOK is not set, but Slack alerts are on.",
                "Set it to the address of an incoming webhook, or set ALERT_ENABLE_SLACK=false.",
            )
        if not _is_http(webhook.get_secret_value()):
            raise ConfigurationError(
                "ALERT_SLACK_WEBHOOK is not an http or https address.",
                "Copy the address of the incoming webhook from Slack; it begins with https://.",
            )
        return cls(
            webhook,
            show_names=settings.alert_show_names,
            retries=settings.http_retries,
            retry_wait=settings.http_retry_wait,
        )

    def render(self, digest: Digest) -> list[Message[SlackPayload]]:
        title = messages.digest_title(digest)
        notes = [messages.tier_line(digest.tier_counts), messages.stale_line(digest.stale_sources)]
        heading = _section(_lines([f"*{_text(title)}*", *(_text(note, _NOTE) for note in notes if note)]))
        footing = {"type": "context", "elements": [_markdown(_text(messages.ESTIMATE_NOTE, _NOTE))]}
        room = MAX_MESSAGE - _size(heading) - _size(footing) - _ENVELOPE
        sections = [_section(_lead(messages.view(lead, self._show_names))) for lead in digest.leads]
        groups = list(_groups(sections, room, MAX_BLOCKS - 2))
        rendered = []
        start = 0
        for number, group in enumerate(groups, 1):
            part = f"{title} (part {number} of {len(groups)})" if len(groups) > 1 else title
            first = heading if number == 1 else _section(f"*{_text(part)}*")
            covered = tuple(lead.parcel_id for lead in digest.leads[start : start + len(group)])
            rendered.append(self._message(part, [first, *group, footing], covered))
            start += len(group)
        return rendered

    def render_failure(self, notice: FailureNotice) -> Message[SlackPayload]:
        context = messages.failure_context(notice)
        lines = [f"*{_text(context['title'])}*", _text(context["error"], 1_500)]
        if context["hint"]:
            lines.append(f"What to do: {_text(context['hint'])}")
        lines.append(f"Day {context['day']}, after {context['duration']} with all retries.")
        return self._message(context["title"], [_section(_lines(lines))])

    def render_findings(self, notice: FindingsNotice) -> Message[SlackPayload]:
        context = messages.findings_context(notice)
        sections = []
        for finding in context["findings"]:
            lines = [f"*{finding['severity']}*: {_text(finding['title'])}"]
            if finding["hint"]:
                lines.append(f"What to do: {_text(finding['hint'])}")
            sections.append(_section(_lines(lines)))
        heading = _section(f"*{_text(context['title'])}*")
        room = MAX_MESSAGE - _size(heading) - _ENVELOPE - _NOTE
        shown = next(_groups(sections, room, MAX_BLOCKS - 2), [])
        blocks = [heading, *shown]
        if len(shown) < len(sections):
            blocks.append(_section(f"{len(sections) - len(shown)} more; `wholesaler check` lists them all."))
        return self._message(context["title"], blocks)

    def send(self, message: Message[SlackPayload]) -> None:
        retrying = Retrying(
            retry=retry_if_exception_type(_TryLater),
            stop=stop_after_attempt(self._retries + 1),
            wait=self._wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            retrying(self._post, message)
        except _TryLater as error:
            raise DeliveryError(
                f"Slack did not take the message '{message.title}': {error.reason}.",
                PENDING_HINT,
                permanent=False,
            ) from None

    def _message(self, title: str, blocks: list[SlackPayload], leads: tuple[str, ...] = ()) -> Message[SlackPayload]:
        text = "\n\n".join(
            block["text"]["text"] if block["type"] == "section" else block["elements"][0]["text"] for block in blocks
        )
        return Message(self.name, title, text, {"text": _text(title), "blocks": blocks}, leads)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _TryLater) and error.wait is not None:
            return error.wait
        return float(self._retry_wait * 2 ** (state.attempt_number - 1))

    def _post(self, message: Message[SlackPayload]) -> None:
        self._pace()
        webhook = self._webhook.get_secret_value()
        try:
            with _unlogged(webhook):
                response = httpx.post(webhook, json=message.payload, timeout=self._timeout)
        except httpx.TimeoutException:
            raise _TryLater(f"no answer within {self._timeout:g} s") from None
        except httpx.RequestError as error:
            raise _TryLater(f"it could not be reached ({self._redacted(str(error))})") from None
        if response.status_code == 200 and response.text.strip() == "ok":
            return
        self._refused(response, message.title)

    def _refused(self, response: httpx.Response, title: str) -> None:
        status = response.status_code
        word = self._redacted(messages.clean(response.text))[:100] or "no explanation"
        if status == 429:
            seconds = response.headers.get("Retry-After", "").strip()
            wait = float(seconds) if seconds.isascii() and seconds.isdigit() else None
            if wait is not None and wait > LONGEST_WAIT:
                raise DeliveryError(
                    f"Slack takes no more messages for {wait:.0f} s (rate limit).",
                    PENDING_HINT,
                    permanent=False,
                )
            raise _TryLater("too many messages (rate limit)", wait)
        if status >= 500:
            raise _TryLater(f"it answered {status}")
        raise DeliveryError(
            f"Slack did not accept the message '{title}': it answered {status} '{word}'.",
            _HINTS.get(word, _NOT_UNDERSTOOD if status in _OF_THE_MESSAGE else _MAKE_A_NEW_ONE),
            permanent=True,
            message_only=status in _OF_THE_MESSAGE,
        )

    def _pace(self) -> None:
        if self._retry_wait > 0:
            since = None if self._last_post is None else time.monotonic() - self._last_post
            if since is not None and since < 1:
                self._sleep(1 - since)
            self._last_post = time.monotonic()

    def _redacted(self, text: str) -> str:
        webhook = self._webhook.get_secret_value()
        return text.replace(webhook, "…").replace(urlsplit(webhook).path or webhook, "…")


def _is_http(webhook: str) -> bool:
    try:
        scheme, host = urlsplit(webhook).scheme, httpx.URL(webhook).host
    except (ValueError, httpx.InvalidURL):
        return False
    return scheme in {"http", "https"} and bool(host)


@contextmanager
def _unlogged(webhook: str) -> Iterator[None]:
    """Keep httpx's own log lines about the webhook, which spell its address out, from every handler."""
    logger = logging.getLogger("httpx")
    address = str(httpx.URL(webhook))

    def without_webhook(record: logging.LogRecord) -> bool:
        return address not in record.getMessage()

    logger.addFilter(without_webhook)
    try:
        yield
    finally:
        logger.removeFilter(without_webhook)


def _text(data: str, limit: int = _FIELD) -> str:
    """``data`` escaped for Slack and cut to ``limit`` characters, never inside an entity. Slack has no escape for its
    emphasis marks, so they become look-alikes."""
    escaped = _EMPHASIS.sub("\uff3f", data.translate(_MARKUP))
    return escaped if len(escaped) <= limit else _PARTIAL_ENTITY.sub("", escaped[: limit - 1]).rstrip() + "…"


def _lead(lead: messages.LeadView) -> str:
    score = f"tier {lead.tier} · score {lead.score} ({lead.scored_on})"
    top = [f"*{_text(lead.place)}*", f"Parcel {_text(lead.parcel_id, 60)} · {score}"]
    if lead.owner:
        top.append(f"Owner of record: {_text(lead.owner)}")
    bottom = [_text(lead.deal)]
    if lead.foreclosure:
        bottom.append(_text(lead.foreclosure))
    reasons = [f"• {_text(reason)}" for reason in lead.reasons]
    while True:
        hidden = len(lead.reasons) - len(reasons)
        rest = [f"• {messages.count(hidden, 'more reason')}: `wholesaler leads show`"] if hidden else []
        text = _lines([*top, *reasons, *rest, *bottom])
        if len(text) <= MAX_SECTION or not reasons:
            return text
        reasons.pop()


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _markdown(text: str) -> SlackPayload:
    # verbatim: Slack makes no links and no mentions out of names and addresses.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _section(text: str) -> SlackPayload:
    return {"type": "section", "text": _markdown(text)}


def _size(block: SlackPayload) -> int:
    return len(json.dumps(block, ensure_ascii=False)) + 2


def _groups(sections: list[SlackPayload], room: int, blocks: int) -> Iterator[list[SlackPayload]]:
    """Consecutive ``sections`` in groups of at most ``blocks`` that take up at most ``room`` characters."""
    group: list[SlackPayload] = []
    used = 0
    for section in sections:
        size = _size(section)
        if group and (used + size > room or len(group) == blocks):
            yield group
            group, used = [], 0
        group.append(section)
        used += size
    if group:
        yield group
