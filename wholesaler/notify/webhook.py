"""Slack's incoming webhook: one message a second, refusals told apart, and an address that is a secret."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from wholesaler.config import Settings
from wholesaler.errors import ConfigurationError
from wholesaler.http_client import HttpClient
from wholesaler.notify.interface import PENDING_HINT, DeliveryError
from wholesaler.notify.messages import clean
from wholesaler.retry import Retryable, RetryPolicy

TIMEOUT = 10.0
LONGEST_WAIT = 60.0
#: bytes; Slack answers with a word
LARGEST_ANSWER = 1 << 20

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


class _TryLater(Retryable):
    """Slack did not take the message now. ``wait`` is how many seconds Slack asked for, if it did."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = wait


class Webhook:
    """One incoming webhook.

    ``retries`` and ``retry_wait`` (seconds, doubled each time) are for answers that may be better a moment later;
    with a wait of 0 the pause of one second between messages is left out too.
    """

    def __init__(
        self,
        address: SecretStr,
        *,
        retries: int,
        retry_wait: float,
        timeout: float = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._address = address
        self._policy = RetryPolicy(retries, retry_wait, sleep=sleep)
        self._retry_wait = retry_wait
        self._timeout = timeout
        self._sleep = sleep
        self._last_post: float | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> "Webhook":
        """The webhook of ``settings``. Raises ``ConfigurationError`` when there is no usable one."""
        address = settings.alert_slack_webhook
        if address is None or not address.get_secret_value():
            raise ConfigurationError(
                "ALERT_SLACK_WEBHOOK is not set, but Slack alerts are on.",
                "Set it to the address of an incoming webhook, or set ALERT_ENABLE_SLACK=false.",
            )
        if not _is_http(address.get_secret_value()):
            raise ConfigurationError(
                "ALERT_SLACK_WEBHOOK is not an http or https address.",
                "Copy the address of the incoming webhook from Slack; it begins with https://.",
            )
        return cls(address, retries=settings.http_retries, retry_wait=settings.http_retry_wait)

    def post(self, payload: dict[str, Any], title: str) -> None:
        """Hand in the message that people know as ``title``. Raises :class:`DeliveryError`, which names no secret."""
        try:
            self._policy.attempts(channel="slack")(self._post, payload, title)
        except _TryLater as error:
            raise DeliveryError(
                f"Slack did not take the message '{title}': {error.reason}.", PENDING_HINT, permanent=False
            ) from None

    def _post(self, payload: dict[str, Any], title: str) -> None:
        self._pace()
        address = self._address.get_secret_value()
        try:
            with _unlogged(address), HttpClient(seconds=self._timeout, size=LARGEST_ANSWER) as client:
                response = client.request("POST", address, json=payload)
        except httpx.TimeoutException:
            raise _TryLater(f"no answer within {self._timeout:g} s") from None
        except httpx.RequestError as error:
            raise _TryLater(f"it could not be reached ({self._redacted(str(error))})") from None
        if response.status_code == 200 and response.text.strip() == "ok":
            return
        self._refused(response, title)

    def _refused(self, response: httpx.Response, title: str) -> None:
        status = response.status_code
        word = self._redacted(clean(response.text))[:100] or "no explanation"
        if status == 429:
            seconds = response.headers.get("Retry-After", "").strip()
            wait = float(seconds) if seconds.isascii() and seconds.isdigit() else None
            if wait is not None and wait > LONGEST_WAIT:
                raise DeliveryError(
                    f"Slack takes no more messages for {wait:.0f} s (rate limit).", PENDING_HINT, permanent=False
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
        address = self._address.get_secret_value()
        return text.replace(address, "…").replace(urlsplit(address).path or address, "…")


def _is_http(address: str) -> bool:
    try:
        scheme, host = urlsplit(address).scheme, httpx.URL(address).host
    except (ValueError, httpx.InvalidURL):
        return False
    return scheme in {"http", "https"} and bool(host)


@contextmanager
def _unlogged(address: str) -> Iterator[None]:
    """Keep httpx's own log lines about the webhook, which spell its address out, from every handler."""
    logger = logging.getLogger("httpx")
    spelled = str(httpx.URL(address))

    def without_webhook(record: logging.LogRecord) -> bool:
        return spelled not in record.getMessage()

    logger.addFilter(without_webhook)
    try:
        yield
    finally:
        logger.removeFilter(without_webhook)
