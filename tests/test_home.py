"""The data directory is its owner's alone, whatever the umask, and so are the locks in it."""

import fcntl
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from wholesaler.errors import ConfigurationError
from wholesaler.home import make_home
from wholesaler.locks import machine_lock
from wholesaler.server.cluster import Cluster

ROOT = Path(__file__).parents[1]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other users")


@pytest.fixture
def stranger() -> int:
    """Another user of the machine."""
    entry = pwd.getpwnam("nobody")
    if os.geteuid() != 0 or entry.pw_uid == os.geteuid():
        pytest.skip("only root can act as other users")
    return entry.pw_uid


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that everybody can enter and where a home is to be made."""
    directory = Path(tempfile.mkdtemp(prefix="wholesaler-test-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def open_to_others(home: Path) -> list[str]:
    """What in ``home`` others may read, write or enter; root's home may be passed through by the server's group."""
    allowed = 0o010 if os.geteuid() == 0 else 0
    found = [str(home)] if mode(home) & 0o077 & ~allowed else []
    return found + [str(path) for path in home.rglob("*") if not path.is_socket() and path.lstat().st_mode & 0o077]


def test_a_home_is_closed_whatever_the_umask(place: Path, umask: int) -> None:
    home = place / "new" / "home"
    make_home(home)
    with machine_lock(home, "a"):
        pass
    assert open_to_others(home) == []
    assert mode(home / "locks") == 0o700
    assert mode(home / "locks" / "market-a.lock") == 0o600
    assert not mode(home.parent) & 0o022


def test_a_home_of_an_earlier_version_is_closed(place: Path) -> None:
    home = place / "home"
    for name in ("locks", "announced", "sample-county"):
        (home / name).mkdir(parents=True)
        (home / name / "file").touch(0o666)
        (home / name / "file").chmod(0o666)
        (home / name).chmod(0o777)
    home.chmod(0o777)
    (home / "locks" / "market-a.lock").touch()
    (home / "locks" / "file").unlink()
    with machine_lock(home, "a"):
        assert open_to_others(home) == []


def test_a_directory_that_others_use_too_stays_as_it_is(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(place))
    make_home(place)
    assert mode(place) == 0o755
    monkeypatch.delenv("HOME")
    place.chmod(0o1777)
    make_home(place)
    assert mode(place) == 0o1777


@pytest.mark.parametrize(
    "umask", [0o000, *(pytest.param(one, marks=pytest.mark.slow) for one in (0o022, 0o077))], indirect=True
)
def test_what_the_demo_and_a_run_leave_behind_is_the_owners_alone(place: Path, umask: int) -> None:
    home = place / "home"
    # of the surroundings nothing, as after `env -i`: no PATH, no HOME, no language
    environ = {"WHOLESALER_HOME": str(home), "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", "wholesaler", "demo", "--json"]
    try:
        done = subprocess.run(line, env=environ, cwd=place, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert open_to_others(home) == []
    finally:
        Cluster(home).stop()


@pytest.mark.usefixtures("stranger")
def test_another_user_cannot_hold_a_lock(place: Path, stranger: int) -> None:
    home = place / "home"
    home.mkdir(0o755)
    locks = home / "locks"
    locks.mkdir()
    locks.chmod(0o755)
    path = locks / "market-a.lock"
    path.touch(0o644)
    with path.open() as opened_before:  # by the stranger, who keeps it
        fcntl.flock(opened_before, fcntl.LOCK_EX)
        with machine_lock(home, "a"):
            assert mode(path) == 0o600
    for reach in (locks, path):
        assert not os.access(reach, os.R_OK, effective_ids=False) or os.geteuid() == 0
    seen = subprocess.run(["cat", str(path)], user=stranger, group=stranger, extra_groups=[], capture_output=True)
    assert seen.returncode != 0


def test_a_directory_of_locks_that_belongs_to_another_user_is_named(place: Path, stranger: int) -> None:
    (place / "locks").mkdir()
    os.chown(place / "locks", stranger, -1)
    with pytest.raises(ConfigurationError, match="locks belongs to 'nobody'"), machine_lock(place, "a"):
        pass


@needs_root
def test_the_account_of_roots_server_passes_through_and_others_do_not(place: Path, stranger: int) -> None:
    home = place / "home"
    cluster = Cluster(home)
    cluster.ensure_running()
    try:
        assert (mode(home), home.stat().st_gid) == (0o710, pwd.getpwnam("postgres").pw_gid)
        enter = ["test", "-x", str(home)]
        assert subprocess.run(enter, user=stranger, group=stranger, extra_groups=[]).returncode == 1
    finally:
        cluster.stop()
