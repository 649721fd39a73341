"""``--wait``: a stage begins when the one before it has ended well for the market and the day.

Nothing is locked meanwhile, since the stage before needs the locks. What is waited for may have run on any machine that
has the same database.
"""

import time
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, ProgrammingError

from wholesaler.db.engine import open_engine
from wholesaler.db.run_ledger import RunKey, attempts_of, fail_run, open_run
from wholesaler.errors import DeadlineError, UnavailableError
from wholesaler.explain import explain, first_line
from wholesaler.logs import log
from wholesaler.markets import Market
from wholesaler.notify.messages import duration
from wholesaler.pipeline.run import STAGES
from wholesaler.settings import Settings

#: seconds between two looks
_POLL = 1.0


def wait_for_stage_before(settings: Settings, market: Market, day: date, name: str, seconds: float) -> None:
    """Return when the stage that ``name`` needs has ended as success or partial; at once for a stage that needs none.

    check, which runs in any case, waits for the stage before it to end in whatever way. Raises :class:`DeadlineError`
    after ``seconds``, when this has become a failed attempt of ``name`` too.
    """
    stage = next(stage for stage in STAGES if stage.name == name)
    awaited = stage.needs or stage.follows
    if awaited is None:
        return
    ends = {"success", "partial"} if stage.needs else {"success", "partial", "failure"}
    until = time.monotonic() + seconds
    engine: Engine | None = None
    log.info("waiting", stage=name, needs=awaited, seconds=round(seconds))
    while True:
        try:
            engine = engine or open_engine(settings, migrate=False)
            attempts = _attempts(engine, market, awaited, day)
            if any(attempt["status"] in ends for attempt in attempts):
                break
            reason = _reason(attempts, market)
            is_known = bool(attempts) and attempts[0]["status"] == "failure"
        except (UnavailableError, DBAPIError) as error:
            # a server that is started again within the time costs nothing
            explained = explain(error, settings.secrets())["message"]
            reason, is_known = f"the database could not be asked: {explained.rstrip('.')}", False
        if time.monotonic() >= until:
            failure = DeadlineError(
                f"{name} waited {duration(seconds)} for {awaited} of {market.key}, {day}: {reason}.",
                f"When `wholesaler {awaited}` has ended well, run `wholesaler {name}`.",
                is_known=is_known,
            )
            if engine is not None:
                _remember(engine, settings, market, day, name, failure)
            raise failure
        time.sleep(min(_POLL, max(0.0, until - time.monotonic())))
    engine.dispose()


def _attempts(engine: Engine, market: Market, stage: str, day: date) -> list[dict[str, Any]]:
    """The attempts of a stage for a day, newest first; none in a database that nothing has run in yet."""
    try:
        return attempts_of(engine, market.key, stage, day)
    except ProgrammingError as error:
        if getattr(error.orig, "pgcode", None) == "42P01":  # undefined_table
            return []
        raise


def _reason(attempts: list[dict[str, Any]], market: Market) -> str:
    """Why what is waited for is not there."""
    if not attempts:
        return "it was never started"
    newest = attempts[0]
    if newest["status"] == "running":
        since = _clock(newest["started_at"], market)
        return f"it has been running since {since} (process {newest['pid']} on {newest['host']})"
    message = str((newest["error"] or {}).get("message", "for an unknown reason"))
    return f"it failed at {_clock(newest['finished_at'], market)}: {message.rstrip('.')}"


def _clock(instant: datetime, market: Market) -> str:
    return f"{instant.astimezone(market.zone):%H:%M}"


def _remember(engine: Engine, settings: Settings, market: Market, day: date, stage: str, error: DeadlineError) -> None:
    """The row by which the stage after this one, and whoever looks, sees that this one did not run."""
    key = RunKey(uuid4(), market.key, day)
    try:
        fail_run(engine, key, open_run(engine, key, stage, 1), explain(error, settings.secrets()))
    except DBAPIError as refusal:
        log.warning("wait_not_recorded", reason=first_line(refusal))
