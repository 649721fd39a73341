"""How fresh a source is: as its newest record date, never as its last download. Measured against ``as_of``."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, Date, cast, func, select

from wholesaler.db.ledgers import Run
from wholesaler.db.models import SOURCE_MODELS
from wholesaler.markets import Market
from wholesaler.markets.source import SourceDefinition

#: sync fields of real layers hold dates years ahead; a date beyond this says nothing about freshness
SENTINEL_AFTER = timedelta(days=400)


@dataclass(frozen=True)
class Freshness:
    """The newest record date of one source; ``stale`` when it is older than the market file allows.

    ``is_known``: the market file says that staleness of this source is nothing new.
    """

    source: str
    newest: date | None
    stale: bool
    stale_after_days: int
    is_known: bool = False

    @property
    def warning(self) -> str:
        """What to tell about a stale source."""
        known = ", which is known" if self.is_known else ""
        return (
            f"{self.source}: stale{known}, its newest record is of {self.newest:%-d %b %Y} (stale after "
            f"{self.stale_after_days} days); it adds nothing to the scores"
        )


def freshness(
    connection: Connection, market: Market, as_of: date, names: Collection[str] | None = None
) -> dict[str, Freshness]:
    """The freshness on day ``as_of`` of every source with a record date and records, or of those of ``names``."""
    freshness = {}
    for name, definition in market.sources.items():
        if definition.record_date is None or definition.stale_after_days is None:
            continue
        if names is not None and name not in names:
            continue
        if isinstance(definition.record_date, str):
            model = SOURCE_MODELS[market.record(name).table]
            day = model.__table__.columns[definition.record_date]
            newest = func.coalesce(func.max(day).filter(day <= as_of + SENTINEL_AFTER), func.max(day))
            query = select(newest).where(model.market == market.key, model.source == name, model.is_active)
            value = connection.scalar(query)
        else:
            value = _newest_when_loaded(connection, market, name)
        judged = judge(name, definition, value, as_of)
        if judged is not None:
            freshness[name] = judged
    return freshness


def judge(name: str, definition: SourceDefinition, newest: date | None, as_of: date) -> Freshness | None:
    """How fresh a source is on a day, by its newest record; nothing where the market file asks for nothing."""
    if definition.record_date is None or definition.stale_after_days is None:
        return None
    stale = newest is not None and newest < as_of - timedelta(days=definition.stale_after_days)
    return Freshness(name, newest, stale, definition.stale_after_days, definition.stale_is_known)


def current_sources(market: Market, by_source: Mapping[str, Freshness]) -> list[str]:
    """The names of the sources whose records count: those that the market file has and that are not stale.

    Nobody tells any more whether what a source left that the market file does not have is still so.
    """
    return [name for name in market.sources if not (name in by_source and by_source[name].stale)]


def _newest_when_loaded(connection: Connection, market: Market, source: str) -> date | None:
    """The newest day that the last load of a source found, where no column of ours holds it."""
    newest = Run.stats["newest"].astext
    query = (
        select(cast(newest, Date))
        .where(Run.market == market.key, Run.stage == "ingest", Run.source == source, newest.is_not(None))
        .order_by(Run.id.desc())
        .limit(1)
    )
    return connection.scalar(query)


def stale_sources(connection: Connection, market: Market, as_of: date) -> list[str]:
    """The names of the sources that are stale on ``as_of``."""
    return [name for name, fresh in freshness(connection, market, as_of).items() if fresh.stale]
