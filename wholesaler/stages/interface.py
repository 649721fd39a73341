"""What a stage is given, what it gives back, and what it leaves for a later attempt or stage of the same run."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from wholesaler.db.known import Known
from wholesaler.db.recent_runs import COUNTS
from wholesaler.deadline import remaining
from wholesaler.errors import ExitCode, WholesalerError
from wholesaler.markets import Market
from wholesaler.settings import Settings

#: in the order they run
STAGE_NAMES = ("ingest", "enrich", "dedupe", "score", "alert", "check")


@dataclass(frozen=True)
class Options:
    """What the command line asks of single stages."""

    sources: tuple[str, ...] = ()
    full: bool = False
    dry_run: bool = False
    #: send what was refused for good once more
    again: bool = False
    current: bool = False


#: the counts of records that were not to be stored, or are not any more, which have no column of their own
SCOPE_COUNTS = ("out_of_scope", "superseded", "out_of_window")


@dataclass
class LoadResult:
    """What became of one fetch: ``processed`` records were to be stored, ``failed`` of them are rejected.

    Others are not wanted: ``out_of_scope`` by ``only``, ``superseded`` by ``latest_by``. ``out_of_window`` are those of
    the deactivated that may only have left what the market file asks for.
    """

    processed: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deactivated: int = 0
    failed: int = 0
    out_of_scope: int = 0
    superseded: int = 0
    out_of_window: int = 0
    complete: bool = True
    warnings: list[str] = field(default_factory=list)
    #: why the fetch cannot be trusted to be everything; empty when it can
    doubts: list[str] = field(default_factory=list)
    #: tells whether all of the source is as it was; none when that is not known, or not all was asked for
    version: str | None = None
    #: the day that version was read on
    read_on: str | None = None
    #: the newest day of a record, where the market file makes ``record_date`` of several fields
    newest: str | None = None
    #: everything the source has was asked for, not only some parcels
    whole: bool = False

    def counts(self) -> dict[str, int]:
        """The counts under the names of the stage's JSON."""
        return {name: getattr(self, name) for name in (*COUNTS, *SCOPE_COUNTS)}

    def add(self, counts: dict[str, int]) -> None:
        """Add counts to these."""
        for name, count in counts.items():
            setattr(self, name, getattr(self, name) + count)


@dataclass
class RunState:
    """What stages of a run leave for a later attempt or stage of it."""

    #: ingest: the sources that are loaded, which a later attempt does not ask again
    loads: dict[str, LoadResult] = field(default_factory=dict)
    #: ingest: why the others are not
    load_failures: dict[str, WholesalerError] = field(default_factory=dict)
    #: ingest: what is to be said of the sources' former names; none before they were taken over
    former_names: list[str] | None = None
    #: ingest has linked every record to its property, and nothing was changed since
    properties_are_linked: bool = False
    #: the roll's records are merged into parcels, and nothing was loaded since
    parcels_are_fresh: bool = False
    #: enrich has brought addresses and locations up to date, and no property has got or lost a record since
    addresses_are_fresh: bool = False
    #: alert: what came of each channel so far
    deliveries: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """One run of one market on one day; everything a stage may need, passed down."""

    settings: Settings
    market: Market
    as_of: date
    engine: Engine
    run_id: UUID
    profile: str | None = None
    options: Options = Options()
    known: Known = field(default_factory=Known)
    state: RunState = field(default_factory=RunState)


@dataclass(frozen=True)
class Attempt:
    """Which attempt of a stage this is, how many retries there are, and the seconds before the next."""

    number: int = 1
    retries: int = 0
    wait: float = 0.0

    @property
    def last(self) -> bool:
        """Whether no other follows: asked when something has failed, since the deadline may leave no time for one."""
        return self.number > self.retries or self.wait >= remaining()


@dataclass
class Result:
    """What a stage did: ``stats`` under the names of the stage's JSON, and how it ended."""

    stats: dict[str, Any]
    warnings: list[str] = field(default_factory=list)
    exit_code: ExitCode = ExitCode.OK

    @property
    def status(self) -> str:
        """The status for the run-tracking row."""
        if self.exit_code is ExitCode.DATA_ERRORS:
            return "failure"
        return "success" if self.exit_code is ExitCode.OK else "partial"


class RetryLater(WholesalerError):
    """Something failed that may work later; the stage's own work so far is kept."""

    exit_code = ExitCode.UNAVAILABLE

    def __init__(self, message: str, hint: str | None = None, *, retry_after: float | None = None) -> None:
        super().__init__(message, hint)
        #: seconds for which it cannot work, where that is known
        self.retry_after = retry_after
