"""One command for several counties: each as by itself, one after the other or side by side; one exit code for all.

What a command prints for a county is kept until the county is done, so that counties do not speak at once. Which
commands are about each county, about all of them together, or about one only, is said here and nowhere else.
"""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from wholesaler.cli import RUNS, explain_failure
from wholesaler.cli.parcels import has_digit
from wholesaler.cli.render import Page, kept_page, print_json, print_page, table, write
from wholesaler.cli.state import State
from wholesaler.errors import ConfigurationError, ExitCode, StartError, UsageError, WholesalerError
from wholesaler.plural import counted

T = TypeVar("T")

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wholesaler.settings import Settings

#: counties at once: each needs some ten connections, of which a server has a hundred
MOST_JOBS = 8
#: the exit code of several counties is the first of these that one has ended with
WORST = (
    ExitCode.FAILED, ExitCode.UNAVAILABLE, ExitCode.CONFIGURATION, ExitCode.USAGE, ExitCode.DEADLINE,
    ExitCode.DATA_ERRORS, ExitCode.LOCKED, ExitCode.WARNINGS, ExitCode.OK,
)  # fmt: skip
_WORDS = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "failed",
    ExitCode.USAGE: "wrong usage",
    ExitCode.WARNINGS: "done with warnings",
    ExitCode.DATA_ERRORS: "errors in the data",
    ExitCode.UNAVAILABLE: "a service is unavailable",
    ExitCode.LOCKED: "another run is under way",
    ExitCode.CONFIGURATION: "wrong configuration",
    ExitCode.DEADLINE: "out of time",
}
#: done for each county by itself
_EACH = {
    "alert", "alerts list", "alerts retry", "backfill", "check", "dedupe", "enrich", "ingest", "leads due",
    "leads suppress list", "prune", "rejects list", "report", "run-all", "runs", "score", "stats", "status",
}  # fmt: skip
#: what they say of owners and telephones holds for all counties of a database, and is said once in each
_EACH_DATABASE = {"leads suppress add", "leads suppress remove"}
#: what they make of all counties is one thing: a list, a file, a page
_TOGETHER = {"doctor", "leads export", "leads list", "schedule"}
#: about no county at all, the last two unless one is named
_WITHOUT_COUNTY = {"config", "markets"}
_WITHOUT_NAMED_COUNTY = {"db", "demo"}
#: arguments that are parcel numbers
_PARCELS = {"parcel", "parcels"}
#: seconds that interrupted counties have to close their rows, before the process ends all the same
_FAREWELL = 2.0


@dataclass(frozen=True)
class County:
    """One of the counties of a command: its key, or the name of a file that cannot be read, and the options for it."""

    key: str
    state: State
    #: a file before it has the same key
    is_twin: bool = False


@dataclass
class Result:
    """How a command went for one county."""

    county: str
    code: ExitCode
    seconds: float
    page: Page
    error: Exception | None = None
    #: the error as data
    explained: dict[str, Any] | None = None


def dispatch(context: Any, invoke: Callable[[Any], Any]) -> Any:
    """Have a command done, by ``invoke``, for the counties that are asked for; returns its exit code.

    Raises :class:`UsageError` where it is about one county and several are asked for.
    """
    state: State = context.obj
    name = context.command_path.partition(" ")[2]
    group = name.partition(" ")[0]
    if group in _WITHOUT_COUNTY or (group in _WITHOUT_NAMED_COUNTY and not state.asked_markets):
        return invoke(context)
    if not state.is_about_several:
        context.obj = _of_lead_ids(context, state) or state.counties[0]
        return invoke(context)
    if name in _TOGETHER:
        return invoke(context)
    if name == "alert" and context.params["test"]:  # the channels are the same for all
        context.obj = state.counties[0]
        return invoke(context)
    if name in _EACH and not (name == "dedupe" and context.params["undo"] is not None):
        return _do_each(context, name, state, counties_of(state))
    if name in _EACH_DATABASE and not context.params["parcels"]:
        places = {state.settings.of_market(county.key).database_variable: county for county in counties_of(state)}
        if len(places) > 1:
            return _do_each(context, name, state, list(places.values()))
        context.obj = state.counties[0]
        return invoke(context)
    county = _of_lead_ids(context, state)
    if county is None:
        keys = [county.key for county in counties_of(state)]
        hint = f"Name it: --market {keys[0]}"
        hint += f", or by a lead_id: {keys[0]}:PARCEL." if _PARCELS & context.params.keys() else "."
        raise UsageError(f"`wholesaler {name}` is about one county, not about {', '.join(keys)}.", hint)
    context.obj = county
    return invoke(context)


def counties_of(state: State) -> list[County]:
    """The counties that are asked for, each with its key."""
    from wholesaler.markets import load_market

    counties: list[County] = []
    keys: set[str] = set()
    for county in state.counties:
        named = county.named_market or county.settings.market
        try:
            key = load_market(named).key
        except WholesalerError:
            counties.append(County(Path(named).stem, county))
            continue
        counties.append(County(key, county, is_twin=key in keys))
        keys.add(key)
    return counties


def worst_of(codes: Iterable[int]) -> ExitCode:
    """The exit code of several counties."""
    return ExitCode(min(codes, key=lambda code: WORST.index(ExitCode(code)), default=ExitCode.OK))


def _of_lead_ids(context: Any, state: State) -> State | None:
    """The county that the ``lead_id`` among the arguments names."""
    name = next(iter(_PARCELS & context.params.keys()), "")
    written = context.params.get(name)
    words = [written] if isinstance(written, str) else written or ()
    parts = [word.partition(":") for word in words if has_digit(word)]  # the status behind them has none
    keys = {key for key, _, _ in parts}
    if len(keys) != 1 or not all(colon for _, colon, _ in parts):
        return None
    return next((county.state for county in counties_of(state) if county.key in keys), None)


def gather(state: State, name: str, read: Callable[[State], T]) -> tuple[list[tuple[str, T]], ExitCode]:
    """What is read of each county that is asked for, by its key, and the exit code of those that failed.

    These are told on stderr. Raises :class:`UsageError` where it is wrong for all of them in the same way.
    """
    found: list[tuple[str, T]] = []
    failures: list[tuple[str, Exception]] = []
    for county in counties_of(state):
        try:
            found.append((county.key, read(_expect_own_key(county))))
        except Exception as failure:  # the boundary of a county: the others are shown
            failures.append((county.key, failure))
    if not found and len({str(error) for _, error in failures}) == 1 and isinstance(failures[0][1], UsageError):
        raise failures[0][1]
    codes = []
    for key, error in failures:
        explained, code = explain_failure(error, verbose=state.verbose)
        say_failure(state, name, key, explained, code)
        codes.append(code)
    return found, worst_of(codes)


def _expect_own_key(county: County) -> State:
    if county.is_twin:
        raise ConfigurationError(
            f"{county.state.named_market}: key: '{county.key}' is that of a market file before it.",
            "Give one of the two another key, or leave it out.",
        )
    return county.state


def _do_each(context: Any, name: str, state: State, counties: Sequence[County]) -> int:
    """The command for each county; what they have in common is done once."""
    from wholesaler.config import load_settings_leniently
    from wholesaler.notify.healthcheck import gathered_signals

    if context.params.get("output") is not None:
        raise UsageError("--output: it names one file, and each county has a report of its own.", "Leave it out.")
    works = [partial(_work, context, county) for county in counties]
    settings = load_settings_leniently()[0]
    with gathered_signals() as signals:
        try:
            results = _run(works, state, partial(_show, state, name))
        except KeyboardInterrupt:
            signals.conclude(settings, len(works), ExitCode.FAILED, is_interrupted=True)
            raise
        codes = [result.code for result in results]
        reason = signals.conclude(settings, len(works), worst_of(codes))
    wrong = [result for result in results if result.code is ExitCode.USAGE]
    if len(wrong) == len(results) and len({str(result.error) for result in wrong}) == 1 and wrong[0].error:
        raise wrong[0].error
    for result in wrong:
        _tell(state, name, result)
    code = worst_of([*codes, _unheard(state, settings, reason)] if reason else codes)
    if state.json:
        documents = [{"market": result.county, **(result.page.document or {})} for result in results]
        print_json({"markets": documents, "exit_code": int(code)})
    elif code or (name in RUNS and not state.quiet):
        write(_summary(results))
    return int(code)


def _run(works: Sequence[Callable[[], Result]], state: State, done: Callable[[Result], None]) -> list[Result]:
    """The results in the order of the counties; ``done`` is called with each as it comes."""
    from wholesaler.logs import error_line

    if state.jobs == 1 or len(works) == 1:
        results = []
        for work in works:
            results.append(work())
            done(results[-1])
        return results
    from wholesaler.cli.interrupts import end_on_signals, run_interruptibly

    last_word = error_line(state.log_format, "Interrupted.", type="KeyboardInterrupt", exit_code=int(ExitCode.FAILED))
    with end_on_signals(last_word):
        return run_interruptibly(works, min(state.jobs, len(works)), done, _FAREWELL)


def _work(context: Any, county: County) -> Result:
    """The command for one county, whose failure is a result."""
    import structlog

    began = time.monotonic()
    with kept_page() as page, structlog.contextvars.bound_contextvars(market=county.key):
        result = Result(county.key, ExitCode.OK, 0.0, page)
        own = copy(context)
        try:
            own.obj = _expect_own_key(county)
            # not by Typer's wrapper, which keeps the arguments of all threads in one place
            result.code = ExitCode(context.command.callback.__wrapped__(own, **context.params) or ExitCode.OK)
        except (typer.TyperException, typer.Abort):
            raise
        except Exception as failure:  # the boundary of a county: the others go on
            result.error = failure.reason if isinstance(failure, StartError) else failure
            result.explained, result.code = explain_failure(result.error, verbose=county.state.verbose)
            document = {"status": "failure", "exit_code": int(result.code), "error": result.explained}
            if isinstance(failure, StartError):
                document = failure.document(result.code, result.explained)
            page.document = page.document or document
            page.result = page.result or result.explained["message"]
    result.seconds = time.monotonic() - began
    return result


def _show(state: State, name: str, result: Result) -> None:
    """What a county has to say, as soon as it is done; what is wrong with the command line is said in the end."""
    if result.code is not ExitCode.USAGE:
        _tell(state, name, result)
    if result.page.text:
        print_page(result.page)


def _tell(state: State, name: str, result: Result) -> None:
    """Say on stderr, in a line, why a county has failed."""
    if result.explained is not None:
        say_failure(state, name, result.county, result.explained, result.code)


def say_failure(state: State, name: str, county: str, explained: dict[str, Any], code: ExitCode) -> None:
    """Say on stderr, in a line, what went wrong with a county."""
    from wholesaler.logs import error_line, is_json

    # what only shows something has no log
    log_format = "console" if state.log_format == "auto" and name not in RUNS else state.log_format
    message = explained["message"] if is_json(log_format) else f"{county}: {explained['message']}"
    facts = {"market": county, "type": explained["type"], "exit_code": int(code)}
    sys.stderr.write(error_line(log_format, message, explained["hint"], **facts))


def _unheard(state: State, settings: "Settings", reason: str) -> ExitCode:
    """Log that the dead-man's switch was not told; returns the exit code that this makes."""
    from wholesaler.db.known import Known
    from wholesaler.logs import log
    from wholesaler.stages.check.names import read_fail_on

    log.warning("monitor_not_told", reason=f"the dead-man's switch was not told: {reason}")
    try:
        counts = Known(fail_on=read_fail_on(settings)).counts("monitors")
    except ConfigurationError:
        counts = True
    return ExitCode.WARNINGS if counts else ExitCode.OK


def _summary(results: Sequence[Result]) -> "RenderableType":
    headings = ("county", "result", "exit code", "seconds", "what came of it")
    rows = [
        (result.county, _WORDS[result.code], int(result.code), f"{result.seconds:.1f}", result.page.result)
        for result in results
    ]
    return table(counted(len(results), "county", "counties"), headings, rows, ("exit code", "seconds"))
