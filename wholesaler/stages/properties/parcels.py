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
    FromClause,
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
from wholesaler.stages.properties.owners import count_portfolios, derive_owners
from wholesaler.stages.properties.rolls import merged_from

_SQL = "parcels.sql"
#: what tells who owns how much: a source that gives any of it must have been read whole for portfolios to be known
_OWNERS = {"owner_name", "mail_address", "mail_zip", "mail_city"}
_PLANNER_COLUMNS = ("market", "parcel_id", "is_listed", "owner_class", "mail_differs")
_PARCELS = Base.metadata.tables[Parcel.__tablename__]
# without their types: a place that is selected as one comes in a form for programs
_MERGED = Table("merged_parcels", MetaData(), *(Column(name) for name in ("parcel_id", *MERGED)))
_OWNER_COLUMNS = ("owner_class", "owner_key", "mail_differs")
_DERIVED = Table("derived_owners", MetaData(), *(Column(name) for name in ("parcel_id", *_OWNER_COLUMNS)))
_PORTFOLIOS = Table("portfolios", MetaData(), Column("owner_key"), Column("owner_parcels"))
_WRITTEN = (*MERGED, *_OWNER_COLUMNS, "owner_parcels")


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
    if has_work or is_first:
        connection.execute(text("ANALYZE dirty_parcels"))
        _merge(connection, market, [name for name in rolls if name not in stale])
        changed = write_parcels(connection, market, is_whole=merged_from(order).cover(market, _OWNERS))
        connection.execute(statement(__package__, _SQL, "remember_merge"), {**parameters, "changed": bool(changed)})
    connection.execute(text("DROP TABLE dirty_parcels"))
    return changed


def _merge(connection: Connection, market: Market, fresh: Sequence[str]) -> None:
    """``merged_parcels``: those of ``dirty_parcels`` that have a record, as the sources say together."""
    query = merge_query(market, fresh).compile(dialect=connection.dialect)
    # CREATE TABLE AS may use all processors, INSERT may not
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE merged_parcels ON COMMIT DROP AS {query}", query.construct_params()
    )


def write_parcels(connection: Connection, market: Market, *, is_whole: bool) -> int:
    """Write the parcels of ``merged_parcels`` that differ, with what follows from their owners; drop the others.

    The others are those of ``dirty_parcels`` that are not among them. Returns how many parcels were written or dropped.
    """
    connection.execute(text("ANALYZE merged_parcels (parcel_id, owner_name, is_listed)"))
    derive_owners(connection, market, is_whole=is_whole)
    parameters = {"market": market.key}
    key = opaque_value(market.key)
    new = (
        select(
            *(_MERGED.c[name] for name in ("parcel_id", *MERGED)),
            *(_DERIVED.c[name] for name in _OWNER_COLUMNS),
            _PORTFOLIOS.c.owner_parcels,
        )
        .join_from(_MERGED, _DERIVED, _DERIVED.c.parcel_id == _MERGED.c.parcel_id)
        .outerjoin(_PORTFOLIOS, _PORTFOLIOS.c.owner_key == _DERIVED.c.owner_key)
        .subquery("new")
    )
    same = and_(_PARCELS.c.market == key, _PARCELS.c.parcel_id == new.c.parcel_id)
    values = {name: new.c[name] for name in _WRITTEN} | {"updated_at": func.now()}
    differs = tuple_(*_values(_PARCELS)).is_distinct_from(tuple_(*_values(new)))
    changed = connection.execute(update(_PARCELS).values(values).where(same, differs)).rowcount
    missing = select(key.label("market"), new.c.parcel_id, *(new.c[name] for name in _WRITTEN)).where(
        ~select(literal(1)).where(same).correlate(new).exists()
    )
    names = ["market", "parcel_id", *_WRITTEN]
    changed += connection.execute(insert(_PARCELS).from_select(names, missing)).rowcount
    changed += connection.execute(statement(__package__, _SQL, "drop_former_parcels"), parameters).rowcount
    changed += count_portfolios(connection, market)
    connection.execute(text("DROP TABLE merged_parcels, derived_owners, portfolios"))
    refresh_statistics(connection, "parcels", changed, _PLANNER_COLUMNS)
    return changed


def _values(side: FromClause) -> list[ColumnElement[Any]]:
    """What is compared of a parcel; geographies have no exact operator for that."""
    return [func.geometry(side.c[name]) if name == "location" else side.c[name] for name in _WRITTEN]
