"""Ask the database about a block of records: which of them are new or changed, whose they are, and where they lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    Text,
    Uuid,
    and_,
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
from wholesaler.markets.market import Market
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.stages.convert import Block
from wholesaler.stages.places import Place
from wholesaler.stages.values import NULL

#: neither can stand in a key: control characters are taken out of texts
_SEPARATOR, _NOTHING = "\x1f", "\x1e"
SEEN = Table("seen", MetaData(), Column("ordinal"), Column("record_key"), Column("content_hash"))


@dataclass(frozen=True)
class Different:
    """A record that the table does not have as it is; ``known`` when it has another under its key."""

    known: bool
    owner: str


class Lookup:
    """Compares the blocks of one fetch with the table ``target``, and remembers in ``seen`` what has come."""

    def __init__(self, connection: Connection, market: Market, target: Table, crs: int) -> None:
        self._connection = connection
        self._parameters = {"market": market.key}
        self._box = market.bounding_box
        self._crs = crs
        given = (
            func.unnest(_array("keys", Text()), _array("hashes", Uuid()), _array("parcel_ids", Text()))
            .table_valued("record_key", "content_hash", "parcel_id", with_ordinality="position")
            .render_derived("given")
        )
        usable = given.c.record_key.is_not(None)
        remember = insert(SEEN).from_select(
            ["ordinal", "record_key", "content_hash"],
            select(bindparam("ordinal") + given.c.position - 1, given.c.record_key, given.c.content_hash).where(usable),
        )
        owner = Base.metadata.tables["properties"]
        # the roll's record stays with its own property when that is merged into another, everything else follows
        own = func.coalesce(owner.c.merged_into, owner.c.id) if RECORD_KINDS[target.name].signal else owner.c.id
        market_key: BindParameter[str] = bindparam("market")
        # the limits hold the planner to looking each key up: in a table that is being filled its statistics mislead it
        known = (
            select(target.c.content_hash, target.c.is_active)
            .where(target.c.market == market_key, target.c.record_key == given.c.record_key)
            .limit(1)
            .lateral("known")
        )
        owned = (
            select(own.label("id"))
            .where(owner.c.market == market_key, owner.c.parcel_id == given.c.parcel_id)
            .limit(1)
            .lateral("owned")
        )
        self._query = (
            select(given.c.position - 1, known.c.content_hash.is_not(None), owned.c.id)
            .select_from(given.outerjoin(known, true()).outerjoin(owned, true()))
            .where(usable, and_(known.c.content_hash == given.c.content_hash, known.c.is_active).is_not(True))
            .add_cte(remember.cte("remember"))
        )

    def different(self, block: Block) -> dict[int, Different]:
        """The usable records that are new or changed, by position; an unusable one has no part in it."""
        keys = [NULL if reason != NULL else key for key, reason in zip(block.keys, block.reasons, strict=True)]
        parameters = {
            **self._parameters,
            "ordinal": block.ordinal,
            "keys": _joined(keys),
            "hashes": _joined(block.hashes),
            "parcel_ids": _joined(block.parcel_ids),
        }
        rows = self._connection.execute(self._query, parameters).all()
        return {row[0]: Different(row[1], NULL if row[2] is None else str(row[2])) for row in rows}

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


def _pair(row: Sequence[float]) -> Place:
    return row[0], row[1]


def _array(name: str, of: TypeEngine[Any]) -> ColumnElement[Any]:
    return cast(func.string_to_array(bindparam(name, type_=Text()), _SEPARATOR, _NOTHING), ARRAY(of))


def _joined(texts: Sequence[str]) -> str:
    """COPY texts as one text for ``string_to_array``."""
    joined = _SEPARATOR.join(_NOTHING if text == NULL else text for text in texts)
    return joined.replace("\\\\", "\\") if "\\" in joined else joined
