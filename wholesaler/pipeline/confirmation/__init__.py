"""Confirm a market file on its publishers' servers: whether what it says of them is still so. Nothing is stored.

Of each list some hundred records are read and converted as a night would, then the roll is asked for their parcels. No
database is needed: a new county has none yet, and what nobody stores needs none. So coordinates in feet are put into
degrees by what a draft knows of them, and whether a record is a signal is told by ``scoring/signals.py``.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from wholesaler.deadline import limit
from wholesaler.errors import ExitCode, SourceError, WholesalerError
from wholesaler.explain import explain
from wholesaler.markets import Market
from wholesaler.pipeline.confirmation.findings import Finding, exit_code
from wholesaler.pipeline.confirmation.join import Join, chosen
from wholesaler.pipeline.confirmation.judgement import judge, judge_join
from wholesaler.pipeline.confirmation.sighting import Sighting, look
from wholesaler.settings import Settings
from wholesaler.sources import Http

__all__ = ["Confirmation", "confirm"]

#: seconds for the lists, and for the roll after them: within a minute all is said
LISTS, ROLLS = 30.0, 24.0
#: how much longer those are waited for that look a host up, who hear of no deadline
_FAREWELL = 1.0
#: seconds for one answer, and how often a request is repeated
_ANSWER, _RETRIES = 20.0, 1
#: bytes of a file from the web that are enough
ENOUGH = 20_000_000


@dataclass
class SourceConfirmation:
    """What there is to say of one source. ``sighting`` is empty where it did not answer as it was asked.

    ``join`` is of a list: how many of its parcels the roll has, where anybody knows.
    """

    name: str
    findings: list[Finding] = field(default_factory=list)
    sighting: Sighting | None = None
    join: Join | None = None


@dataclass
class Confirmation:
    """All sources of a market, in the order of its file."""

    market: Market
    day: date
    sources: list[SourceConfirmation]

    @property
    def exit_code(self) -> ExitCode:
        """What it comes to."""
        return exit_code([source.findings for source in self.sources])


def confirm(market: Market, settings: Settings, day: date, lists: float = LISTS, rolls: float = ROLLS) -> Confirmation:
    """Ask all publishers of a market, for a day; ``lists`` and ``rolls`` are the seconds that both may take."""
    found = {name: SourceConfirmation(name) for name in market.sources}
    signals = [name for name in market.sources if name not in market.rolls]
    with TemporaryDirectory(prefix="wholesaler-online-", ignore_cleanup_errors=True) as folder:
        hasty = settings.model_copy(
            update={
                "home": Path(folder),
                "http_retries": min(_RETRIES, settings.http_retries),
                "http_retry_wait": min(1.0, settings.http_retry_wait),
                "http_timeout": min(_ANSWER, settings.http_timeout),
            }
        )
        with Http(hasty, market.host, ENOUGH) as http:

            def job(name: str, wanted: Iterable[str] = ()) -> Callable[[], Sighting]:
                return partial(look, market, name, day, http, hasty, frozenset(wanted))

            _side_by_side(settings, found, {name: job(name) for name in signals}, lists)
            asked = {
                name: chosen(one.sighting.reading.parcels)
                for name in signals
                if (one := found[name]).sighting is not None
            }
            wanted = {parcel_id for some in asked.values() for parcel_id in some}
            _side_by_side(settings, found, {name: job(name, wanted) for name in market.rolls}, rolls)
    for name, one in found.items():
        if one.sighting is not None:
            one.findings += judge(market, name, day, one.sighting)
        if asked.get(name) and market.rolls:
            one.join = _join(market, found, asked[name])
            one.findings += judge_join(market, name, one.join)
    return Confirmation(market, day, list(found.values()))


def _side_by_side(
    settings: Settings,
    found: dict[str, SourceConfirmation],
    jobs: dict[str, Callable[[], Sighting]],
    seconds: float,
) -> None:
    """Look at several sources at once; what goes wrong with one is said of that one."""
    if not jobs:
        return
    pool = ThreadPoolExecutor(len(jobs), thread_name_prefix="online")

    def late(name: str) -> SourceError:
        return SourceError(f"{name}: it had not answered after {seconds:.0f} s.", transient=True)

    def run(name: str, job: Callable[[], Sighting]) -> Sighting:
        with limit(seconds, lambda: late(name)):
            return job()

    futures: dict[str, Future[Sighting]] = {}
    try:
        for name, job in jobs.items():
            futures[name] = pool.submit(copy_context().run, run, name, job)
        wait(futures.values(), seconds + _FAREWELL)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    for name, future in futures.items():
        one = found[name]
        try:
            if not future.done():
                raise late(name)
            one.sighting = future.result()
            one.findings += [_redacted(finding, settings) for finding in one.sighting.findings]
        except WholesalerError as error:
            hint = "Run it again later; a night waits longer for it."
            one.findings.append(_redacted(Finding("unanswered", "error", error.message, hint), settings))
        except Exception as error:  # the boundary of one source: whatever is wrong, the others are told
            explained = explain(error, settings.secrets())
            one.findings.append(Finding("failed", "error", f"{name}: {explained['message']}", explained["hint"]))


def _redacted(finding: Finding, settings: Settings) -> Finding:
    explained = explain(WholesalerError(finding.message, finding.hint), settings.secrets())
    return replace(finding, message=explained["message"], hint=explained["hint"])


def _join(market: Market, found: dict[str, SourceConfirmation], asked: list[str]) -> Join:
    """How many of the numbers of a list are on the roll, by those of its sources whose parcels are."""
    known: set[str] = set()
    untold = []
    for name in market.listing_rolls:
        sighting = found[name].sighting
        if sighting is None:
            untold.append(f"{name} did not answer")
            continue
        known |= sighting.found
        if sighting.untold is not None:
            untold.append(f"{name} {sighting.untold}")
    return Join(len(asked), len(known.intersection(asked)), bool(untold), "; ".join(untold) or None)
