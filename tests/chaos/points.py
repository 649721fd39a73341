"""A point: what is drawn by the seed, and what happens when it is done."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlalchemy import NullPool, create_engine, text

from tests.chaos.beginnings import BEGINNINGS, EMPTY, NEXT_NIGHT, NOTHING, Beginning, read
from tests.chaos.judgement import Judgement, judge
from tests.chaos.night import PARTS, Ended, Night, kill_backend, kill_server, night
from tests.chaos.world import World
from wholesaler.server.cluster import Cluster

#: who is killed: the program with its group; the server's first process; one of those that work for a client; and
#: program and server at once, as when the machine goes down
PROGRAM, SERVER, BACKEND, BOTH = VICTIMS = ("program", "server", "backend", "both")
_VICTIM_WEIGHTS = (5, 2, 2, 1)
_BEGINNING_WEIGHTS = {NOTHING: 1, EMPTY: 9, NEXT_NIGHT: 10}
#: exit codes that tell to run it again: the database cannot be had, the lock is held
_AGAIN = (69, 75)
#: of the seconds that a part took undisturbed; beyond 1 since a part may take longer this time
_FARTHEST = 1.1
#: kills that come too late are drawn again so often
_TRIES = 10


@dataclass(frozen=True)
class Kill:
    """Who is killed, in which part of the night, after which share of the seconds that the part takes."""

    victim: str
    part: str
    share: float


@dataclass(frozen=True)
class Point:
    """One or several kills, a night each, after a beginning. ``retries`` are those of each stage."""

    number: int
    seed: int
    beginning: str
    retries: int
    kills: tuple[Kill, ...]

    def describe(self) -> str:
        """The point in a line."""
        kills = ", ".join(f"{kill.victim} at {kill.share:.2f} of {kill.part}" for kill in self.kills)
        return f"point {self.number} of seed {self.seed}: {self.beginning}, retries {self.retries}: {kills}"


@dataclass(frozen=True)
class Outcome:
    """What came of a point. ``hit`` is the part in which each kill really fell, ``reruns`` the codes of the reruns."""

    point: Point
    hit: tuple[str, ...]
    mended_itself: bool
    reruns: tuple[int, ...]
    judgement: Judgement
    seconds: float


def draw(seed: int, number: int, *, kills: int | None = None, beginnings: tuple[str, ...] = BEGINNINGS) -> Point:
    """The point with this number; of ten points one has two kills, unless it is said how many."""
    chance = Random(f"{seed}/{number}")
    beginning = chance.choices(beginnings, [_BEGINNING_WEIGHTS[name] for name in beginnings])[0]
    count = kills or (2 if chance.random() < 0.1 else 1)
    return Point(number, seed, beginning, chance.choice((0, 1)), tuple(_draw_kill(chance) for _ in range(count)))


def _draw_kill(chance: Random) -> Kill:
    victim = chance.choices(VICTIMS, _VICTIM_WEIGHTS)[0]
    return Kill(victim, chance.choice(PARTS), chance.uniform(0, _FARTHEST))


def strike(point: Point, world: World, beginnings: Mapping[str, Beginning]) -> Outcome:
    """Do a point: each kill in a night of its own, then the rerun, a second one where the first says so."""
    started = time.monotonic()
    beginning = beginnings[point.beginning]
    home = beginning.open_home()
    chance = Random(f"{point.seed}/{point.number}/again")
    surroundings = world.surroundings(home, point.retries)
    printed, command = world.folder / "printed.json", world.command()
    nights: list[Ended] = []
    hit: list[str] = []
    for kill in point.kills:
        for tries in range(_TRIES):
            with night(command, surroundings, printed) as begun:
                part = _kill(kill, begun, home, beginning.undisturbed.seconds[kill.part], chance)
                if part is None:
                    begun.kill()
                nights.append(begun.end())
            if part is not None:
                hit.append(part)
                break
            # the night was over before, or had no server; another moment, by and by in another part
            if not hit:
                home = beginning.open_home()
                nights.clear()
            part_drawn = kill.part if tries < _TRIES // 2 else chance.choice(PARTS)
            kill = Kill(kill.victim, part_drawn, chance.uniform(0, kill.share))
    if not hit:
        raise RuntimeError(f"{point.describe()}: no kill came in time")
    mended_itself = nights[-1].code in {0, 3}
    reruns: list[int] = []
    for _ in range(2):
        with night(command, surroundings, printed) as begun:
            nights.append(begun.end())
        reruns.append(nights[-1].code)
        if nights[-1].code not in _AGAIN:
            break
        _wait_for_sessions(home)
    rows, _ = read(home, world.day)
    judgement = judge(beginning.undisturbed, nights, world, home, rows, len(hit))
    return Outcome(point, tuple(hit), mended_itself, tuple(reruns), judgement, time.monotonic() - started)


def _kill(kill: Kill, begun: Night, home: Path, seconds: float, chance: Random) -> str | None:
    """Kill at the moment; the part in which it fell, ``None`` where the night was over before."""
    if not begun.wait_for(kill.part, kill.share * seconds):
        return None
    part = begun.part
    if kill.victim in {PROGRAM, BOTH}:
        begun.kill()
    if kill.victim == PROGRAM:
        return part
    # before the server is there, its start is what can be hit
    while not (kill_backend(home, chance) if kill.victim == BACKEND else kill_server(home)):
        if not begun.is_under_way():
            return part if kill.victim == BOTH else None
        time.sleep(0.005)
    return part


def _wait_for_sessions(home: Path) -> None:
    """Until the server answers and has noticed that clients are gone: a statement under way runs to its end."""
    engine = create_engine(Cluster(home).ensure_running(), poolclass=NullPool)
    query = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    until = time.monotonic() + 60
    try:
        while time.monotonic() < until:
            with engine.connect() as connection:
                if not connection.scalar(text(query)):
                    return
            time.sleep(0.05)
    finally:
        engine.dispose()
