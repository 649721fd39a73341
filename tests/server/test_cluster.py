"""The private cluster, with real servers in a directory that the ``postgres`` user can enter."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

import pytest
from filelock import FileLock
from sqlalchemy import NullPool, create_engine, text

from wholesaler.errors import ConfigurationError, ExitCode, UnavailableError
from wholesaler.server.account import ServerAccount
from wholesaler.server.cluster import Cluster
from wholesaler.server.postmaster import dynamic_shared_memory
from wholesaler.server.programs import EXTENSIONS, find_programs

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other users")

START = "import sys; from pathlib import Path; from wholesaler.server.cluster import Cluster; "
START += "cluster = Cluster(Path(sys.argv[1])); "
SHOW = "import psycopg2; cluster.ensure_running(); cursor = cluster._connect('wholesaler').cursor(); "
SHOW += "cursor.execute('SHOW dynamic_shared_memory_type'); print(cursor.fetchone()[0]); cursor.close(); cluster.stop()"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def open_directory() -> Iterator[Path]:
    """A directory everybody can enter, unlike pytest's own; servers left in it are stopped."""
    directory = Path(tempfile.mkdtemp(prefix="wholesaler-test-"))
    directory.chmod(0o755)
    yield directory
    for home in directory.iterdir():
        cluster = Cluster(home)
        cluster.stop()
        if directory not in cluster.socket_directory.parents:
            shutil.rmtree(cluster.socket_directory, ignore_errors=True)
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def shared(open_directory: Path) -> Cluster:
    """One cluster for the tests that leave it usable; its path has a space in it."""
    cluster = Cluster(open_directory / "shared home")
    cluster.ensure_running()
    return cluster


@pytest.fixture
def cluster(shared: Cluster) -> Cluster:
    shared.ensure_running()
    return shared


def query(cluster: Cluster, statement: str) -> list[str]:
    engine = create_engine(cluster.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        result = connection.execute(text(statement))
        return [str(row[0]) for row in result] if result.returns_rows else []


def pid_of(cluster: Cluster) -> int:
    pid = cluster.status().pid
    assert pid is not None
    return pid


def test_the_new_database_has_every_extension_and_listens_on_no_network(cluster: Cluster) -> None:
    extensions = query(cluster, "SELECT extname FROM pg_extension")
    assert {"postgis", "address_standardizer", "address_standardizer_data_us", "pg_trgm"} <= set(extensions)
    assert query(cluster, "SELECT (standardize_address('us_lex','us_gaz','us_rules','1 MAIN ST','')).name") == ["MAIN"]
    for name, expected in {
        "listen_addresses": "",
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "fsync": "on",
        "synchronous_commit": "on",
        "TimeZone": "UTC",
        "jit": "off",
    }.items():
        assert query(cluster, f"SHOW {name}") == [expected], name


def test_only_the_account_of_the_server_can_enter_data_and_socket(cluster: Cluster) -> None:
    account = ServerAccount.of_this_process()
    assert account.guards(cluster.data)
    assert account.guards(cluster.socket_directory)
    socket = cluster.socket_directory / ".s.PGSQL.5432"
    assert socket.stat().st_mode & 0o077 == 0


def test_a_second_start_is_quick_and_leaves_the_server_alone(cluster: Cluster) -> None:
    pid = pid_of(cluster)
    began = time.perf_counter()
    for _ in range(20):
        assert Cluster(cluster.home).ensure_running() == cluster.url
    assert time.perf_counter() - began < 1
    assert pid_of(cluster) == pid


def test_status_tells_about_the_running_and_the_stopped_server(cluster: Cluster) -> None:
    running = cluster.status()
    assert running.running
    assert running.version is not None
    assert "." in running.version
    assert running.size_bytes > 20_000_000
    assert cluster.stop()
    stopped = cluster.status()
    assert (stopped.running, stopped.pid) == (False, None)
    assert stopped.version == running.version.partition(".")[0]
    assert not cluster.stop()


def test_committed_rows_survive_kill_9(cluster: Cluster) -> None:
    query(cluster, "CREATE TABLE IF NOT EXISTS kept (n int)")
    query(cluster, "INSERT INTO kept VALUES (7)")
    killed = pid_of(cluster)
    os.kill(killed, signal.SIGKILL)
    cluster.ensure_running()
    assert pid_of(cluster) != killed
    assert "7" in query(cluster, "SELECT n FROM kept")


def test_a_stale_pid_file_that_names_another_program_is_recovered_from(cluster: Cluster) -> None:
    lines = (cluster.data / "postmaster.pid").read_text().splitlines()
    assert cluster.stop()
    account = ServerAccount.of_this_process()
    # PostgreSQL alone would take any living process of its own user for the old server.
    sleeper = subprocess.Popen(
        ["sleep", "60"], user=account.uid if account.switches else None, start_new_session=True, cwd="/"
    )
    try:
        account.write(cluster.data / "postmaster.pid", "\n".join([str(sleeper.pid), *lines[1:], ""]))
        assert not cluster.status().running
        cluster.ensure_running()
        assert pid_of(cluster) != sleeper.pid
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_an_empty_pid_file_is_recovered_from(cluster: Cluster) -> None:
    assert cluster.stop()
    ServerAccount.of_this_process().write(cluster.data / "postmaster.pid", "")
    cluster.ensure_running()
    assert cluster.status().running


def test_a_database_whose_making_was_interrupted_is_made_anew(cluster: Cluster) -> None:
    cluster._execute("postgres", "ALTER DATABASE wholesaler RENAME TO wholesaler_new")
    cluster._execute("wholesaler_new", "DROP EXTENSION pg_trgm")
    cluster.ensure_running()
    assert query(cluster, "SELECT similarity('main', 'main')") == ["1.0"]
    assert query(cluster, "SELECT datname FROM pg_database WHERE datname LIKE 'wholesaler%'") == ["wholesaler"]


def test_the_server_gets_neither_the_passwords_nor_the_libpq_variables_of_the_caller(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.stop()
    monkeypatch.setenv("SMTP_PASSWORD", "hunter2")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nonexistent")
    cluster.ensure_running()
    environment = Path(f"/proc/{pid_of(cluster)}/environ")
    if environment.exists():
        assert b"hunter2" not in environment.read_bytes()
    assert query(cluster, "SELECT 1") == ["1"]


def test_a_server_that_cannot_start_is_explained_with_its_last_error_and_log(cluster: Cluster) -> None:
    cluster.stop()
    configuration = cluster.data / "postgresql.conf"
    good = configuration.read_text()
    configuration.write_text(good + "max_connections = 'plenty'\n")
    try:
        with pytest.raises(UnavailableError, match=r"did not start: .*postgresql\.conf.* contains errors") as raised:
            cluster.ensure_running()
    finally:
        configuration.write_text(good)
    assert str(cluster.data / "startup.log") in str(raised.value)
    assert raised.value.exit_code == ExitCode.UNAVAILABLE
    cluster.ensure_running()


def test_two_processes_that_start_at_once_share_one_server_that_outlives_them(open_directory: Path) -> None:
    home = open_directory / "twice"
    (home / "pg.new" / "base").mkdir(parents=True)  # an initdb that was killed
    command = [sys.executable, "-c", START + "cluster.ensure_running(); print(cluster.status().pid)", str(home)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    # The end of their output comes only when nobody, so not the server either, holds the pipe any more.
    outputs = [process.communicate(timeout=60)[0].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert outputs[0] == outputs[1] == f"{pid_of(Cluster(home))}\n"
    assert not (home / "pg.new").exists()
    with FileLock(home / "locks" / "cluster.lock", timeout=0):
        pass


def test_a_long_path_gets_its_socket_in_a_closed_directory_of_tmp(open_directory: Path) -> None:
    home = open_directory / ("long" * 25)
    cluster = Cluster(home)
    assert cluster.socket_directory.parent == Path("/tmp")

    cluster.socket_directory.symlink_to(open_directory)  # laid there by a stranger who knows the name
    try:
        with pytest.raises(ConfigurationError, match="is not a directory"):
            cluster.ensure_running()
    finally:
        cluster.socket_directory.unlink()

    cluster.ensure_running()
    assert ServerAccount.of_this_process().guards(cluster.socket_directory)
    assert query(cluster, "SELECT 1") == ["1"]


@needs_root
def test_a_home_that_the_postgres_user_cannot_enter_is_named_with_a_better_one(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(ConfigurationError, match=r"cannot enter .*/closed/home\. .*/var/lib/wholesaler"):
        Cluster(closed / "home").ensure_running()


@needs_root
def test_a_cluster_of_another_user_is_left_to_its_owner(open_directory: Path) -> None:
    home = open_directory / "foreign"
    data = home / "pg"
    data.mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="pg belongs to 'root', not to 'postgres'"):
        Cluster(home).ensure_running()


@needs_root
def test_an_ordinary_user_has_a_cluster_of_their_own(open_directory: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    home = open_directory / "ordinary"
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    # Everything is imported first, since the interpreter may be in a place that only root can read.
    become = "import os, wholesaler.locks; os.umask(0); os.setgroups([]); "
    become += f"os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid}); "
    work = "cluster.ensure_running(); cluster.ensure_running(); print(cluster.status().running, cluster.stop())"
    done = subprocess.run([sys.executable, "-c", START + become + work, str(home)], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True True\n", "")
    made = (home, home / "pg", home / "pg-socket", home / "locks")
    assert {(path.stat().st_uid, path.stat().st_mode & 0o777) for path in made} == {(nobody.pw_uid, 0o700)}
    assert [path for path in home.rglob("*") if path.stat().st_mode & 0o077] == []


@needs_root
def test_where_the_account_may_not_write_into_shared_memory_the_server_uses_files(cluster: Cluster) -> None:
    account = ServerAccount.of_this_process()
    with tempfile.TemporaryDirectory(prefix="wholesaler-test-") as name:
        directory = Path(name)
        if shutil.disk_usage(directory).total < 1 << 28:
            pytest.skip("too small to be taken for the reason")
        directory.chmod(0o755)
        assert dynamic_shared_memory(account, directory) == "mmap"
        directory.chmod(0o1777)
        assert dynamic_shared_memory(account, directory) == "posix"
    assert dynamic_shared_memory(account, directory) == "posix"  # where there is none, as on macOS
    # in a mount namespace of its own, a server that is started where nobody but root may write
    home = cluster.home.parent / "unwritable"
    work = f"mount -t tmpfs -o mode=755,size=1g none /dev/shm && exec {sys.executable} -c {quote(START + SHOW)} {home}"
    done = subprocess.run(["unshare", "-m", "sh", "-c", work], capture_output=True, text=True, cwd=ROOT, check=False)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("this machine gives no mount namespace")
    assert (done.stdout, done.stderr) == ("mmap\n", "")


def test_without_postgresql_the_error_names_the_packages(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"postgresql and postgresql-NN-postgis-3.*Homebrew") as raised:
        find_programs(directories=[tmp_path])
    assert raised.value.exit_code == ExitCode.UNAVAILABLE


def test_without_postgis_the_error_names_its_package_for_the_installed_version(tmp_path: Path) -> None:
    for name in ("postgres", "initdb", "pg_ctl"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 16.4 (Somewhere)'\n")
        program.chmod(0o755)
    (tmp_path / "share" / "extension").mkdir(parents=True)
    (tmp_path / "share" / "extension" / "pg_trgm.control").touch()
    with pytest.raises(UnavailableError, match=r"16 in .* has no postgis, .*postgresql-16-postgis-3"):
        find_programs(directories=[tmp_path / "bin"])


def test_without_programs_nothing_is_left_behind(open_directory: Path) -> None:
    home = open_directory / "empty"
    with pytest.raises(UnavailableError):
        Cluster(home, program_directories=[]).ensure_running()
    assert [path.name for path in home.iterdir()] == ["locks"]


def postgresql(directory: Path, major: int) -> Path:
    """The programs of a PostgreSQL with all extensions, which can do nothing but say their version."""
    (directory / "bin").mkdir(parents=True)
    for name in ("postgres", "initdb", "pg_ctl"):
        (directory / "bin" / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {major}.1'\n")
        (directory / "bin" / name).chmod(0o755)
    (directory / "share" / "extension").mkdir(parents=True)
    for name in EXTENSIONS:
        (directory / "share" / "extension" / f"{name}.control").touch()
    return directory / "bin"


@pytest.mark.parametrize(
    ("major", "installed", "then"),
    [
        ("13", 17, r"dropped them, then move it to PostgreSQL 17: README, 'A newer PostgreSQL'\."),
        ("99", 17, r"dropped them\.$"),
        ("13", None, r"dropped them\.$"),
    ],
)
def test_a_cluster_of_a_version_that_is_not_installed_is_not_touched_and_says_how_to_move_it(
    open_directory: Path, tmp_path: Path, major: str, installed: int | None, then: str
) -> None:
    directories = [] if installed is None else [postgresql(tmp_path / "newer", installed)]
    cluster = Cluster(open_directory / f"{major}-{installed}", program_directories=directories)
    cluster.home.mkdir()
    ServerAccount.of_this_process().make_directory(cluster.data)
    (cluster.data / "PG_VERSION").write_text(f"{major}\n")
    with pytest.raises(
        UnavailableError, match=rf"made by PostgreSQL {major}, .*postgresql-{major}-postgis-3"
    ) as raised:
        cluster.ensure_running()
    assert re.search(then, str(raised.value))
    assert [path.name for path in cluster.data.iterdir()] == ["PG_VERSION"]
    assert cluster.newer_major() == (17 if major == "13" and installed else None)


def test_a_cluster_goes_on_with_its_own_version_where_a_newer_one_is_installed(
    cluster: Cluster, tmp_path: Path
) -> None:
    newer = postgresql(tmp_path / "newer", 99)
    both = Cluster(cluster.home, program_directories=[newer, find_programs().directory])
    assert cluster.stop()
    both.ensure_running()
    assert (both.status().version or "").startswith(f"{find_programs().major}.")
    assert both.newer_major() == 99
    assert Cluster(cluster.home, program_directories=[find_programs().directory]).newer_major() is None
    assert Cluster(tmp_path / "none").newer_major() is None


def test_files_that_are_no_cluster_are_not_touched(open_directory: Path) -> None:
    cluster = Cluster(open_directory / "mistaken")
    cluster.home.mkdir()
    ServerAccount.of_this_process().make_directory(cluster.data)
    (cluster.data / "letter.txt").write_text("dear")
    with pytest.raises(ConfigurationError, match="is not a PostgreSQL data directory"):
        cluster.ensure_running()
    assert (cluster.data / "letter.txt").read_text() == "dear"


def test_a_home_under_a_file_or_with_a_quotation_mark_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="WHOLESALER_HOME"):
        Cluster(tmp_path / "file" / "home").ensure_running()
    with pytest.raises(ConfigurationError, match="expected a path without"):
        Cluster(tmp_path / 'a"b').ensure_running()
