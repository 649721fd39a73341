"""What a point begins with: templates of a home, copied with their stopped database rather than made anew."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import NullPool, create_engine, make_url, text

from tests.chaos.night import AFTER, PARTS, night
from tests.chaos.tables import Rows, files, findings, tables
from tests.chaos.world import METRICS, Told, World
from wholesaler.db.engine import make_engine
from wholesaler.db.migrate import upgrade
from wholesaler.server.cluster import Cluster
from wholesaler.server.postmaster import running_pid

#: no home at all; a database without a row; the state after a first night, before the next one
NOTHING, EMPTY, NEXT_NIGHT = "nothing", "empty", "next night"
BEGINNINGS = (NOTHING, EMPTY, NEXT_NIGHT)


@dataclass(frozen=True)
class Undisturbed:
    """What a night gives that nobody disturbs, and how many seconds each part of it took.

    ``findings`` are the titles of what its check has found.
    """

    tables: Mapping[str, Rows]
    files: frozenset[str]
    told: tuple[Told, ...]
    findings: tuple[str, ...]
    seconds: Mapping[str, float]


class Beginning:
    """A template, and what the night after it gives undisturbed."""

    def __init__(self, name: str, world: World) -> None:
        self.name = name
        self._world = world
        self.template = world.folder / name.replace(" ", "-")
        if name != NOTHING:
            self._make()
        self.undisturbed = self._undisturbed()

    def open_home(self) -> Path:
        """A fresh copy; whatever the last point left is gone. The day's lists are published, the sinks empty."""
        self._world.publish(self._world.day)
        self._world.forget()
        home = home_of(self._world)
        close_home(home)
        home.with_name(METRICS).unlink(missing_ok=True)
        if self.template.exists():
            subprocess.run(["cp", "-a", "--reflink=auto", str(self.template), str(home)], check=True)
        return home

    def _make(self) -> None:
        cluster = Cluster(self.template)
        engine = make_engine(make_url(cluster.ensure_running()))
        # nothing here loses power, and what a process has written outlives its end
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for setting in ("fsync = off", "max_wal_size = '64MB'"):
                connection.execute(text(f"ALTER SYSTEM SET {setting}"))
        upgrade(engine)
        engine.dispose()
        if self.name == NEXT_NIGHT:
            self._world.publish(self._world.day_before)
            run(self._world, self.template, self._world.day_before)
        cluster.stop()

    def _undisturbed(self) -> Undisturbed:
        home = self.open_home()
        seconds = run(self._world, home, self._world.day)
        rows, found_by_check = read(home, self._world.day)
        told = tuple(self._world.told())
        found = Undisturbed(rows, frozenset(files(home)), told, tuple(found_by_check), seconds)
        close_home(home)
        return found


def run(world: World, home: Path, day: date) -> dict[str, float]:
    """A night that has to end well; the seconds of each of its parts."""
    with night(world.command(day), world.surroundings(home, 0), world.folder / "printed.json") as begun:
        ended = begun.end()
        begins = [begun.begun.get(part, begun.begun[AFTER]) for part in PARTS]
    if ended.code not in {0, 3}:
        raise RuntimeError(f"an undisturbed night ended with {ended.code}:\n{ended.log}")
    ends = [*begins[1:], begins[-1] + 0.2]
    return {part: end - begin for part, begin, end in zip(PARTS, begins, ends, strict=True)}


def home_of(world: World) -> Path:
    """Where the home of every point is."""
    return world.folder / "home"


def read(home: Path, day: date) -> tuple[dict[str, Rows], list[str]]:
    """The tables of a home, whose server is started where it does not run, and what the ledger has of findings."""
    engine = create_engine(Cluster(home).ensure_running(), poolclass=NullPool)
    try:
        return tables(engine), findings(engine, day)
    finally:
        engine.dispose()


def close_home(home: Path) -> None:
    """Remove a home, after its server has gone at once."""
    pid = running_pid(home / "pg")
    if pid is not None:
        os.kill(pid, signal.SIGQUIT)
    until = time.monotonic() + 30
    while running_pid(home / "pg") is not None and time.monotonic() < until:
        time.sleep(0.01)
    for _ in range(100):
        # a process of a killed server writes its last
        with suppress(OSError):
            if home.exists():
                shutil.rmtree(home)
            return
        time.sleep(0.05)
    shutil.rmtree(home)
