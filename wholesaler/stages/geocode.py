"""A location for properties that no source locates: the Census batch geocoder, with a cache that remembers misses too.

The service takes a headerless CSV (id, street, city, state, ZIP) of at most 10,000 addresses and answers with one in no
certain order, in which unmatched rows have fewer columns and the coordinate is one field, longitude first
(https://geocoding.geo.census.gov/geocoder/Geocoding_Services_API.html). Batches of 500 fail least.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import structlog
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from wholesaler.db.sql import statement
from wholesaler.stages.interface import Context

log = structlog.get_logger()

BATCH = 500
TIMEOUT_SECONDS = 300
ATTEMPTS = 4
MISS_DAYS = 90
_MATCHES = {"Match", "No_Match", "Tie"}


class _NoAnswer(Exception):
    """The geocoder did not answer with the CSV it was asked for."""


def geocode(context: Context) -> tuple[int, list[str]]:
    """Locate what can be located; returns the number of properties that got a location, and warnings.

    Every batch is kept as soon as it is answered, so that what fails later costs nothing of it.
    """
    parameters = {"market": context.market.key}
    with context.engine.connect() as connection:
        wanted = [
            dict(row)
            for row in connection.execute(statement(__package__, "geocode.sql", "wanted"), parameters).mappings()
        ]
    warnings: list[str] = []
    if wanted and context.settings.geocoder_enabled:
        warnings = _ask_all(context, wanted)
    with context.engine.begin() as connection:
        located = connection.execute(statement(__package__, "geocode.sql", "apply"), parameters).rowcount
    return located, warnings


def _ask_all(context: Context, wanted: list[dict[str, Any]]) -> list[str]:
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            try:
                answers = _ask(context, client, batch)
            except (_NoAnswer, httpx.HTTPError) as error:
                left = len(wanted) - start
                return [f"geocoder: {left:,} addresses could not be asked: {error}; the next run asks again"]
            with context.engine.begin() as connection:
                connection.execute(statement(__package__, "geocode.sql", "keep"), answers)
            log.info("geocoded", asked=len(batch), matched=sum(answer["match"] == "Match" for answer in answers))
    return []


def _ask(context: Context, client: httpx.Client, batch: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One batch, asked again a few times when the service stumbles, as one in three does."""
    text = io.StringIO()
    writer = csv.writer(text)
    for number, row in enumerate(batch):
        writer.writerow([number, row["address"], row["city"] or "", context.market.state, row["zip_code"] or ""])
    attempts = Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=context.settings.http_retry_wait, max=60),
        retry=retry_if_exception_type((_NoAnswer, httpx.HTTPError)),
        reraise=True,
    )
    return attempts(_post, context, client, text.getvalue(), batch)


def _post(context: Context, client: httpx.Client, text: str, batch: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = client.post(
        context.settings.geocoder_url,
        files={"addressFile": ("addresses.csv", text, "text/csv")},
        data={"benchmark": "Public_AR_Current"},
    )
    if answer.status_code != 200:
        raise _NoAnswer(f"the Census geocoder answered HTTP {answer.status_code}")
    found = dict(_read(context, answer.text, batch))
    if len(found) < len(batch):
        raise _NoAnswer(f"the Census geocoder answered {len(found)} of {len(batch)} addresses")
    return list(found.values())


def _read(context: Context, body: str, batch: Sequence[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    box = context.market.bounding_box
    for row in csv.reader(io.StringIO(body)):
        if len(row) < 3 or row[2] not in _MATCHES or not row[0].isdigit() or int(row[0]) >= len(batch):
            continue
        x = y = None
        if row[2] == "Match" and len(row) > 5:
            x, y = _coordinate(row[5])
        inside = x is not None and y is not None and box.west <= x <= box.east and box.south <= y <= box.north
        number = int(row[0])
        yield (
            number,
            {
                "market": context.market.key,
                "address_key": batch[number]["address_key"],
                "match": row[2] if inside or row[2] != "Match" else "No_Match",
                "match_type": row[3] if len(row) > 3 else None,
                "matched_address": row[4] if len(row) > 4 else None,
                "x": x if inside else None,
                "y": y if inside else None,
                "miss_days": MISS_DAYS,
            },
        )


def _coordinate(text: str) -> tuple[float | None, float | None]:
    try:
        longitude, latitude = text.split(",")
        return float(longitude), float(latitude)
    except ValueError:
        return None, None
