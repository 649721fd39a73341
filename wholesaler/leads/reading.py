"""What ``stats``, ``leads`` and ``rejects`` show, as JSON-ready dictionaries."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    FromClause,
    Select,
    TableClause,
    any_,
    bindparam,
    column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from wholesaler.db.sql import statement
from wholesaler.errors import UsageError, WholesalerError
from wholesaler.leads.addresses import looks_like_address, only_parcel
from wholesaler.leads.contacts import read_contacts
from wholesaler.leads.statuses import work
from wholesaler.markets import Market
from wholesaler.markets.parcel import UnusableParcel
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.markets.terms import fill_link
from wholesaler.scoring.features import COLUMNS, DEAL, FURTHER, PUBLISHED
from wholesaler.scoring.profile import Profile
from wholesaler.scoring.rules import fired_reasons, fired_rules
from wholesaler.scoring.stored import kept_profile, tier_counts

#: what is said instead of the reason why a record cannot be used, as ingest does of the roll's own records
CONFIDENTIAL_REJECT = "of a confidential parcel"

_FILE = "queries.sql"
_PLACE = ("address", "city", "zip_code")
#: what is shown of a parcel of the roll: where it is, what follows from the roll, what its records say
PARCEL = (
    *_PLACE, "is_listed", "owner_class", "owner_parcels", "mail_differs", "held_since", "is_land",
    "value_to_median", "comparable_value", "comparable_count", "comparable_low", "comparable_high",
    *(name for name in RECORD_KINDS["property_records"].names if name not in ("parcel", *_PLACE)),
)  # fmt: skip


def tiers(connection: Connection, market: str, day: date | None = None) -> dict[str, Any]:
    """``as_of``, ``tier_counts``, ``tier_percentages`` (of all leads, 2 places), ``total_leads``, ``workable_leads``.

    Of ``day``, else of the day of the scores there are; all are 0 and ``as_of`` is null before anything was scored.
    Which leads may be worked (``workable_leads``) is known of the newest scores alone, and null of others. Raises
    :class:`UsageError` for a day that has no scores.
    """
    newest = scored_day(connection, market)
    day = newest if newest is None or day is None else day
    rows = connection.execute(statement(__package__, _FILE, "tiers"), {"market": market, "day": day})
    counted = tier_counts(rows)
    if not counted["total_leads"] and day != newest:
        raise UsageError(f"--as-of: there are no scores of {day}.", f"`wholesaler score` was last run for {newest}.")
    workable = None
    if day == newest:
        workable = connection.scalar(statement(__package__, "suppression.sql", "count_workable"), {"market": market})
    return {"as_of": day, **counted, "workable_leads": workable}


def expect_scores_of(connection: Connection, market: str, day: date | None) -> None:
    """Raise :class:`UsageError` when the scores there are, if any, are of another day than the one asked for."""
    newest = scored_day(connection, market)
    if day is not None and newest is not None and day != newest:
        raise UsageError(
            f"--as-of: the leads are those of {newest}, the day scored last; another day's can only be counted.",
            f"`wholesaler stats --as-of {day}` counts them; `wholesaler leads show` has the history of one.",
        )


def scored_day(connection: Connection, market: str) -> date | None:
    """The day of the scores there are; null before anything was scored."""
    day: date | None = connection.scalar(statement(__package__, _FILE, "scored_day"), {"market": market})
    return day


def later_list(connection: Connection, market: Market, day: date) -> date | None:
    """The day of the scores there are where that is later than ``day``, so that ``day`` is history and no news.

    A list of a day that has not come yet, by a clock that was wrong or by mistake, keeps no night from its own.
    """
    listed, today = scored_day(connection, market.key), datetime.now(market.zone).date()
    if listed is None or listed <= day or (listed > today and 0 <= (today - day).days <= 1):
        return None
    return listed


def markets(connection: Connection) -> dict[str, int]:
    """The markets that anything was ever run for in this database: key → leads."""
    return {row.market: row.leads for row in connection.execute(statement(__package__, _FILE, "markets"))}


def lead(connection: Connection, market: Market, written: str) -> dict[str, Any]:
    """One lead with everything behind its score; ``written`` is its parcel number in any form of the market.

    Of a parcel that is on the roll and that no other record names, what the roll says. Raises :class:`UsageError` for
    what is no parcel number or can mean two parcels, :class:`WholesalerError` when nothing names the parcel, and when
    the roll calls it confidential.
    """
    number, parcel_id = find_lead(connection, market, written)
    parameters = {"market": market.key, "id": number, "parcel_id": parcel_id}
    query = "parcel" if number is None else "lead"
    row = connection.execute(statement(__package__, _FILE, query), parameters).mappings().one()
    is_scored = row["property_id"] is not None
    kept = kept_profile(connection, market.key)
    profile = kept if is_scored else None
    rules = rules_of(connection, market.key, [number])[number] if number is not None and is_scored else None
    place = ("parcel_id", "address", "city", "zip_code")
    history = connection.execute(statement(__package__, _FILE, "history"), parameters).mappings()
    points = row["components"] or {}
    components = {name: points.get(name) for name in (kept.components if kept else points)}
    records = {name: _records(connection, market.key, name, number, row["parcel_id"]) for name in RECORD_KINDS}
    return {
        **{key: row[key] for key in (*place, "total_score", "tier", "excluded", "signals")},
        "reasons": [rule["reason"] for rule in rules or []],
        "is_new": row["is_new"],
        "as_of": row["as_of"],
        "profile": row["profile"],
        "is_active": row["is_active"],
        "location": {"longitude": row["longitude"], "latitude": row["latitude"], "source": row["location_source"]},
        "features": _features(row, profile) if is_scored else None,
        "components": components,
        "weights": {name: profile.weights[name] for name in profile.components} if profile else None,
        "rules": rules,
        "deal": {name: row[name] for name in DEAL} if is_scored else None,
        "assumptions": profile.deal.model_dump() if profile else None,
        "parcel": _parcel(connection, market, row["parcel_id"]),
        "records": records,
        "links": _links(market, row, records),
        **work(connection, market.key, number, row["parcel_id"]),
        "contacts": _contacts(connection, market.key, number),
        "merged": row["merged"],
        "history": [dict(snapshot) for snapshot in history],
    }


def _contacts(connection: Connection, market: str, number: int | None) -> list[dict[str, Any]]:
    """How the owner can be reached, as far as files that were imported say; none of suppressed telephones."""
    known = {} if number is None else read_contacts(connection, market, [number])
    return [row for contacts in known.values() for row in contacts.document()]


def _features(row: Any, profile: Profile | None) -> dict[str, Any]:
    """What the score rests upon; of the events of distress what is known."""
    known = {name: row[name] for name in PUBLISHED}
    if profile is None or profile.readings < 2:
        return known
    return known | {name: row[name] for name in FURTHER} | (row["events"] or {})


def _links(market: Market, lead: Any, records: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """Where a lead can be looked at, by the names of the market file; without those that ask for what is unknown."""
    cases = (record.get("case_number") for each in records.values() for record in each if record["is_active"])
    facts = {
        "parcel": lead["parcel_id"],
        "latitude": None if lead["latitude"] is None else f"{lead['latitude']:.6f}",
        "longitude": None if lead["longitude"] is None else f"{lead['longitude']:.6f}",
        "case_number": next(filter(None, cases), None),
    }
    links = {name: fill_link(template, facts, market.parcel) for name, template in market.links.items()}
    return {name: link for name, link in links.items() if link is not None}


def rejects(connection: Connection, market: Market, limit: int) -> dict[str, Any]:
    """The records that cannot be used, with their reasons, and how many there are in all.

    Of one that names a confidential parcel there is neither record nor reason.
    """
    parameters = {"market": market.key, "limit": limit}
    rows = connection.execute(statement(__package__, _FILE, "rejects"), parameters).mappings()
    total = connection.scalar(statement(__package__, _FILE, "rejects_total"), parameters)
    confidential = set(connection.scalars(statement(__package__, _FILE, "confidential_parcels"), parameters))
    shown = [dict(row) for row in rows]
    for row in shown:
        if confidential and not confidential.isdisjoint(_parcels_in(row["raw"], market)):
            row |= {"raw": None, "reason": CONFIDENTIAL_REJECT}
    return {"rejects": shown, "total": total}


def rejects_by_source(connection: Connection, market: str) -> dict[str, int]:
    """How many records of each source cannot be used."""
    rows = connection.execute(statement(__package__, _FILE, "rejects_by_source"), {"market": market})
    return {row.source: row.records for row in rows}


def _parcels_in(value: Any, market: Market) -> Iterator[str]:
    """The canonical form of everything in a raw record that may be a parcel number, in any form of the market."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _parcels_in(part, market)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        with suppress(UnusableParcel):
            yield from market.parcel.read(str(value))


def rules_of(connection: Connection, market: str, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """The rules that fired for these leads, by the profile they were scored by."""
    profile = kept_profile(connection, market)
    if profile is None:
        return {number: [] for number in ids}
    rules = fired_rules(profile, _scores(market)).subquery()
    query = select(rules.c.property_id, rules.c.rules)
    return {row[0]: row[1] for row in connection.execute(query, {"ids": ids})}


def select_reasons(connection: Connection, market: str) -> Select[Any] | None:
    """Asks for the reasons of leads by the profile they were scored by, a text each; nothing where there is none.

    Its parameter ``ids`` names the properties; it gives their ``property_id`` and ``reasons``.
    """
    profile = kept_profile(connection, market)
    if profile is None:
        return None
    reasons = fired_reasons(profile, _scores(market)).subquery()
    return select(reasons.c.property_id, reasons.c.reasons)


def _scores(market: str) -> FromClause:
    """The features of the leads that ``ids`` names as they were scored, without the models, which take their time to be
    imported."""
    features = (*map(column, COLUMNS), column("events", JSONB))
    score = table("lead_scores", column("market"), column("property_id"), *features)
    asked = any_(bindparam("ids", type_=ARRAY(BigInteger)))
    return select(score).where(score.c.market == market, score.c.property_id == asked).subquery("lead")


def find_lead(connection: Connection, market: Market, written: str) -> tuple[int | None, str]:
    """The property that a number means, if there is one, and the number of its parcel; what was merged is another's.

    ``written`` may be an address as well. Raises :class:`UsageError` for what is neither or can mean two parcels,
    :class:`WholesalerError` when nothing names the parcel, and when the roll calls it confidential.
    """
    try:
        readings = market.read_parcel(written)
    except UnusableParcel as error:
        if not looks_like_address(written):
            raise UsageError(f"{error}.", f"An example: {market.parcel.example}.") from None
        readings = [only_parcel(connection, market, written)]
    parameters: dict[str, Any] = {"market": market.key, "parcel_ids": readings}
    properties = connection.execute(statement(__package__, _FILE, "find"), parameters)
    found: list[tuple[int | None, str]] = [(row.id, row.parcel_id) for row in properties]
    if not found:
        parcels = connection.scalars(statement(__package__, _FILE, "find_parcels"), parameters)
        found += ((None, parcel_id) for parcel_id in parcels)
    if not found:
        raise WholesalerError(
            f"No lead or record of {market.name} ({market.key}) has the parcel number {written}, and no parcel of the "
            "roll that is known.",
            "`wholesaler leads list` lists the leads.",
        )
    if len(found) > 1:
        raise UsageError(f"'{written}' can mean {' or '.join(readings)}.", "Give the one that is meant.")
    ((number, parcel_id),) = found
    parameters = {"market": market.key, "id": number, "parcel_id": parcel_id}
    if connection.scalar(statement(__package__, _FILE, "is_confidential"), parameters):
        raise WholesalerError(
            f"The appraiser's roll of {market.name} calls the parcel {written} confidential: nothing of it is shown.",
            "It is in no list and no alert either.",
        )
    return number, parcel_id


def _table(name: str, *names: str) -> TableClause:
    """A table with these columns, without the models, which take their time to be imported."""
    return table(name, *map(column, names))


def _parcel(connection: Connection, market: Market, parcel_id: str) -> dict[str, Any] | None:
    """What the roll's sources say of a parcel together, what follows from it, and the names of those sources."""
    parcels = _table("parcels", "market", "parcel_id", *PARCEL).c
    query = select(*(parcels[name] for name in PARCEL)).where(
        parcels["market"] == market.key, parcels["parcel_id"] == parcel_id
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    record = _table("property_records", "market", "source", "record_key", "is_active").c
    sources = set(
        connection.scalars(
            select(record["source"]).where(
                record["market"] == market.key, record["source"].in_(market.rolls),
                record["record_key"] == parcel_id, record["is_active"],
            )
        )
    )  # fmt: skip
    return {**row, "sources": [name for name in market.rolls if name in sources]}


def _records(
    connection: Connection, market: str, name: str, property_id: int | None, parcel_id: str
) -> list[dict[str, Any]]:
    """A property's records of one kind, of whatever sources; the roll's are those of its parcel number."""
    shown = ["source", "record_key", "parcel_id", *RECORD_KINDS[name].names, "is_active", "match_evidence", "issues"]
    columns = _table(RECORD_KINDS[name].table, "market", "property_id", *shown).c
    is_own = columns["property_id"] == property_id if RECORD_KINDS[name].signal else columns["record_key"] == parcel_id
    query = (
        select(*(columns[column] for column in shown))
        .where(columns["market"] == market, is_own)
        .order_by(columns["is_active"].desc(), columns["source"], columns["record_key"])
    )
    return [dict(row) for row in connection.execute(query).mappings()]
