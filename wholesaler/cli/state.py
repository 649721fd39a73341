"""The global options, and what commands make of them."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from wholesaler.logs import LogFormat
    from wholesaler.markets import Market
    from wholesaler.settings import Settings


@dataclass
class State:
    """The global options of one command line."""

    named_market: str | None = None
    named_day: str | None = None
    profile: str | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    log_format: "LogFormat" = "auto"
    #: how many seconds a lock that another run holds is waited for
    wait_lock: float = 0.0

    @cached_property
    def settings(self) -> "Settings":
        """The settings; logging is set up with their secrets in mind."""
        from wholesaler.config import load_settings

        settings = load_settings()
        self.configure_logs(settings)
        return settings

    def configure_logs(self, settings: "Settings") -> None:
        """Set logging up as the options say."""
        from wholesaler.logs import configure_logs

        configure_logs(self.log_format, quiet=self.quiet, verbose=self.verbose, secrets=settings.secrets())

    @cached_property
    def market(self) -> "Market":
        """The market asked for by ``--market``, else by the settings."""
        from wholesaler.markets import load_market

        return load_market(self.named_market or self.settings.market)

    @cached_property
    def as_of(self) -> date:
        """The day asked for by ``--as-of``, else today in the market's time zone."""
        from wholesaler.pipeline.start import read_day

        return datetime.now(self.market.zone).date() if self.named_day is None else read_day(self.named_day)

    @property
    def requested_day(self) -> date | None:
        """The day asked for by ``--as-of``, null when it was not given."""
        return None if self.named_day is None else self.as_of

    def sample_market(self) -> dict[str, str]:
        """The market file that ``demo`` has left: its key → its path; empty where there is none."""
        path = self.settings.home / "sample-county" / "sample-county.toml"
        return {path.stem: str(path)} if path.is_file() else {}

    def engine(self) -> "Engine":
        """The database, migrated; for commands that only read."""
        from wholesaler.db.engine import open_engine

        return open_engine(self.settings)
