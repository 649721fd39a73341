"""What a stage is given and what it gives back."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from wholesaler.config import Settings
from wholesaler.errors import ExitCode, WholesalerError
from wholesaler.markets import Market


@dataclass(frozen=True)
class Options:
    """What the command line asks of single stages."""

    sources: tuple[str, ...] = ()
    full: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Context:
    """One run of one market on one day; everything a stage may need, passed down."""

    settings: Settings
    market: Market
    as_of: date
    engine: Engine
    run_id: UUID
    profile: Path | None = None
    options: Options = Options()
    #: what stages of this run leave for a later attempt or stage, such as the sources that are already loaded
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Attempt:
    """Which attempt of a stage this is; after the last one there is no other."""

    number: int = 1
    last: bool = True


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
