"""``db start``, ``db stop``, ``db status``, ``db upgrade``: on a private cluster of the test's own, and on another."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.db.releases import FIRST_RELEASE
from tests.support import CommandLine, Outcome
from wholesaler.server.cluster import Cluster

CLI = Callable[..., Outcome]


@pytest.fixture(scope="module")
def private_home() -> Iterator[Path]:
    """A home that the account of the server can enter; what runs in it is stopped."""
    directory = Path(tempfile.mkdtemp(prefix="wholesaler-test-"))
    directory.chmod(0o755)
    yield directory
    Cluster(directory).stop()
    shutil.rmtree(directory)


@pytest.fixture
def private(private_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CLI:
    """The command line without a ``DATABASE_URL``."""
    monkeypatch.setenv("WHOLESALER_HOME", str(private_home))
    monkeypatch.chdir(private_home)
    return CommandLine(capsys).run


def test_the_private_database_is_made_started_upgraded_and_stopped(private: CLI, private_home: Path) -> None:
    before = private("db", "status", "--json").document
    assert (before["database"], before["running"], before["pid"]) == ("private", False, None)
    assert private("db", "stop", "--json").document == {"running": False, "stopped": False}

    started = private("db", "start")
    assert (started.code, started.err) == (0, "")
    assert "The private database is running (process " in started.out
    found = private("db", "status", "--json").document
    assert found["running"] is True
    assert f"(process {found['pid']})" in started.out
    assert found["data_directory"] == str(private_home / "pg")
    assert (found["revision"], found["needs_upgrade"]) == (None, True)
    assert private("db", "start", "--json").document == {"running": True, "pid": found["pid"]}

    upgraded = private("db", "upgrade", "--json").document
    assert upgraded["upgraded"] is True
    again = private("db", "upgrade")
    assert again.out == f"The database is already at revision {upgraded['revision']}.\n"
    assert private("db", "status", "--json").document["needs_upgrade"] is False

    stopped = private("db", "stop")
    assert (stopped.code, stopped.out) == (0, "The private database has stopped.\n")
    status = private("db", "status")
    assert "running: no" in status.out or "running: False" in status.out
    assert private("stats", "--json").document["total_leads"] == 0  # started again by whoever needs it
    assert private("db", "status", "--json").document["running"] is True


@pytest.mark.parametrize("command", ["start", "stop", "url"])
def test_the_server_of_database_url_is_not_ours_to_start_or_stop(cli: CLI, command: str) -> None:
    outcome = cli("db", command)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert "DATABASE_URL is set" in outcome.err
    assert cli("stats").code == 0


def test_the_status_of_the_server_of_database_url_tells_its_revision(cli: CLI) -> None:
    facts = cli("db", "status", "--json").document
    assert facts["database"] == "DATABASE_URL"
    assert facts["needs_upgrade"] is False
    assert cli("db", "upgrade", "--json").document == {"revision": facts["revision"], "upgraded": False}


def test_a_home_that_cannot_be_used_is_said_in_one_line(
    private: CLI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WHOLESALER_HOME", str(tmp_path / "file"))
    outcome = private("db", "start")
    assert outcome.code == 78
    assert outcome.err.count("\n") == 1
    assert str(tmp_path / "file") in outcome.err


def readme_block(words: str) -> str:
    """The commands of README.md that have these words, as this installation is called."""
    readme = Path(__file__).parents[2].joinpath("README.md").read_text("utf-8")
    (block,) = (block for block in re.findall(r"```sh\n(.*?)```", readme, re.DOTALL) if words in block)
    return block.replace("wholesaler db", f"{sys.executable} -m wholesaler db")


def test_a_backup_as_the_readme_has_it_comes_back_into_a_new_private_database(
    private: CLI, private_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert private("db", "upgrade").code == 0
    url = private("db", "url", "--json").document["url"]
    assert url in private("db", "url").out
    other = private_home / "restored"
    script = readme_block("/srv/restored").replace("/srv/restored", str(other))
    try:
        done = subprocess.run(["bash", "-euc", script], cwd=private_home, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        revision = private("db", "status", "--json").document["revision"]
        monkeypatch.setenv("WHOLESALER_HOME", str(other))
        assert private("db", "status", "--json").document["revision"] == revision
    finally:
        Cluster(other).stop()


@pytest.mark.slow
def test_the_private_database_moves_to_another_server_as_the_readme_has_it(private: CLI, private_home: Path) -> None:
    assert private("db", "restore", FIRST_RELEASE, "--quiet").out == ""
    before = private("db", "status", "--json").document
    script = readme_block("pg.old")
    done = subprocess.run(["bash", "-euc", script], cwd=private_home, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    after = private("db", "status", "--json").document
    assert after["pid"] != before["pid"]
    assert after["revision"] == before["revision"]
    assert (private_home / "pg.old" / "PG_VERSION").is_file()
    assert private("leads", "list", "--json").document["total"] == 8
    assert private("db", "backup", private_home / "again", "--quiet").out == ""


def test_a_database_that_takes_no_writes_is_unavailable_and_says_what_to_name_instead(cli: CLI, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {engine.url.database} SET default_transaction_read_only = on"))
    engine.dispose()
    outcome = cli("score", "--json", "--as-of", "2025-12-01")
    assert outcome.code == 69
    assert "read-only" in outcome.document["error"]["message"]
    assert "standby" in outcome.document["error"]["hint"]
