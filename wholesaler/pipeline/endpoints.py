"""Every address that a night needs, asked for as little as tells whether it works."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial

import httpx

from wholesaler.errors import ConfigurationError, SourceError, UnavailableError
from wholesaler.http_client import HttpClient, trusted_certificates
from wholesaler.markets import Market
from wholesaler.markets.source import is_web
from wholesaler.notify.email import EmailChannel
from wholesaler.notify.service import Service
from wholesaler.notify.smtp import SmtpServer
from wholesaler.notify.webhook import Webhook, is_http
from wholesaler.settings import Settings
from wholesaler.sources import Http, open_source
from wholesaler.stages.ingest.stage import fetch_request

#: seconds for one answer
TIMEOUT = 30.0


def endpoints(settings: Settings, markets: Sequence[Market]) -> Iterator[tuple[str, Callable[[], str]]]:
    """A name and a function for each: what it returns is what is well, what it raises is what is wrong."""
    hasty = settings.model_copy(update={"http_retries": 0, "http_timeout": min(TIMEOUT, settings.http_timeout)})
    for market in markets:
        county = f"{market.key} " if len(markets) > 1 else ""
        for name in market.sources:
            yield f"{county}source {name}", partial(_ask_source, hasty, market, name)
    if settings.geocoder_enabled:
        yield "geocoder", partial(_reach, settings.geocoder_url)
    if settings.email_enabled:
        yield "e-mail", partial(_greet, hasty)
    if settings.slack_enabled:
        yield "Slack", partial(_knock, hasty)
    for name in settings.channel_urls:
        yield name, partial(_open_service, hasty, name)
    if settings.healthcheck_url is not None:
        yield "healthcheck", partial(_reach_switch, settings.healthcheck_url.get_secret_value())


def time_of(settings: Settings, markets: Sequence[Market]) -> datetime | None:
    """What time it is, says the host of the first source that is on the web; none where it cannot be asked."""
    definitions = [definition for market in markets for definition in market.sources.values()]
    url = next((url for definition in definitions for url in definition.urls if is_web(url)), None)
    if url is not None:
        with suppress(httpx.HTTPError, ValueError), _client() as client:
            address = httpx.URL(url).copy_with(path="/", query=None)
            told = parsedate_to_datetime(client.request("HEAD", str(address)).headers.get("date", ""))
            return told if told.tzinfo else told.replace(tzinfo=UTC)
    return None


def _ask_source(settings: Settings, market: Market, name: str) -> str:
    """One row of a service, as the market file would read it; of a file that it is there."""
    today = datetime.now(market.zone).date()
    definition = market.sources[name].on(today).model_copy(update={"page_size": 1})
    if definition.kind == "file":
        return _find_file(market, name, definition.urls)
    with Http(settings, market.host) as http:
        source = open_source(name, definition, market.path, http, settings, market.key)
        page = next(source.fetch(fetch_request(market, name, today)).pages(), None)
    return "answers with a record" if page is not None else "answers; no record fits"


def _find_file(market: Market, name: str, urls: Sequence[str]) -> str:
    reasons = []
    for url in urls:
        if is_web(url):
            try:
                with _client() as client, client.stream(url, seconds=TIMEOUT) as response:
                    if response.status_code < 400:
                        return f"{httpx.URL(url).host} has the file"
                    reasons.append(f"{httpx.URL(url).host} answered {response.status_code}")
            except httpx.HTTPError as error:
                reasons.append(f"{httpx.URL(url).host}: {error}")
            continue
        path = market.path.parent / url
        try:
            path.open("rb").close()
        except OSError as error:
            reasons.append(f"{path}: {error.strerror}")
        else:
            return f"{path} is there"
    raise SourceError(
        f"{name}: {'; '.join(reasons)}.", f"Check 'url' of sources.{name} in {market.path}.", transient=False
    )


def _reach(address: str) -> str:
    """Whether somebody answers at an address, whatever it is."""
    host = httpx.URL(address).host
    try:
        with _client() as client:
            status = client.request("GET", address).status_code
    except httpx.HTTPError as error:
        raise UnavailableError(f"{host} cannot be reached: {error}.", "Check the network and the address.") from None
    if status >= 500:
        raise UnavailableError(f"{host} answered {status}.", "Try again later.")
    return f"{host} answers"


def _reach_switch(address: str) -> str:
    """Of the dead-man's switch the host alone: to call the address would be a signal."""
    if not is_http(address):
        raise ConfigurationError("HEALTHCHECK_URL is not an http or https address.", "Copy it from the service.")
    said = _reach(str(httpx.URL(address).copy_with(path="/", query=None)))
    return f"{said}; the address itself was not called"


def _greet(settings: Settings) -> str:
    EmailChannel.from_settings(settings)
    SmtpServer.from_settings(settings).greet()
    return f"{settings.smtp_host}:{settings.smtp_port} lets us in; no mail was sent"


def _knock(settings: Settings) -> str:
    Webhook.from_settings(settings).knock()
    return "takes messages; none was sent"


def _open_service(settings: Settings, name: str) -> str:
    Service.from_settings(settings, name)
    return "apprise knows the address; nothing was sent, as `wholesaler alert --test` does"


def _client() -> HttpClient:
    return HttpClient(seconds=TIMEOUT, verify=trusted_certificates())
