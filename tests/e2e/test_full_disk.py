"""A disk that is full under home and database costs the night; once there is room, the next one makes up for it."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.beginnings import Beginning, read
from tests.chaos.night import Ended, night
from tests.chaos.tables import differences
from tests.chaos.world import World
from wholesaler.server.cluster import Cluster
from wholesaler.server.postmaster import running_pid

_MEGABYTE = 2**20


@pytest.fixture
def home(empty: Beginning) -> Iterator[Path]:
    """A home with a disk of its own, with little more room than what is there takes."""
    home = empty.open_home()
    shutil.rmtree(home)
    home.mkdir()
    used = sum(file.lstat().st_blocks * 512 for file in empty.template.rglob("*"))
    size = f"size={used // _MEGABYTE + 30}m"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", str(home)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this machine mounts nothing: {done.stderr.strip()}")
    try:
        subprocess.run(["cp", "-a", f"{empty.template}/.", str(home)], check=True)
        yield home
    finally:
        if (pid := running_pid(home / "pg")) is not None:
            os.kill(pid, signal.SIGQUIT)
        for _ in range(100):
            if subprocess.run(["umount", str(home)], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.1)


def fill(home: Path, room: int) -> Path:
    """A file that leaves so many bytes free."""
    filler = home / "filler"
    with filler.open("wb", buffering=0) as file:
        while (free := shutil.disk_usage(home).free - room) > 0:
            file.write(bytes(min(free, _MEGABYTE)))
    return filler


def run(county: World, home: Path) -> Ended:
    with night(county.command(), county.surroundings(home, 0), county.folder / "printed.json") as begun:
        return begun.end()


@pytest.mark.parametrize(
    ("room", "is_running"),
    [
        pytest.param(0, True, id="nothing left"),
        pytest.param(0, False, id="server stopped"),
        pytest.param(2 * _MEGABYTE, True, id="full in the middle"),
    ],
)
@pytest.mark.slow
def test_a_full_disk_costs_a_night_and_is_told(
    nightly_county: World, empty: Beginning, home: Path, room: int, is_running: bool
) -> None:
    if is_running:
        Cluster(home).ensure_running()
    filler = fill(home, room)
    ended = run(nightly_county, home)
    assert ended.code == 69, ended.log
    for channel in ("slack", "email"):
        told = " ".join(one.text for one in nightly_county.told() if one.channel == channel)
        assert "No space left on device" in told
        assert ("Make room on the database's disk" if is_running else "did not start") in told
    filler.unlink()
    ended = run(nightly_county, home)
    assert ended.code in {0, 3}, ended.log
    assert differences(read(home, nightly_county.day)[0], empty.undisturbed.tables) == []
    assert len(list((home / "reports").glob("*.html"))) == 1
