"""Leave a source alone that says it has not changed since all of it was last read.

Files are known by their content, hosted ArcGIS layers by the time of their last edit; most servers say nothing. Since
what a server says may be wrong, a source is read all the same once a week, and whenever the table is not as that
reading left it. A roll that is asked for single parcels is read whole once a week where its source says so.
"""

from datetime import date, datetime
from hashlib import md5

import orjson
from sqlalchemy import Connection

from wholesaler.db.sql import statement
from wholesaler.logs import log
from wholesaler.sources.interface import FetchRequest, Source
from wholesaler.sources.snapshots import Snapshots
from wholesaler.stages.ingest.completeness import Records
from wholesaler.stages.ingest.convert.records import fingerprint
from wholesaler.stages.ingest.load import load
from wholesaler.stages.interface import Context, LoadResult

#: from this age of the last load on, a source is read again even if it says that it has not changed
REREAD_AFTER_DAYS = 7

#: keys of a source that decide nothing about what a reading of it brings
_OTHER_KEYS = {"record", "was", "whole", "lists", "stale_is_known"}


def load_whole(connection: Connection, context: Context, source: Source, request: FetchRequest) -> LoadResult:
    """Load everything a source has; unless it has not changed: then the counts and warnings are the last reading's."""
    version = _version(context, source)
    snapshots = _snapshots(context, source.name)
    if version is not None:
        last = _last_load(connection, context, source.name, version)
        if last is not None:
            log.info("source_unchanged", source=source.name, read_on=last.read_on)
            if snapshots is not None and last.read_on is not None:
                last.warnings += _told(snapshots.confirm(context.as_of, date.fromisoformat(last.read_on)))
            return last
    fetch = source.fetch(request)
    if snapshots is None:
        result = load(connection, context.market, source.name, fetch, context.as_of)
    else:
        kept = snapshots.keep(fetch)
        try:
            result = load(connection, context.market, source.name, kept, context.as_of)
        except BaseException:
            kept.drop()
            raise
        result.warnings += _told(snapshots.store(kept, context.as_of))
    result.version, result.read_on, result.whole = version, context.as_of.isoformat(), True
    return result


def _snapshots(context: Context, source: str) -> Snapshots | None:
    """Where the fetches of a source are kept: of signals, since what the roll said on a day is not asked again."""
    settings, market = context.settings, context.market
    if not market.record(source).signal or not settings.snapshot_days:
        return None
    return Snapshots(settings.home, market.key, source, datetime.now(market.zone).date())


def _told(warning: str | None) -> list[str]:
    return [] if warning is None else [warning]


def is_due(connection: Connection, context: Context, source: str) -> bool:
    """Whether a source that is read whole once a week has its turn: no day of these seven has seen all of it."""
    parameters = {"market": context.market.key, "source": source}
    last: date | None = connection.scalar(statement(__package__, "unchanged.sql", "last_whole_day"), parameters)
    return last is None or abs((context.as_of - last).days) >= REREAD_AFTER_DAYS


def _version(context: Context, source: Source) -> str | None:
    """A digest of what decides what a reading brings: what the source says, and how the market file reads it."""
    version = source.version()
    if version is None:
        return None
    definition = context.market.sources[source.name].on(context.as_of)
    kind = context.market.record(source.name).table
    keys = definition.model_dump(mode="json", exclude=_OTHER_KEYS)
    inputs = [version, kind, keys, fingerprint(definition, context.market).hex()]
    return md5(orjson.dumps(inputs), usedforsecurity=False).hexdigest()


def _last_load(connection: Connection, context: Context, source: str, version: str) -> LoadResult | None:
    """What became of the last reading, if it was whole and of this version, and the table still is as it left it."""
    parameters = {
        "market": context.market.key,
        "source": source,
        "as_of": context.as_of,
        "days": REREAD_AFTER_DAYS,
        "version": version,
    }
    last = connection.execute(statement(__package__, "unchanged.sql", "last_load"), parameters).one_or_none()
    if last is None:
        return None
    usable = last.processed - last.failed
    if Records(connection, context.market, source).count_active() != usable:
        return None
    return LoadResult(
        processed=last.processed,
        failed=last.failed,
        unchanged=usable,
        warnings=list(last.warnings),
        version=version,
        read_on=last.read_on,
        newest=last.newest,
        out_of_scope=int(last.out_of_scope or 0),
        superseded=int(last.superseded or 0),
        whole=True,
    )
