"""A clock that jumps, that of the program and that of its database, costs no list, no lead and no announcement."""

import json
import re
import shutil
import struct
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from tests.chaos.beginnings import EMPTY, Beginning, close_home, read
from tests.chaos.night import Ended, night
from tests.chaos.tables import Rows, differences
from tests.chaos.world import World, world
from tests.support import open_directory
from wholesaler.server.cluster import Cluster
from wholesaler.server.programs import EXTENSIONS, find_programs

#: what tells the time is asked, and some seconds are added, as many as a file says at the moment
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
static int64_t ahead(void) {
    static volatile int64_t *seconds;
    if (!seconds) {
        void *map = mmap(0, 8, PROT_READ, MAP_SHARED, open(getenv("CLOCK_AHEAD"), O_RDONLY), 0);
        if (map == MAP_FAILED) abort();
        seconds = map;
    }
    return *seconds;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*asked)(clockid_t, struct timespec *);
    if (!asked) asked = dlsym(RTLD_NEXT, "clock_gettime");
    int done = asked(clock, now);
    if (!done && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += ahead();
    return done;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void) zone;
    if (clock_gettime(CLOCK_REALTIME, &exact)) return -1;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *now) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now) *now = exact.tv_sec;
    return exact.tv_sec;
}
"""


class Clock:
    """The clock of programs that are started with ``surroundings``, and of a server that :meth:`start` starts."""

    def __init__(self, folder: Path) -> None:
        self._file, self._shim = folder / "ahead", folder / "clock.so"
        self.set(timedelta(0))
        source = folder / "clock.c"
        source.write_text(SHIM)
        command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(self._shim), str(source), "-ldl"]
        if shutil.which("cc") is None or subprocess.run(command, check=False).returncode:
            pytest.skip("there is no compiler")
        self.surroundings = {"LD_PRELOAD": str(self._shim), "CLOCK_AHEAD": str(self._file)}
        self._programs = folder / "programs" / "bin"
        self._programs.mkdir(parents=True)
        given = " ".join(f"{name}={value}" for name, value in self.surroundings.items())
        for program in ("postgres", "initdb", "pg_ctl"):
            script = self._programs / program
            script.write_text(f'#!/bin/sh\n{given} exec {find_programs().program(program)} "$@"\n')
            script.chmod(0o755)
        controls = folder / "programs" / "share" / "extension"
        controls.mkdir(parents=True)
        for extension in EXTENSIONS:
            (controls / f"{extension}.control").touch()

    def set(self, ahead: timedelta) -> None:
        """Let all of them be so much ahead of the true time, from now on."""
        if self._file.exists():
            with self._file.open("r+b") as file:
                file.write(struct.pack("q", int(ahead.total_seconds())))
        else:
            self._file.write_bytes(struct.pack("q", int(ahead.total_seconds())))

    def start(self, home: Path) -> None:
        """Start the private server under this clock."""
        Cluster(home, [self._programs]).ensure_running()
        engine = create_engine(Cluster(home).url, poolclass=NullPool)
        with engine.connect() as connection:
            self.set(timedelta(days=1))
            ahead = connection.execution_options(isolation_level="AUTOCOMMIT").scalar(
                text("SELECT clock_timestamp() - CAST(:now AS timestamptz)"), {"now": date.today()}
            )
            self.set(timedelta(0))
        engine.dispose()
        assert ahead is not None
        assert ahead >= timedelta(days=1), "the server has another clock"


@pytest.fixture(scope="module")
def county() -> Iterator[World]:
    folder = open_directory()
    with world(folder, 1, date.today()) as surroundings:
        yield surroundings
    close_home(folder / "home")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def clock(county: World) -> Clock:
    return Clock(county.folder)


@pytest.fixture(scope="module")
def beginning(county: World) -> Beginning:
    return Beginning(EMPTY, county)


def run(county: World, home: Path, clock: Clock) -> Ended:
    """A night of the day that the clock says."""
    command = county.command()
    place = command.index("--as-of")
    del command[place : place + 2]
    surroundings = county.surroundings(home, 0) | clock.surroundings
    with night(command, surroundings, county.folder / "printed.json") as begun:
        ended = begun.end()
    assert ended.code in {0, 3}, ended.log
    return ended


def nights(
    county: World, beginning: Beginning, clock: Clock, ahead: timedelta | None
) -> tuple[dict[str, Rows], set[str]]:
    """Two nights, and between them one with another clock: the tables of what is now, and the parcels announced.

    What was a lead on the day of the wrong clock is not new any more.
    """
    home = beginning.open_home()
    clock.start(home)
    county.publish(county.day_before)
    run(county, home, clock)
    if ahead is not None:
        clock.set(ahead)
        run(county, home, clock)
        clock.set(timedelta(0))
    county.publish(county.day)
    last = run(county, home, clock)
    assert last.document is not None
    rows = read(home, county.day)[0]
    # what people were told in that night they were told
    passing = {"lead_score_history", "alert_deliveries", "rejected_records", "told_leads"}
    # what has passed is in no list and no calendar
    rows["sale_dates"] = Counter(row for row in rows["sale_dates"].elements() if _day_of(row) >= county.day)
    rows["lead_scores"] = Counter(re.sub(r'"is_new": (true|false)', "", row) for row in rows["lead_scores"].elements())
    told = frozenset[str]().union(*(one.parcels for one in county.told()))
    return {name: rows[name] for name in rows if name not in passing}, set(told)


def _day_of(row: str) -> date:
    return date.fromisoformat(json.loads(row)["day"])


@pytest.fixture(scope="module")
def expected(county: World, beginning: Beginning, clock: Clock) -> tuple[dict[str, Rows], set[str]]:
    return nights(county, beginning, clock, None)


@pytest.mark.slow
@pytest.mark.parametrize("ahead", [timedelta(days=400), timedelta(days=-400)], ids=["ahead", "behind"])
def test_after_a_night_with_a_wrong_clock_the_next_one_has_the_list_of_today(
    county: World, beginning: Beginning, clock: Clock, expected: tuple[dict[str, Rows], set[str]], ahead: timedelta
) -> None:
    found, told = nights(county, beginning, clock, ahead)
    assert differences(found, expected[0]) == []
    assert expected[1] <= told


@pytest.mark.slow
def test_a_clock_that_jumps_in_the_middle_of_a_night_changes_nothing(
    county: World, beginning: Beginning, clock: Clock
) -> None:
    home = beginning.open_home()
    clock.start(home)
    surroundings = county.surroundings(home, 0) | clock.surroundings
    with night(county.command(), surroundings, county.folder / "printed.json") as begun:
        for stage, ahead in (("ingest", 90), ("enrich", -30), ("dedupe", 600), ("score", -600), ("alert", 7200)):
            begun.wait_for(stage, 0.05)
            clock.set(timedelta(minutes=ahead))
        ended = begun.end()
    clock.set(timedelta(0))
    assert ended.code in {0, 3}, ended.log
    assert ended.document is not None
    assert all(stage["status"] in {"success", "partial"} for stage in ended.document["stages"])
    assert differences(read(home, county.day)[0], beginning.undisturbed.tables) == []
