"""What tests stand on: a PostgreSQL of their own, a fresh migrated database for each, and the command line."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import structlog
import typer.main
from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.engine import URL

from tests.support import CommandLine, fresh_database, open_directory, template_server
from wholesaler.db.engine import make_engine
from wholesaler.logs import log

#: settings of the surroundings must not reach a test
_OURS = (
    "WHOLESALER_",
    "ALERT_",
    "REPORT_",
    "SMTP_",
    "DATABASE_URL",
    "SOCRATA_APP_TOKEN",
    "HEALTHCHECK_URL",
    "METRICS_",
    "FAIL_ON",
)

#: every command opens an engine of its own, and each would compile all statements anew: a sixth of the tests' time. The
#: tests' servers are alike, so what one engine has compiled is good for all.
_COMPILED: dict[Any, Any] = {}


@event.listens_for(Engine, "engine_connect")
def _share_compiled_statements(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_COMPILED)


def pytest_configure() -> None:
    """What each command line would make anew is made once: the dialects of all engines are equal, for which a compiled
    statement is kept, and so is the tree of commands.
    """
    typer.main.get_command = cache(typer.main.get_command)
    PGDialect_psycopg2.__hash__ = lambda dialect: hash(type(dialect))  # type: ignore[method-assign]
    PGDialect_psycopg2.__eq__ = lambda dialect, other: type(dialect) is type(other)  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith(_OURS):
            monkeypatch.delenv(name)
    yield
    # a command sets the logs up for a stderr that ends with its test
    log.set_up_by(None)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def by_v1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scored by profile v1 unless another one is named: its numbers rest upon few records."""
    monkeypatch.setenv("WHOLESALER_PROFILE", "v1")


@pytest.fixture
def home() -> Iterator[Path]:
    """A ``WHOLESALER_HOME`` of the test's own."""
    directory = open_directory()
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[URL]:
    """The tests' own PostgreSQL, or that of whoever starts them again and again."""
    url = os.environ.get("TEST_SERVER_URL")
    if url is not None:
        yield make_url(url)
        return
    with template_server() as started:
        yield started


@pytest.fixture
def database_url(server: URL) -> Iterator[URL]:
    """A fresh, migrated, empty database."""
    with fresh_database(server) as url:
        yield url


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
