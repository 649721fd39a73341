"""The HTTP side of one run: its connections, the rate limit of each host, and its end.

One :class:`Http` serves all sources of a run and may be used by many threads.
"""

import ssl
import threading
from collections.abc import Callable, Mapping
from math import inf
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

import httpx

from wholesaler.deadline import check, remaining
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.http_client import HttpClient, trusted_certificates
from wholesaler.markets.market import Host
from wholesaler.redaction import redact
from wholesaler.retry import RetryPolicy
from wholesaler.settings import Settings
from wholesaler.sources.http.download import GIGABYTE, Download
from wholesaler.sources.http.endpoint import Endpoint
from wholesaler.sources.http.rate_limit import RateLimit, shared_limit


class Http:
    """The clients and rate limits of one run; a context manager. ``host`` gives the limits for a host name.

    ``enough``: so many bytes of the beginning of a file are all that is wanted of it, by who only looks.
    """

    def __init__(self, settings: Settings, host: Callable[[str], Host], enough: float = inf) -> None:
        self._enough = enough
        self._secrets = settings.secrets()
        self._timeout = settings.http_timeout
        self._download_timeout = settings.download_timeout
        self._largest_file = settings.largest_file * GIGABYTE
        self._policy = RetryPolicy(settings.http_retries, settings.http_retry_wait, sleep=self._pause)
        self._host = host
        self._clients: dict[str | None, HttpClient] = {}
        self._rate_limits: dict[str, RateLimit] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def __enter__(self) -> "Http":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End what is under way: waiting threads give up, connections are closed."""
        self._closed.set()
        with self._lock:
            for client in self._clients.values():
                client.close()

    def endpoint(
        self,
        source: str,
        url: str,
        *,
        ca_bundle: str | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        posts: bool = True,
    ) -> Endpoint:
        """The address ``url`` as ``source`` asks it; its own query string and ``params`` are sent with every request.

        ``posts`` permits form data for long queries. Raises ``ConfigurationError`` when the CA bundle is unusable.
        """
        parts = urlsplit(url)
        client, rate_limit = self._lane(source, parts.netloc, parts.hostname or "", ca_bundle)
        return Endpoint(
            self._policy,
            client,
            rate_limit,
            source,
            host=parts.hostname or "",
            base=parts._replace(query="", fragment="").geturl().rstrip("/"),
            base_params={**dict(parse_qsl(parts.query)), **(params or {})},
            headers=dict(headers or {}),
            posts=posts,
            timeout=self._timeout,
            redact=self._redact,
        )

    def download(self, source: str, url: str, *, ca_bundle: str | None = None, token: str | None = None) -> Download:
        """The file at ``url`` as ``source`` asks for it, with its token; raises as :meth:`endpoint` does."""

        def lane(address: httpx.URL) -> tuple[HttpClient, RateLimit]:
            return self._lane(source, address.netloc.decode("ascii"), address.host, ca_bundle)

        lane(_address(source, url))
        return Download(
            self._policy,
            lane,
            source,
            url,
            self._timeout,
            self._download_timeout,
            self._largest_file,
            self._redact,
            self._enough,
            {"Authorization": f"Bearer {token}"} if token else {},
        )

    def _lane(self, source: str, netloc: str, host: str, ca_bundle: str | None) -> tuple[HttpClient, RateLimit]:
        with self._lock:
            rate_limit = self._rate_limits.get(netloc)
            if rate_limit is None:
                rate_limit = self._rate_limits[netloc] = RateLimit(shared_limit(netloc, self._host(host)), self._pause)
            client = self._clients.get(ca_bundle)
            if client is None:
                client = self._clients[ca_bundle] = self._client(source, ca_bundle)
        return client, rate_limit

    def _pause(self, seconds: float) -> None:
        """Sleep, but not beyond the deadline, and wake up and raise ``SourceError`` when the run is over."""
        if self._closed.wait(min(seconds, remaining())):
            raise SourceError("The run ended before the answer came.", transient=True)
        check()

    def _redact(self, text: str) -> str:
        """``text`` without the settings' secrets, which a server may echo."""
        return redact(text, self._secrets)

    def _client(self, source: str, ca_bundle: str | None) -> HttpClient:
        context = trusted_certificates()
        if ca_bundle is not None:
            context = httpx.create_ssl_context()
            try:
                context.load_verify_locations(cafile=ca_bundle)
            except (OSError, ssl.SSLError) as error:
                raise ConfigurationError(
                    f"sources.{source}.ca_bundle: {ca_bundle} cannot be read as certificates ({error}).",
                    "Give a file of PEM certificates.",
                ) from None
        return HttpClient(seconds=self._timeout, verify=context)


def _address(source: str, url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ConfigurationError(
            f"sources.{source}.url: this is no address of the web: {error}.", "Correct it in the market file."
        ) from None
