"""Slack's incoming webhook: one message a second, refusals told apart, and an address that is a secret."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from wholesaler.errors import ConfigurationError
from wholesaler.http_client import HttpClient, trusted_certificates
from wholesaler.notify import pace
from wholesaler.notify.interface import PENDING_HINT, UNANSWERED_HINT, DeliveryError
from wholesaler.notify.messages import clean
from wholesaler.redaction import in_order, redact, webhook_secrets
from wholesaler.retry import Retryable, RetryPolicy, pause, seconds_of
from wholesaler.settings import Settings

TIMEOUT = 10.0
LONGEST_WAIT = 60.0
#: bytes; Slack answers with a word
LARGEST_ANSWER = 1 << 20

_MAKE_A_NEW_ONE = "Make a new incoming webhook in Slack and set ALERT_SLACK_WEBHOOK to it."
_NOT_UNDERSTOOD = "Slack did not understand the message; please report this as a bug."
#: a gateway speaks for a service that did not answer it
_UNANSWERED = {502, 504, 524}
#: no request has left; any other error of the transport may come after Slack has taken the message
_NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
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
    with a wait of 0 the pause of one second between messages is left out too. ``timeout`` (seconds) is for a whole
    answer. A message to which no answer came is not sent again here: Slack may have it. ``secrets`` are what an answer
    may echo beside the address.
    """

    def __init__(
        self,
        address: SecretStr,
        *,
        retries: int,
        retry_wait: float,
        timeout: float = TIMEOUT,
        sleep: Callable[[float], None] = pause,
        secrets: Sequence[str] = (),
    ) -> None:
        self._address = address
        self._secrets = in_order([*webhook_secrets(address.get_secret_value()), *secrets])
        self._policy = RetryPolicy(retries, retry_wait, sleep=sleep)
        self._retry_wait = retry_wait
        self._timeout = timeout
        self._sleep = sleep

    @classmethod
    def from_settings(cls, settings: Settings) -> "Webhook":
        """The webhook of ``settings``. Raises ``ConfigurationError`` when there is no usable one."""
        address = settings.alert_slack_webhook
        if address is None or not address.get_secret_value():
            raise ConfigurationError(
                "ALERT_SLACK_WEBHOOK is not set, but Slack alerts are on.",
                "Set it to the address of an incoming webhook, or set ALERT_ENABLE_SLACK=false.",
            )
        if not is_http(address.get_secret_value()):
            raise ConfigurationError(
                "ALERT_SLACK_WEBHOOK is not an http or https address.",
                "Copy the address of the incoming webhook from Slack; it begins with https://.",
            )
        return cls(
            address,
            retries=settings.http_retries,
            retry_wait=settings.http_retry_wait,
            timeout=min(TIMEOUT, settings.http_timeout),
            secrets=settings.secrets(),
        )

    def post(self, payload: dict[str, Any], title: str) -> None:
        """Hand in the message that people know as ``title``. Raises :class:`DeliveryError`, which names no secret."""
        address = self._address.get_secret_value()
        held = pace.seconds_held(address)
        if held > LONGEST_WAIT:
            raise _not_now(held)
        try:
            self._policy.attempts(channel="slack")(self._post, payload, title)
        except _TryLater as error:
            if error.retry_after is not None and self._retry_wait > 0:
                pace.hold(address, error.retry_after)
            raise DeliveryError(
                f"Slack did not take the message '{title}': {error.reason}.",
                PENDING_HINT,
                permanent=False,
                retry_after=error.retry_after,
            ) from None

    def knock(self) -> None:
        """Hand in a message without content, which Slack refuses once it has taken the address for a good one.

        Raises :class:`DeliveryError` for anything else.
        """
        try:
            self.post({}, "none")
        except DeliveryError as error:
            if not error.message_only:
                raise

    def _post(self, payload: dict[str, Any], title: str) -> None:
        address = self._address.get_secret_value()
        if self._retry_wait > 0:
            pace.wait_turn(address, self._sleep)
        try:
            with (
                unlogged(address),
                HttpClient(seconds=self._timeout, size=LARGEST_ANSWER, verify=trusted_certificates()) as client,
            ):
                response = client.request("POST", address, json=payload)
        except _NOTHING_SENT as error:
            raise _TryLater(f"it could not be reached ({self._redacted(str(error))})") from None
        except httpx.TimeoutException:
            raise _unanswered(title, f"within {self._timeout:g} s") from None
        except httpx.RequestError as error:
            raise _unanswered(title, f"that can be read ({self._redacted(str(error))})") from None
        if response.status_code == 200 and response.text.strip() == "ok":
            return
        self._refused(response, title)

    def _refused(self, response: httpx.Response, title: str) -> None:
        status = response.status_code
        word = self._redacted(clean(response.text))[:100] or "no explanation"
        wait = seconds_of(response.headers.get("Retry-After"))
        if status in {429, 503} and wait is not None and wait > LONGEST_WAIT:
            if self._retry_wait > 0:
                pace.hold(self._address.get_secret_value(), wait)
            raise _not_now(wait)
        if status == 429:
            raise _TryLater("too many messages (rate limit)", wait)
        if status in _UNANSWERED:
            raise _unanswered(title, f"but that of a gateway ({status})")
        if status >= 500:
            raise _TryLater(f"it answered {status}", wait)
        raise DeliveryError(
            f"Slack did not accept the message '{title}': it answered {status} '{word}'.",
            _HINTS.get(word, _NOT_UNDERSTOOD if status in _OF_THE_MESSAGE else _MAKE_A_NEW_ONE),
            permanent=True,
            message_only=status in _OF_THE_MESSAGE,
        )

    def _redacted(self, text: str) -> str:
        return redact(text, self._secrets)


def _not_now(seconds: float) -> DeliveryError:
    message = f"Slack takes no more messages for {seconds:.0f} s (rate limit)."
    return DeliveryError(message, PENDING_HINT, permanent=False, retry_after=seconds)


def _unanswered(title: str, how: str) -> DeliveryError:
    return DeliveryError(
        f"Slack gave no answer to the message '{title}' {how}.", UNANSWERED_HINT, permanent=False, unanswered=True
    )


def is_http(address: str) -> bool:
    """Whether an address can be asked at all."""
    try:
        scheme, host = urlsplit(address).scheme, httpx.URL(address).host
    except (ValueError, httpx.InvalidURL):
        return False
    return scheme in {"http", "https"} and bool(host)


@contextmanager
def unlogged(address: str) -> Iterator[None]:
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
