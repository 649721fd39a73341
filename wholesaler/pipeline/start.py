"""Start a run: its settings, market and day, the lock of the market, and who is told when it cannot begin.

Nothing that takes time is imported before the lock: a second run of a market ends within a second.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wholesaler.config import load_settings, load_settings_leniently
from wholesaler.days import read_day
from wholesaler.errors import (
    ConfigurationError,
    DeadlineError,
    ExitCode,
    LockedError,
    StartError,
    UsageError,
    WholesalerError,
    interruption_behind,
)
from wholesaler.locks import machine_lock
from wholesaler.markets import Market, load_market
from wholesaler.pipeline.memory import share_heap
from wholesaler.settings import Settings

if TYPE_CHECKING:
    from wholesaler.pipeline.prune import Outcome
    from wholesaler.pipeline.run import RunReport
    from wholesaler.stages.dedupe.undo import Undone


#: seconds in which a stage that has written its end is over
_FAREWELL = 60.0


@dataclass(frozen=True)
class Request:
    """What a command line asks for: the options as they are written, and who sits in front of it.

    ``stage`` is the one stage of a command of its own, ``options`` what it has beside ``first`` and ``only`` of
    ``run-all``. ``is_watched`` says that somebody sits at a terminal. For ``wait`` seconds the stage before is waited
    for, and then the lock for what is left of them; for ``wait_lock`` seconds a lock that another run holds is waited
    for in any case. ``configure_logs`` is called before anything is logged, and within ``end_in_order`` a signal is to
    leave rows and locks in order.
    """

    market: str | None
    as_of: str | None
    profile: str | None = None
    stage: str | None = None
    first: str | None = None
    only: Sequence[str] = ()
    options: dict[str, Any] = field(default_factory=dict)
    is_watched: bool = False
    wait: float | None = None
    wait_lock: float = 0.0
    configure_logs: Callable[[Settings], None] = lambda settings: None
    end_in_order: Callable[[], AbstractContextManager[None]] = nullcontext

    @property
    def command(self) -> str:
        """The command's name."""
        return self.stage or "run-all"


def start(request: Request) -> "RunReport":
    """Run what is asked for, and return how it went. Raises :class:`StartError` when it cannot begin.

    Such a failure has been announced, unless it is for who called the command only.
    """
    started_at = datetime.now(UTC)
    share_heap()
    try:
        with _lock(request) as (settings, market, day, until):
            from wholesaler.pipeline.run import Task, run, stages_from
            from wholesaler.stages.interface import Options

            stages = (request.stage,) if request.stage else stages_from(request.first, request.only)
            task = Task(
                settings, market, day, stages, request.profile, Options(**request.options), until, request.is_watched
            )
            with request.end_in_order():
                return run(task, is_locked=True)
    except Exception as error:
        if signal := interruption_behind(error):
            _tell_monitors(request, started_at, signal)
            raise signal from None
        if not request.options.get("dry_run"):
            _announce(request, started_at, error)
        raise StartError(error, partial(_document, request, started_at)) from error
    except KeyboardInterrupt as signal:
        _tell_monitors(request, started_at, signal)
        raise


def undo(request: Request, named: str) -> tuple[str, "Undone"]:
    """Take a merge or matches back, under the market's lock; returns the market's key and what was taken back."""
    with _lock(request) as (settings, market, day, until):
        from wholesaler.pipeline.run import Task, open_database
        from wholesaler.stages.dedupe.undo import undo as take_back

        task = Task(settings, market, day, ("dedupe",), lock_until=until)
        with request.end_in_order(), open_database(task, is_locked=True) as (context, _):
            return market.key, take_back(context, named)


def forget(request: Request, named: str) -> dict[str, Any]:
    """Forget the people of a lead, under the market's lock; returns what was cleared and what cannot be reached."""
    with _lock(request) as (settings, market, day, until):
        from wholesaler.pipeline.forgetting import forget as clear
        from wholesaler.pipeline.run import Task, open_database

        task = Task(settings, market, day, (), lock_until=until)
        with request.end_in_order(), open_database(task, is_locked=True) as (context, _):
            return clear(context.engine, settings, market, named)


def prune(request: Request) -> "tuple[str, Outcome]":
    """Let go what is old enough, under the market's lock; returns the market's key and what went."""
    with _lock(request) as (settings, market, day, until):
        from wholesaler.pipeline.prune import Pruning
        from wholesaler.pipeline.prune import prune as let_go
        from wholesaler.pipeline.run import Task, open_database

        task = Task(settings, market, day, (), lock_until=until)
        with request.end_in_order(), open_database(task, is_locked=True) as (context, _):
            return market.key, let_go(Pruning(context.engine, settings, market, day))


def backfill(request: Request, first: str, last: str) -> dict[str, Any]:
    """Rebuild the history of days that were missed, under the market's lock; returns what came of each."""
    days = read_day(first, "--from"), read_day(last, "--to")
    with _lock(request) as (settings, market, day, until):
        from wholesaler.pipeline.backfill import backfill as rebuild
        from wholesaler.pipeline.run import Task, open_database

        task = Task(settings, market, day, ("score",), request.profile, lock_until=until)
        with request.end_in_order(), open_database(task, is_locked=True) as (context, _):
            return rebuild(context, *days)


@contextmanager
def _lock(request: Request) -> Iterator[tuple[Settings, Market, date, float]]:
    """Hold the lock of the market on this machine, once the options are known to be right: a typo is worse.

    With settings, market and day comes until when locks are waited for.
    """
    settings = load_settings()
    market = load_market(request.market or settings.market)
    settings = settings.of_market(market.key)
    day = datetime.now(market.zone).date() if request.as_of is None else read_day(request.as_of)
    if request.wait_lock or request.wait is not None:
        request.configure_logs(settings)
    until = 0.0
    if request.wait is not None and request.stage is not None:
        from wholesaler.pipeline.waiting import wait_for_stage_before

        # the stage before has written that it has ended, and is about to free the lock
        until = time.monotonic() + max(request.wait, _FAREWELL)
        wait_for_stage_before(settings, market, day, request.stage, request.wait)
    until = max(until, time.monotonic() + request.wait_lock)
    with machine_lock(settings.home, market.key, until):
        request.configure_logs(settings)
        yield settings, market, day, until


def _announce(request: Request, started_at: datetime, error: Exception) -> None:
    """Have it announced that the command could not begin, as far as there are settings to say where.

    Wrong usage and a held lock are for who has called the command; what a stage waited for in vain because it failed
    has been announced as that stage's failure. A wrong configuration is for them too when they
    are watching; a run at night tells it on the channels that can be opened, once a day whatever the command.
    """
    if isinstance(error, LockedError | UsageError) or (isinstance(error, DeadlineError) and error.is_known):
        return  # before the imports
    settings = _settings()
    if settings is None:
        return
    is_misconfigured = isinstance(error, ConfigurationError)
    if is_misconfigured and request.is_watched:
        return
    request.configure_logs(settings)
    from wholesaler.pipeline.announcements import announce_start_failure

    key = _market_key(request, settings) or "unknown"
    try:
        name = load_market(request.market or settings.market).name
    except WholesalerError:
        name = key
    day = _day(request, settings) or datetime.now(UTC).date()
    subject = "configuration" if is_misconfigured else request.command
    announce_start_failure(settings, (key, name), day, request.command, error, subject)
    _tell_monitors(request, started_at, error)


def _tell_monitors(request: Request, started_at: datetime, error: BaseException) -> None:
    """Tell whoever watches from outside that a run has failed that leaves no report."""
    settings = _settings()
    if settings is None or request.options.get("dry_run"):
        return
    from wholesaler.explain import exit_code_of, explain
    from wholesaler.pipeline.monitors import tell_failure

    try:
        market = load_market(request.market or settings.market)
    except WholesalerError:
        market = None
    message = explain(error, settings.secrets())["message"]
    day, in_haste = _day(request, settings), isinstance(error, KeyboardInterrupt)
    key = _market_key(request, settings) or "unknown"
    tell_failure(settings, market or key, day, started_at, exit_code_of(error), message, in_haste=in_haste)


def _document(request: Request, started_at: datetime, code: ExitCode, error: dict[str, Any]) -> dict[str, Any]:
    from wholesaler.documents import run_document, stage_document

    status = "skipped" if code is ExitCode.LOCKED else "failure"
    settings, now = _settings(), datetime.now(UTC)
    market, as_of = _market_key(request, settings), _day(request, settings)
    if request.stage is None:
        return run_document(market, as_of, status, started_at, now, int(code), error=error)
    return stage_document(request.stage, market, as_of, status, started_at, now, error=error)


def _settings() -> Settings | None:
    """The settings as far as they are right, if any can be read."""
    try:
        return load_settings_leniently()[0]
    except (WholesalerError, OSError, RuntimeError):
        return None


def _market_key(request: Request, settings: Settings | None) -> str | None:
    """The market's key, or what it seems to be when its file cannot be read."""
    named = request.market or (settings.market if settings else None)
    if named is None:
        return None
    try:
        return load_market(named).key
    except WholesalerError:
        return Path(named).stem


def _day(request: Request, settings: Settings | None) -> date | None:
    """The day, if it can be known."""
    named = request.market or (settings.market if settings else None)
    try:
        if request.as_of is not None:
            return read_day(request.as_of)
        return datetime.now(load_market(named).zone).date() if named else None
    except WholesalerError:
        return None
