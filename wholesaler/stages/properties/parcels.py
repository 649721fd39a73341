"""Parcels: the records of the roll's sources merged by parcel number, column by column.

The first source of the market file that has a value gives it; what belongs together (an owner, a mailing address, a
sale) comes from one source. A stale source's values are passed over, but not where it says that a parcel lies: houses
do not move. Only parcels of which a record has changed are merged anew, and only what differs is written.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    and_,
    func,
    insert,
    literal,
    select,
    text,
    tuple_,
    update,
)

from wholesaler.db.base import Base
from wholesaler.db.models import Parcel
from wholesaler.db.sql import opaque_value, statement
from wholesaler.db.statistics import refresh_statistics
from wholesaler.markets import Market
from wholesaler.stages.properties.freshness import stale_sources
from wholesaler.stages.properties.merge import MERGED, merge_query
from wholesaler.stages.properties.owners import derive_owners
from wholesaler.stages.properties.rolls import merged_rolls

_SQL = "parcels.sql"
#: what tells who owns how much: a source that gives any of it must have been read whole for portfolios to be known
_OWNERS = {"owner_name", "mail_address", "mail_zip", "mail_city"}
_PLANNER_COLUMNS = ("market", "parcel_id", "is_listed")
_PARCELS = Base.metadata.tables[Parcel.__tablename__]
# without their types: a place that is selected as one comes in a form for programs
_MERGED = Table("merged_parcels", MetaData(), *(Column(name) for name in ("parcel_id", *MERGED)))


def refresh_parcels(connection: Connection, market: Market, as_of: date, *, everything: bool = False) -> int:
    """Merge what has changed in the roll since the last merge; returns how many parcels were written or dropped.

    What follows from owners and mailing addresses follows at once. All parcels are compared where the sources, their
    order, their staleness on the day or what was read whole are
    others than then, and where ``everything`` is asked for.
    """
    rolls, listing = market.rolls, market.listing_rolls
    is_datable = any(market.sources[name].record_date for name in rolls)
    stale = set(stale_sources(connection, market, as_of)) if is_datable else set()
    parameters: dict[str, Any] = {"market": market.key, "sources": rolls}
    whole = set(connection.scalars(statement(__package__, _SQL, "whole_sources"), parameters))
    order: list[Any] = [[name, name in stale, name in listing, name in whole] for name in rolls]
    parameters["source_order"] = orjson.dumps(order).decode()
    former = connection.execute(statement(__package__, _SQL, "former_merge"), parameters).one_or_none()
    if former is None and not rolls:
        return 0
    if former is not None and former.is_comparable and not everything:
        parameters["merged_at"], is_first = former.merged_at, False
        connection.execute(statement(__package__, _SQL, "changed_parcels"), parameters)
    else:
        is_first = True
        connection.execute(statement(__package__, _SQL, "all_parcels"), parameters)
    changed = 0
    has_work = bool(connection.scalar(text("SELECT EXISTS (SELECT FROM dirty_parcels)")))
    if has_work:
        connection.execute(text("ANALYZE dirty_parcels"))
        changed = _write(connection, market, [name for name in rolls if name not in stale], parameters)
    if has_work or is_first:
        connection.execute(statement(__package__, _SQL, "remember_merge"), {**parameters, "changed": bool(changed)})
    if changed or is_first:
        is_whole = merged_rolls(connection, market.key).cover(market, _OWNERS)
        derive_owners(connection, market, "dirty_parcels", is_whole=is_whole)
    connection.execute(text("DROP TABLE dirty_parcels"))
    return changed


def _write(connection: Connection, market: Market, fresh: Sequence[str], parameters: dict[str, Any]) -> int:
    """Merge the parcels of ``dirty_parcels`` and write those that differ; returns how many."""
    query = merge_query(market, fresh).compile(dialect=connection.dialect)
    # CREATE TABLE AS may use all processors, INSERT may not
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE merged_parcels ON COMMIT DROP AS {query}", query.construct_params()
    )
    connection.execute(text("ANALYZE merged_parcels (parcel_id)"))
    key = opaque_value(market.key)
    same = and_(_PARCELS.c.market == key, _PARCELS.c.parcel_id == _MERGED.c.parcel_id)
    values = {name: _MERGED.c[name] for name in MERGED} | {"updated_at": func.now()}
    differs = tuple_(*_values(_PARCELS)).is_distinct_from(tuple_(*_values(_MERGED)))
    changed = connection.execute(update(_PARCELS).values(values).where(same, differs)).rowcount
    missing = select(key.label("market"), _MERGED.c.parcel_id, *(_MERGED.c[name] for name in MERGED)).where(
        ~select(literal(1)).where(same).correlate(_MERGED).exists()
    )
    names = ["market", "parcel_id", *MERGED]
    changed += connection.execute(insert(_PARCELS).from_select(names, missing, include_defaults=False)).rowcount
    changed += connection.execute(statement(__package__, _SQL, "drop_former_parcels"), parameters).rowcount
    connection.execute(text("DROP TABLE merged_parcels"))
    refresh_statistics(connection, "parcels", changed, _PLANNER_COLUMNS)
    return changed


def _values(side: Table) -> list[ColumnElement[Any]]:
    """What is compared of a parcel; geographies have no exact operator for that."""
    return [func.geometry(side.c[name]) if name == "location" else side.c[name] for name in MERGED]
