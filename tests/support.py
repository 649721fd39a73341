"""Helpers that tests share."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.engine import URL

from tests.connections import end_connections
from wholesaler.cli import run
from wholesaler.db.engine import make_engine
from wholesaler.db.migrate import upgrade
from wholesaler.server.cluster import Cluster

if TYPE_CHECKING:
    from tests.servers import FakeServer

DATA = Path(__file__).parent / "data"
_MEMORY = Path("/dev/shm")
#: bytes, for the databases of both workers and what the servers log before a checkpoint
_ROOM = 4 << 30
#: Names of databases, taken in turns: what finds their addresses in texts is made once for each of them, which takes as
#: long as a short test. What a test has left behind does not find another's database under its own name at once.
_NAMES = cycle(f"test_{os.getpid()}_{number}" for number in range(8))
_OPEN: set[str] = set()


@dataclass(frozen=True)
class Outcome:
    """What a command line printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def last_word(self) -> str:
        """The last line on stderr as a person reads it, also where it is an event of the JSON log."""
        line = self.err.splitlines()[-1]
        if not line.startswith("{"):
            return line
        event = json.loads(line)
        return " ".join(f"wholesaler: {event['message']} {event['hint'] or ''}".split())


class CommandLine:
    """Runs command lines in this process, with real output."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def run(self, *arguments: object) -> Outcome:
        """Run ``wholesaler`` with ``arguments``."""
        self._capture.readouterr()
        code = run([str(argument) for argument in arguments])
        printed = self._capture.readouterr()
        return Outcome(code, printed.out, printed.err)


@contextmanager
def without_privileges() -> Iterator[None]:
    """What a file's mode forbids is forbidden to root too."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def hear_interrupts() -> None:
    """For a new process: Ctrl-C and the end of a terminal end it, even where the tests run in the background of a shell
    or by nohup, which turn them off."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def signal_while_fetching(number: signal.Signals, server: "FakeServer", *arguments: str) -> int:
    """Run a command in a process of its own, which gets a signal once it asks the server; returns its exit code."""
    server.requests.clear()
    line = [sys.executable, "-m", "wholesaler", *arguments]
    with subprocess.Popen(line, stderr=subprocess.DEVNULL, preexec_fn=hear_interrupts) as process:
        while not server.requests:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        return process.wait(timeout=30)


def open_directory() -> Path:
    """A directory that the account of PostgreSQL can enter, which pytest's own is not when root runs the tests.

    It is in memory where that has room: a database is copied in a third of the time there.
    """
    roomy = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM
    directory = Path(tempfile.mkdtemp(prefix="wholesaler-test-", dir=_MEMORY if roomy else None))
    directory.chmod(0o755)
    return directory


@contextmanager
def template_server() -> Iterator[URL]:
    """A PostgreSQL of its own, with a template database that the migrations have made."""
    directory = open_directory()
    cluster = Cluster(directory)
    try:
        url = make_url(cluster.ensure_running())
        administrator = create_engine(url, isolation_level="AUTOCOMMIT")
        with administrator.connect() as connection:
            connection.execute(text("ALTER SYSTEM SET fsync = off"))
            # every session that knows a geometry would load the library anew, which takes as long as a short query
            connection.execute(text("ALTER SYSTEM SET shared_preload_libraries = 'postgis-3'"))
            connection.execute(text("CREATE DATABASE template_wholesaler"))
        administrator.dispose()
        cluster.stop()
        cluster.ensure_running()
        template = make_engine(url.set(database="template_wholesaler"))
        upgrade(template)
        template.dispose()
        yield url
        _administrator(url).dispose()
    finally:
        cluster.stop()
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def fresh_database(server: URL) -> Iterator[URL]:
    """A copy of the template database, dropped at the end."""
    name = next(name for name in _NAMES if name not in _OPEN)
    _OPEN.add(name)
    administrator = _administrator(server)
    with administrator.connect() as connection:
        # copying files beats writing the copy to the log, where the server knows how (PostgreSQL 15)
        newest = connection.dialect.server_version_info >= (15,)
        strategy = "STRATEGY file_copy" if newest else ""
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_wholesaler {strategy}"))
    yield server.set(database=name)
    end_connections(name)
    with administrator.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    _OPEN.discard(name)


@cache
def _administrator(server: URL) -> Engine:
    """Whose connection is kept: to make one for each database takes as long as to copy it."""
    database = server.set(database="postgres")
    return create_engine(database, isolation_level="AUTOCOMMIT", pool_pre_ping=True, use_native_hstore=False)
