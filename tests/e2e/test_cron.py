"""A real cron runs the example crontab for an ordinary user, who has nothing but the installed wheel."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import orjson
import pytest
from filelock import FileLock

from tests.servers.healthcheck import HealthcheckServer
from tests.support import open_directory
from wholesaler.markets import load_market
from wholesaler.sample import generate, write

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="cron runs as root"),
    pytest.mark.skipif(not shutil.which("cron"), reason="needs cron"),
]
ROOT = Path(__file__).parents[2]
USER = "leads"
#: how a mail transfer agent is called, and what it keeps
SENDMAIL = """#!/bin/sh
cat > "$(mktemp {mails}/XXXXXX)"
"""
#: cron in a machine of its own as far as users, crontabs and programs go: nothing of it is left outside
MACHINE = """set -e
cp -a /etc {machine}/etc
rm -rf {machine}/etc/cron.d/* {machine}/etc/crontab
mount --bind {machine}/etc /etc
mount -t overlay overlay -o lowerdir=/usr/sbin,upperdir={machine}/sbin,workdir={machine}/work /usr/sbin
mount -t tmpfs tmpfs /run
install -d -m 1730 -g crontab {machine}/crontabs
mount --bind {machine}/crontabs /var/spool/cron/crontabs
useradd --system --create-home --home-dir {home} --shell /bin/sh {user}
id -u {user} > {machine}/uid
while ! test -e {machine}/begin; do sleep 0.1; done
chown -R {user}: {home}
runuser -u {user} -- crontab {home}/crontab
exec cron -f
"""


class Machine:
    """Cron, a user of its own with a home, and the mails that the user got."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.home = folder / "home"
        self._mails = folder / "mails"
        self._mails.mkdir()
        self._mails.chmod(0o777)
        for name in ("sbin", "work"):
            (folder / name).mkdir()
        sendmail = folder / "sbin" / "sendmail"
        sendmail.write_text(SENDMAIL.format(mails=self._mails))
        sendmail.chmod(0o755)
        (folder / "sbin").chmod(0o755)
        script = MACHINE.format(machine=folder, home=self.home, user=USER)
        self.process = subprocess.Popen(["unshare", "--mount", "/bin/sh", "-c", script], start_new_session=True)
        self.wait_for(lambda: (folder / "uid").exists() and (folder / "uid").read_text().strip() != "", 30)
        self.uid = int((folder / "uid").read_text())

    def begin(self) -> None:
        """Take the crontab from the user's home, and begin to run it."""
        (self._folder / "begin").touch()

    @property
    def mails(self) -> list[Message]:
        """What the user got, oldest first."""
        paths = sorted(self._mails.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [message_from_bytes(path.read_bytes()) for path in paths]

    def wait_for(self, condition: Callable[[], object], seconds: float) -> None:
        """Until ``condition`` holds."""
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, "what cron should have done has not come"
            assert self.process.poll() is None, "cron has ended"
            time.sleep(0.1)

    def as_user(self, *line: str) -> subprocess.CompletedProcess[str]:
        """What the user's own command prints."""
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.home)}
        return subprocess.run(
            line, env=environment, cwd=self.home, user=self.uid, group=self.uid, extra_groups=[],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def end(self) -> None:
        """No cron, and no run of it."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)


@pytest.fixture
def machine() -> Iterator[Machine]:
    folder = open_directory()
    if subprocess.run(["unshare", "--mount", "true"], check=False).returncode != 0:
        shutil.rmtree(folder)
        pytest.skip("needs mounts of its own")
    machine = Machine(folder)
    try:
        yield machine
    finally:
        machine.end()
        shutil.rmtree(folder, ignore_errors=True)


def python_for_all() -> str:
    """A Python that other users can run, unlike one in the home of root."""
    test = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    for python in ("/usr/bin/python3", "/usr/local/bin/python3"):
        with suppress(OSError):
            if subprocess.run([python, "-c", test], capture_output=True, check=False).returncode == 0:
                return python
    pytest.skip("needs a Python that every user can run")


@pytest.fixture
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the wheel is installed, with what it needs, for everybody."""
    folder = open_directory()
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = folder.glob("*.whl")
    # /opt/wholesaler in the example
    prefix = folder / "opt"
    subprocess.run([python_for_all(), "-m", "venv", prefix / ".venv"], check=True, timeout=120)
    install = [prefix / ".venv/bin/pip", "install", "-qq", "-c", ROOT / ".ci/constraints.txt", wheel]
    subprocess.run(install, check=True, timeout=600, cwd=folder, umask=0o022)
    yield prefix
    shutil.rmtree(folder, ignore_errors=True)


def events(log: Path, name: str) -> list[dict[str, object]]:
    """The events of this name in a log of JSON lines; each line of it is one."""
    lines = log.read_bytes().splitlines() if log.exists() else []
    return [event for line in lines if (event := orjson.loads(line)).get("event") == name]


def test_cron_runs_the_example_as_documented(machine: Machine, prefix: Path) -> None:
    data = machine.home / ".local" / "share" / "wholesaler"
    data.mkdir(parents=True)
    day = date.today()
    market = write(generate(1, day), machine.home, load_market("orange-fl"))
    settings = data / ".env"
    program, log = prefix / ".venv/bin/wholesaler", machine.home / "run.log"
    with HealthcheckServer() as switch:
        example = (ROOT / "crontab.example").read_text("utf-8")
        changed = {
            "\n10 4 * * * ": "\n* * * * * ",
            "/opt/wholesaler": str(prefix),
            "LOG=/var/log/wholesaler/run.log": f"LOG={log}",
        }
        for old, new in changed.items():
            assert old in example
            example = example.replace(old, new)
        (machine.home / "crontab").write_text(example)
        right = f"WHOLESALER_MARKET={market}\nWHOLESALER_GEOCODER_ENABLED=false\nHEALTHCHECK_URL={switch.address}\n"
        settings.write_text(right)
        machine.begin()
        try:
            # a run that goes well: the switch is called, the log has one line, nobody gets mail
            machine.wait_for(lambda: "success" in switch.signals, 150)
            assert switch.signals == ["start", "success"]
            assert events(log, "run_finished")[0]["exit_code"] in {0, 3}
            assert machine.mails == []
            tiers = machine.as_user(str(program), "stats", "--json")
            assert orjson.loads(tiers.stdout)["total_leads"] > 0

            # one that finds another at work does nothing, and says so
            (lock,) = (path for path in (data / "locks").iterdir() if "orange" in path.name or "sample" in path.name)
            with FileLock(lock, mode=stat.S_IMODE(lock.stat().st_mode)):
                machine.wait_for(lambda: machine.mails, 150)
            (mail,) = machine.mails
            assert mail["To"] == "you@example.com"
            assert mail.get_payload() == f"wholesaler run-all ended with exit code 75; see {log}\n"

            # a wrong setting
            settings.write_text("WHOLESALER_MARKET=no-such-county\n")
            machine.wait_for(lambda: len(machine.mails) > 1, 150)
            assert machine.mails[1].get_payload() == f"wholesaler run-all ended with exit code 78; see {log}\n"

            # mended, it goes on, with nothing to do
            settings.write_text(right)
            calls = len(switch.signals)
            machine.wait_for(lambda: "success" in switch.signals[calls:], 150)
        finally:
            machine.as_user(str(program), "db", "stop")
    owners = {path.stat().st_uid for path in [*data.rglob("*"), log]}
    assert owners == {machine.uid}
    assert stat.S_IMODE(data.stat().st_mode) & 0o077 == 0
