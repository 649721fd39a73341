"""What tests stand on: a PostgreSQL of their own, a fresh migrated database for each, and the command line."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.engine import URL

from tests.support import CommandLine
from wholesaler.db.engine import make_engine
from wholesaler.db.migrate import upgrade
from wholesaler.server.cluster import Cluster

#: settings of the surroundings must not reach a test
_OURS = ("WHOLESALER_", "ALERT_", "SMTP_", "DATABASE_URL", "SOCRATA_APP_TOKEN")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith(_OURS):
            monkeypatch.delenv(name)
    yield
    # a command sets the logs up for a stderr that ends with its test
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def _open_directory() -> Path:
    """A directory that the account of PostgreSQL can enter, which pytest's own is not when root runs the tests."""
    directory = Path(tempfile.mkdtemp(prefix="wholesaler-test-"))
    directory.chmod(0o755)
    return directory


@pytest.fixture
def home() -> Iterator[Path]:
    """A ``WHOLESALER_HOME`` of the test's own."""
    directory = _open_directory()
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[URL]:
    """The tests' own PostgreSQL, with a template database that the migrations have made."""
    directory = _open_directory()
    cluster = Cluster(directory)
    try:
        url = make_url(cluster.ensure_running())
        administrator = create_engine(url, isolation_level="AUTOCOMMIT")
        with administrator.connect() as connection:
            connection.execute(text("ALTER SYSTEM SET fsync = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
            connection.execute(text("CREATE DATABASE template_wholesaler"))
        template = make_engine(url.set(database="template_wholesaler"))
        upgrade(template)
        template.dispose()
        administrator.dispose()
        yield url
    finally:
        cluster.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def database_url(server: URL) -> Iterator[URL]:
    """A fresh, migrated, empty database."""
    name = f"test_{uuid4().hex[:12]}"
    administrator = create_engine(server.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        # copying files beats writing the copy to the log, where the server knows how (PostgreSQL 15)
        newest = int(connection.scalar(text("SHOW server_version_num"))) >= 150000
        strategy = "STRATEGY file_copy" if newest else ""
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_wholesaler {strategy}"))
    yield server.set(database=name)
    with administrator.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    administrator.dispose()


@pytest.fixture
def engine(database_url: URL) -> Iterator[Engine]:
    """An engine on a fresh, migrated, empty database."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def cli(
    database_url: URL, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., "CommandLine"]:
    """The command line on a fresh database: ``cli("stats", "--json")`` returns what it printed and its exit code.

    Nothing is retried and nothing waits unless the test sets it so.
    """
    for name, value in {
        "DATABASE_URL": database_url.render_as_string(hide_password=False),
        "WHOLESALER_HOME": str(home),
        "WHOLESALER_RETRIES": "0",
        "WHOLESALER_RETRY_WAIT": "0",
        "WHOLESALER_HTTP_RETRY_WAIT": "0",
        "WHOLESALER_HTTP_TIMEOUT": "10",
        "WHOLESALER_GEOCODER_ENABLED": "false",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(home)
    return CommandLine(capsys).run
