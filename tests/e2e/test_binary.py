"""The single file where nothing of Python can be found, for an ordinary user who has PostgreSQL with PostGIS."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from tests.support import open_directory
from wholesaler import __version__

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "dist" / "wholesaler"
USER = 65534
#: what a file is made of
SOURCES = ("wholesaler", "migrations", "binary", ".ci/constraints.txt", "pyproject.toml")
#: no Python: its library is empty, and so are programs and shared library; what root has of its own is away
TAKE_PYTHON_AWAY = """
for folder in /usr/lib/python3* /usr/local/lib/python3* /root {checkout}; do
    if test -d "$folder"; then mount -t tmpfs tmpfs "$folder"; fi
done
for file in /usr/bin/python3* /usr/local/bin/python3* /usr/lib/*/libpython3*; do
    if test -f "$file"; then mount --bind /dev/null "$(readlink -f "$file")"; fi
done
"""
AS_USER = """set -e
{take_python_away}
{more}
cd {home}
exec setpriv --reuid={user} --regid={user} --clear-groups env -i PATH=/usr/bin:/bin "$@"
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can take Python away"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the single file is for Linux"),
]


@pytest.fixture(scope="module")
def built() -> Path:
    """The file, made now unless no source is newer."""
    paths = [path for name in SOURCES for path in (ROOT / name, *(ROOT / name).rglob("*"))]
    newest = max(path.stat().st_mtime for path in paths if path.is_file() and "__pycache__" not in path.parts)
    if not BUILT.exists() or BUILT.stat().st_mtime < newest:
        made = subprocess.run(["make", "binary"], cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False)
        assert made.returncode == 0, made.stdout + made.stderr
        print(made.stdout)  # noqa: T201 for who reads along
    return BUILT


class Machine:
    """A home, the file, and a user who calls it."""

    def __init__(self, folder: Path, built: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        os.chown(self.home, USER, USER)
        self.file = folder / "wholesaler"
        shutil.copy(built, self.file)
        self.cache = self.home / ".cache" / "wholesaler"

    def line(self, *words: str, more: str = "", **environment: str) -> list[str]:
        """What calls ``words`` as the user; ``more`` are lines of shell before that."""
        away = TAKE_PYTHON_AWAY.format(checkout=ROOT)
        script = AS_USER.format(home=self.home, user=USER, more=more, take_python_away=away)
        settings = {"HOME": str(self.home), **environment}
        return [
            *("unshare", "--mount", "sh", "-c", script, "sh"),
            *(f"{name}={value}" for name, value in settings.items()),
            *words,
        ]

    def call(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """What the file says."""
        line = self.line(str(self.file), *arguments, **environment)
        return subprocess.run(line, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def machine(built: Path) -> Iterator[Machine]:
    if subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        pytest.skip("needs mounts of its own")
    folder = open_directory()
    machine = Machine(folder, built)
    try:
        yield machine
    finally:
        machine.call("db", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def test_a_night_without_python(machine: Machine) -> None:
    for python in ("/usr/bin/python3", sys.executable):
        assert subprocess.run(machine.line(python, "-c", ""), capture_output=True, check=False).returncode in {126, 127}
    demo = machine.call("demo", "--quiet")
    assert (demo.returncode, demo.stderr.splitlines()[1:]) == (0, [])
    assert orjson.loads(demo.stderr)["exit_code"] == 0
    assert list((machine.home / ".local/share/wholesaler/reports").glob("sample-county-*-leads.html"))
    market = machine.home / ".local/share/wholesaler/sample-county/sample-county.toml"
    again = machine.call("run-all", "--market", str(market), "--json", WHOLESALER_GEOCODER_ENABLED="false")
    assert again.returncode == 0, again.stderr
    assert [stage["status"] for stage in orjson.loads(again.stdout)["stages"]] == ["success"] * 6

    doctor = machine.call("doctor", "--market", str(market), "--json", WHOLESALER_GEOCODER_ENABLED="false")
    results = {line["subject"]: line["outcome"] for line in orjson.loads(doctor.stdout)["checks"]}
    assert {results[subject] for subject in ("settings", "market", "home", "disk", "database", "PostGIS", "clock")} == {
        "ok"
    }

    backup = machine.call("db", "backup", str(machine.home / "backup"))
    if "No such command" not in backup.stderr:
        assert backup.returncode == 0, backup.stderr

    stats = machine.call("stats", "--market", str(market), "--json")
    assert orjson.loads(stats.stdout)["total_leads"] > 1000
    crontab = machine.call("schedule", "--cron").stdout
    assert f"\n10 4 * * * {machine.file} run-all --quiet" in crontab
    completion = machine.line("bash", "-c", f"{machine.file} --show-completion; true")
    assert "_WHOLESALER_COMPLETE" in subprocess.run(completion, capture_output=True, text=True, check=False).stdout
    assert machine.call("db", "stop").returncode == 0


def test_the_environment_is_that_of_the_caller(machine: Machine) -> None:
    """What the program starts is not given the libraries of the file."""
    folder, seen_by = machine.home.parent / "bin", machine.home / "seen"
    folder.mkdir()
    (folder / "crontab").write_text(f"#!/bin/sh\nenv >{seen_by}\n")
    (folder / "crontab").chmod(0o755)
    path = f"{folder}:/usr/bin:/bin"
    for variables in ({"PATH": path, "LD_LIBRARY_PATH": "/nowhere"}, {"PATH": path}):
        machine.call("doctor", **variables)
        seen = dict(row.split("=", 1) for row in seen_by.read_text().splitlines())
        assert seen.get("LD_LIBRARY_PATH") == variables.get("LD_LIBRARY_PATH")
        assert [name for name in seen if name.startswith(("_PYI", "_WHOLESALER", "LD_LIBRARY_PATH_"))] == []


def test_the_start_is_quick_once_it_is_unpacked(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    seconds = []
    for _ in range(6):
        begin = time.monotonic()
        done = machine.call("--version")
        seconds.append(time.monotonic() - begin)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"wholesaler {__version__}\n", "")
    with capsys.disabled():
        first, best = seconds[0], min(seconds[1:])
        sys.stdout.write(f"\nunpacked and started in {first:.1f} s, then in {best:.2f} s (mounts included)\n")
    assert best < 3


def test_several_starts_on_a_fresh_cache_and_one_that_is_killed(machine: Machine) -> None:
    line = machine.line(str(machine.file), "--version")
    together = [subprocess.Popen(line, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate(timeout=120)[0] for process in together] == [f"wholesaler {__version__}\n"] * 3
    (unpacked,) = machine.cache.glob(f"{__version__}-*")
    whole = sorted(path.relative_to(unpacked) for path in unpacked.rglob("*"))

    for size in (2, 20, 40):  # megabytes, after which it is killed
        shutil.rmtree(machine.cache)
        with subprocess.Popen(line, stdout=subprocess.DEVNULL, start_new_session=True) as process:
            while sum(path.stat().st_size for path in _files(machine.cache)) < size * 1_000_000:
                assert process.poll() is None, "it was done before"
            os.killpg(process.pid, signal.SIGKILL)
        assert not unpacked.exists()
        assert machine.call("--version").returncode == 0
        assert sorted(path.relative_to(unpacked) for path in unpacked.rglob("*")) == whole
        assert sorted(path.name for path in machine.cache.iterdir()) == [unpacked.name, "lock"]


def _files(folder: Path) -> Iterator[Path]:
    """The files that are there now, while others come and go."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path


def test_a_home_that_cannot_be_written(machine: Machine) -> None:
    closed = f"mount --bind -o ro {machine.home} {machine.home}"
    line = machine.line(str(machine.file), "--version", more=closed)
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.startswith(
        f"wholesaler: The program, which is unpacked once, cannot be: {machine.cache}: Read-only"
    )
    assert len(done.stderr.splitlines()) == 1

    data = machine.home.parent / "data"
    data.mkdir(0o700)
    os.chown(data, USER, USER)
    words = (str(machine.file), "markets", "list")
    line = machine.line(*words, more=closed, WHOLESALER_HOME=str(data))
    assert subprocess.run(line, capture_output=True, timeout=60, check=False).returncode == 0
    assert (data / "program").is_dir()
