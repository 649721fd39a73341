"""The private PostgreSQL + PostGIS cluster: made, started and stopped on demand in ``$WHOLESALER_HOME``.

It listens on a Unix socket only and is left running between commands. It is the one server this module ever touches:
no other cluster of the machine is looked at, started or stopped.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2

from wholesaler.errors import ConfigurationError, UnavailableError
from wholesaler.home import make_home
from wholesaler.server.account import ServerAccount
from wholesaler.server.postmaster import (
    ACCESS,
    PORT,
    POSTGRESQL_CONF,
    SETTINGS_FILE,
    START_LOG,
    complaint_in,
    last_complaint,
    release_stale_lock_files,
    running_pid,
    server_settings,
)
from wholesaler.server.programs import EXTENSIONS, PostgresPrograms, find_programs

DATABASE = "wholesaler"
USER = "wholesaler"

_READY_WITHIN = 60.0  # seconds; recovery after a crash takes a part of checkpoint_timeout
_LOCK_WITHIN = 180.0
_LONGEST_SOCKET = 103  # bytes of a path: macOS allows this, Linux 107
_UNSAFE = set('"$`\\') | {chr(code) for code in range(32)}  # pg_ctl passes paths to a shell, within double quotes


@dataclass(frozen=True)
class ClusterStatus:
    """``size_bytes`` is that of the data directory; ``version`` that of the running server, else the major version."""

    running: bool
    pid: int | None
    version: str | None
    data_directory: Path
    socket_directory: Path
    size_bytes: int


class Cluster:
    """The cluster of one home directory; creating the object touches nothing.

    ``program_directories`` replaces the places where PostgreSQL programs are looked for.
    """

    def __init__(self, home: Path, program_directories: Sequence[Path] | None = None) -> None:
        self.home = Path(os.path.realpath(home))
        self.data = self.home / "pg"
        self.socket_directory = _socket_directory(self.home)
        self._program_directories = program_directories

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the database, whether the server runs or not."""
        return f"postgresql+psycopg2://{USER}@/{DATABASE}?host={quote(str(self.socket_directory))}&port={PORT}"

    def ensure_running(self) -> str:
        """Make the cluster and start it as far as needed, and return the URL; a few milliseconds when it runs.

        Raises :class:`UnavailableError` when the server cannot be had, :class:`ConfigurationError` when the home
        directory cannot be used.
        """
        account = ServerAccount.of_this_process()
        if self.home.is_dir():
            with _explain_os_errors(self.home):
                make_home(self.home, account.gid if account.switches else None)
        if account.guards(self.socket_directory) and self._refusal(DATABASE) is None:
            return self.url
        with self._exclusively(account):
            self._make(account)
            self._start(account)
            self._create_database()
        return self.url

    def stop(self) -> bool:
        """Stop the server, ending its connections; False when it was not running. Raises :class:`UnavailableError`."""
        with _explain_os_errors(self.home):
            if running_pid(self.data) is None:
                return False
        with self._exclusively(ServerAccount.of_this_process()):
            pid = running_pid(self.data)
            if pid is None:
                return False
            os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast shutdown"
            deadline = time.monotonic() + _READY_WITHIN
            while running_pid(self.data) is not None:
                if time.monotonic() > deadline:
                    raise UnavailableError(
                        f"The database server (process {pid}) did not stop in {_READY_WITHIN:.0f} s."
                    )
                time.sleep(0.02)
        return True

    def status(self) -> ClusterStatus:
        """What there is now; nothing is started. Raises :class:`ConfigurationError` when it may not be read."""
        with _explain_os_errors(self.home):
            pid = running_pid(self.data)
            version = self._major_text()
            if pid is not None:
                with (
                    contextlib.suppress(psycopg2.OperationalError),
                    contextlib.closing(self._connect(DATABASE)) as open_,
                ):
                    version = (open_.get_parameter_status("server_version") or "").partition(" ")[0]
            return ClusterStatus(
                running=pid is not None,
                pid=pid,
                version=version,
                data_directory=self.data,
                socket_directory=self.socket_directory,
                size_bytes=_size(self.data),
            )

    def newer_major(self) -> int | None:
        """A later major version of PostgreSQL than that of the cluster, where one is installed that could hold it."""
        present = self._major_text()
        if present is None:
            return None
        try:
            newest = find_programs(directories=self._program_directories).major
        except UnavailableError:
            return None
        return newest if newest > int(present) else None

    @contextlib.contextmanager
    def _exclusively(self, account: ServerAccount) -> Iterator[None]:
        """Hold the lock of this cluster, so that of two processes one starts the server and the other finds it."""
        from filelock import Timeout

        from wholesaler.locks import lock_file

        with _explain_os_errors(self.home):
            unsafe = sorted(_UNSAFE.intersection(str(self.home)))
            if unsafe:
                raise ConfigurationError(f"WHOLESALER_HOME: expected a path without {' '.join(map(repr, unsafe))}.")
            account.make_home(self.home)
            lock = lock_file(self.home, "cluster")
            try:
                with lock.acquire(timeout=_LOCK_WITHIN):
                    yield
            except Timeout:
                raise UnavailableError(
                    f"Another process has been starting or stopping the database for {_LOCK_WITHIN:.0f} s.",
                    f"It holds {lock.lock_file}.",
                ) from None

    def _make(self, account: ServerAccount) -> None:
        """Run initdb unless there is a cluster. It becomes ``pg`` only when it is whole."""
        if self.data.exists():
            account.check_owner(self.data)
        if (self.data / "PG_VERSION").exists():
            return
        if self.data.exists() and any(self.data.iterdir()):
            raise ConfigurationError(f"{self.data} is not a PostgreSQL data directory.", "Move it out of the way.")
        programs = find_programs(directories=self._program_directories)
        unfinished = self.home / "pg.new"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        try:
            account.make_directory(unfinished)
            _run_initdb(programs, account, unfinished)
            account.write(unfinished / "postgresql.conf", POSTGRESQL_CONF)
            account.write(unfinished / "pg_hba.conf", ACCESS)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        if self.data.exists():
            self.data.rmdir()
        unfinished.rename(self.data)

    def _start(self, account: ServerAccount) -> None:
        """Start the server unless it runs, and wait until it answers."""
        deadline = time.monotonic() + _READY_WITHIN
        while (refusal := self._refusal("postgres")) is not None:
            if time.monotonic() > deadline:
                raise UnavailableError(
                    f"The database server in {self.data} does not take connections: {_one_line(refusal)}.",
                    f"Its logs are in {self.data / 'log'}; it may still be recovering: try again in a minute.",
                )
            # "FATAL" is an answer of a live server, perhaps in another container: starting up, shutting down.
            if "FATAL" in refusal or running_pid(self.data) is not None:
                time.sleep(0.05)
            else:
                self._launch(account)

    def _launch(self, account: ServerAccount) -> None:
        programs = find_programs(int(self._major_text() or 0), self._program_directories)
        account.make_directory(self.socket_directory)
        account.write(self.data / SETTINGS_FILE, server_settings(self.data, self.socket_directory, account))
        release_stale_lock_files(self.data, self.socket_directory, account)
        account.write(self.data / START_LOG, "")
        arguments = [programs.program("pg_ctl"), "start", "-D", str(self.data), "-l", str(self.data / START_LOG)]
        done = account.run([*arguments, "-w", "-t", str(round(_READY_WITHIN))])
        if done.returncode == 0 or running_pid(self.data) is not None:
            return
        complaint, log = last_complaint(self.data)
        if "shared memory block" in complaint:
            time.sleep(0.2)  # processes of a killed server are about to notice that it is dead
            return
        raise UnavailableError(f"The database server did not start: {complaint}.", f"The log is {log}.")

    def _create_database(self) -> None:
        """Create the database with its extensions unless it exists. It gets its name only when it is whole."""
        if self._refusal(DATABASE) is None:
            return
        unfinished = f"{DATABASE}_new"
        try:
            self._execute("postgres", f"DROP DATABASE IF EXISTS {unfinished}", f"CREATE DATABASE {unfinished}")
            self._execute(unfinished, *(f"CREATE EXTENSION {name}" for name in EXTENSIONS))
            self._execute("postgres", f"ALTER DATABASE {unfinished} RENAME TO {DATABASE}")
        except psycopg2.Error as error:
            complaint, log = last_complaint(self.data)
            if error.pgcode:  # else the server went away in the middle, and only its log knows why
                complaint = _one_line(str(error))
            raise UnavailableError(f"The database could not be created: {complaint}.", f"The log is {log}.") from None

    def _execute(self, database: str, *statements: str) -> None:
        with contextlib.closing(self._connect(database)) as connection:
            connection.autocommit = True  # CREATE DATABASE cannot run in a transaction
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

    def _refusal(self, database: str) -> str | None:
        """Why a connection to ``database`` is refused; None when it is not."""
        try:
            self._connect(database).close()
        except psycopg2.OperationalError as error:
            return str(error)
        return None

    def _connect(self, database: str) -> "psycopg2.extensions.connection":
        host = str(self.socket_directory)
        return psycopg2.connect(host=host, port=PORT, user=USER, dbname=database, connect_timeout=10)

    def _major_text(self) -> str | None:
        try:
            return (self.data / "PG_VERSION").read_text("utf-8").strip()
        except FileNotFoundError:
            return None


def _run_initdb(programs: PostgresPrograms, account: ServerAccount, directory: Path) -> None:
    """Fill an empty directory. Sorted by bytes (C): fast, and an index can answer LIKE; letters are Unicode's."""
    arguments = [programs.program("initdb"), "-D", str(directory), "-U", USER, "-E", "UTF8", "--auth=trust", "-k"]
    done = account.run([*arguments, "--locale=C", "--lc-ctype=C.UTF-8"])
    if done.returncode and "locale" in done.stdout:  # macOS before 14 has no C.UTF-8
        done = account.run([*arguments, "--locale=C"])
    if done.returncode:
        raise UnavailableError(
            f"The database could not be created in {directory.parent}: {complaint_in(done.stdout) or 'initdb failed'}.",
            "Check the free space and the permissions there.",
        )


def _socket_directory(home: Path) -> Path:
    """Where the socket is: in the home directory, or in /tmp when its path is too long for a socket.

    Not in ``tempfile.gettempdir()``: cron and a shell have different ``TMPDIR``, and both must find the server.
    """
    directory = home / "pg-socket"
    if len(os.fsencode(directory / f".s.PGSQL.{PORT}")) <= _LONGEST_SOCKET and "," not in str(home):
        return directory
    digest = hashlib.sha256(f"{os.geteuid()}:{home}".encode("utf-8", "surrogateescape")).hexdigest()
    return Path("/tmp") / f"wholesaler-{digest[:16]}"


@contextlib.contextmanager
def _explain_os_errors(home: Path) -> Iterator[None]:
    """Turn errors of the operating system into ours."""
    try:
        yield
    except OSError as error:
        message = f"{error.filename or home}: {error.strerror or error}."
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            hint = "Set WHOLESALER_HOME to a directory that this user can write."
            raise ConfigurationError(message, hint) from None
        raise UnavailableError(message) from None


def _size(directory: Path) -> int:
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # the server removes files as we look
                total += os.lstat(os.path.join(folder, name)).st_size
    return total


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
