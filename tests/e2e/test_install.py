"""docs/install.md, followed line by line on a machine of its own, with the single file and no Python."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from binary.build import one_file
from tests.e2e.test_binary import ROOT, TAKE_PYTHON_AWAY, built, pytestmark
from tests.support import open_directory
from wholesaler.markets import load_market
from wholesaler.sample import generate, write

__all__ = ["built", "pytestmark"]
PAGE = (ROOT / "docs" / "install.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
#: users, crontabs, programs and /srv of its own; nothing is left outside. No systemd runs here: it is noted what it is
#: asked
MACHINE = """set -e
cp -a /etc {folder}/etc
mount --bind {folder}/etc /etc
mount --bind {folder}/srv /srv
mount --bind {folder}/bin /usr/local/bin
mount --bind {folder}/systemctl /usr/bin/systemctl
install -d -m 1730 -g crontab {folder}/crontabs
mount --bind {folder}/crontabs /var/spool/cron/crontabs
mkdir -p /etc/logrotate.d
{take_python_away}
touch {folder}/ready
exec sleep 1000
"""
needs_cron = pytest.mark.skipif(not shutil.which("crontab"), reason="needs cron")


class Machine:
    """Mounts of its own, in which root and the user of the page do what it says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("srv", "bin", "work"):
            (folder / name).mkdir()
            (folder / name).chmod(0o755)
        (folder / "systemctl").write_text(f'#!/bin/sh\necho "$@" >>{folder}/asked\n')
        (folder / "systemctl").chmod(0o755)
        away = TAKE_PYTHON_AWAY.format(checkout=ROOT)
        script = MACHINE.format(folder=folder, take_python_away=away)
        self.process = subprocess.Popen(["unshare", "--mount", "sh", "-c", script], start_new_session=True)
        until = time.monotonic() + 30
        while not (folder / "ready").exists():
            assert self.process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)

    def root(self, script: str, given: str = "", expected: int = 0) -> str:
        """What root's script prints."""
        line = ["nsenter", "--mount", f"--target={self.process.pid}", f"--wdns={self.folder}/work"]
        environment = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        done = subprocess.run(
            [*line, "sh", "-e", "-c", script], input=given, env=environment,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout

    def user(self, script: str, given: str = "", expected: int = 0) -> str:
        """What the user's script prints."""
        return self.root(f"su - leads -c {shlex.quote(script)}", given, expected)

    def end(self) -> None:
        self.root("! id -u leads >/dev/null 2>&1 || su - leads -c 'wholesaler db stop || true'")
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@pytest.fixture
def machine() -> Iterator[Machine]:
    if subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        pytest.skip("needs mounts of its own")
    folder = open_directory()
    machine = Machine(folder)
    try:
        yield machine
    finally:
        machine.end()
        shutil.rmtree(folder, ignore_errors=True)


def block(beginning: str) -> str:
    """The one block of the page that begins so."""
    (found,) = (text for text in BLOCKS if text.startswith(beginning))
    return found


def outputs() -> list[str]:
    """The lines of output that the page shows."""
    blocks = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return [" ".join(line.split()) for text in blocks for line in text.splitlines() if line.strip() != "…"]


@needs_cron
def test_who_follows_the_page_has_nights_upgrades_and_nothing_left(machine: Machine, built: Path) -> None:
    work = machine.folder / "work"
    shutil.copy(built, work / "wholesaler")
    packages, install = block("apt-get install").splitlines()
    assert packages.endswith(" postgresql-postgis"), "as .ci/setup installs it"
    machine.root(install)
    machine.root(block("useradd"))

    market = write(generate(1, date.today()), machine.folder / "srv" / "county", load_market("orange-fl"))
    os.chmod(market.parent, 0o755)
    seen = f"/srv/county/{market.name}"
    settings = block("mkdir -p -m 700")
    settings = settings.replace("WHOLESALER_MARKET=orange-fl", f"WHOLESALER_MARKET={seen}")
    # there is no mail server here
    settings = settings.replace("ALERT_EMAIL=you@example.com", "WHOLESALER_GEOCODER_ENABLED=false")
    said = machine.user(settings, "secret\n")
    assert " 0 errors" in said
    data = machine.folder / "srv/leads/.local/share/wholesaler"
    for path in (data, data / ".env", data / "smtp-password"):
        assert path.stat().st_mode & 0o077 == 0

    shown = [said]

    # systemd
    machine.root(block("su - leads -c 'wholesaler schedule --systemd'"))
    units = machine.folder / "etc/systemd/system"
    assert (machine.folder / "asked").read_text().splitlines() == ["daemon-reload", "enable --now wholesaler.timer"]
    if shutil.which("systemd-analyze"):
        verdict = machine.root("systemd-analyze verify /etc/systemd/system/wholesaler.* 2>&1 || true")
        assert "wholesaler" not in verdict
    (start,) = re.findall(r"^ExecStart=(.*)$", (units / "wholesaler.service").read_text(), re.MULTILINE)
    assert start == "/usr/local/bin/wholesaler run-all --quiet --log-format json"

    # cron
    machine.root(block("su - leads -c 'wholesaler schedule --cron'"))
    crontab = machine.root("crontab -u leads -l")
    (job,) = re.findall(r"^10 4 \* \* \* (.*)$", crontab, re.MULTILINE)
    machine.user(f"LOG={data_seen(data)}/run.log; {job}")
    assert '"event": "run_finished"' in (data / "run.log").read_text()
    if logrotate := shutil.which("logrotate", path=f"{os.environ['PATH']}:/usr/sbin"):
        state = machine.folder / "state"
        machine.root(f"{logrotate} --force --state {state} /etc/logrotate.d/wholesaler")
        assert (data / "run.log.1.gz").exists()

    status, runs = block("wholesaler status").splitlines()
    shown += [machine.user(status), machine.user(runs)]
    printed = {" ".join(line.split()) for text in shown for line in text.splitlines()}
    assert {line for line in outputs() if line not in printed} == set()

    # upgrade: another file, whose first start is the service's, which may write into its data directory only
    (unpacked,) = (machine.folder / "srv/leads/.cache/wholesaler").glob("0.*")
    (unpacked / "lib" / "more").write_text("of the next version")
    (work / "wholesaler").write_bytes(one_file(unpacked, "9.0", (2, 35)))
    backup, put, upgrade = block("su - leads -c 'wholesaler db backup").splitlines()
    machine.root(backup)
    assert (machine.folder / "srv/leads/before-upgrade.backup").stat().st_size > 10_000
    machine.root(put)
    kept = data_seen(data)
    mounts = f"mount --bind {kept} {kept}; mount -o remount,bind,ro /srv"
    protected = f"{mounts}; su - leads -c {shlex.quote(start)}"
    machine.root(f"unshare --mount sh -c {shlex.quote(protected)}")
    assert [path.name.partition("-")[0] for path in (data / "program").glob("*-*")] == ["9.0"]
    machine.root(upgrade)

    # uninstall
    machine.root(block("systemctl disable"))
    assert list(units.glob("wholesaler*")) == []
    for path in ("srv/leads", "bin/wholesaler", "etc/logrotate.d/wholesaler", "crontabs/leads"):
        assert not (machine.folder / path).exists(), path
    assert machine.root("id leads 2>&1 || true").endswith("no such user\n")


def data_seen(data: Path) -> str:
    """The data directory as those within the machine call it."""
    return "/srv/" + str(data).partition("/srv/")[2]
