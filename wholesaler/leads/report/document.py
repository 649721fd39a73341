"""What a report knows: the leads that may be worked, with all that a person decides by, as a JSON-ready dictionary.

``page.js`` shows it. Names and mailing addresses, and notes, which may hold both, are in it only where allowed.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping, any_, literal, select

from wholesaler.db.scores import LeadScore
from wholesaler.db.sql import statement
from wholesaler.leads.reading import scored_day
from wholesaler.markets import Market
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.markets.terms import fill_link
from wholesaler.notify.messages import FORECLOSURE_RULES, clean
from wholesaler.scoring.features import COMPARABLES, DEAL
from wholesaler.scoring.profile import Profile
from wholesaler.scoring.rules import fired_rules
from wholesaler.scoring.stored import kept_profile, tier_counts

_FILE = "document.sql"
#: leads of a report, the best of all: more would not open without a pause, and nobody works more in a day
MOST_LEADS = 5_000
#: of those that are leads no more, and of the records of one kind of a lead
MOST_GONE = 200
MOST_RECORDS = 10
#: scored days of the line of a lead
MOST_DAYS = 90
#: leads of which everything is in memory at a time
_AT_ONCE = 1_000

#: what the sheet of a lead says of the property; the deal is worked out from some of it
_FACTS = (
    "total_mkt", "total_assd", "taxes", "living_area", "year_built", "use_code", "beds", "baths", "units", "acreage",
    "sale_date", "sale_price", "is_land", "own_open_violations", "nearby_open_violations", "value_to_median",
    "comparable_count", "comparable_low", "comparable_high",
)  # fmt: skip
_MAIL = ("mail_address", "mail_address_2", "mail_city", "mail_state", "mail_zip", "mail_country")
#: a lead of the law about homes in foreclosure
_FORECLOSURE = {"foreclosure_auction", "lis_pendens"}


def read_document(
    connection: Connection,
    market: Market,
    as_of: date,
    *,
    names: bool,
    stale: Iterable[str] = (),
    most: int = MOST_LEADS,
) -> dict[str, Any]:
    """The report of the newest scores; of ``as_of``, without leads, before anything was scored.

    ``names``: with owners' names, mailing addresses and notes. ``stale`` are the sources that add nothing to the
    scores. ``most`` leads are in it, the best ones; ``total`` tells how many there are.
    """
    day = scored_day(connection, market.key) or as_of
    profile = kept_profile(connection, market.key)
    bound: dict[str, Any] = {"market": market.key, "day": day}
    tiers = tier_counts(_rows(connection, "tiers", bound, plain=True))
    days = [row["day"] for row in _rows(connection, "days", {**bound, "most": MOST_DAYS})][::-1]
    # a day that was made the list again has later days, and one without leads has no snapshot
    before = next((scored for scored in reversed(days) if scored < day), None)
    bound |= {"before": before, "days": days, "first": days[0] if days else day, "last": day}
    leads: list[dict[str, Any]] = []
    best = connection.execute(
        statement(__package__, _FILE, "leads"), {**bound, "most": most}, execution_options={"yield_per": _AT_ONCE}
    )
    for rows in best.mappings().partitions(_AT_ONCE):
        behind = _behind(connection, market.key, profile, {**bound, "ids": [row["property_id"] for row in rows]})
        leads += [_lead(row, behind, market, profile, names) for row in rows]
    gone = _rows(connection, "gone", {**bound, "most": MOST_GONE}) if before else []
    return {
        "market": {"key": market.key, "name": clean(market.name)},
        "day": day,
        "before": before,
        "made_at": datetime.now(market.zone).replace(microsecond=0),
        "profile": _profile(profile),
        "words": {"tax_sale": market.terms.tax_sale, "foreclosure_auction": market.terms.foreclosure_auction},
        "law": clean(market.terms.foreclosure_note or FORECLOSURE_RULES),
        "kinds": {name: kind.title for name, kind in RECORD_KINDS.items() if kind.signal},
        "total": tiers["total_leads"],
        "tiers": tiers["tier_counts"],
        "stale": [clean(source) for source in stale],
        "names": names,
        "days": days,
        "leads": leads,
        "gone": [
            {
                "parcel": row["parcel_id"],
                "place": ", ".join(map(clean, filter(None, (row["address"], row["city"], row["zip_code"])))),
                "tier": row["tier"],
                "score": _number(row["total_score"]),
            }
            for row in gone
        ],
        "gone_total": gone[0]["total"] if gone else 0,
    }


class _Behind:
    """What is behind the leads, by the id of their property."""

    def __init__(
        self,
        rules: Mapping[int, list[dict[str, Any]]],
        records: Mapping[int, list[RowMapping]],
        spans: Mapping[int, list[RowMapping]],
        before: Mapping[int, RowMapping] | None,
    ) -> None:
        self.rules = rules
        self.records = records
        self.spans = spans
        self.before = before


def _behind(connection: Connection, market: str, profile: Profile | None, bound: Mapping[str, Any]) -> _Behind:
    """What is behind the leads of ``ids``."""
    return _Behind(
        rules=_rules(connection, market, profile, bound["ids"]),
        records=_grouped(_rows(connection, "records", {**bound, "most": MOST_RECORDS})),
        spans=_grouped(_rows(connection, "snapshots", bound)),
        before={row["lead"]: row for row in _rows(connection, "before", bound)} if bound["before"] else None,
    )


def _rows(connection: Connection, name: str, bound: Mapping[str, Any], *, plain: bool = False) -> Any:
    found = connection.execute(statement(__package__, _FILE, name), dict(bound))
    return found.all() if plain else found.mappings().all()


def _grouped(rows: Iterable[RowMapping]) -> dict[int, list[RowMapping]]:
    groups: dict[int, list[RowMapping]] = {}
    for row in rows:
        groups.setdefault(row["lead"], []).append(row)
    return groups


def _rules(connection: Connection, market: str, profile: Profile | None, ids: list[int]) -> dict[int, Any]:
    """The rules that fired for these leads."""
    if profile is None:
        return {}
    score = LeadScore.__table__
    asked = select(score).where(score.c.market == market, score.c.property_id == any_(literal(ids))).subquery("lead")
    rules = fired_rules(profile, asked).subquery()
    return {row[0]: row[1] for row in connection.execute(select(rules.c.property_id, rules.c.rules))}


def _profile(profile: Profile | None) -> dict[str, Any] | None:
    """What the arithmetic and the deal are by."""
    if profile is None:
        return None
    deal = {name: _number(value) for name, value in profile.deal.model_dump().items()}
    return {
        "name": clean(profile.name),
        "weights": {name: _number(profile.weights[name]) for name in profile.components},
        "tiers": {name: _number(least) for name, least in profile.tiers.model_dump().items()},
        "deal": {**deal, "comparables": COMPARABLES},
    }


def _lead(row: RowMapping, behind: _Behind, market: Market, profile: Profile | None, names: bool) -> dict[str, Any]:
    number = row["property_id"]
    records = behind.records.get(number, [])
    dates = (("tax_sale", row["tax_sale_date"]), ("foreclosure_auction", row["auction_date"]))
    lead = {
        "parcel": row["parcel_id"],
        "address": clean(row["address"] or ""),
        "city": clean(row["city"] or ""),
        "zip": clean(row["zip_code"] or ""),
        "at": [round(row["latitude"], 6), round(row["longitude"], 6)] if row["latitude"] is not None else None,
        "tier": row["tier"],
        "score": _number(row["total_score"]),
        "new": row["is_new"],
        "signals": row["signals"],
        "back": row["came_back"],
        "law": not _FORECLOSURE.isdisjoint(row["signals"]),
        "dates": [[what, day] for what, day in dates if day is not None],
        "rules": [_rule(rule) for rule in behind.rules.get(number, [])],
        "components": row["components"],
        "deal": {name: _number(row[name]) for name in DEAL},
        "facts": _known({name: row[name] for name in _FACTS}),
        "owner": _owner(row, names),
        "status": _status(row, names),
        "records": [_record(record, names) for record in records],
        "links": _links(market, row, records),
        "history": [[one["first"], one["last"], _number(one["total_score"])] for one in behind.spans.get(number, [])],
        "change": _change(row, behind, number),
    }
    # most leads have not all of this
    return {name: value for name, value in lead.items() if value is not None and value is not False and value != []}


def _rule(rule: Mapping[str, Any]) -> list[Any]:
    """Component, points, reason without the points that end it, and what else to know of them."""
    reason = clean(rule["reason"])
    said = [rule["component"], _number(rule["points"]), reason.rpartition(": ")[0] or reason]
    return [*said, "covered"] if rule.get("covered") else said


def _owner(row: RowMapping, names: bool) -> dict[str, Any]:
    owner: dict[str, Any] = {
        "class": row["owner_class"],
        "homestead": row["homestead"],
        "mail": row["mail_differs"],
        "parcels": row["owner_parcels"],
        "years": row["years_held"],
    }
    if names:
        owner["name"] = " & ".join(map(clean, filter(None, (row["owner_name"], row["co_owner_name"]))))
        lines = [clean(row[name] or "") for name in _MAIL]
        place = " ".join(filter(None, (", ".join(filter(None, lines[2:4])), lines[4])))
        owner["address"] = [line for line in (*lines[:2], place, lines[5]) if line]
    return {name: value for name, value in owner.items() if value not in (None, [], "")}


def _status(row: RowMapping, names: bool) -> dict[str, Any] | None:
    """What somebody did with a lead last."""
    if row["status"] is None:
        return None
    status = {name: row[name] for name in ("status", "next_date", "amount", "reason")}
    return _known({**status, "note": row["note"] if names else None})


def _record(record: RowMapping, names: bool) -> dict[str, Any]:
    facts = {**record["facts"], **(record["names"] if names else {})}
    return {"kind": record["kind"], "source": record["source"], "total": record["total"], "facts": _known(facts)}


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is known, as JSON has it."""
    return {
        name: clean(value) if isinstance(value, str) else _number(value)
        for name, value in facts.items()
        if value is not None
    }


def _links(market: Market, row: RowMapping, records: Iterable[RowMapping]) -> dict[str, str]:
    """Where a lead can be looked at, by the names of the market file; without those that ask for what is unknown."""
    facts = {
        "parcel": row["parcel_id"],
        "latitude": None if row["latitude"] is None else f"{row['latitude']:.6f}",
        "longitude": None if row["longitude"] is None else f"{row['longitude']:.6f}",
        "case_number": next(filter(None, (record["case_number"] for record in records)), None),
    }
    links = {name: fill_link(template, facts, market.parcel) for name, template in market.links.items()}
    return {name: link for name, link in links.items() if link is not None}


def _change(row: RowMapping, behind: _Behind, number: int) -> dict[str, Any] | None:
    """What is another than on the day scored before: name → before and now; ``first`` where it was no lead then."""
    if behind.before is None:
        return None
    before = behind.before.get(number)
    if before is None or before["tier"] is None:
        return {"first": True}
    change: dict[str, Any] = {}
    if before["tier"] != row["tier"]:
        change["tier"] = [before["tier"], row["tier"]]
    if before["total_score"] != row["total_score"]:
        change["score"] = [_number(before["total_score"]), _number(row["total_score"])]
    parts = {
        name: [before["components"].get(name), points]
        for name, points in row["components"].items()
        if before["components"].get(name) != points
    }
    return change | ({"components": parts} if parts else {})


def _number(value: Any) -> Any:
    """A decimal as JSON has it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
