"""Opening the database: what is wrong with it is said in one line, without the password, with the right exit code."""

import socket
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, ProgrammingError

from tests.db.databases import bare_database, plain_role
from wholesaler.db.engine import connection_lost, database_url, explain_connection_errors, make_engine, open_engine
from wholesaler.errors import ConfigurationError, ExitCode, LockedError, UnavailableError, WholesalerError
from wholesaler.explain import first_line
from wholesaler.settings import Settings

PASSWORD = "hunter2"


def settings(url: str | URL) -> Settings:
    written = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    return Settings.model_validate({"WHOLESALER_HOME": Path("/nowhere"), "DATABASE_URL": written})


def refused(url: str | URL) -> WholesalerError:
    """Why the database cannot be opened."""
    with pytest.raises(WholesalerError) as caught:
        open_engine(settings(url))
    said = str(caught.value)
    assert "\n" not in said
    assert PASSWORD not in said
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "leads",
        f"postgresql//me:{PASSWORD}@db.example/leads",
        f"postgresql://me:{PASSWORD}@db.example:port/leads",
        f"postgresql://me:{PASSWORD}@db.example/leads?no_such_option={PASSWORD}",
        f"postgresql://me:x@{PASSWORD}@db.example/leads",
        f"postgresql://me:[{PASSWORD}@[::1/leads",
    ],
)
def test_an_address_that_cannot_be_read_is_a_wrong_setting(url: str) -> None:
    error = refused(url)
    assert error.exit_code == ExitCode.CONFIGURATION
    assert "DATABASE_URL" in error.message


@pytest.mark.parametrize("backend", ["mysql", "sqlite", "mysql+pymysql"])
def test_an_address_of_another_database_system_is_a_wrong_setting(backend: str) -> None:
    error = refused(f"{backend}://me:{PASSWORD}@db.example/leads")
    assert isinstance(error, ConfigurationError)
    assert f"not {backend.partition('+')[0]}" in error.message


@pytest.mark.parametrize("prefix", ["postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg"])
def test_every_spelling_of_a_postgresql_address_is_taken(prefix: str) -> None:
    url = database_url(settings(f"{prefix}://me:{PASSWORD}@db.example:5433/leads?sslmode=require"))
    assert url.drivername == "postgresql+psycopg2"
    assert (url.host, url.port, url.password, url.query["sslmode"]) == ("db.example", 5433, PASSWORD, "require")


@pytest.mark.parametrize("form", ["me:{password}@{place}/leads", "me@{place}/leads?password={password}"])
def test_a_server_that_does_not_answer_is_said_with_its_place_and_without_the_password(form: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{taken.getsockname()[1]}"
    error = refused("postgresql://" + form.format(password=PASSWORD, place=place))
    assert isinstance(error, UnavailableError)
    assert error.exit_code == 69
    assert f"@{place}/leads does not answer: " in error.message
    assert error.hint is not None
    assert "DATABASE_URL" in error.hint


def test_a_database_that_does_not_exist_is_said_by_its_name(server: URL) -> None:
    error = refused(server.set(database="no_such_database"))
    assert error.exit_code == 69
    assert 'database "no_such_database" does not exist' in error.message


def test_a_role_that_may_not_create_extensions_is_told_which_ones_are_needed(server: URL) -> None:
    with plain_role(server) as role, bare_database(server) as url:
        owner = make_engine(url)
        with owner.begin() as connection:
            connection.execute(text(f"ALTER DATABASE {url.database} OWNER TO {role}"))
        owner.dispose()
        error = refused(url.set(username=role))
    assert isinstance(error, UnavailableError)
    assert "could not be upgraded" in error.message
    assert 'permission denied to create extension "postgis"' in error.message
    assert error.hint is not None
    assert "postgis, address_standardizer, address_standardizer_data_us and pg_trgm" in error.hint


def test_a_role_may_upgrade_when_an_administrator_has_created_the_extensions(server: URL) -> None:
    with plain_role(server) as role, bare_database(server) as url:
        administrator = make_engine(url)
        with administrator.begin() as connection:
            for name in ("postgis", "address_standardizer", "address_standardizer_data_us", "pg_trgm"):
                connection.execute(text(f"CREATE EXTENSION {name}"))
            connection.execute(text(f"GRANT SELECT ON us_lex, us_gaz, us_rules TO {role}"))
            connection.execute(text(f"GRANT CREATE ON SCHEMA public TO {role}"))
        engine = open_engine(settings(url.set(username=role)))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM properties")) == 0
            standardised = "SELECT street FROM wholesaler_standard_address('12 N Main St', 'FL')"
            assert "MAIN" in str(connection.scalar(text(standardised)))
        engine.dispose()
        administrator.dispose()


def test_a_session_is_in_utc_named_and_without_jit(database_url: URL) -> None:
    engine = make_engine(database_url)
    with engine.connect() as connection:
        shown = [connection.scalar(text(f"SHOW {name}")) for name in ("timezone", "application_name", "jit")]
    engine.dispose()
    assert shown == ["UTC", "wholesaler", "off"]


def test_timeouts_of_the_server_or_the_role_do_not_end_our_sessions(server: URL) -> None:
    names = ("statement_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout")
    with plain_role(server) as role, bare_database(server) as url:
        administrator = make_engine(url)
        with administrator.begin() as connection:
            for name in names:
                connection.execute(text(f"ALTER DATABASE {url.database} SET {name} = '300ms'"))
                connection.execute(text(f"ALTER ROLE {role} SET {name} = '300ms'"))
        administrator.dispose()
        engine = make_engine(url.set(username=role))
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_sleep(0.5)"))
            time.sleep(0.5)
            connection.rollback()
            time.sleep(0.5)
            assert [connection.scalar(text(f"SHOW {name}")) for name in names] == ["0"] * len(names)
        engine.dispose()


def test_only_the_drivers_errors_about_the_connection_are_explained(server: URL) -> None:
    with pytest.raises(LockedError), explain_connection_errors(server):
        raise LockedError("held")
    with pytest.raises(ZeroDivisionError), explain_connection_errors(server):
        raise ZeroDivisionError
    engine = make_engine(server)
    with pytest.raises(ProgrammingError) as caught, explain_connection_errors(server), engine.connect() as connection:
        connection.execute(text("SELECT secret_column FROM properties"))
    engine.dispose()
    assert first_line(caught.value).startswith('relation "properties" does not exist')


def refusal(engine: Engine, *statements: str, closed: bool = False) -> DBAPIError:
    """What the last of ``statements`` is answered with; ``closed`` says that its connection was closed before."""
    *before, last = statements
    with engine.connect() as connection:
        for statement in before:
            connection.execute(text(statement))
        if closed:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.close()
        with pytest.raises(DBAPIError) as caught:
            connection.execute(text(last))
        connection.invalidate()
    return caught.value


def test_a_lost_connection_is_told_from_a_statement_that_was_refused(server: URL) -> None:
    engine = make_engine(server)
    for statement in ("SELECT 1/0", "SELECT 'x'::int", "SELECT no_such_column", "SET statement_timeout = 'x'"):
        assert not connection_lost(refusal(engine, statement)), statement
    assert not connection_lost(refusal(engine, "SET statement_timeout = '10ms'", "SELECT pg_sleep(5)"))
    assert connection_lost(refusal(engine, "SELECT pg_terminate_backend(pg_backend_pid())"))
    assert connection_lost(refusal(engine, "SELECT 1", closed=True))
    engine.dispose()
    for gone in (server.set(database="no_such_database"), server.set(query={"host": "/nowhere"})):
        with pytest.raises(DBAPIError) as caught:
            make_engine(gone).connect()
        assert connection_lost(caught.value)
