"""What a night meets outside of its home: the county's files, a geocoder, Slack and a mail server, on real sockets.

The sinks take a moment before they answer, so that a kill often falls between what was taken and what is known of it.
"""

import os
import re
import sys
import time
from asyncio import sleep
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.files import FileServer, Served
from tests.servers.geocoder import GeocoderServer
from tests.servers.healthcheck import HealthcheckServer
from tests.servers.slack import Answer, Payload, SlackSink, text_of
from tests.servers.smtp import SmtpSink
from wholesaler.markets import load_market
from wholesaler.sample import FILES, County, generate, write
from wholesaler.sample.records import LocationFlaw, Record

#: the file of metrics, beside the home
METRICS = "metrics.prom"
PROPERTIES, VIOLATIONS = 150, 400
#: seconds between taking a message and saying so
_ANSWERS_AFTER = 0.2
_PARCEL = re.compile(r"\b\d{15}\b")


@dataclass(frozen=True)
class Told:
    """A message as it has arrived: on which channel, its title, what it says, the parcels it names."""

    channel: str
    title: str
    text: str
    parcels: frozenset[str]


class _Slack(SlackSink):
    def answer(self, path: str, body: bytes) -> Answer:
        answer = super().answer(path, body)
        time.sleep(_ANSWERS_AFTER)
        return answer


class _Mail(SmtpSink):
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        await sleep(_ANSWERS_AFTER)
        return answer


class World:
    """Made by :func:`world`. ``folder`` is everybody's to enter, since the database may run as another user.

    ``day`` is that of every night that is disturbed, ``day_before`` that of the one before it.
    """

    def __init__(self, folder: Path, day: date) -> None:
        self.folder, self.day, self.day_before = folder, day, day - timedelta(1)
        self.market = folder / "county.toml"
        self.switch = HealthcheckServer()
        self._files, self._geocoder = FileServer(), GeocoderServer()
        self._slack, self._mail = _Slack(), _Mail()
        self._lists: dict[date, dict[str, bytes]] = {}

    @property
    def servers(self) -> tuple[AbstractContextManager[object], ...]:
        """All that have to run."""
        return self.switch, self._files, self._geocoder, self._slack, self._mail

    def make_county(self, seed: int) -> None:
        """Invent the county of a seed, as it is on both days, and the market file that reads it."""
        market = load_market("orange-fl")
        county = generate(seed, self.day_before, PROPERTIES, VIOLATIONS)
        _misplace(county)
        for day, lists in ((self.day_before, _day_before(county)), (self.day, county)):
            folder = self.folder / str(day)
            written = write(lists, folder, market, later=day == self.day)
            self._lists[day] = {name: (folder / name).read_bytes() for name in FILES.values()}
        text = re.sub(
            r'^url = "([a-z_]+\.(?:json|csv))"', rf'url = "{self._files.url}/\1"', written.read_text(), flags=re.M
        )
        text = re.sub(r"^minimum_rows = \d+", "minimum_rows = 1", text, flags=re.M)
        self.market.write_text(f'{text}\n[hosts."127.0.0.1"]\nrequests_per_second = 1000\nconcurrency = 4\n')
        self._geocoder.places = {one.address.on_roll(): (one.longitude, one.latitude) for one in county.parcels}

    def publish(self, day: date) -> None:
        """Put the lists of a day onto the county's server."""
        for name, body in self._lists[day].items():
            self._files.serve(f"/{name}", Served(body, etag=f'"{day}"'))

    def forget(self) -> None:
        """Empty the sinks, and what the servers remember of who asked."""
        remembered: list[list[Any]] = [self._slack.payloads, self._mail.messages, self._mail.recipients]
        remembered += [self._files.asked, self._files.received, self._geocoder.requests, self._geocoder.batches]
        for one in (*remembered, self.switch.requests):
            one.clear()

    def told(self) -> list[Told]:
        """What has arrived since the sinks were emptied."""
        return [_of_slack(payload) for payload in list(self._slack.payloads)] + [
            _of_mail(message) for message in list(self._mail.messages)
        ]

    def surroundings(self, home: Path, retries: int) -> dict[str, str]:
        """The environment of a run with this home."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "PYTHONPATH") if name in os.environ}
        return kept | {
            "WHOLESALER_HOME": str(home),
            "WHOLESALER_RETRIES": str(retries),
            "WHOLESALER_RETRY_WAIT": "0",
            "WHOLESALER_HTTP_RETRY_WAIT": "0",
            "WHOLESALER_GEOCODER_URL": self._geocoder.address,
            "METRICS_FILE": str(home.with_name(METRICS)),
            "HEALTHCHECK_URL": self.switch.address,
            "ALERT_SLACK_WEBHOOK": self._slack.url,
            "ALERT_EMAIL": "wholesaler@example.org",
            "SMTP_HOST": self._mail.host,
            "SMTP_PORT": str(self._mail.port),
            "SMTP_FROM_EMAIL": "alerts@example.org",
            "SMTP_USE_TLS": "false",
        }

    def command(self, day: date | None = None) -> list[str]:
        """``run-all`` for a day, its document on stdout and its events on stderr."""
        options = ["--market", str(self.market), "--as-of", str(day or self.day), "--json", "--log-format", "json"]
        return [sys.executable, "-m", "wholesaler", "run-all", *options]


@contextmanager
def world(folder: Path, seed: int, day: date) -> Iterator[World]:
    """All servers, with the county of a seed."""
    made = World(folder, day)
    made.make_county(seed)
    with ExitStack() as servers:
        for server in made.servers:
            servers.enter_context(server)
        yield made


def _misplace(county: County) -> None:
    """Leave every tenth parcel without a place, so that the geocoder is asked."""
    lost = {parcel.parcel_id for parcel in county.parcels[::10]}
    for parcel in county.parcels[::10]:
        parcel.location_flaw = LocationFlaw.ZERO
    for row in (*county.tax_sales, *county.foreclosures, *county.violations):
        if row.parcel_id in lost:
            row.flaw = LocationFlaw.ZERO


def _day_before(county: County) -> County:
    """The county with fewer records and other words in some, so that the next day has something of each."""
    return replace(
        county,
        tax_sales=[row for number, row in enumerate(county.tax_sales) if number % 3],
        foreclosures=[row for number, row in enumerate(county.foreclosures) if number % 4],
        violations=[_open(row) if number % 7 == 0 else row for number, row in enumerate(county.violations)],
    )


def _open(row: Record) -> Record:
    """A case as it was before it was closed."""
    return replace(row, values={**row.values, "status": "Open", "resolved_date": None})


def _of_slack(payload: Payload) -> Told:
    text = unescape(text_of(payload))
    return Told("slack", payload["text"], text, frozenset(_PARCEL.findall(text)))


def _of_mail(message: EmailMessage) -> Told:
    """The attached list holds every lead."""
    lists = [part.get_payload(decode=True) for part in message.walk() if part.get_filename()]
    leads = " ".join(one.decode("utf-8-sig") for one in lists if isinstance(one, bytes))
    body = message.get_body(("plain",))
    text = " ".join(str(body.get_content()).split()) if body else ""
    return Told("email", str(message["Subject"]).strip(), text, frozenset(_PARCEL.findall(leads)))
