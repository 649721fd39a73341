"""One address of a source: ask it until it has answered, or say who failed and what to do.

Query strings encode a space as ``%20``: a publisher's firewall was seen to refuse ``+`` with 403.
"""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import structlog
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from wholesaler.errors import SourceError
from wholesaler.sources.http.answer import AUTHORISATION, TOO_MUCH, UNREADABLE, Failure, read_answer
from wholesaler.sources.http.rate_limit import HostQueue

#: a longer address is sent as form data: front ends were seen to refuse 1.4 to 2 kB with 403, 404 and 413
LONGEST_URL = 1800
_POST_REFUSALS = frozenset({403, 404, 405, 413})
#: how often a query that the caller can make smaller is repeated as it is
_RETRIES_BEFORE_SHRINKING = 2
_LONGEST_BACKOFF = 60.0

_log = structlog.get_logger(__name__)


class RequestFailed(SourceError):
    """A request that failed for good. ``status`` is the HTTP or ArcGIS code, ``None`` when no answer came."""

    def __init__(
        self, message: str, hint: str | None, *, transient: bool, status: int | None = None, timed_out: bool = False
    ) -> None:
        super().__init__(message, hint, transient=transient)
        self.status = status
        self.timed_out = timed_out

    @property
    def too_much(self) -> bool:
        """Whether asking for less may help."""
        return self.timed_out or self.status in TOO_MUCH

    @property
    def hopeless(self) -> bool:
        """Whether no other form of the same question can help: no access, or no service at the moment."""
        return self.status in AUTHORISATION or (self.transient and not self.too_much)


class PostRefused(SourceError):
    """The host takes no form data; the caller splits its query into short ones."""


@dataclass(frozen=True)
class Answer:
    """The parsed JSON of an answer, and its headers (names in lower case)."""

    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Patience:
    """How long to wait and how often to ask again.

    ``timeout`` bounds a whole answer, ``retry_wait`` doubles with each of the ``retries``; seconds. ``pause`` sleeps,
    and raises when the run is over; ``redact`` takes secrets out of a text.
    """

    timeout: float
    retries: int
    retry_wait: float
    pause: Callable[[float], None]
    redact: Callable[[str], str]


@dataclass(frozen=True)
class Endpoint:
    """One source's address. May be used by many threads."""

    patience: Patience
    client: httpx.Client
    queue: HostQueue
    source: str
    host: str
    base: str
    fixed: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    posts: bool = True

    @property
    def concurrency(self) -> int:
        """How many requests the host may be sent at a time."""
        return self.queue.concurrency

    @property
    def can_post(self) -> bool:
        """Whether a long query may go out as form data (until the host has refused it)."""
        return self.posts and not self.queue.post_refused

    def url(self, params: Mapping[str, str], path: str = "") -> str:
        """The whole address of a GET, as it goes over the wire."""
        return f"{self.base}{path}?{_encode({**self.fixed, **params})}"

    def get(
        self,
        params: Mapping[str, str],
        path: str = "",
        *,
        valid: Callable[[Any], bool] = lambda body: True,
        shrinkable: bool = False,
    ) -> Answer:
        """Ask until a JSON answer for which ``valid`` holds has come.

        ``shrinkable`` says that the caller will ask for less when this is too much, so that it fails sooner. Raises
        :class:`RequestFailed`, and :class:`PostRefused` when the query is too long for this host.
        """
        attempts = Retrying(
            retry=retry_if_exception_type(Failure),
            stop=lambda state: state.attempt_number > self._retries_of(_failure(state), shrinkable),
            wait=self._wait_before_next,
            sleep=self.patience.pause,
            before_sleep=self._log_retry,
            reraise=True,
        )
        try:
            return attempts(self._attempt, params, path, valid)
        except Failure as failure:
            raise self._give_up(failure, attempts.statistics["attempt_number"]) from None

    def _attempt(self, params: Mapping[str, str], path: str, valid: Callable[[Any], bool]) -> Answer:
        url = self.url(params, path)
        posting = len(url) > LONGEST_URL and self.can_post
        with self.queue.turn():
            self.patience.pause(0)
            status, headers, raw = self._send(url, posting)
        if posting and status in _POST_REFUSALS:
            self.queue.post_refused = True
            raise PostRefused(
                f"{self.source}: {self.host} takes no form data ({status}).",
                "Ask for less at a time: its address lines are limited too.",
                transient=False,
            )
        return Answer(read_answer(status, raw, headers.get("retry-after"), valid), headers)

    def _send(self, url: str, posting: bool) -> tuple[int, Mapping[str, str], bytes]:
        deadline = time.monotonic() + self.patience.timeout
        try:
            with self._stream(url, posting) as response:
                chunks = []
                for chunk in response.iter_bytes():
                    chunks.append(chunk)
                    if time.monotonic() > deadline:
                        raise httpx.ReadTimeout("the whole answer took too long")
                return response.status_code, response.headers, b"".join(chunks)
        except httpx.TimeoutException:
            reason = f"did not answer within {self.patience.timeout:g} s"
            raise Failure(reason, transient=True, timed_out=True) from None
        except httpx.DecodingError:
            raise Failure("sent data that cannot be decompressed", transient=True, status=UNREADABLE) from None
        except httpx.TransportError as error:
            if "CERTIFICATE" in str(error).upper():
                hint = f"Give the certificates it leaves out as 'ca_bundle' of sources.{self.source}"
                raise Failure(
                    f"has a certificate that cannot be verified: {error}", transient=False, hint=hint
                ) from None
            reason = str(error).rstrip(".") or type(error).__name__
            raise Failure(f"cannot be reached: {reason}", transient=True) from None
        except (httpx.InvalidURL, httpx.TooManyRedirects) as error:
            raise Failure(f"has an address that leads nowhere: {error}", transient=False) from None

    def _stream(self, url: str, posting: bool) -> AbstractContextManager[httpx.Response]:
        # A header may be a token, which must not follow a redirect to another host.
        follow = not self.headers
        if not posting:
            return self.client.stream("GET", url, headers=dict(self.headers), follow_redirects=follow)
        address, _, form = url.partition("?")
        headers = {**self.headers, "Content-Type": "application/x-www-form-urlencoded"}
        return self.client.stream("POST", address, content=form, headers=headers, follow_redirects=follow)

    def _retries_of(self, failure: Failure, shrinkable: bool) -> int:
        retries = self.patience.retries
        if failure.retries is not None:
            retries = min(retries, failure.retries)
        if shrinkable and failure.too_much:
            retries = min(retries, _RETRIES_BEFORE_SHRINKING)
        return retries

    def _wait_before_next(self, state: RetryCallState) -> float:
        base = self.patience.retry_wait
        if base == 0:
            return 0.0
        backoff: float = min(base * 2 ** (state.attempt_number - 1), _LONGEST_BACKOFF) * random.uniform(0.5, 1.0)
        asked = _failure(state).retry_after
        if asked is None:
            return backoff
        self.queue.hold(asked)
        return asked + random.uniform(0, min(base, 1.0))

    def _log_retry(self, state: RetryCallState) -> None:
        failure = _failure(state)
        _log.warning(
            "http_retry",
            source=self.source,
            host=self.host,
            attempt=state.attempt_number,
            wait=round(state.upcoming_sleep, 1),
            reason=self.patience.redact(failure.reason),
        )

    def _give_up(self, failure: Failure, attempts: int) -> RequestFailed:
        often = f" (asked {attempts} times)" if attempts > 1 else ""
        advice = f"Check 'url', 'where' and 'fields' of sources.{self.source} in the market file"
        hint = failure.hint or ("Run it again later; nothing was lost" if failure.transient else advice)
        return RequestFailed(
            self.patience.redact(f"{self.source}: {self.host} {failure.reason}{often}."),
            f"{hint}.",
            transient=failure.transient,
            status=failure.status,
            timed_out=failure.timed_out,
        )


def _failure(state: RetryCallState) -> Failure:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, Failure):
        raise TypeError(f"a retry without a failure: {error!r}")
    return error


def _encode(params: Mapping[str, str]) -> str:
    return urlencode(params, quote_via=quote, safe="$*,:")
