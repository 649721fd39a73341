"""One service that apprise knows: an address of ALERT_URLS, what its refusals mean, and no word of its secrets.

apprise says True or False, and why in its log alone. So its log is read: the status of an answer, or what became of the
connection, which tells what was refused from what may have arrived. It is imported when a service is opened.
"""

import logging
import re
import warnings
from collections.abc import Callable, Sequence
from contextvars import copy_context
from importlib.util import find_spec
from threading import Thread
from typing import Any, Literal

from wholesaler.errors import ConfigurationError
from wholesaler.notify import pace
from wholesaler.notify.interface import PENDING_HINT, UNANSWERED_HINT, DeliveryError
from wholesaler.notify.messages import clean
from wholesaler.redaction import redact
from wholesaler.retry import Retryable, RetryPolicy, pause
from wholesaler.settings import Settings

Kind = Literal["info", "warning", "failure"]

#: seconds for one answer, and for all that a service does for one message
TIMEOUT = 10.0
LONGEST = 60.0

_CHECK = "Check the address in ALERT_URLS; `wholesaler alert --test` tries it."
_STATUS = re.compile(r"error=(\d{3})\b")
#: a gateway speaks for a service that did not answer it
_UNANSWERED = {502, 504, 524}
_LATER = {408, 425, 429}
#: answers about what is in a message; any other refusal is about the address
_OF_THE_MESSAGE = {400, 413, 422}
#: what became of a connection over which the message had gone
_MAY_HAVE_ARRIVED = re.compile(r"read timed out|connection aborted|remotedisconnected|reset by peer|broken pipe", re.I)
_OWN_TIMEOUT = re.compile(r"[?&][cr]to=", re.I)
_DETAILS = "Response Details:"
_CONNECTION = "Socket Exception:"


class _TryLater(Retryable):
    """The service did not take the message now."""


class _Log(logging.Handler):
    """What apprise logs in one thread."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.thread: int | None = None
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread:
            self.records.append(record)

    def lines(self, level: int) -> list[str]:
        """What was logged at a level or above, each on one line."""
        return [clean(record.getMessage()) for record in self.records if record.levelno >= level]


class Service:
    """One address. ``retries`` and ``retry_wait`` are as a webhook's; ``secrets`` are taken out of whatever is said."""

    def __init__(
        self,
        name: str,
        url: str,
        *,
        retries: int,
        retry_wait: float,
        timeout: float = TIMEOUT,
        longest: float = LONGEST,
        sleep: Callable[[float], None] = pause,
        secrets: Sequence[str] = (),
    ) -> None:
        self._name = name
        self._url = url
        self._secrets = secrets
        self._policy = RetryPolicy(retries, retry_wait, sleep=sleep)
        self._is_paced = retry_wait > 0
        self._sleep = sleep
        self._longest = longest
        self._service = _instantiate(name, url)
        if not _OWN_TIMEOUT.search(url):
            self._service.socket_connect_timeout = self._service.socket_read_timeout = timeout

    @classmethod
    def from_settings(cls, settings: Settings, name: str) -> "Service":
        """The service of that name. Raises ``ConfigurationError`` where apprise is missing or knows no such address."""
        return cls(
            name,
            settings.channel_urls[name],
            retries=settings.http_retries,
            retry_wait=settings.http_retry_wait,
            timeout=min(TIMEOUT, settings.http_timeout),
            secrets=settings.secrets(),
        )

    @property
    def room(self) -> int:
        """How many characters a message may have, its title among them where the service has none."""
        return int(self._service.body_maxlen)

    def post(self, title: str, body: str, kind: Kind) -> None:
        """Hand in a message. Raises :class:`DeliveryError`, which names no secret."""
        try:
            self._policy.attempts(channel=self._name)(self._post, title, body, kind)
        except _TryLater as error:
            raise DeliveryError(
                f"{self._name} did not take the message '{title}': {error}.", PENDING_HINT, permanent=False
            ) from None

    def _post(self, title: str, body: str, kind: Kind) -> None:
        if self._is_paced:
            pace.wait_turn(self._url, self._sleep)
        log, outcome = _Log(), list[Any]()

        def notify() -> None:
            from apprise import NotifyFormat, NotifyType

            log.thread = thread.ident
            try:
                outcome.append(
                    self._service.notify(
                        body=body, title=title, notify_type=NotifyType(kind), body_format=NotifyFormat.TEXT
                    )
                )
            except Exception as error:  # the boundary of somebody else's code
                outcome.append(error)

        logger = logging.getLogger("apprise")
        # its timeouts are for each byte anew: one that drips would hold the night up for ever
        thread = Thread(target=copy_context().run, args=(notify,), name=self._name, daemon=True)
        logger.addHandler(log)
        try:
            thread.start()
            thread.join(self._longest)
        finally:
            logger.removeHandler(log)
        if not outcome:
            raise self._unanswered(title, f"within {self._longest:g} s")
        if outcome[0] is not True:
            raise self._refusal(title, log, outcome[0])

    def _refusal(self, title: str, log: _Log, outcome: Any) -> Exception:
        """What it means that apprise did not say True."""
        everything, complaints = log.lines(logging.DEBUG), log.lines(logging.WARNING)
        if isinstance(outcome, Exception):
            complaints.append(f"{type(outcome).__name__}: {outcome}")
        status = next((int(found[1]) for line in reversed(complaints) if (found := _STATUS.search(line))), None)
        connection = _last(everything, _CONNECTION)
        reason = self._redacted(". ".join(complaints).rstrip(".") or "it gave no reason")[:300]
        details = self._redacted(_last(everything, _DETAILS))[:200]
        if status is None:
            if _MAY_HAVE_ARRIVED.search(connection):
                return self._unanswered(title, f"that can be read ({reason})")
            return _TryLater(reason)
        if status in _UNANSWERED:
            return self._unanswered(title, f"but that of a gateway ({status})")
        if status >= 500 or status in _LATER:
            return _TryLater(f"it answered {status} ({reason})")
        said = f"{reason}: {details}" if details else reason
        return DeliveryError(
            f"{self._name} did not accept the message '{title}': it answered {status} ({said}).",
            _CHECK,
            permanent=True,
            message_only=status in _OF_THE_MESSAGE,
        )

    def _unanswered(self, title: str, how: str) -> DeliveryError:
        return DeliveryError(
            f"{self._name} gave no answer to the message '{title}' {how}.",
            UNANSWERED_HINT,
            permanent=False,
            unanswered=True,
        )

    def _redacted(self, text: str) -> str:
        return redact(text, self._secrets)


def _last(lines: Sequence[str], beginning: str) -> str:
    """What follows a beginning in the last line that has it."""
    return next((line.removeprefix(beginning).strip() for line in reversed(lines) if line.startswith(beginning)), "")


def _instantiate(name: str, url: str) -> Any:
    """apprise's own object for an address."""
    if find_spec("apprise") is None:
        raise ConfigurationError(
            "ALERT_URLS needs the package apprise, which is not installed.",
            "Install it where wholesaler is: pip install 'wholesaler[channels]'.",
        )
    import apprise

    logger = logging.getLogger("apprise")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False  # it spells addresses and messages out; what it says is read here
    for library in ("urllib3", "requests", "requests_oauthlib", "oauthlib"):
        logging.getLogger(library).setLevel(logging.WARNING)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    asset = apprise.AppriseAsset(app_id="wholesaler", app_desc="wholesaler", async_mode=False)
    with warnings.catch_warnings():  # about modules of Python's own that some service still asks for
        warnings.simplefilter("ignore")
        service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        raise ConfigurationError(
            f"ALERT_URLS: apprise does not know how to use the address of {name}.",
            "Its form is on the page of the service at https://appriseit.com/services/.",
        )
    return service
