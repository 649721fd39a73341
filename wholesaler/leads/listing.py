"""The list of leads: one relation with all that is known of each, filtered, sorted and cut in the database."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Double,
    Numeric,
    Select,
    Subquery,
    Text,
    and_,
    any_,
    cast,
    column,
    func,
    literal,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql.type_api import TypeEngine

from wholesaler.db.sql import opaque_value, statement
from wholesaler.leads.addresses import located
from wholesaler.leads.filters import METRES_A_MILE, Filters, conditions, day_bound, order, sort_key
from wholesaler.leads.reading import rules_of, scored_day
from wholesaler.markets import Market
from wholesaler.scoring.features import DEAL

_FILE = "listing.sql"
_TEXT: TypeEngine[Any] = Text()
#: whatever is counted or measured
NUMBER: TypeEngine[Any] = Numeric()
_DAY: TypeEngine[Any] = Date()
#: the columns of the relation, in the order of ``--json``
COLUMNS: dict[str, TypeEngine[Any]] = {
    "property_id": BigInteger(), "lead_id": _TEXT, "market": _TEXT, "parcel_id": _TEXT, "address": _TEXT,
    "city": _TEXT, "zip_code": _TEXT, "location": _TEXT, "latitude": Double(), "longitude": Double(),
    "tier": _TEXT, "total_score": NUMBER, "excluded": _TEXT, "is_new": Boolean(), "signals": ARRAY(Text()),
    "signal_count": NUMBER, "as_of": _DAY, "profile": _TEXT,
    "tax_sale_date": _DAY, "auction_date": _DAY, "next_sale_date": _DAY, "days_left": NUMBER,
    "value": NUMBER, "offer": NUMBER, "spread": NUMBER, "arv": NUMBER, "repairs": NUMBER, "debt": NUMBER,
    "owner_class": _TEXT, "mail_differs": _TEXT, "homestead": Boolean(), "owner_parcels": NUMBER,
    "held_since": _DAY, "years_held": NUMBER, "is_land": Boolean(), "owner_name": _TEXT, "co_owner_name": _TEXT,
    "owner_key": _TEXT, "mail_address": _TEXT, "mail_address_2": _TEXT, "mail_city": _TEXT, "mail_state": _TEXT,
    "mail_zip": _TEXT, "mail_country": _TEXT,
    "use_code": _TEXT, "beds": NUMBER, "baths": NUMBER, "living_area": NUMBER, "acreage": NUMBER,
    "year_built": NUMBER, "assessed_value": NUMBER, "last_sale_date": _DAY, "last_sale_price": NUMBER,
    "own_open_violations": NUMBER, "nearby_open_violations": NUMBER, "comparable_count": NUMBER, "events": JSONB(),
    "status": _TEXT, "came_back": Boolean(), "next_date": _DAY, "status_reason": _TEXT, "amount": NUMBER, "note": _TEXT,
    "status_changed_at": DateTime(timezone=True), "status_changed_by": _TEXT,
}  # fmt: skip
#: what is no use to anybody outside
_INNER = {"property_id", "location", "owner_key", "market"}


def cities(connection: Connection, market: str) -> list[str]:
    """The cities that leads are in, those of most leads first."""
    return list(connection.scalars(statement(__package__, "listing.sql", "cities"), {"market": market}))


def leads(connection: Connection, market: Market, filters: Filters, limit: int) -> dict[str, Any]:
    """The ``leads`` that the filters ask for, each with every column, and how many there are in all (``total``).

    Raises :class:`UsageError` for what cannot be asked for, such as an address that nothing lies at.
    """
    near = None if filters.near is None else located(connection, market, filters.near)
    lead, terms = _chosen(connection, market, filters, near, shows_suppressed=True)
    rows = connection.execute(_best(lead, terms, market.key, filters, limit)).all()
    places = {row.property_id: place for place, row in enumerate(rows)}
    # what else there is of a lead is read of those that are shown
    whole = relation(market.key, near=near)
    found = connection.execute(select(whole).where(whole.c.property_id.in_(list(places)))).mappings().all()
    rules = rules_of(connection, market.key, list(places))
    shown = [
        _shown(row, rules[row["property_id"]]) for row in sorted(found, key=lambda row: places[row["property_id"]])
    ]
    return {"leads": shown, "total": rows[0].total if rows else 0}


def _best(lead: Subquery, terms: ColumnElement[bool], market: str, filters: Filters, limit: int) -> Select[Any]:
    """The ids of the first leads in their order, and how many there are in all.

    All are gone through, with no more of each than its place among the others asks for. Counted beside a LIMIT, they
    would seem few to the planner, and be compared each with each.
    """
    names = dict.fromkeys(("property_id", "total_score", sort_key(filters)[0]))
    chosen = select(*(lead.c[name] for name in names)).where(terms).cte("chosen")
    best = select(chosen).order_by(*order(chosen, filters)).fetch(limit, with_ties=True).subquery("best")
    place = table("properties", column("market"), column("id"), column("parcel_id"))
    total = select(func.count()).select_from(chosen).scalar_subquery()
    return (
        select(best.c.property_id, total.label("total"))
        .join(place, and_(place.c.market == opaque_value(market), place.c.id == best.c.property_id))
        .order_by(*order(best, filters), place.c.parcel_id)
        .limit(limit)
    )


def merge_pages(pages: Sequence[dict[str, Any]], filters: Filters, limit: int) -> dict[str, Any]:
    """What :func:`leads` gives of several markets as one, in the order that the filters ask for."""
    name, descends = sort_key(filters)
    found = [lead for page in pages for lead in page["leads"]]
    found.sort(key=lambda lead: (-lead["total_score"], lead["lead_id"]))
    known = sorted((lead for lead in found if lead[name] is not None), key=lambda lead: lead[name], reverse=descends)
    merged = [*known, *(lead for lead in found if lead[name] is None)]
    return {"leads": merged[:limit], "total": sum(page["total"] for page in pages)}


def select_leads(connection: Connection, market: Market, filters: Filters, *, shows_suppressed: bool) -> Select[Any]:
    """The ids of the leads that the filters ask for, and the ``place`` of each in their order."""
    near = None if filters.near is None else located(connection, market, filters.near)
    lead, terms = _chosen(connection, market, filters, near, shows_suppressed=shows_suppressed)
    place = func.row_number().over(order_by=[*order(lead, filters), lead.c.parcel_id]).label("place")
    return select(lead.c.property_id, place).where(terms)


def _chosen(
    connection: Connection,
    market: Market,
    filters: Filters,
    near: tuple[float, float] | None,
    *,
    shows_suppressed: bool,
) -> tuple[Subquery, ColumnElement[bool]]:
    """The relation, and what a lead must be like to be chosen."""
    lead = relation(market.key, near=near)
    before = None
    if filters.since is not None or filters.changed:
        bound = day_bound(filters, scored_day(connection, market.key))
        day = connection.scalar(statement(__package__, _FILE, "day_before"), {"market": market.key, "day": bound})
        before = _history(market.key, day)
    terms = conditions(lead, filters, market.key, before=before, shows_suppressed=shows_suppressed)
    if near is not None:
        asked = {"market": market.key, "point": _point_text(near), "metres": float(filters.miles) * METRES_A_MILE + 1}
        around = list(connection.scalars(statement(__package__, _FILE, "around"), asked))
        terms = and_(terms, lead.c.property_id == any_(cast(literal(around), ARRAY(BigInteger))))
    return lead, terms


def relation(market: str, *, near: tuple[float, float] | None = None) -> Subquery:
    """Every lead of a market, with all :data:`COLUMNS`, and with ``near`` the ``miles`` from there."""
    query = statement(__package__, _FILE, "leads").bindparams(market=market)
    lead = query.columns(*(column(name, kind) for name, kind in COLUMNS.items())).subquery("lead")
    if near is None:
        return lead
    miles = cast(func.ST_Distance(column("location"), _point(near)) / METRES_A_MILE, Numeric).label("miles")
    return select(lead, miles).select_from(lead).subquery("lead")


def _point(place: tuple[float, float]) -> ColumnElement[Any]:
    return func.ST_GeogFromText(_point_text(place))


def _point_text(place: tuple[float, float]) -> str:
    return f"POINT({place[1]} {place[0]})"


def _history(market: str, day: date | None) -> Subquery:
    """The leads of a day that was scored; none where there is no such day."""
    names = ("market", "property_id", "snapshot_date", "tier")
    history = table("lead_score_history", *map(column, names))
    query = select(history.c.property_id, history.c.tier).where(
        history.c.market == opaque_value(market), history.c.snapshot_date == cast(literal(day), Date)
    )
    return query.subquery("before")


def _shown(row: Any, rules: list[dict[str, Any]]) -> dict[str, Any]:
    """A lead as JSON has it: the keys that there always were, then every column."""
    first = ("parcel_id", "address", "city", "zip_code", "total_score", "tier", "signals")
    shown = {name: row[name] for name in first}
    shown |= {
        "reasons": [rule["reason"] for rule in rules],
        "deal": {name: row["offer" if name == "mao" else name] for name in DEAL},
    }
    return shown | {name: value for name, value in row.items() if name not in _INNER}
