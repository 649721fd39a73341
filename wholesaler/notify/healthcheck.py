"""A dead-man's switch: a service that raises the alarm when a night does not report, or reports a failure.

The address is one of Healthchecks.io's ping API, which other services speak too: it is called after a success, with
``/start`` before and with ``/fail`` after a failure. What knows the address alone answers 404 to these two, and raises
the alarm because nothing more comes.
"""

from typing import Literal

import httpx
import structlog

from wholesaler.http_client import HttpClient, trusted_certificates
from wholesaler.notify.webhook import is_http, unlogged
from wholesaler.redaction import redact
from wholesaler.retry import Retryable, RetryPolicy
from wholesaler.settings import Settings

log = structlog.get_logger()

Signal = Literal["start", "success", "fail"]

TIMEOUT = 10.0
RETRIES = 2
#: bytes of a summary; Healthchecks.io keeps 100 kB, others less
LARGEST_SUMMARY = 10_000
_LARGEST_ANSWER = 1 << 20


class _NoAnswer(Retryable):
    """The service could not be reached, or was not able to answer."""


def ping(settings: Settings, signal: Signal, summary: str = "", *, seconds: float = TIMEOUT) -> str | None:
    """Give a signal; returns why it could not be given, without the address, which is a secret.

    Nothing happens without ``HEALTHCHECK_URL``. It takes ``seconds`` and is tried again twice; with less than
    ``TIMEOUT`` there is no time for that.
    """
    if settings.healthcheck_url is None:
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
