"""Ask the database about a block of records: which of them are new or changed, whose they are, and where they lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    MetaData,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    insert,
    select,
    true,
)
from sqlalchemy.types import TypeEngine

from wholesaler.db.base import Base
from wholesaler.db.sql import opaque_value, statement
from wholesaler.stages.ingest.completeness import Records
from wholesaler.stages.ingest.convert.places import Place
from wholesaler.stages.ingest.convert.records import Block
from wholesaler.stages.ingest.convert.values import NULL

#: neither can stand in a key: control characters are taken out of texts
_SEPARATOR, _NULL_MARK = "\x1f", "\x1e"
FETCHED_KEYS = Table("fetched_keys", MetaData(), Column("ordinal"), Column("record_key"))
#: the parameters of the query for one block
LookupQuery: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class LookupResult:
    """What the table holds of a block's records, by position.

    ``unchanged``: it has them as they are. ``updates``: it has another version under
    their key, or one that is inactive. ``owners``: the ids of the
    properties that those belong to which are not unchanged.
    """

    unchanged: frozenset[int]
    updates: frozenset[int]
    owners: dict[int, str]


class Lookup:
    """Compares the blocks of one fetch with the ``records`` there are, and fills ``fetched_keys``."""

    def __init__(self, records: Records, crs: int) -> None:
        self._connection = records.connection
        self._box = records.market.bounding_box
        self._crs = crs
        target = records.table
        input_rows = (
            func.unnest(_array("keys", Text()), _array("hashes", Uuid()), _array("parcel_ids", Text()))
            .table_valued("record_key", "content_hash", "parcel_id", with_ordinality="number")
            .render_derived("input_rows")
        )
        batch = (
            select(
                (input_rows.c.number - 1).label("position"),
                input_rows.c.record_key,
                input_rows.c.content_hash,
                input_rows.c.parcel_id,
            )
            .where(input_rows.c.record_key.is_not(None))
            .cte("batch")
            .prefix_with("MATERIALIZED", dialect="postgresql")
        )
        number = bindparam("ordinal", type_=BigInteger()) + batch.c.position
        remember = insert(FETCHED_KEYS).from_select(["ordinal", "record_key"], select(number, batch.c.record_key))
        # the limits hold the planner to looking each key up: in a table that is being filled its statistics mislead it
        stored = (
            select((target.c.is_active & (target.c.content_hash == batch.c.content_hash)).label("unchanged"))
            .where(records.are_own, target.c.record_key == batch.c.record_key)
            .limit(1)
            .lateral("stored")
        )
        selection = select(
            _aggregate_where(batch.c.position, stored.c.unchanged.is_(True)),
            _aggregate_where(batch.c.position, stored.c.unchanged.is_(False)),
        ).add_cte(remember.cte("remember"))
        joins = batch.outerjoin(stored, true())
        properties = Base.metadata.tables["properties"]
        # before there are properties, no record has an owner to look for; the roll's belong to parcels
        market_key = opaque_value(records.market.key)
        has_properties = select(select(properties.c.id).where(properties.c.market == market_key).exists())
        self._has_properties = records.kind.signal and bool(self._connection.scalar(has_properties))
        if self._has_properties:
            property_id = func.coalesce(properties.c.merged_into, properties.c.id)
            owner = (
                select(property_id.label("id"))
                .where(properties.c.market == market_key, properties.c.parcel_id == batch.c.parcel_id)
                .where(stored.c.unchanged.is_not(True))
                .limit(1)
                .lateral("owner")
            )
            joins = joins.outerjoin(owner, true())
            has_owner = owner.c.id.is_not(None)
            selection = selection.add_columns(
                _aggregate_where(batch.c.position, has_owner), _aggregate_where(owner.c.id, has_owner)
            )
        self._query = selection.select_from(joins)

    def prepare(self, block: Block) -> LookupQuery:
        """The parameters for :meth:`execute`; made by any thread, since it does not touch the connection."""
        keys = [NULL if reason != NULL else key for key, reason in zip(block.keys, block.reasons, strict=True)]
        return {
            "ordinal": block.ordinal,
            "keys": _join_texts(keys),
            "hashes": _join_texts(block.hashes),
            "parcel_ids": _join_texts(block.parcel_ids) if self._has_properties else "",
        }

    def execute(self, query: LookupQuery) -> LookupResult:
        """What the table has of the usable records; it knows nothing of one that cannot be used."""
        row = self._connection.execute(self._query, query).one()
        unchanged, updates, with_owner, owners = (column or () for column in (*row, None, None)[:4])
        return LookupResult(
            frozenset(unchanged), frozenset(updates), dict(zip(with_owner, map(str, owners), strict=True))
        )

    def degrees(self, block: Block, positions: Sequence[int]) -> list[Place]:
        """The places at ``positions`` in degrees; what cannot be of this market is moved out of every market."""
        places = [block.places[position] for position in positions]
        if self._crs == 4326:
            return places
        coordinates = [place for place in places if place is not None]
        box = self._box
        parameters = {
            "west": box.west, "south": box.south, "east": box.east, "north": box.north, "crs": self._crs,
            "xs": [x for x, _ in coordinates], "ys": [y for _, y in coordinates],
        }  # fmt: skip
        rows = iter(self._connection.execute(statement(__package__, "load.sql", "project"), parameters).all())
        return [None if place is None else _pair(next(rows)) for place in places]


def _aggregate_where(what: ColumnElement[Any], which: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.array_agg(what).filter(which)


def _pair(row: Sequence[float]) -> Place:
    return row[0], row[1]


def _array(name: str, of: TypeEngine[Any]) -> ColumnElement[Any]:
    return cast(func.string_to_array(bindparam(name, type_=Text()), _SEPARATOR, _NULL_MARK), ARRAY(of))


def _join_texts(texts: Sequence[str]) -> str:
    """COPY texts as one text for ``string_to_array``."""
    text = _SEPARATOR.join(_NULL_MARK if text == NULL else text for text in texts)
    return text.replace("\\\\", "\\") if "\\" in text else text
