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
from wholesaler.db.sql import statement
from wholesaler.stages.ingest.completeness import Records, unplanned
from wholesaler.stages.ingest.convert.places import Place
from wholesaler.stages.ingest.convert.records import Block
from wholesaler.stages.ingest.convert.values import NULL

#: neither can stand in a key: control characters are taken out of texts
_SEPARATOR, _NOTHING = "\x1f", "\x1e"
SEEN = Table("seen", MetaData(), Column("ordinal"), Column("record_key"))
#: parameters of the query
Question: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """What the table knows of a block's records, by position.

    ``unchanged``: it has them as they are. ``known``: it has another under their key. ``owners``: the ids of the
    properties that those belong to which are not unchanged.
    """

    unchanged: frozenset[int]
    known: frozenset[int]
    owners: dict[int, str]


class Lookup:
    """Compares the blocks of one fetch with the ``records`` there are, and remembers in ``seen`` what has come."""

    def __init__(self, records: Records, crs: int) -> None:
        self._connection = records.connection
        self._box = records.market.bounding_box
        self._crs = crs
        target = records.table
        listed = (
            func.unnest(_array("keys", Text()), _array("hashes", Uuid()), _array("parcel_ids", Text()))
            .table_valued("record_key", "content_hash", "parcel_id", with_ordinality="number")
            .render_derived("listed")
        )
        given = (
            select(
                (listed.c.number - 1).label("position"), listed.c.record_key, listed.c.content_hash, listed.c.parcel_id
            )
            .where(listed.c.record_key.is_not(None))
            .cte("given")
            .prefix_with("MATERIALIZED", dialect="postgresql")
        )
        number = bindparam("ordinal", type_=BigInteger()) + given.c.position
        remember = insert(SEEN).from_select(["ordinal", "record_key"], select(number, given.c.record_key))
        # the limits hold the planner to looking each key up: in a table that is being filled its statistics mislead it
        known = (
            select((target.c.is_active & (target.c.content_hash == given.c.content_hash)).label("unchanged"))
            .where(records.are_own, target.c.record_key == given.c.record_key)
            .limit(1)
            .lateral("known")
        )
        compared = select(
            _those(given.c.position, known.c.unchanged.is_(True)),
            _those(given.c.position, known.c.unchanged.is_(False)),
        ).add_cte(remember.cte("remember"))
        matched = given.outerjoin(known, true())
        owner = Base.metadata.tables["properties"]
        # before there are properties, no record has an owner to look for
        market_key = unplanned(records.market.key)
        has_owners = select(select(owner.c.id).where(owner.c.market == market_key).exists())
        self._owned = bool(self._connection.scalar(has_owners))
        if self._owned:
            # the roll's record stays with its own property when that is merged into another, everything else follows
            own = func.coalesce(owner.c.merged_into, owner.c.id) if records.kind.signal else owner.c.id
            owned = (
                select(own.label("id"))
                .where(owner.c.market == market_key, owner.c.parcel_id == given.c.parcel_id)
                .where(known.c.unchanged.is_not(True))
                .limit(1)
                .lateral("owned")
            )
            matched = matched.outerjoin(owned, true())
            has_owner = owned.c.id.is_not(None)
            compared = compared.add_columns(_those(given.c.position, has_owner), _those(owned.c.id, has_owner))
        self._query = compared.select_from(matched)

    def ask(self, block: Block) -> Question:
        """What :meth:`find` is to find; any thread may ask."""
        keys = [NULL if reason != NULL else key for key, reason in zip(block.keys, block.reasons, strict=True)]
        return {
            "ordinal": block.ordinal,
            "keys": _joined(keys),
            "hashes": _joined(block.hashes),
            "parcel_ids": _joined(block.parcel_ids) if self._owned else "",
        }

    def find(self, question: Question) -> Found:
        """What the table has of the usable records; it knows nothing of one that cannot be used."""
        row = self._connection.execute(self._query, question).one()
        unchanged, known, owned, owners = (found or () for found in (*row, None, None)[:4])
        return Found(frozenset(unchanged), frozenset(known), dict(zip(owned, map(str, owners), strict=True)))

    def degrees(self, block: Block, positions: Sequence[int]) -> list[Place]:
        """The places at ``positions`` in degrees; what cannot be of this market is moved out of every market."""
        places = [block.places[position] for position in positions]
        if self._crs == 4326:
            return places
        projected = [place for place in places if place is not None]
        box = self._box
        parameters = {
            "west": box.west, "south": box.south, "east": box.east, "north": box.north, "crs": self._crs,
            "xs": [x for x, _ in projected], "ys": [y for _, y in projected],
        }  # fmt: skip
        rows = iter(self._connection.execute(statement(__package__, "load.sql", "project"), parameters).all())
        return [None if place is None else _pair(next(rows)) for place in places]


def _those(what: ColumnElement[Any], which: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.array_agg(what).filter(which)


def _pair(row: Sequence[float]) -> Place:
    return row[0], row[1]


def _array(name: str, of: TypeEngine[Any]) -> ColumnElement[Any]:
    return cast(func.string_to_array(bindparam(name, type_=Text()), _SEPARATOR, _NOTHING), ARRAY(of))


def _joined(texts: Sequence[str]) -> str:
    """COPY texts as one text for ``string_to_array``."""
    joined = _SEPARATOR.join(_NOTHING if text == NULL else text for text in texts)
    return joined.replace("\\\\", "\\") if "\\" in joined else joined
