"""A sample to every channel, to see what each answers; nothing of it is real, and no ledger knows of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from wholesaler.errors import ConfigurationError
from wholesaler.notify import Channel, Digest, LeadNotice, enabled_channels
from wholesaler.notify.interface import Answer
from wholesaler.redaction import redact
from wholesaler.settings import Settings

_SALE_IN = timedelta(days=45)


def try_channels(settings: Settings, market: tuple[str, str], day: date) -> list[tuple[str, Answer]]:
    """Send the sample once on every channel but the report file, side by side; returns channel and answer in order.

    ``market`` is its key and name. Raises :class:`ConfigurationError` where no channel is configured.
    """
    hasty = settings.model_copy(update={"http_retries": 0})
    channels = [channel for channel in enabled_channels(hasty) if channel.name != "report"]
    if not channels:
        raise ConfigurationError(
            "No channel is configured that a test could be sent to.",
            "Set ALERT_SLACK_WEBHOOK, ALERT_EMAIL or ALERT_URLS.",
        )
    sample = _sample(market, day)
    with ThreadPoolExecutor(len(channels), thread_name_prefix="trial") as pool:
        answers = list(pool.map(lambda channel: list(_try_out(channel, sample)), channels))
    secrets = settings.secrets()
    return [
        (channel.name, replace(answer, words=redact(answer.words, secrets)))
        for channel, given in zip(channels, answers, strict=True)
        for answer in given
    ]


def _try_out(channel: Channel[Any], sample: Digest) -> Iterator[Answer]:
    for message in channel.render(sample):
        yield from channel.answers(message)


def _sample(market: tuple[str, str], day: date) -> Digest:
    sale = day + _SALE_IN
    lead = LeadNotice(
        parcel_id="TEST",
        address="1 Example Street",
        city="Anytown",
        zip_code="00000",
        total_score=Decimal("70.25"),
        tier="A",
        signals=("tax_sale",),
        reasons=(f"Made up: tax deed sale on {sale:%-d %b %Y}, in {_SALE_IN.days} days",),
        deal=dict.fromkeys(("arv", "repairs", "mao", "debt", "spread")),
        owner_name=None,
        snapshot_date=day,
        foreclosure=False,
        sales=(("Tax deed sale", sale),),
    )
    return Digest(*market, as_of=day, leads=(lead,), tier_counts={}, stale_sources=(), is_test=True)
