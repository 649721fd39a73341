"""What is known of a market and makes no exit code 3 any more: findings that somebody has acknowledged for a while.

A warning has a name, such as ``score_day``, or ``last_ingest:foreclosures`` where it is about one source, channel or
table; who acknowledges ``last_ingest`` means all of them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, case, column, delete, func, or_, select, table
from sqlalchemy.dialects.postgresql import insert

#: what stands in a warning that is known
ACKNOWLEDGED = "is acknowledged until"
#: the acknowledgements for who reads, without the models, which take their time to be imported
_KNOWN = table("acknowledgements", column("market"), column("name"), column("until"))


@dataclass(frozen=True)
class Known:
    """The acknowledgements that hold on a day, name → last day; ``fail_on`` are the warnings that count, else all."""

    acknowledged: Mapping[str, date] = field(default_factory=dict)
    fail_on: Collection[str] | None = None

    def until(self, name: str) -> date | None:
        """The last day for which a warning is acknowledged, by itself or with all of its kind."""
        return self.acknowledged.get(name) or self.acknowledged.get(kind_of(name))

    def counts(self, name: str) -> bool:
        """Whether a warning makes exit code 3 and is told to people."""
        return self.until(name) is None and (self.fail_on is None or kind_of(name) in self.fail_on)

    def note(self, names: Iterable[str]) -> str:
        """What to add to a warning that is known, in whole or in part."""
        days = {name: day for name in names if (day := self.until(name))}
        return "".join(f" [{name} {ACKNOWLEDGED} {day:%-d %b %Y}]" for name, day in days.items())


def kind_of(name: str) -> str:
    """The name of a warning without what it is about."""
    return name.partition(":")[0]


def read_known(connection: Connection, market: str, day: date, fail_on: Collection[str] | None = None) -> Known:
    """What is known of a market on a day."""
    query = select(_KNOWN.c.name, _KNOWN.c.until).where(_KNOWN.c.market == market, _KNOWN.c.until >= day)
    return Known({row.name: row.until for row in connection.execute(query)}, fail_on)


def acknowledge(connection: Connection, market: str, name: str, until: date) -> None:
    """Acknowledge a warning until a day, that day included; what was said of it before is forgotten."""
    from wholesaler.db.ledgers import Acknowledgement

    insertion = insert(Acknowledgement).values(market=market, name=name, until=until)
    update = {"until": insertion.excluded.until, "acknowledged_at": func.now()}
    connection.execute(insertion.on_conflict_do_update(index_elements=["market", "name"], set_=update))


def tell(connection: Connection, market: str, names: Collection[str], day: date) -> set[str]:
    """Remember what was found on a day as told; returns what had not been told yet, or had been gone meanwhile.

    A look at an earlier day than the last takes nothing back, unless the last was of a day that is still to come: that
    night had a wrong clock.
    """
    from wholesaler.db.ledgers import ToldFinding

    is_to_come = ToldFinding.as_of > func.current_date() + 1
    told = select(ToldFinding.name).where(ToldFinding.market == market)
    new = set(names) - set(connection.scalars(told))
    gone = delete(ToldFinding).where(
        ToldFinding.market == market,
        or_(ToldFinding.as_of <= day, is_to_come),
        ToldFinding.name.not_in(sorted(names)),
    )
    connection.execute(gone)
    if names:
        insertion = insert(ToldFinding).values([{"market": market, "name": name, "as_of": day} for name in names])
        last = case((is_to_come, insertion.excluded.as_of), else_=ToldFinding.as_of)
        latest = {"as_of": func.greatest(last, insertion.excluded.as_of)}
        connection.execute(insertion.on_conflict_do_update(index_elements=["market", "name"], set_=latest))
    return new


def forget(connection: Connection, market: str, name: str) -> bool:
    """Take an acknowledgement back; returns whether there was one."""
    from wholesaler.db.ledgers import Acknowledgement

    query = delete(Acknowledgement).where(Acknowledgement.market == market, Acknowledgement.name == name)
    return bool(connection.execute(query).rowcount)
