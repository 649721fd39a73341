"""Ingest: every source into its table, side by side, each in a transaction of its own; then the appraiser's roll.

signals (tax sales, foreclosures, violations) → properties for their parcels → roll for those parcels → join rates
"""

import gc
import sys
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import cache
from typing import Any

import structlog
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from wholesaler.db.engine import connection_lost
from wholesaler.db.models import PropertyRecord
from wholesaler.db.run_ledger import RunKey, close_run, fail_run, open_run
from wholesaler.db.sql import statement
from wholesaler.db.statistics import refresh_statistics
from wholesaler.errors import ConfigurationError, ExitCode, SourceError, UnavailableError, UsageError, WholesalerError
from wholesaler.explain import explain
from wholesaler.markets.market import Location
from wholesaler.markets.records import PROPERTY_RECORDS, RECORD_KINDS
from wholesaler.sources import Http, open_source
from wholesaler.sources.interface import FetchRequest, Source
from wholesaler.stages.ingest.completeness import Loaded
from wholesaler.stages.ingest.convert.records import wanted_fields
from wholesaler.stages.ingest.load import record_issues
from wholesaler.stages.ingest.roll import load_roll
from wholesaler.stages.ingest.unchanged import load_whole
from wholesaler.stages.interface import Attempt, Context, Result, RetryLater
from wholesaler.stages.properties.freshness import freshness

log = structlog.get_logger()
ROLL = PROPERTY_RECORDS.table
#: how long an interrupted run waits for its sources to write that they have failed
_FAREWELL_SECONDS = 1.0


def run(context: Context, attempt: Attempt) -> Result:
    """Load the sources asked for (all by default); those that are loaded are not asked again by a later attempt.

    Raises :class:`RetryLater` while a source failed that may work later, :class:`UnavailableError` when the last
    attempt loaded none, :class:`UsageError` for a source that the market does not have, and
    :class:`ConfigurationError` before anything is loaded for a projection that PostGIS does not know.
    """
    names = _sources_asked(context)
    _check_projections(context, names)
    _prepare_interpreter()
    done: dict[str, Loaded] = context.notes.setdefault("ingest.loaded", {})
    failures: dict[str, WholesalerError] = context.notes.setdefault("ingest.failures", {})
    signals = [name for name in names if RECORD_KINDS[name].signal]
    with Http(context.settings, context.market.host) as http:
        _load_side_by_side(context, http, attempt, signals, done, failures)
        _retry_unless_last(failures, attempt)
        with context.engine.begin() as connection:
            link_properties(connection, context)
        if ROLL in names:
            _load_side_by_side(context, http, attempt, [ROLL], done, failures)
            _retry_unless_last(failures, attempt)
    context.notes["properties_are_linked"] = True
    nothing_asked_of_the_roll = set(done) == {ROLL} and bool(signals) and not done[ROLL].processed
    if not done or nothing_asked_of_the_roll:
        _raise_all_failed(failures)
    return _result(context, names, done, failures)


@cache
def _prepare_interpreter() -> None:
    """Measured: without the two a load takes a tenth longer."""
    # what is imported stays, and the collector need not look through it again with every page of records
    gc.freeze()
    # who talks to the server needs the interpreter for a moment, many times, while others are converting
    sys.setswitchinterval(0.0005)


def link_properties(connection: Connection, context: Context) -> None:
    """A property for every parcel with a signal, and every record of a known parcel pointing to its property."""
    parameters = {"market": context.market.key}
    created = connection.execute(
        statement("wholesaler.stages.properties", "link.sql", "create_properties"), parameters
    ).rowcount
    refresh_statistics(connection, "properties", created)
    for name, kind in RECORD_KINDS.items():
        if kind.signal:
            linked = connection.execute(
                statement("wholesaler.stages.properties", "link.sql", f"link_{name}"), parameters
            ).rowcount
            refresh_statistics(connection, name, linked)
    connection.execute(statement("wholesaler.stages.properties", "link.sql", "refresh_activity"), parameters)


def _sources_asked(context: Context) -> list[str]:
    asked, known = context.options.sources, context.market.sources
    for name in asked:
        if name not in known:
            raise UsageError(f"Market {context.market.key} has no source '{name}'.", f"It has {', '.join(known)}.")
    if context.options.full and ROLL not in known:
        raise UsageError(f"Market {context.market.key} has no {ROLL} to load in full.")
    return [name for name in known if not asked or name in asked]


def _check_projections(context: Context, names: list[str]) -> None:
    """A projection is told by its number alone, and whether there is one of that number only PostGIS can say."""
    places = {name: context.market.sources[name].location for name in names}
    # degrees are not projected, so that nobody looks for them
    codes = {name: place.crs for name, place in places.items() if isinstance(place, Location) and place.crs != 4326}
    with context.engine.connect() as connection:
        known = connection.scalars(
            text("SELECT srid FROM spatial_ref_sys WHERE srid = ANY(:codes)"), {"codes": list(codes.values())}
        ).all()
    for name, code in codes.items():
        if code not in known:
            raise ConfigurationError(
                f"{context.market.path}: sources.{name}.location.crs: PostGIS knows no projection {code}.",
                "Expected an EPSG code, such as 2236 for the feet of Florida East.",
            )


def _load_side_by_side(
    context: Context,
    http: Http,
    attempt: Attempt,
    names: list[str],
    done: dict[str, Loaded],
    failures: dict[str, WholesalerError],
) -> None:
    """Load ``names`` that are not done; what fails for good or for now is left in ``failures``.

    A lost database is raised when all have ended, so that a later attempt need not load the others again.
    """
    outstanding = [
        name
        for name in names
        if name not in done and not (isinstance(failures.get(name), WholesalerError) and not _transient(failures[name]))
    ]
    if not outstanding:
        return
    lost: DBAPIError | None = None
    jobs: dict[str, Future[Loaded]] = {}
    pool = ThreadPoolExecutor(len(outstanding), thread_name_prefix="ingest")
    try:
        for name in outstanding:
            jobs[name] = pool.submit(copy_context().run, _load_source, context, http, attempt, name)
        for name, job in jobs.items():
            try:
                done[name] = job.result()
                failures.pop(name, None)
            except (SourceError, ConfigurationError) as error:
                failures[name] = error
            except DBAPIError as error:
                lost = error
    except BaseException:
        # the downloads may take long, and nobody wants them any more: who waits for his turn wakes up, who waits for
        # an answer is left behind
        http.close()
        pool.shutdown(wait=False, cancel_futures=True)
        wait(jobs.values(), _FAREWELL_SECONDS)
        raise
    pool.shutdown()
    if lost is not None:
        raise lost


def _load_source(context: Context, http: Http, attempt: Attempt, name: str) -> Loaded:
    """One source, one transaction, one row of the run-tracking table."""
    key = RunKey(context.run_id, context.market.key, context.as_of)
    row = open_run(context.engine, key, "ingest", attempt.number, name)
    structlog.contextvars.bind_contextvars(source=name)
    try:
        source = open_source(name, context.market.sources[name], context.market.path, http, context.settings)
        with context.engine.begin() as connection:
            loaded = _load(connection, context, source)
            issues = record_issues(connection, name, context.market.key)
            loaded.warnings += [issue for issue in issues if issue not in loaded.warnings]
    except BaseException as error:
        explained = explain(error, context.settings.secrets())
        fail_run(context.engine, key, row, explained)
        log.error("source_failed", error=explained["message"], exc_info=not isinstance(error, WholesalerError))
        if isinstance(error, WholesalerError) or not isinstance(error, Exception):
            raise
        if isinstance(error, DBAPIError) and connection_lost(error):
            raise
        # whatever is wrong with one source is no reason to leave the others out
        raise SourceError(f"{name}: {explained['message']}", explained["hint"], transient=False) from error
    close_run(
        context.engine,
        key,
        row,
        "partial" if loaded.doubts else "success",
        loaded.counts() | {"complete": loaded.complete, "version": loaded.version, "read_on": loaded.read_on},
        loaded.warnings + loaded.doubts,
    )
    log.info("source_loaded", **loaded.counts())
    return loaded


def _load(connection: Connection, context: Context, source: Source) -> Loaded:
    definition = context.market.sources[source.name]
    request = FetchRequest(
        fields=wanted_fields(definition),
        optional=frozenset(definition.fields[column] for column in definition.optional),
        ignored=frozenset(definition.ignored),
        geometry=definition.location == "geometry",
    )
    if source.name == ROLL and not context.options.full:
        return load_roll(connection, context, source, request)
    return load_whole(connection, context, source, request)


def _transient(error: WholesalerError) -> bool:
    return isinstance(error, SourceError) and error.transient


def _retry_unless_last(failures: dict[str, WholesalerError], attempt: Attempt) -> None:
    waiting = [str(error) for error in failures.values() if _transient(error)]
    if waiting and not attempt.last:
        raise RetryLater(" ".join(waiting))


def _raise_all_failed(failures: dict[str, WholesalerError]) -> None:
    errors = list(failures.values())
    if all(isinstance(error, ConfigurationError) for error in errors):
        raise errors[0]
    first = next(error for error in errors if not isinstance(error, ConfigurationError))
    if len(errors) == 1:
        raise first
    raise UnavailableError(
        f"None of the {len(errors)} sources could be read; the first said: {first.message}", first.hint
    )


def _result(
    context: Context, names: list[str], done: dict[str, Loaded], failures: dict[str, WholesalerError]
) -> Result:
    """The stats of every source, with its freshness and its join rate to the roll."""
    warnings: list[str] = []
    stats: dict[str, Any] = {}
    partial = bool(failures)
    with context.engine.connect() as connection:
        fresh = freshness(connection, context.market, context.as_of)
        rates = _join_rates(connection, context, asked=ROLL in names)
    for name in names:
        loaded = done.get(name, Loaded())
        status = "failure" if name in failures else "partial" if loaded.doubts else "success"
        stats[name] = {**loaded.counts(), "status": status, "newest_record": None, "stale": False, "join_rate": None}
        warnings += loaded.warnings
        if name in failures:
            stats[name]["error"] = str(failures[name])
            warnings.append(f"{name}: not loaded: {failures[name]}")
        for doubt in loaded.doubts:
            warnings.append(f"{name}: partial, nothing was deactivated: {doubt}")
        if name in fresh:
            stats[name] |= {"newest_record": fresh[name].newest, "stale": fresh[name].stale}
            warnings += [fresh[name].warning] if fresh[name].stale else []
        rate, minimum = rates.get(name), context.market.sources[name].minimum_join_rate
        stats[name]["join_rate"] = rate
        low = rate is not None and rate < minimum
        if low:
            warnings.append(
                f"{name}: {rate:.0%} of its parcels are on the appraiser's roll, at least {minimum:.0%} expected: "
                "check parcel_form in the market file"
            )
        partial = partial or low or bool(loaded.doubts)
    return Result(stats, warnings, ExitCode.WARNINGS if partial else ExitCode.OK)


def _join_rates(connection: Connection, context: Context, *, asked: bool) -> dict[str, float | None]:
    """Share of each signal source's parcels that are on the roll; none where no roll was ever asked for."""
    known = select(PropertyRecord.record_key).where(PropertyRecord.market == context.market.key).exists()
    if not asked and not connection.scalar(select(known)):
        return {}
    rows = connection.execute(
        statement("wholesaler.stages.properties", "link.sql", "join_rates"), {"market": context.market.key}
    )
    return {row.source: None if row.rate is None else float(row.rate) for row in rows}
