"""The one record that the records of several sources make of a parcel, as a query over all parcels at once."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    cast,
    column,
    false,
    func,
    not_,
    null,
    or_,
    select,
    table,
    true,
    type_coerce,
)
from sqlalchemy.types import NULLTYPE

from wholesaler.db.models import Parcel, PropertyRecord, RollColumns
from wholesaler.db.sql import opaque_value
from wholesaler.markets import Market

_PLACE = ("address", "city", "zip_code", "location")
ROLL_COLUMNS = tuple(RollColumns.__annotations__)
#: what a merge writes of a parcel
MERGED = (*_PLACE, *ROLL_COLUMNS, "is_listed", "held_since", "is_land")
#: columns that are nothing without each other, and those of them that say whether a source knows any of it: of sales,
#: one whose price is known goes before a mere day
_GROUPS = (
    (("owner_name", "co_owner_name"), (("owner_name", "co_owner_name"),)),
    (
        ("mail_address", "mail_address_2", "mail_city", "mail_state", "mail_zip", "mail_country"),
        (("mail_address", "mail_address_2", "mail_city", "mail_state", "mail_zip"),),
    ),
    (("sale_date", "sale_price", "sale_qualified"), (("sale_price",), ("sale_date",))),
)
_NEEDED = {name: needed for group, needed in _GROUPS for name in group}
#: a deed for less is no sale: an heir's, a correction
LOWEST_PRICE = 1_000

_PARCELS = Parcel.__table__
_DIRTY = table("dirty_parcels", column("parcel_id"))
#: a source's records under a name of their own
Records: TypeAlias = FromClause


def merge_query(market: Market, fresh: Sequence[str]) -> Select[Any]:
    """The parcels of ``dirty_parcels`` that have a record: ``parcel_id`` and the columns of :data:`MERGED`.

    ``fresh`` are the sources whose values count. A parcel that is to stay confidential is one without a record too.
    """
    records = {name: PropertyRecord.__table__.alias(f"roll_{number}") for number, name in enumerate(market.rolls, 1)}
    values = [records[name] for name in records if name in fresh]
    places = values + [records[name] for name in records if name not in fresh]
    merged: dict[str, ColumnElement[Any]] = {name: _first(name, places) for name in _PLACE}
    merged |= {name: _first(name, values) for name in ROLL_COLUMNS}
    key = opaque_value(market.key)
    former = _PARCELS.alias("former")
    merged["confidential"] = _confidential(former, values, places)
    merged["is_listed"] = or_(false(), *(records[name].c.record_key.is_not(None) for name in market.listing_rolls))
    joins: FromClause = _DIRTY
    for name, one in records.items():
        is_own = and_(one.c.market == key, one.c.source == opaque_value(name), one.c.is_active)
        joins = joins.outerjoin(one, and_(is_own, one.c.record_key == _DIRTY.c.parcel_id))
    joins = joins.outerjoin(former, and_(former.c.market == key, former.c.parcel_id == _DIRTY.c.parcel_id))
    rows = (
        select(
            _DIRTY.c.parcel_id,
            *(value.label(name) for name, value in merged.items()),
            _last_at_a_price(values, merged["sale_date"], former.c.held_since).label("last_at_a_price"),
        )
        .select_from(joins)
        .where(or_(merged["confidential"], *(one.c.record_key.is_not(None) for one in records.values())))
        .subquery("merged")
    )
    derived = {
        "held_since": _held_since(rows.c.sale_date, rows.c.sale_price, rows.c.last_at_a_price),
        "is_land": _is_land(market, rows),
    }
    columns = {name: derived[name] if name in derived else rows.c[name] for name in MERGED}
    # a place is to stay one, and not to come in the form that programs read
    columns["location"] = type_coerce(rows.c.location, NULLTYPE)
    return select(rows.c.parcel_id, *(value.label(name) for name, value in columns.items()))


def _first(name: str, records: Sequence[Records]) -> ColumnElement[Any]:
    """The value of the first source that has one; of columns that belong together, of the first with any of them."""
    if not records:
        return cast(null(), _PARCELS.c[name].type)
    needed = _NEEDED.get(name)
    if needed is None:
        return func.coalesce(*(one.c[name] for one in records)) if len(records) > 1 else records[0].c[name]
    known = [
        (or_(*(one.c[other].is_not(None) for other in columns)), one.c[name]) for columns in needed for one in records
    ]
    return case(*known)


def _confidential(former: Records, values: Sequence[Records], places: Sequence[Records]) -> ColumnElement[Any]:
    """Whether a parcel must not be published: one source's word for it is enough, however old.

    It holds until a source that is not stale says otherwise. That the source is no more, has the parcel no more, or is
    not asked for it any more, is no such word: what has left the database cannot be taken back.
    """
    is_marked = or_(false(), *(one.c.confidential.is_(True) for one in places))
    is_released = or_(false(), *(one.c.confidential.is_(False) for one in values))
    holds = or_(is_marked, and_(former.c.confidential.is_(True), not_(is_released)))
    return case((holds, true()), else_=_first("confidential", places))


def _held_since(day: ColumnElement[Any], price: ColumnElement[Any], last: ColumnElement[Any]) -> ColumnElement[Any]:
    """The day of the last sale at a price. A later deed for next to nothing leaves what is known of the one before.

    ``last`` is that one: as another source has it, which any database reads there, or as this one has it from the night
    before. Of a roll that only publishes the last deed, a database that did not live through the one before knows
    nothing, and says so by null; nor does one whose memory was interrupted: while the source was stale, the parcel gone
    from the roll, or the last deed one of unknown price. Of such a deed nobody can tell whether it was a sale.
    """
    return case((price >= LOWEST_PRICE, day), (price < LOWEST_PRICE, last))


def _last_at_a_price(values: Sequence[Records], day: ColumnElement[Any], former: ColumnElement[Any]) -> Any:
    """The newest sale at a price up to ``day``, of any source that counts and of what was known before."""
    sales = [case((and_(one.c.sale_price >= LOWEST_PRICE, one.c.sale_date <= day), one.c.sale_date)) for one in values]
    return func.greatest(*sales, case((former <= day, former)))


def _is_land(market: Market, parcel: FromClause) -> ColumnElement[Any]:
    """Whether nothing is built: by the value of the buildings, else by the use code, else by the living area."""
    rules = _land_rules()
    state = rules["states"].get(market.state, {})
    code = func.btrim(parcel.c.use_code)
    known = []
    if state:
        is_code = code.op("~*")(state["codes"])
        known = [(and_(is_code, code.op("~*")(state["land"])), true()), (is_code, false())]
    return case(
        (parcel.c.building_mkt == 0, true()),
        (parcel.c.building_mkt.is_not(None), false()),
        *known,
        (code.op("~*")(rules["words"]), true()),
        (parcel.c.living_area > 0, false()),
    )


@cache
def _land_rules() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "land.toml").read_text("utf-8"))
