"""What is known now of the leads that a message is about; the ledger knows what was so when it was written."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from wholesaler.db.scores import LeadScore
from wholesaler.db.sql import statement
from wholesaler.markets import Market
from wholesaler.markets.terms import fill_link
from wholesaler.notify import LeadNotice
from wholesaler.scoring.features import DEAL
from wholesaler.scoring.rules import fired_rules
from wholesaler.scoring.stored import kept_profile


@dataclass(frozen=True)
class Known:
    """By property: its row of ``present_leads``, its links, and the reasons of its score."""

    market: Market
    rows: dict[int, Any]
    links: dict[int, dict[str, str]]
    reasons: dict[int, tuple[str, ...]]

    def lead(self, number: int, payload: dict[str, Any]) -> LeadNotice:
        """A new lead as it is now; as the ledger has it where it is none any more, since a list is stale."""
        row = self.rows.get(number)
        market = self.market
        written: dict[str, Any] = {
            "parcel_id": payload["parcel_id"],
            "address": payload["address"],
            "city": payload["city"],
            "zip_code": payload["zip_code"],
            "total_score": Decimal(str(payload["total_score"])),
            "tier": payload["tier"],
            "signals": tuple(payload["signals"]),
            "reasons": tuple(payload["reasons"]),
            "deal": {name: None if value is None else Decimal(str(value)) for name, value in payload["deal"].items()},
            "owner_name": payload["owner_name"],
            "snapshot_date": date.fromisoformat(payload["snapshot_date"]),
            "foreclosure": payload["foreclosure"],
            "foreclosure_note": market.words.foreclosure_note,
            "is_land": payload.get("is_land") is True,  # older rows do not say
        }
        if row is None:
            return LeadNotice(**written)
        written |= {
            "address": row.address,
            "city": row.city,
            "zip_code": row.zip_code,
            "owner_name": row.owner_name,
            "owner_class": row.owner_class,
            "mail_differs": row.mail_differs,
            "mail": row.mail or None,
            "came_back": row.status == "dead",
            "links": self.links.get(number, {}),
        }
        if row.as_of is not None and row.tier is not None:
            sales = (market.words.tax_sale, row.tax_sale_date), (market.words.foreclosure_auction, row.auction_date)
            written |= {
                "total_score": row.total_score,
                "tier": row.tier,
                "signals": tuple(row.signals),
                "reasons": self.reasons.get(number, written["reasons"]),
                "deal": {name: getattr(row, name) for name in DEAL},
                "snapshot_date": row.as_of,
                "foreclosure": not {"foreclosure_auction", "lis_pendens"}.isdisjoint(row.signals),
                "is_land": row.is_land is True,
                "sales": tuple((what, day) for what, day in sales if day is not None),
            }
        return LeadNotice(**written)


def read_known(connection: Connection, market: Market, properties: Collection[int]) -> Known:
    """What is known of some properties."""
    parameters = {"market": market.key, "ids": sorted(properties)}
    found = connection.execute(statement(__package__, "deliveries.sql", "present_leads"), parameters).all()
    rows = {int(row.property_id): row for row in found}
    links = {number: _links(market, row) for number, row in rows.items()} if market.links else {}
    return Known(market, rows, links, _reasons(connection, market.key, properties))


def _links(market: Market, row: Any) -> dict[str, str]:
    """Where a lead can be looked at; without the links that ask for what is unknown."""
    facts = {
        "parcel": row.parcel_id,
        "latitude": None if row.latitude is None else f"{row.latitude:.6f}",
        "longitude": None if row.longitude is None else f"{row.longitude:.6f}",
        "case_number": row.case_number,
    }
    links = {name: fill_link(template, facts, market.parcel) for name, template in market.links.items()}
    return {name: link for name, link in links.items() if link is not None}


def _reasons(connection: Connection, market: str, properties: Collection[int]) -> dict[int, tuple[str, ...]]:
    profile = kept_profile(connection, market)
    if profile is None or not properties:
        return {}
    score = LeadScore.__table__
    asked = select(score).where(score.c.market == market, score.c.property_id.in_(properties)).subquery("lead")
    rules = fired_rules(profile, asked).subquery()
    rows = connection.execute(select(rules.c.property_id, rules.c.rules))
    return {row[0]: tuple(rule["reason"] for rule in row[1]) for row in rows}
