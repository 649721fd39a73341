"""A location for properties that no source locates: the Census batch geocoder, with a cache that remembers misses too.

The service takes a headerless CSV (id, street, city, state, ZIP) of at most 10,000 addresses and answers with one in no
certain order, in which unmatched rows have fewer columns and the coordinate is one field, longitude first
(https://geocoding.geo.census.gov/geocoder/Geocoding_Services_API.html). Batches of 500 fail least.

What was answered is kept at once; what was not is asked again, after the other batches and in halves, until it is known
which single addresses the service refuses. Those are remembered as misses, so that they stand in nobody's way.
"""

import csv
import io
import json
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
from tenacity import Retrying

from wholesaler.db.sql import statement
from wholesaler.deadline import limit, remaining
from wholesaler.errors import WholesalerError
from wholesaler.http_client import HttpClient
from wholesaler.logs import log
from wholesaler.plural import counted
from wholesaler.retry import RetryPolicy
from wholesaler.stages.interface import Context

BATCH = 500
TIMEOUT_SECONDS = 300
ATTEMPTS = 4
MISS_DAYS = 90
#: for how long in all a run asks without an answer before it gives the geocoder up
LONGEST_OUTAGE_SECONDS = 1800
#: of the time that the stage has left, what the geocoder may take
_LARGEST_SHARE = 2 / 3
#: an address that is no secret and that the service knows: the Census Bureau's own
WELL_KNOWN = {"address": "4600 Silver Hill Rd", "city": "Washington", "state": "DC", "zip_code": "20233"}
_MATCHES = {"Match", "No_Match", "Tie"}

Address = Mapping[str, Any]


class _NoAnswer(Exception):
    """The geocoder did not answer with the CSV it was asked for, or not for every address."""


class _TooSlow(WholesalerError):
    """The geocoder's share of the stage's time is over."""


_FAILURES = (_NoAnswer, httpx.HTTPError, httpx.InvalidURL)


def geocode(context: Context) -> tuple[int, list[str]]:
    """Locate what can be located; returns the number of properties that got a location, and warnings."""
    market = {"market": context.market.key}
    with context.engine.connect() as connection:
        rows = connection.execute(
            statement(__package__, "geocode.sql", "addresses_without_location"),
            {**market, "as_of": context.as_of.isoformat()},
        ).mappings()
        addresses = [{**row, "state": context.market.state} for row in rows]
    warnings: list[str] = []
    if addresses and context.settings.geocoder_enabled:
        warnings = _ask_in_time(context, addresses)
    with context.engine.begin() as connection:
        locations = connection.execute(statement(__package__, "geocode.sql", "apply"), market).rowcount
    return locations, warnings


def _ask_in_time(context: Context, addresses: Sequence[Address]) -> list[str]:
    """Ask for the addresses as long as the rest of the stage has time too; what was answered is kept."""
    seconds = remaining() * _LARGEST_SHARE
    number = counted(len(addresses), "address", "addresses")
    late = f"geocoder: it did not answer for all of {number} within {seconds:.0f} s"
    try:
        with (
            limit(seconds, lambda: _TooSlow(f"{late}; the next run asks for the others")),
            HttpClient(seconds=TIMEOUT_SECONDS) as client,
        ):
            return _ask_all(_Service(context, client), addresses)
    except _TooSlow as error:
        return [error.message]


def _ask_all(service: "_Service", addresses: Sequence[Address]) -> list[str]:
    """Ask for every address; returns a warning when the service is down, or was for too long in all."""
    queue = deque(addresses[start : start + BATCH] for start in range(0, len(addresses), BATCH))
    outage = 0.0
    while queue:
        batch = queue.popleft()
        start = time.monotonic()
        rest = service.ask(batch)
        if len(rest) == len(batch):
            reason = service.failure
            outage += time.monotonic() - start
            if outage > LONGEST_OUTAGE_SECONDS or not service.is_up():
                count = len(rest) + sum(map(len, queue))
                number = counted(count, "address", "addresses")
                return [f"geocoder: {number} could not be asked: {reason}; the next run asks again"]
        if len(batch) == 1:
            service.refuse(rest)
        else:
            half = (len(rest) + 1) // 2
            queue.extend(part for part in (rest[:half], rest[half:]) if part)
    return []


class _Service:
    """The geocoder, asked a few times when it stumbles, as it does once in three batches."""

    def __init__(self, context: Context, client: HttpClient) -> None:
        self._context = context
        self._client = client
        #: what was wrong with the last answer that was not whole
        self.failure = ""

    def ask(self, batch: Sequence[Address]) -> Sequence[Address]:
        """Keep the answers for ``batch`` as they come; returns the addresses that were not answered."""
        rest = batch
        try:
            for attempt in self._attempts():
                with attempt:
                    answers = self._post(rest)
                    self._keep(list(answers.values()))
                    total, rest = len(rest), [row for number, row in enumerate(rest) if number not in answers]
                    if rest:
                        raise _NoAnswer(f"the Census geocoder answered {len(answers)} of {total} addresses")
        except _FAILURES as error:
            self.failure = str(error)
        return rest

    def is_up(self) -> bool:
        """Whether a well-known address is answered, so that it is the others that the service stumbles over."""
        try:
            self._attempts()(self._post, [WELL_KNOWN], self._context.settings.http_timeout)
        except _FAILURES:
            return False
        return True

    def refuse(self, addresses: Sequence[Address]) -> None:
        """Remember addresses that the service does not answer, alone and though it is up, as misses."""
        for row in addresses:
            log.warning("geocoder_refused", address=row["address_key"], reason=self.failure)
        self._keep([self._miss(row) for row in addresses])

    def _attempts(self) -> Retrying:
        policy = RetryPolicy(ATTEMPTS - 1, self._context.settings.http_retry_wait)
        return policy.attempts(lambda error: isinstance(error, _FAILURES), service="geocoder")

    def _post(self, batch: Sequence[Address], timeout: float = TIMEOUT_SECONDS) -> dict[int, dict[str, Any]]:
        """The answers to one request, by place in ``batch``; there is at least one."""
        text = io.StringIO()
        writer = csv.writer(text)
        for number, row in enumerate(batch):
            writer.writerow([number, row["address"], row["city"] or "", row["state"], row["zip_code"] or ""])
        response = self._client.request(
            "POST",
            self._context.settings.geocoder_url,
            files={"addressFile": ("addresses.csv", text.getvalue(), "text/csv")},
            data={"benchmark": "Public_AR_Current"},
            seconds=timeout,
        )
        if response.status_code != 200:
            raise _NoAnswer(f"the Census geocoder answered HTTP {response.status_code}")
        answers = dict(self._read(response.text, batch))
        if not answers:
            raise _NoAnswer(f"the Census geocoder answered 0 of {len(batch)} addresses")
        return answers

    def _read(self, body: str, batch: Sequence[Address]) -> Iterator[tuple[int, dict[str, Any]]]:
        numbers = {str(number): number for number in range(len(batch))}
        box = self._context.market.bounding_box
        for row in _rows(body):
            if len(row) < 3 or row[2] not in _MATCHES or row[0] not in numbers:
                continue
            number = numbers[row[0]]
            answer = {**self._miss(batch[number]), "match": row[2], "match_type": row[3] if len(row) > 3 else None}
            if row[2] == "Match":
                # an answer that was cut off may end within a coordinate; one that another column follows is whole
                if len(row) < 7:
                    continue
                x, y = _coordinate(row[5])
                answer["matched_address"] = row[4]
                if box.west <= x <= box.east and box.south <= y <= box.north:
                    answer |= {"x": x, "y": y}
                else:
                    answer["match"] = "No_Match"
            yield number, answer

    @staticmethod
    def _miss(row: Address) -> dict[str, Any]:
        return {
            "address_key": row.get("address_key"),
            "address": row["address"],
            "zip_code": row["zip_code"],
            "match": "No_Match",
            "match_type": None,
            "matched_address": None,
            "x": None,
            "y": None,
        }

    def _keep(self, answers: list[dict[str, Any]]) -> None:
        if not answers:
            return
        market = self._context.market
        with self._context.engine.begin() as connection:
            connection.execute(
                statement(__package__, "geocode.sql", "keep"),
                {
                    "market": market.key,
                    "state": market.state,
                    "answers": json.dumps(answers),
                    "miss_days": MISS_DAYS,
                },
            )
        log.info("geocoded", addresses=len(answers), matches=sum(answer["match"] == "Match" for answer in answers))


def _rows(body: str) -> Iterator[list[str]]:
    """The rows up to where the text is no CSV any more, as a page of HTML is not: its lines may be too long."""
    try:
        yield from csv.reader(io.StringIO(body.replace("\0", "")))
    except csv.Error:
        return


def _coordinate(text: str) -> tuple[float, float]:
    """Longitude and latitude; what cannot be read lies outside of every county."""
    try:
        longitude, latitude = text.split(",")
        return float(longitude), float(latitude)
    except ValueError:
        return float("nan"), float("nan")
