"""Open the database: the user's own by ``DATABASE_URL``, else the private cluster, started on demand and migrated."""

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, ProgrammingError

from wholesaler import deadline
from wholesaler.db.migrate import current_revision, newest_revision
from wholesaler.documents import to_json
from wholesaler.errors import ConfigurationError, UnavailableError, WholesalerError
from wholesaler.explain import first_line
from wholesaler.server.programs import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wholesaler.settings import Settings

MINIMUM_POSTGRESQL = 14
MINIMUM_POSTGIS = 3
_upgrading = Lock()
#: what a session is started with. A transaction is open for as long as its download takes, and migrations set their
#: own timeouts and RESET them to these.
_OPTIONS = {
    "timezone": "UTC",
    "jit": "off",
    "client_min_messages": "warning",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
#: a server that is not there any more, without a word, is noticed within two minutes (seconds; the last milliseconds)
_KEEPALIVES = {"keepalives_idle": 60, "keepalives_interval": 15, "keepalives_count": 4, "tcp_user_timeout": 120000}
#: timeouts of the same kind, with the server version that has them; an older one would refuse the connection. The
#: market's advisory lock is held by a session that does nothing else.
_LATER_TIMEOUTS = {"idle_session_timeout": 140000, "transaction_timeout": 170000}


def database_url(settings: "Settings") -> URL:
    """The address of the database; starts the private cluster when there is no ``DATABASE_URL``.

    Raises :class:`ConfigurationError` for an address that cannot be read or is not PostgreSQL's, and
    :class:`UnavailableError` when the private cluster cannot be started.
    """
    if settings.database_url is None:
        from wholesaler.server.cluster import Cluster

        return make_url(Cluster(settings.home).ensure_running())
    variable = settings.database_variable
    try:
        url = make_url(settings.database_url.get_secret_value())
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            f"{variable}: expected an address such as postgresql://user:password@host:5432/database."
        ) from None
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise ConfigurationError(f"{variable}: expected a PostgreSQL address, not {url.get_backend_name()}.")
    if "@" in (url.host or ""):
        # what follows the first @ would be shown as the name of the host
        raise ConfigurationError(f"{variable}: a @ in the password is to be written as %40.")
    return url.set(drivername="postgresql+psycopg2")


def open_engine(settings: "Settings", *, migrate: bool = True) -> Engine:
    """An engine on a database that answers, has what the program needs, and is migrated to this version.

    One that is migrated had what is needed when it was: what the server offers is asked before, not by each command.
    """
    engine = make_engine(database_url(settings))
    with explain_connection_errors(engine.url):
        if current_revision(engine) == newest_revision():
            return engine
        with engine.connect() as connection:
            _check_server(connection)
        if migrate:
            with _upgrading:  # Alembic knows one upgrade at a time in a process
                if current_revision(engine) != newest_revision():
                    from wholesaler.db.migrate import upgrade

                    upgrade(engine)
    return engine


def make_engine(url: URL) -> Engine:
    """An engine with the program's session settings: UTC, a name to be seen by, no JIT for our short statements.

    Timeouts that the server or the role sets for everybody are not in force: what is to end early has its own.
    """
    engine = create_engine(
        url,
        pool_size=8,
        max_overflow=8,
        pool_pre_ping=True,
        use_native_hstore=False,  # whose number each connection would ask for
        json_serializer=to_json,
        connect_args={
            "connect_timeout": 10,
            "application_name": "wholesaler",
            "options": " ".join(f"-c {name}={value}" for name, value in _OPTIONS.items()),
            **{name: value for name, value in _KEEPALIVES.items() if name not in url.query},
        },
    )
    event.listen(engine, "connect", _end_later_timeouts)
    event.listen(engine, "checkout", _hold_to_deadline)
    event.listen(engine, "checkin", _release_from_deadline)
    event.listen(engine, "before_cursor_execute", lambda *_: deadline.check())
    return engine


def _hold_to_deadline(connection: Any, record: Any, proxy: object) -> None:
    """Have what runs on a connection cancelled when the deadline of who has taken it passes."""
    deadline.check()
    record.record_info["release"] = deadline.watch(id(connection), connection.cancel)


def _release_from_deadline(connection: object, record: Any) -> None:
    record.record_info.pop("release", lambda: None)()


def _end_later_timeouts(connection: Any, record: object) -> None:
    known = [name for name, version in _LATER_TIMEOUTS.items() if connection.server_version >= version]
    if known:
        with connection.cursor() as cursor:
            cursor.execute("; ".join(f"SET {name} = 0" for name in known))
        connection.commit()


def _check_server(connection: Connection) -> None:
    version = int(connection.scalar(text("SHOW server_version_num")) or 0) // 10000
    if version < MINIMUM_POSTGRESQL:
        raise UnavailableError(
            f"The database server is PostgreSQL {version}.", f"PostgreSQL {MINIMUM_POSTGRESQL} or newer is needed."
        )
    rows = connection.execute(
        text("SELECT name, default_version FROM pg_available_extensions WHERE name = ANY(:names)"),
        {"names": list(EXTENSIONS)},
    )
    available: dict[str, str] = {row.name: row.default_version for row in rows}
    missing = [name for name in EXTENSIONS if name not in available]
    if missing or int(available["postgis"].split(".")[0]) < MINIMUM_POSTGIS:
        raise UnavailableError(
            f"The database server has no {', '.join(missing) or f'PostGIS {MINIMUM_POSTGIS}'}.",
            f"Install PostGIS {MINIMUM_POSTGIS} or newer on it (Debian: postgresql-{version}-postgis-3).",
        )


def connection_lost(error: DBAPIError) -> bool:
    """Whether the server or the connection to it is what failed, and not one statement."""
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return True
    diagnostics = getattr(error.orig, "diag", None)
    severity = getattr(diagnostics, "severity_nonlocalized", None)
    # without a word of the server the driver itself has noticed that nobody is there
    return isinstance(error, OperationalError) if severity is None else severity in {"FATAL", "PANIC"}


@contextmanager
def explain_connection_errors(url: URL) -> "Iterator[None]":
    """Turn the driver's errors about the connection into one line without the password."""
    try:
        yield
    except WholesalerError:
        raise
    except ProgrammingError as error:
        if getattr(error.orig, "pgcode", None):
            raise
        # the driver itself refused the address, before any server was asked
        raise ConfigurationError(f"DATABASE_URL: {first_line(error)}.") from error
    except OperationalError as error:
        place = url.set(password=None, query={}).render_as_string().removeprefix("postgresql+psycopg2://")
        raise UnavailableError(
            f"The database at {place} does not answer: {first_line(error)}.",
            "Check DATABASE_URL and that the server runs; without DATABASE_URL the program starts one of its own.",
        ) from error
