"""The messages that a channel has still to take, made of the ledger's rows and of what is known of their leads now."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row

from wholesaler.db.sql import statement
from wholesaler.leads.dates import lead_dates
from wholesaler.notify import (
    Channel,
    Digest,
    FailureNotice,
    Finding,
    FindingsNotice,
    LeadNotice,
    Message,
    ProfileChange,
    report_path,
)
from wholesaler.scoring.stored import tier_stats
from wholesaler.stages.alert.known import Known, read_known
from wholesaler.stages.alert.news import News, read_news
from wholesaler.stages.interface import Context
from wholesaler.stages.properties.freshness import stale_sources

_FILE = "deliveries.sql"
#: Leads that a channel's messages list; nobody reads more, and the first load of a large county has tens of thousands,
#: which would be hundreds of megabytes of text.
MOST_LEADS = 1_000
#: leads of the first day of a market that a chat lists: whoever reads there is told of what changes
FIRST_LEADS = 5


@dataclass(frozen=True)
class Outgoing:
    """A message to be sent, the channel without those who have it, and the ledger's ids of what it announces."""

    channel: Channel[Any]
    message: Message[Any]
    ids: list[int]


def pending_messages(context: Context, channel: Channel[Any]) -> tuple[list[Outgoing], list[int]]:
    """What a channel has still to take in this run, the morning message first; and the ledger's ids of what is settled.

    Settled is what there is nothing to be said of any more. What a former run sent without getting an answer goes out
    again as the same message, so that it can be told.
    """
    parameters = {
        "market": context.market.key,
        "channel": channel.name,
        "run_id": context.run_id,
        "most": MOST_LEADS,
        "few": FIRST_LEADS,
        "is_chat": channel.is_chat,
    }
    outgoing: list[Outgoing] = []
    settled: list[int] = []
    with context.engine.connect() as connection:
        rows = connection.execute(statement(__package__, _FILE, "pending_leads"), parameters).all()
        news_rows = connection.execute(statement(__package__, _FILE, "pending_news"), parameters).all()
        notices = connection.execute(statement(__package__, _FILE, "pending_notices"), parameters).all()
        if rows or news_rows:
            desk = _Desk(connection, context, channel, rows, news_rows)
            for key in desk.keys:
                made, left = desk.messages(key)
                outgoing += made
                settled += left
    for together in _together(notices):
        newest = together[-1]
        to = channel.except_for(newest.delivered_to)
        reference = newest.message_id or _reference(context, channel, ((row.id, row.created_at) for row in together))
        message = replace(_notice(to, together), reference=reference)
        outgoing.append(Outgoing(to, message, [int(row.id) for row in together]))
    return outgoing, settled


#: those who have a message, its id where no answer came, and whether it is of the first day of a market
_Key = tuple[tuple[str, ...], str, bool]


class _Desk:
    """Where the ledger's rows become the morning messages of a channel, one for each key."""

    def __init__(
        self,
        connection: Connection,
        context: Context,
        channel: Channel[Any],
        rows: Sequence[Row[Any]],
        news_rows: Sequence[Row[Any]],
    ) -> None:
        self._connection, self._context, self._channel = connection, context, channel
        self._leads: dict[_Key, list[Row[Any]]] = defaultdict(list)
        self._news: dict[_Key, list[Row[Any]]] = defaultdict(list)
        for row in rows:
            self._leads[(tuple(row.delivered_to), row.message_id or "", bool(row.is_first))].append(row)
        for row in news_rows:
            self._news[(tuple(row.delivered_to), row.message_id or "", False)].append(row)
        self.keys: list[_Key] = sorted({*self._leads, *self._news})
        listed = [int(number) for row in rows if row.payload is not None for number in row.properties]
        listed += [int(row.property_id) for row in news_rows if row.kind == "lead_news"]
        self._known = read_known(connection, context.market, set(listed))
        self._tiers = tier_stats(connection, context.market.key)["tier_counts"]
        self._stale = tuple(stale_sources(connection, context.market, context.as_of))
        day = {"market": context.market.key, "as_of": context.as_of}
        self._failed = tuple(connection.scalars(statement(__package__, _FILE, "failed_sources"), day))

    def messages(self, key: _Key) -> tuple[list[Outgoing], list[int]]:
        """The messages of a key, with the ledger's ids that each of them announces; and the ids of what is settled."""
        context = self._context
        recipients, message_id, _ = key
        rows = self._leads[key]
        new = _read_new_leads(rows, self._known)
        known_now = {int(number) for row in rows for number in row.properties}
        lead_news = [row for row in self._news[key] if row.kind == "lead_news"]
        life = [row for row in self._news[key] if row.kind == "sign_of_life"]
        news = read_news(lead_news, context.market, context.as_of, self._known.rows, self._known.links, known_now)
        others = [*news.ids, *(int(row.id) for row in life)]
        if not new.leads and not news and not life:
            return [], others
        digest = self._digest(key, new, news)
        if not new.leads and not news:
            since = life[-1].payload.get("since")
            digest = replace(digest, quiet_since=date.fromisoformat(since) if since else context.as_of)
        to = self._channel.except_for(recipients)
        created = {row.id: row.created_at for row in [*lead_news, *life]}
        created |= {row.ids[0]: row.created_at for row in rows if row.payload is not None}
        messages = to.render(digest)
        named = {parcel for message in messages for parcel in message.leads}
        outgoing = []
        for number, message in enumerate(messages, 1):
            numbers = [one for parcel in message.leads for one in new.ids[parcel]]
            if number == len(messages):
                # what is told by its number alone is told when the last message has been taken, and so are the news
                numbers += [one for parcel, of in new.ids.items() if parcel not in named for one in of]
                numbers += new.further_ids + others
            reference = message_id or _reference(
                context, to, ((one, created[one]) for one in numbers if one in created)
            )
            outgoing.append(Outgoing(to, replace(message, reference=reference), numbers))
        return outgoing, []

    def _digest(self, key: _Key, new: "_NewLeads", news: News) -> Digest:
        context = self._context
        _, message_id, is_first = key
        path = report_path(context.settings, context.market.key, context.as_of)
        return Digest(
            context.market.key,
            context.market.name,
            context.as_of,
            new.leads,
            self._tiers,
            self._stale,
            repeat=bool(message_id),
            further=new.further,
            is_first=is_first,
            changes=tuple(news.changes),
            follow_ups=tuple(news.follow_ups),
            sales=tuple(news.sales),
            failed_sources=self._failed,
            dates=tuple(lead_dates(self._connection, context.market, context.as_of, new.listed | news.properties)),
            report=None if path is None or self._channel.name == "report" else str(path),
        )


@dataclass(frozen=True)
class _NewLeads:
    """The new leads of a message: those it lists, with the ledger's ids by parcel; ids and number of others."""

    leads: tuple[LeadNotice, ...]
    listed: frozenset[int]
    ids: dict[str, list[int]]
    further_ids: list[int]
    further: int


def _read_new_leads(rows: Iterable[Row[Any]], known: Known) -> _NewLeads:
    """The leads of the ledger's rows, each once, as it is now."""
    ids: dict[str, list[int]] = defaultdict(list)
    parcels: dict[int, str] = {}
    leads, further_ids, further = [], [], set[int]()
    for row in rows:
        if row.payload is not None:
            number, parcel = int(row.properties[0]), row.payload["parcel_id"]
            if parcel not in ids:
                leads.append(known.lead(number, row.payload))
            ids[parcel] += row.ids
            parcels[number] = parcel
            continue
        for number, one in zip(row.properties, row.ids, strict=True):
            if number in parcels:
                ids[parcels[number]].append(one)
            else:
                further_ids.append(one)
                further.add(number)
    return _NewLeads(tuple(leads), frozenset(parcels), ids, further_ids, len(further))


def _reference(context: Context, channel: Channel[Any], rows: Iterable[tuple[int, datetime]]) -> str:
    """What stands for the ledger's rows, their ids and when they were written, in a Message-ID.

    Another database's rows of the same ids make another. Those that are told by their number alone are left out.
    """
    parts = sorted(f"{one} {created.timestamp()}" for one, created in rows)
    return sha256("\n".join([context.market.key, channel.name, *parts]).encode()).hexdigest()[:32]


def _together(notices: Iterable[Row[Any]]) -> list[list[Row[Any]]]:
    """The notices of one message each, oldest first: what of several days waits for a channel is told at once."""
    groups: dict[tuple[Any, ...], list[Row[Any]]] = defaultdict(list)
    for row in notices:
        # what has gone out without an answer goes out again as it was
        what = row.id if row.kind == "profile_change" else row.payload.get("stage")
        groups[row.kind, what, tuple(row.delivered_to), row.message_id].append(row)
    return list(groups.values())


def _notice(channel: Channel[Any], rows: list[Row[Any]]) -> Message[Any]:
    """The message of the newest of some notices of one kind, which stands for the others too."""
    row = rows[-1]
    payload = {**row.payload, "repeat": row.message_id is not None}
    payload["as_of"] = date.fromisoformat(payload["as_of"])
    if row.kind != "profile_change":
        days = {date.fromisoformat(earlier.payload["as_of"]) for earlier in rows[:-1]}
        payload["earlier_days"] = tuple(sorted(days - {payload["as_of"]}))
    if row.kind == "stage_failure":
        return channel.render_failure(FailureNotice(**payload))
    if row.kind == "profile_change":
        payload["day_before"] = date.fromisoformat(payload["day_before"])
        payload["tiers"] = tuple(payload.get("tiers", "A"))
        return channel.render_profile_change(ProfileChange(**payload))
    found = dict.fromkeys(Finding(**finding) for one in reversed(rows) for finding in one.payload["findings"])
    payload["findings"] = tuple(sorted(found, key=lambda finding: finding.severity))
    return channel.render_findings(FindingsNotice(**payload))
