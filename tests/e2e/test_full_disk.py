"""A disk that is full under the database costs the night; once there is room, the next one makes up for it."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.chaos.beginnings import EMPTY, Beginning, close_home, home_of, read
from tests.chaos.night import Ended, night
from tests.chaos.tables import differences
from tests.chaos.world import World, world
from tests.support import open_directory

DAY = date(2026, 3, 3)
_MEGABYTE = 2**20


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", "-t", "tmpfs", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this machine mounts nothing: {done.stderr.strip()}")


@pytest.fixture
def county() -> Iterator[World]:
    folder = open_directory()
    with world(folder, 1, DAY) as surroundings:
        yield surroundings
    shutil.rmtree(folder)


@pytest.fixture
def small(county: World) -> Iterator[Beginning]:
    """A home of which the database has a disk of its own, with room for a little more than is there."""
    beginning = Beginning(EMPTY, county)
    home = beginning.open_home()
    kept = home.with_name("kept")
    (home / "pg").rename(kept)
    (home / "pg").mkdir()
    used = sum(file.stat().st_blocks * 512 for file in kept.rglob("*") if file.is_file())
    try:
        mount("-o", f"mode=0700,size={used // _MEGABYTE + 20}m", "none", str(home / "pg"))
        subprocess.run(["cp", "-a", f"{kept}/.", str(home / "pg")], check=True)
        yield beginning
    finally:
        close(home)
        subprocess.run(["umount", str(home / "pg")], check=False, capture_output=True)
        close_home(home)


def close(home: Path) -> None:
    subprocess.run(["sh", "-c", f"kill -QUIT $(head -1 '{home}/pg/postmaster.pid'); sleep 1"], check=False)


def run(county: World) -> Ended:
    home = home_of(county)
    with night(county.command(), county.surroundings(home, 0), county.folder / "printed.json") as begun:
        return begun.end()


def test_a_full_disk_under_the_database_costs_a_night_and_is_told(county: World, small: Beginning) -> None:
    home = home_of(county)
    filler = home / "pg" / "filler"
    with filler.open("wb", buffering=0) as file:
        while shutil.disk_usage(home / "pg").free > 2 * _MEGABYTE:
            file.write(bytes(_MEGABYTE))
    ended = run(county)
    assert ended.code not in {0, 3}
    assert "space" in ended.log
    for channel in ("slack", "email"):
        assert any("space" in one.text for one in county.told() if one.channel == channel)
    filler.unlink()
    ended = run(county)
    assert ended.code in {0, 3}, ended.log
    assert differences(read(home, DAY)[0], small.undisturbed.tables) == []
