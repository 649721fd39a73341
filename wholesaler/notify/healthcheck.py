"""A dead-man's switch: a service that raises the alarm when a night does not report, or reports a failure.

The address is one of Healthchecks.io's ping API, which other services speak too: it is called after a success, with
``/start`` before and with ``/fail`` after a failure. What knows the address alone answers 404 to these two, and raises
the alarm because nothing more comes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Literal

import httpx

from wholesaler.errors import ExitCode
from wholesaler.http_client import HttpClient, trusted_certificates
from wholesaler.notify.webhook import is_http, unlogged
from wholesaler.plural import counted
from wholesaler.redaction import redact
from wholesaler.retry import Retryable, RetryPolicy
from wholesaler.settings import Settings

Signal = Literal["start", "success", "fail"]

TIMEOUT = 10.0
#: seconds that an interrupted run has for its last word
HASTE = 1.0
RETRIES = 2
#: bytes of a summary; Healthchecks.io keeps 100 kB, others less
LARGEST_SUMMARY = 10_000
_LARGEST_ANSWER = 1 << 20


class _NoAnswer(Retryable):
    """The service could not be reached, or was not able to answer."""


class Signals:
    """What several counties of one command have to say: one begins it, and one signal for all ends it."""

    def __init__(self) -> None:
        self._begun = False
        self._told: list[tuple[Signal, str]] = []
        self._lock = Lock()

    def passes(self, signal: Signal, summary: str) -> bool:
        """Whether a county's signal is given now: the first begin is, everything else waits for the end."""
        with self._lock:
            if signal != "start":
                self._told.append((signal, summary))
                return False
            first, self._begun = not self._begun, True
            return first

    def conclude(
        self, settings: Settings, counties: int, code: ExitCode, *, is_interrupted: bool = False
    ) -> str | None:
        """Give the signal of all: a failure where one of the counties failed, a success where all have succeeded.

        ``code`` is the exit code of all. A command that was interrupted has failed, and has little time left.
        Returns why the signal could not be given.
        """
        with self._lock:
            told, is_begun = sorted(self._told), self._begun  # failures first
        failed = any(signal == "fail" for signal, _ in told) or (is_interrupted and (is_begun or bool(told)))
        if not failed and len(told) < counties:
            return None
        heads = [f"exit code {int(code)}: {counted(counties, 'county', 'counties')}"]
        heads += [summary.partition("\n")[0] for _, summary in told]
        summary = "\n".join([*heads, "", *(summary for _, summary in told)])
        token = _gathered.set(None)
        try:
            return ping(
                settings, "fail" if failed else "success", summary, seconds=HASTE if is_interrupted else TIMEOUT
            )
        finally:
            _gathered.reset(token)


_gathered: ContextVar[Signals | None] = ContextVar("signals", default=None)


@contextmanager
def gathered_signals() -> Iterator[Signals]:
    """Within, counties give their signals together."""
    signals = Signals()
    token = _gathered.set(signals)
    try:
        yield signals
    finally:
        _gathered.reset(token)


def ping(settings: Settings, signal: Signal, summary: str = "", *, seconds: float = TIMEOUT) -> str | None:
    """Give a signal; returns why it could not be given, without the address, which is a secret.

    Nothing happens without ``HEALTHCHECK_URL``. It takes ``seconds`` and is tried again twice; with less than
    ``TIMEOUT`` there is no time for that.
    """
    if settings.healthcheck_url is None:
        return None
    if (gathered := _gathered.get()) is not None and not gathered.passes(signal, summary):
        return None
    address = settings.healthcheck_url.get_secret_value()
    if not is_http(address):
        return "HEALTHCHECK_URL is not an http or https address."
    url = httpx.URL(address)
    if signal != "success":
        url = url.copy_with(path=f"{url.path.rstrip('/')}/{signal}")
    retries = min(RETRIES, settings.http_retries) if seconds >= TIMEOUT else 0
    policy = RetryPolicy(retries, settings.http_retry_wait)
    try:
        return policy.attempts(healthcheck=signal)(_post, settings, str(url), summary, seconds)
    except _NoAnswer as error:
        return str(error)


def _post(settings: Settings, url: str, summary: str, seconds: float) -> str | None:
    content = summary.encode()[:LARGEST_SUMMARY]
    try:
        with (
            unlogged(url),
            HttpClient(seconds=seconds, size=_LARGEST_ANSWER, verify=trusted_certificates()) as client,
        ):
            answer = client.request("POST", url, content=content, headers={"Content-Type": "text/plain; charset=utf-8"})
    except httpx.RequestError as error:
        why = redact(" ".join(str(error).split()), settings.secrets())
        raise _NoAnswer(f"The service behind HEALTHCHECK_URL could not be reached ({why}).") from None
    word = redact(" ".join(answer.text.split()), settings.secrets())[:100]
    refusal = f"The service behind HEALTHCHECK_URL answered {answer.status_code} '{word or 'nothing'}'."
    if answer.status_code == 429 or answer.status_code >= 500:
        raise _NoAnswer(refusal)
    # Healthchecks.io says OK to whom it does not know, and in brackets what is wrong
    return None if answer.is_success and not word.startswith("OK (") else refusal
