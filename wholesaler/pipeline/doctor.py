"""What a machine lacks for good nights: settings, rights, database, clock, endpoints, channels, and who starts them.

Each line says what was looked at and, where it is not well, what to do. Nothing is sent, loaded or changed, but that
the private database is started.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

from sqlalchemy import text

from wholesaler.db.engine import explain_connection_errors, open_engine
from wholesaler.db.migrate import newest_revision, revisions
from wholesaler.errors import ConfigurationError, WholesalerError, did_you_mean
from wholesaler.explain import explain
from wholesaler.markets import Market, bundled_markets, load_market, own_markets
from wholesaler.pipeline import endpoints
from wholesaler.pipeline.starters import starters
from wholesaler.pipeline.status import SCARCE_DISK, disk_of
from wholesaler.redaction import HIDDEN
from wholesaler.scoring.profile import load_profile
from wholesaler.server.cluster import Cluster
from wholesaler.server.programs import MOVE
from wholesaler.settings import Settings, county_database

#: seconds by which a clock may be wrong
_CLOCK = 60


@dataclass(frozen=True)
class Diagnosis:
    """What was looked at, whether it is well, and what to do where it is not."""

    subject: str
    outcome: Literal["ok", "warning", "error"]
    message: str
    hint: str | None = None


def diagnose(settings: Settings, fault: ConfigurationError | None, named_markets: Sequence[str]) -> list[Diagnosis]:
    """All there is to say of the settings, the markets (keys or files) and the machine.

    ``fault`` is what is wrong with the settings.
    """
    markets: list[Market] = []
    found = list(_settings(settings, fault))
    for named in named_markets:
        try:
            market = load_market(named)
            found.append(Diagnosis("market", "ok", f"{market.name} ({market.key}), {market.path}"))
            found += [Diagnosis("market", "warning", f"{doubt}.", "See the market file.") for doubt in market.doubts]
            markets.append(market)
        except WholesalerError as error:
            found.append(_error("market", error, settings))
    try:
        load_profile(settings.profile)
    except WholesalerError as error:
        found.append(_error("profile", error, settings))
    found += [*_county_databases(settings, markets), *_home(settings), *_disk(settings)]
    checks: list[tuple[str, Callable[[], Iterator[Diagnosis]]]] = [
        *(("database", partial(_database, place)) for place in _places(settings, markets)),
        ("clock", lambda: _clock(settings, markets)),
        *((subject, _reached(subject, reach)) for subject, reach in endpoints.endpoints(settings, markets)),
        ("start", _starters),
    ]
    with ThreadPoolExecutor(8, thread_name_prefix="doctor") as pool:
        jobs = [(subject, pool.submit(copy_context().run, _look, look)) for subject, look in checks]
        for subject, job in jobs:
            try:
                found += job.result()
            except Exception as error:  # the boundary of one line: whatever is wrong, the others are told
                found.append(_error(subject, error, settings))
    return found


def _look(look: Callable[[], Iterator[Diagnosis]]) -> list[Diagnosis]:
    """All of it in the thread that calls."""
    return list(look())


def _reached(subject: str, reach: Callable[[], str]) -> Callable[[], Iterator[Diagnosis]]:
    def look() -> Iterator[Diagnosis]:
        yield Diagnosis(subject, "ok", reach())

    return look


def _error(subject: str, error: Exception, settings: Settings) -> Diagnosis:
    explained = explain(error, settings.secrets())
    hint = explained["hint"] or "Correct it, then run `wholesaler doctor` again."
    return Diagnosis(subject, "error", explained["message"], hint)


def _settings(settings: Settings, fault: ConfigurationError | None) -> Iterator[Diagnosis]:
    if fault is not None:
        yield _error("settings", fault, settings)
    for warning in settings.warnings:
        yield Diagnosis("settings", "warning", warning, "Correct or remove it.")
    chosen = [of for of in settings.effective().values() if of["origin"] != "default"]
    yield Diagnosis("settings", "ok", f"{len(chosen)} set; `wholesaler config show` lists all")
    secret = [of["origin"] for of in chosen if of["value"] == HIDDEN]
    files = {Path(origin.rpartition(": ")[0]) for origin in secret if ": " in origin}
    for path in sorted(files):
        with suppress(OSError):
            if path.stat().st_mode & 0o077:
                message = f"{path} has secrets, and others can read it."
                yield Diagnosis("settings", "warning", message, f"Run: chmod 600 {path}")


def _home(settings: Settings) -> Iterator[Diagnosis]:
    home = settings.home
    if not home.is_dir():
        parent = next(path for path in home.parents if path.is_dir())
        if os.access(parent, os.W_OK | os.X_OK):
            yield Diagnosis("home", "ok", f"{home} does not exist yet; the first run makes it")
        else:
            hint = "Make it for this user, or set WHOLESALER_HOME to a directory of your own."
            yield Diagnosis("home", "error", f"{home} does not exist, and cannot be made in {parent}.", hint)
        return
    status = home.stat()
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        hint = f"Run wholesaler as the user it belongs to, or: chown -R {os.geteuid()} {home}"
        yield Diagnosis("home", "error", f"{home} cannot be written by this user.", hint)
    elif stat.S_IMODE(status.st_mode) & 0o067:  # a group may pass through: the database's account, for root
        hint = f"Run: chmod 700 {home}"
        yield Diagnosis("home", "warning", f"{home} can be read or written by others.", hint)
    else:
        yield Diagnosis("home", "ok", f"{home} is this user's alone")
    if (path := settings.metrics_file) is not None:
        folder = path.expanduser().absolute().parent
        if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
            yield Diagnosis("metrics", "ok", f"{path} can be written")
        else:
            hint = "Make the directory, and let this user write to it."
            yield Diagnosis("metrics", "error", f"METRICS_FILE: {folder} cannot be written to.", hint)


def _disk(settings: Settings) -> Iterator[Diagnosis]:
    disk = disk_of(settings.home)
    message = f"{disk['free_bytes'] / 1e9:,.1f} GB free at {disk['path']}"
    if disk["free_bytes"] < SCARCE_DISK:
        yield Diagnosis("disk", "warning", f"{message}.", "Make room: a night that cannot write fails.")
    else:
        yield Diagnosis("disk", "ok", message)


def _places(settings: Settings, markets: Sequence[Market]) -> list[Settings]:
    """The settings once for each database that the markets are in."""
    of_markets = [settings.of_market(market.key) for market in markets] or [settings]
    return list({place.database_variable: place for place in of_markets}.values())


def _county_databases(settings: Settings, markets: Sequence[Market]) -> Iterator[Diagnosis]:
    """Addresses of counties' databases of which no county is known: a name that was mistyped moves nothing."""
    known = {county_database(key) for key in (*bundled_markets(), *own_markets(settings.home))}
    known |= {county_database(market.key) for market in markets}
    for variable in settings.county_databases:
        if variable not in known:
            hint = did_you_mean(variable, known) or "It is DATABASE_URL_ and the county's key in capitals, _ for -."
            yield Diagnosis("settings", "warning", f"{variable} is that of no county that is known here.", hint)


def _database(settings: Settings) -> Iterator[Diagnosis]:
    engine = open_engine(settings, migrate=False)
    try:
        with explain_connection_errors(engine.url), engine.connect() as connection:
            version = connection.scalar(text("SHOW server_version"))
            is_standby = connection.scalar(text("SELECT pg_is_in_recovery()"))
            may_create = connection.scalar(text("SELECT has_schema_privilege(current_schema(), 'CREATE')"))
            postgis = connection.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'"))
            ahead = (connection.scalar(text("SELECT clock_timestamp()")) - datetime.now(UTC)).total_seconds()
        current, _ = revisions(engine)
    finally:
        engine.dispose()
    place = "private" if settings.database_url is None else settings.database_variable
    yield Diagnosis("database", "ok", f"{place}, PostgreSQL {version}")
    newer = None if settings.database_url is not None else Cluster(settings.home).newer_major()
    if newer is not None:
        message = f"PostgreSQL {newer} is installed beside that of the private database, which goes with its packages."
        yield Diagnosis("database", "warning", message, f"Move it while both are there: {MOVE}.")
    if is_standby or not may_create:
        hint = f"Let {settings.database_variable} name the server that takes writes, and a role that may create tables."
        yield Diagnosis("database", "error", "This server or role may not write.", hint)
    if postgis is None:
        yield Diagnosis("PostGIS", "ok", "available; the first run creates the extension")
    else:
        yield Diagnosis("PostGIS", "ok", f"{postgis}")
    if current != newest_revision():
        yield Diagnosis("schema", "ok", f"at revision {current or 'none'}; the next run upgrades it")
    if abs(ahead) > _CLOCK:
        message = f"The database's clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's."
        yield Diagnosis("clock", "warning", message, "Have both set their clocks by NTP.")


def _clock(settings: Settings, markets: Sequence[Market]) -> Iterator[Diagnosis]:
    here = datetime.now().astimezone()
    for market in {market.time_zone: market for market in markets}.values():
        there = here.astimezone(market.zone)
        same = "the same as" if there.utcoffset() == here.utcoffset() else f"{there:%H:%M} in"
        message = f"{here:%Y-%m-%d %H:%M %Z} here, {same} {market.time_zone}; cron goes by the time here"
        yield Diagnosis("clock", "ok", message)
    told = endpoints.time_of(settings, markets)
    if told is None:
        return
    ahead = (datetime.now(UTC) - told).total_seconds()
    if abs(ahead) > _CLOCK:
        message = f"This machine's clock is {abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}, a publisher says."
        yield Diagnosis("clock", "error", message, "Have it set by NTP: the day of a run depends on it.")


def _starters() -> Iterator[Diagnosis]:
    """Whether cron or a timer starts the nights, as far as this user may see it."""
    found = starters()
    for message in found:
        yield Diagnosis("start", "ok", message)
    if not found:
        hint = "`wholesaler schedule --cron`, or --systemd, prints either."
        yield Diagnosis("start", "warning", "No crontab or timer that this user can see starts wholesaler.", hint)
