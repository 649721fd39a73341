"""One address of a source: ask it until it has answered, or say who failed and what to do.

Query strings encode a space as ``%20``: a publisher's firewall was seen to refuse ``+`` with 403.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from wholesaler.errors import SourceError
from wholesaler.http_client import HttpClient
from wholesaler.retry import RetryPolicy
from wholesaler.sources.http.answer import AUTHORISATION, Failure, read_answer
from wholesaler.sources.http.rate_limit import RateLimit
from wholesaler.sources.http.transport import MOST_REDIRECTS, REDIRECTS, clean, transport_failures

#: a longer address is sent as form data: front ends were seen to refuse 1.4 to 2 kB with 403, 404 and 413
LONGEST_URL = 1800
_POST_REFUSALS = frozenset({403, 404, 405, 413})
#: how often a query that the caller can make smaller is repeated as it is
_RETRIES_BEFORE_SHRINKING = 2


class RequestFailed(SourceError):
    """A request that failed for good. ``status`` is the HTTP or ArcGIS code, ``None`` when no answer came."""

    def __init__(
        self,
        message: str,
        hint: str | None,
        *,
        transient: bool,
        status: int | None = None,
        too_much: bool = False,
        elsewhere: str | None = None,
    ) -> None:
        super().__init__(message, hint, transient=transient)
        self.status = status
        #: the address at another host to which it redirects, where it does
        self.elsewhere = elsewhere
        #: whether asking for less may help
        self.too_much = too_much

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
class Endpoint:
    """One source's address. May be used by many threads."""

    policy: RetryPolicy
    client: HttpClient
    rate_limit: RateLimit
    source: str
    host: str
    base: str
    base_params: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    posts: bool
    #: seconds for a whole answer, for messages
    timeout: float
    #: takes secrets out of a text
    redact: Callable[[str], str] = field(repr=False)

    @property
    def concurrency(self) -> int:
        """How many requests the host may be sent at a time."""
        return self.rate_limit.concurrency

    @property
    def can_post(self) -> bool:
        """Whether a long query may go out as form data (until the host has refused it)."""
        return self.posts and not self.rate_limit.post_refused

    def url(self, params: Mapping[str, str], path: str = "") -> str:
        """The whole address of a GET, as it goes over the wire."""
        return f"{self.base}{path}?{_encode({**self.base_params, **params})}"

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
        attempts = self.policy.attempts(reason=self._reason, source=self.source, host=self.host)
        try:
            return attempts(self._attempt, params, path, valid, shrinkable)
        except Failure as failure:
            raise self._give_up(failure, attempts.statistics["attempt_number"]) from None

    def _attempt(self, params: Mapping[str, str], path: str, valid: Callable[[Any], bool], shrinkable: bool) -> Answer:
        try:
            return self._ask(params, path, valid)
        except Failure as failure:
            if shrinkable and failure.too_much:
                failure.retries = min(self.policy.retries, _RETRIES_BEFORE_SHRINKING)
            if failure.retry_after is not None and self.policy.wait:
                self.rate_limit.hold(failure.retry_after)
            raise

    def _ask(self, params: Mapping[str, str], path: str, valid: Callable[[Any], bool]) -> Answer:
        url = self.url(params, path)
        as_form = len(url) > LONGEST_URL and self.can_post
        with self.rate_limit.turn():
            self.policy.sleep(0)
            status, headers, raw = self._send(url, as_form)
        if as_form and status in _POST_REFUSALS:
            self.rate_limit.post_refused = True
            raise PostRefused(
                f"{self.source}: {self.host} takes no form data ({status}).",
                "Ask for less at a time: its address lines are limited too.",
                transient=False,
            )
        return Answer(read_answer(status, raw, headers.get("retry-after"), valid), headers)

    def _send(self, url: str, as_form: bool) -> tuple[int, Mapping[str, str], bytes]:
        with transport_failures(self.source, self.timeout):
            response = self._request(url, as_form)
            return response.status_code, response.headers, response.content

    def _request(self, url: str, as_form: bool) -> httpx.Response:
        """The answer, after redirects; a query that went out as form data is sent on as such.

        (Browsers make a GET without the form of it, which to ArcGIS is a question without a question.)
        """
        end = time.monotonic() + self.timeout
        address, _, form = url.partition("?")
        if not as_form:
            address, form = url, ""
        for _ in range(MOST_REDIRECTS):
            headers = dict(self.headers)
            if form:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            method = "POST" if form else "GET"
            seconds = end - time.monotonic()
            response = self.client.request(method, address, seconds=seconds, content=form or None, headers=headers)
            location = response.headers.get("location")
            if location is None or response.status_code not in REDIRECTS:
                return response
            address = self._redirect_url(address, location)
            if response.status_code == HTTPStatus.SEE_OTHER:
                form = ""
        raise Failure("redirects without end", transient=False)

    def _redirect_url(self, address: str, location: str) -> str:
        """Where a redirect leads; raises :class:`Failure` where a query, and what may be secret in it, must not go."""
        old = httpx.URL(address)
        new = old.join(location)
        if new.scheme not in {"http", "https"} or not new.host:
            raise httpx.InvalidURL(f"it redirects to a {new.scheme or 'nameless'} address")
        # another port is another server's: what may be secret does not go there either
        has_secrets = bool(self.base_params or self.headers)
        if new.host != old.host or (has_secrets and new.port != old.port):
            target = new.copy_with(query=None, fragment=None, userinfo=b"")
            address = str(target).removesuffix("/query")
            other = "another host" if new.host != old.host else f"another port ({target.port or target.scheme})"
            raise Failure(
                f"redirects to {other}, {target.host}",
                transient=False,
                hint=f"If it has moved there, write {address} as 'url' of sources.{self.source} in the market file",
                elsewhere=address,
            )
        if (old.scheme, new.scheme) == ("https", "http"):
            raise Failure("redirects from https to http, which is not followed", transient=False)
        if not new.query and old.query and new.path == old.path:
            # front ends that only want https were seen to leave the question out
            new = new.copy_with(query=old.query)
        return str(new)

    def _reason(self, error: BaseException) -> str:
        return self._clean(str(error))

    def _clean(self, text: str) -> str:
        return clean(self.redact, text)

    def _give_up(self, failure: Failure, attempts: int) -> RequestFailed:
        often = f" (asked {attempts} times)" if attempts > 1 else ""
        advice = f"Check 'url', 'where' and 'fields' of sources.{self.source} in the market file"
        hint = failure.hint or ("Run it again later; nothing was lost" if failure.transient else advice)
        return RequestFailed(
            self._clean(f"{self.source}: {self.host} {failure.reason}{often}."),
            f"{hint}.",
            transient=failure.transient,
            status=failure.status,
            too_much=failure.too_much,
            elsewhere=failure.elsewhere,
        )


def _encode(params: Mapping[str, str]) -> str:
    return urlencode(params, quote_via=quote, safe="$*,:")
