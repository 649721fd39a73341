"""The global options, and what commands make of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    """The global options of one command line; of :meth:`counties` each has its own."""

    #: as they are written after ``--market``
    asked_markets: Sequence[str] = ()
    named_day: str | None = None
    profile: str | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    log_format: "LogFormat" = "auto"
    #: how many seconds a lock that another run holds is waited for
    wait_lock: float = 0.0
    #: how many counties are worked on at once
    jobs: int = 1
    #: the one market that this is about, null where that is what the settings say
    named_market: str | None = None

    @cached_property
    def settings(self) -> "Settings":
        """The settings; logging is set up with their secrets in mind."""
        from wholesaler.config import load_settings

        settings = load_settings()
        self.configure_logs(settings)
        return settings

    @property
    def market_settings(self) -> "Settings":
        """The settings of the market, whose database may be elsewhere."""
        return self.settings.of_market(self.market.key)

    @property
    def database_settings(self) -> "Settings":
        """The settings for a database as a whole: that of the county which is named, if one is."""
        return self.market_settings if self.asked_markets else self.settings

    def configure_logs(self, settings: "Settings") -> None:
        """Set logging up as the options say."""
        from wholesaler.logs import configure_logs

        configure_logs(self.log_format, quiet=self.quiet, verbose=self.verbose, secrets=settings.secrets())

    @cached_property
    def market(self) -> "Market":
        """The market asked for by ``--market``, else by the settings; the first of several."""
        from wholesaler.markets import load_market

        return load_market(self.counties[0].named_market or self.settings.market)

    @cached_property
    def counties(self) -> "list[State]":
        """The same options for each market that is asked for, one for each; at least one."""
        if self.named_market is not None:
            return [self]
        asked, names = self._choice
        if not names or (not self.asked_markets and asked == names):
            return [self]
        return [replace(self, named_market=name) for name in names]

    @property
    def is_about_several(self) -> bool:
        """Whether what is asked for are several markets, or all there are, be they one."""
        from wholesaler.markets.choice import ALL

        return self.named_market is None and (len(self.counties) > 1 or ALL in self._choice[0])

    @cached_property
    def _choice(self) -> tuple[list[str], list[str]]:
        """The markets as they are asked for, and each of them."""
        from wholesaler.config import load_settings_leniently
        from wholesaler.markets.choice import choose_markets

        settings = load_settings_leniently()[0]  # what is wrong with them is for each county to say
        asked = list(self.asked_markets) or [settings.market]
        return asked, choose_markets(settings.home, asked, settings.chosen_market)

    @cached_property
    def as_of(self) -> date:
        """The day asked for by ``--as-of``, else today in the market's time zone."""
        if self.named_day is None:
            return datetime.now(self.market.zone).date()
        from wholesaler.days import read_day

        return read_day(self.named_day)

    @property
    def requested_day(self) -> date | None:
        """The day asked for by ``--as-of``, null when it was not given."""
        return None if self.named_day is None else self.as_of

    def sample_market(self) -> dict[str, str]:
        """The market file that ``demo`` has left: its key → its path; empty where there is none."""
        path = self.settings.home / "sample-county" / "sample-county.toml"
        return {path.stem: str(path)} if path.is_file() else {}

    def engine(self) -> "Engine":
        """The database of the market, migrated; for commands that only read."""
        from wholesaler.db.engine import open_engine

        return open_engine(self.market_settings)
