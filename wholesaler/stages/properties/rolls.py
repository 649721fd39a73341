"""What the parcels of a market were merged from last, for the statements that lean on them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from wholesaler.db.models import MergedRoll
from wholesaler.markets import Market


@dataclass(frozen=True)
class Rolls:
    """The roll's sources as they were merged: their names in the file's order, and those of some kinds."""

    names: tuple[str, ...]
    stale: frozenset[str]
    listing: frozenset[str]
    whole: frozenset[str]

    @property
    def places(self) -> list[str]:
        """The sources in the order in which they say where a parcel lies: a stale one only after the others."""
        return sorted(self.names, key=lambda name: name in self.stale)

    def cover(self, market: Market, columns: Collection[str]) -> bool:
        """Whether ``columns`` are known of the whole county: all that lists parcels or gives any was read whole."""
        needed = {name for name in self.names if name in self.listing or _gives(market, name, columns)}
        return bool(needed) and needed <= self.whole


def merged_rolls(connection: Connection, market: str) -> Rolls:
    """The sources of the last merge; none before there was one."""
    return merged_from(connection.scalar(select(MergedRoll.sources).where(MergedRoll.market == market)) or [])


def merged_from(rows: Sequence[Sequence[Any]]) -> Rolls:
    """The sources of a merge as it is remembered: name, whether stale, whether it lists, whether it was read whole."""
    stale, listing, whole = ({row[0] for row in rows if row[place]} for place in (1, 2, 3))
    return Rolls(tuple(row[0] for row in rows), frozenset(stale), frozenset(listing), frozenset(whole))


def _gives(market: Market, source: str, columns: Collection[str]) -> bool:
    definition = market.sources.get(source)
    if definition is None:
        return False
    has_place = "location" in columns and definition.location != "none"
    return has_place or any(column in definition.fields for column in columns)
