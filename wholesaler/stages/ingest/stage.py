"""Ingest: every source into its table, side by side, each in a transaction of its own; then the appraiser's roll.

signals (of all kinds but the roll) → properties for their parcels → roll for those parcels, merged into parcels →
join rates
"""

import gc
import sys
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from contextvars import copy_context
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError
from structlog.contextvars import bind_contextvars

from wholesaler.db.engine import connection_lost
from wholesaler.db.run_ledger import RunKey, close_run, fail_run, open_run
from wholesaler.deadline import limit, remaining
from wholesaler.errors import (
    ConfigurationError,
    ExitCode,
    SourceError,
    UnavailableError,
    WholesalerError,
)
from wholesaler.explain import explain
from wholesaler.logs import log
from wholesaler.markets import Market
from wholesaler.markets.source import Location, LocationField
from wholesaler.markets.values import fields_of
from wholesaler.plural import counted
from wholesaler.prefetch import result_of
from wholesaler.sources import Http, open_source, remove_leftovers
from wholesaler.sources.interface import FetchRequest, Source
from wholesaler.sources.snapshots import prune_snapshots
from wholesaler.stages.ingest.convert.identity import wanted_fields, wanted_patterns
from wholesaler.stages.ingest.load import record_issues
from wholesaler.stages.ingest.names import drop_former, take_over_former
from wholesaler.stages.ingest.roll import load_roll
from wholesaler.stages.ingest.unchanged import load_whole
from wholesaler.stages.interface import Attempt, Context, LoadResult, Result, RetryLater
from wholesaler.stages.properties.freshness import freshness
from wholesaler.stages.properties.link import join_rates, link_properties
from wholesaler.stages.properties.parcels import refresh_parcels
from wholesaler.stages.properties.words import word_warnings

#: how long an interrupted run waits for its sources to write that they have failed
_FAREWELL_SECONDS = 1.0
#: of the time that is left, what one source may take
_LARGEST_SHARE = 2 / 3


def run(context: Context, attempt: Attempt) -> Result:
    """Load the sources asked for (all by default); those that are loaded are not asked again by a later attempt.

    Raises :class:`RetryLater` while a source failed that may work later, :class:`UnavailableError` when the last
    attempt loaded none, and :class:`ConfigurationError` before anything is loaded for a projection that PostGIS does
    not know.
    """
    only = context.options.sources
    names = [name for name in context.market.sources if not only or name in only]
    _check_projections(context, names)
    _prepare_interpreter()
    market, state = context.market, context.state
    signals = [name for name in names if market.record(name).signal]
    rolls = [name for name in names if name in market.rolls]
    if state.former_names is None:
        state.former_names = take_over_former(context, names)
    remove_leftovers(context.settings.home, market.key, market.web_files)
    with Http(context.settings, market.host) as http:
        _load_side_by_side(context, http, attempt, signals)
        _retry_unless_last(context, attempt)
        with context.engine.begin() as connection:
            link_properties(connection, market.key)
        if rolls:
            _load_side_by_side(context, http, attempt, rolls)
            _retry_unless_last(context, attempt)
    # where no signal could be loaded the roll may be asked for nothing, which is no success
    only_the_roll = bool(signals) and set(state.loads) <= set(rolls)
    if not state.loads or (only_the_roll and not any(load.processed for load in state.loads.values())):
        _raise_all_failed(state.load_failures)
    dropped = _drop_former(context, names)
    warnings = _prune_snapshots(context)
    with context.engine.begin() as connection:
        refresh_parcels(connection, market, context.as_of, everything=context.options.full)
    state.properties_are_linked = state.parcels_are_fresh = True
    result = _result(context, names, dropped)
    result.warnings += warnings
    return result


@cache
def _prepare_interpreter() -> None:
    """Measured: without the two a load takes a tenth longer."""
    # what is imported stays, and the collector need not look through it again with every page of records
    gc.freeze()
    # who talks to the server needs the interpreter for a moment, many times, while others are converting
    sys.setswitchinterval(0.0005)


def _check_projections(context: Context, names: list[str]) -> None:
    """A projection is told by its number alone, and whether there is one of that number only PostGIS can say."""
    sources = {name: context.market.sources[name] for name in names}
    # degrees are not projected, so that nobody looks for them
    codes = {name: source.projection for name, source in sources.items() if source.projection != 4326}
    with context.engine.connect() as connection:
        valid_codes = connection.scalars(
            text("SELECT srid FROM spatial_ref_sys WHERE srid = ANY(:codes)"), {"codes": list(codes.values())}
        ).all()
    for name, code in codes.items():
        if code not in valid_codes:
            key = "location.crs" if isinstance(sources[name].location, Location) else "crs"
            raise ConfigurationError(
                f"{context.market.path}: sources.{name}.{key}: PostGIS knows no projection {code}.",
                "Expected an EPSG code, such as 2236 for the feet of Florida East.",
            )


def _load_side_by_side(context: Context, http: Http, attempt: Attempt, names: list[str]) -> None:
    """Load those of ``names`` that no attempt before has loaded and that did not fail for good.

    A lost database is raised when all have ended, so that a later attempt need not load the others again.
    """
    loads, failures = context.state.loads, context.state.load_failures
    names = [name for name in names if name not in loads and (name not in failures or _is_transient(failures[name]))]
    if not names:
        return
    connection_error: DBAPIError | None = None
    jobs: dict[str, Future[LoadResult]] = {}
    pool = ThreadPoolExecutor(len(names), thread_name_prefix="ingest")
    try:
        for name in names:
            jobs[name] = pool.submit(copy_context().run, _load_source, context, http, attempt, name)
        for name, job in jobs.items():
            try:
                # one that looks a host up hears of no deadline
                loads[name] = result_of(job, remaining() + _FAREWELL_SECONDS)
                failures.pop(name, None)
            except (SourceError, ConfigurationError) as error:
                failures[name] = error
            except DBAPIError as error:
                connection_error = error
    except BaseException:
        # the downloads may take long, and nobody wants them any more: who waits for his turn wakes up, who waits for
        # an answer is left behind
        http.close()
        pool.shutdown(wait=False, cancel_futures=True)
        wait(jobs.values(), _FAREWELL_SECONDS)
        raise
    pool.shutdown()
    if connection_error is not None:
        raise connection_error


def _load_source(context: Context, http: Http, attempt: Attempt, name: str) -> LoadResult:
    """One source, one transaction, one row of the run-tracking table."""
    key = RunKey(context.run_id, context.market.key, context.as_of)
    row = open_run(context.engine, key, "ingest", attempt.number, name)
    bind_contextvars(source=name)
    try:
        definition = context.market.sources[name].on(context.as_of)
        with _fetch_deadline(context, name):
            source = open_source(name, definition, context.market.path, http, context.settings, context.market.key)
            with context.engine.begin() as connection:
                result = _load(connection, context, source)
                notes = record_issues(connection, context.market, name)
                notes += word_warnings(connection, context.market, name)
                doubts = "\n".join(result.doubts)
                result.warnings += [
                    note
                    for note in notes
                    if note not in result.warnings and (note.partition(" × ")[2] or note) not in doubts
                ]
    except BaseException as error:
        explanation = explain(error, context.settings.secrets())
        fail_run(context.engine, key, row, explanation)
        log.error("source_failed", error=explanation["message"], exc_info=not isinstance(error, WholesalerError))
        if isinstance(error, WholesalerError) or not isinstance(error, Exception):
            raise
        if isinstance(error, DBAPIError) and connection_lost(error):
            raise
        # whatever is wrong with one source is no reason to leave the others out; a cancelled statement may work later
        passing = isinstance(error, OperationalError)
        raise SourceError(f"{name}: {explanation['message']}", explanation["hint"], transient=passing) from error
    close_run(
        context.engine,
        key,
        row,
        "partial" if result.doubts else "success",
        result.counts()
        | {name: getattr(result, name) for name in ("complete", "whole", "version", "read_on", "newest")},
        result.warnings + result.doubts,
    )
    log.info("source_loaded", **result.counts())
    return result


def _fetch_deadline(context: Context, name: str) -> AbstractContextManager[None]:
    """One source's time, by default so much of what the stage has left that the others and the roll have some too."""
    seconds = context.settings.fetch_deadline or remaining() * _LARGEST_SHARE
    # not tried again in this run: it would take as long
    late = SourceError(
        f"{name}: it had not been read after {seconds:.0f} s and was left as it was.",
        "The next run asks again. If it is always so slow: WHOLESALER_FETCH_DEADLINE.",
        transient=False,
    )
    return limit(seconds, lambda: late)


def _load(connection: Connection, context: Context, source: Source) -> LoadResult:
    request = fetch_request(context.market, source.name, context.as_of)
    if source.name in context.market.rolls and not context.options.full:
        return load_roll(connection, context, source, request)
    return load_whole(connection, context, source, request)


def fetch_request(market: Market, name: str, as_of: date) -> FetchRequest:
    """What a source is asked for on a day, where all of it is wanted."""
    definition = market.sources[name]
    return FetchRequest(
        fields=wanted_fields(definition),
        optional=frozenset(fields_of(*(definition.fields[column] for column in definition.optional))),
        patterns=wanted_patterns(definition),
        only=definition.on(as_of).only,
        ignored=frozenset(definition.ignored),
        geometry=definition.location == "geometry" or isinstance(definition.location, LocationField),
        geometry_field=definition.location.field if isinstance(definition.location, LocationField) else None,
        crs=definition.crs,
        whole_records=market.keeps_whole_raw(name),
    )


def _is_transient(error: WholesalerError) -> bool:
    return isinstance(error, SourceError) and error.transient


def _retry_unless_last(context: Context, attempt: Attempt) -> None:
    # for what is known to fail nobody waits
    failures = {
        name: error
        for name, error in context.state.load_failures.items()
        if context.known.until(f"last_ingest:{name}") is None
    }
    transient_errors = [str(error) for error in failures.values() if _is_transient(error)]
    if transient_errors and not attempt.last:
        raise RetryLater(" ".join(transient_errors))


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


def _prune_snapshots(context: Context) -> list[str]:
    """Keep the snapshots within their days and size; that this cannot be done is no reason for a night to fail."""
    settings = context.settings
    try:
        removed = prune_snapshots(settings.home, settings.snapshot_days, settings.snapshots_size)
    except OSError as error:
        return [f"old snapshots cannot be removed: {error.strerror or error}"]
    if removed:
        log.info("snapshots_removed", files=len(removed), bytes=sum(size for _, size in removed))
    return []


def _drop_former(context: Context, names: list[str]) -> dict[str, int]:
    """Deactivate what sources left that there are no more, if this was a successful ingest of the whole market."""
    if context.state.load_failures or set(names) != set(context.market.sources):
        return {}
    with context.engine.begin() as connection:
        dropped = drop_former(connection, context)
        if dropped:
            link_properties(connection, context.market.key)
    return dropped


def _result(context: Context, names: list[str], dropped: dict[str, int]) -> Result:
    """The stats of every source, with its freshness and its join rate to the roll; of those ``dropped`` the count."""
    warnings = [f"{context.market.path}: {doubt}" for doubt in context.market.doubts]
    warnings += context.state.former_names or []
    stats: dict[str, Any] = {}
    failures, known = context.state.load_failures, context.known
    #: of the warnings that make exit code 3 unless they are known
    names_of_warnings: list[str] = []
    with context.engine.connect() as connection:
        fresh = freshness(connection, context.market, context.as_of)
        # without a roll, or one that was ever asked for, nothing is known of it
        rates = join_rates(connection, context.market.key) if _has_roll(connection, context, names) else {}
    for name in names:
        load = context.state.loads.get(name, LoadResult())
        status = "failure" if name in failures else "partial" if load.doubts else "success"
        stats[name] = _entry(load, status)
        warnings += load.warnings
        if name in failures:
            stats[name]["error"] = str(failures[name])
            warnings.append(f"{name}: not loaded: {failures[name]}{known.note([f'last_ingest:{name}'])}")
        for doubt in load.doubts:
            note = known.note([f"last_ingest:{name}"])
            warnings.append(f"{name}: partial, nothing was deactivated: {doubt}{note}")
        names_of_warnings += [f"last_ingest:{name}"] if name in failures or load.doubts else []
        if name in fresh:
            stats[name] |= {"newest_record": fresh[name].newest, "stale": fresh[name].stale}
            warnings += [fresh[name].warning] if fresh[name].stale else []
        rate, minimum = rates.get(name), context.market.sources[name].minimum_join_rate
        stats[name]["join_rate"] = rate
        low = rate is not None and rate < minimum
        if low:
            warnings.append(
                f"{name}: {rate:.0%} of its parcels are on the appraiser's roll, at least {minimum:.0%} expected: "
                f"check parcel_form in the market file{known.note([f'join_rates:{name}'])}"
            )
            names_of_warnings.append(f"join_rates:{name}")
    for name, count in dropped.items():
        records = counted(count, "record was", "records were")
        if name in stats:
            stats[name]["deactivated"] += count
            kind = context.market.record(name).table
            warnings.append(f"{name}: its records are {kind} now: {records} of another kind and deactivated")
        else:
            stats[name] = _entry(LoadResult(deactivated=count), "dropped")
            warnings.append(f"{name}: the market file has no such source any more: {records} deactivated")
    is_new = any(map(known.counts, names_of_warnings))
    return Result(stats, warnings, ExitCode.WARNINGS if is_new else ExitCode.OK)


def _entry(load: LoadResult, status: str) -> dict[str, Any]:
    return {**load.counts(), "status": status, "newest_record": None, "stale": False, "join_rate": None}


def _has_roll(connection: Connection, context: Context, names: list[str]) -> bool:
    query = text("SELECT EXISTS (SELECT FROM parcels WHERE market = :market AND is_listed)")
    is_asked = any(name in context.market.rolls for name in names)
    return is_asked or bool(connection.scalar(query, {"market": context.market.key}))
