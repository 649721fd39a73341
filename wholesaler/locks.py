"""One run of a market at a time: a file lock on this machine, an advisory lock in the database across machines.

SQLAlchemy is imported with the second of them only: who finds the first one held is to end at once.
"""

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from wholesaler.errors import ConfigurationError, LockedError
from wholesaler.home import make_home, user_name
from wholesaler.logs import log

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_HINT = "`wholesaler runs` shows it."
#: how long a session of ours that the server still has may take to end, in seconds
_END_WITHIN = 5.0
#: seconds between two looks at a lock that is waited for
_POLL = 0.25


@contextmanager
def machine_lock(home: Path, market: str, until: float = 0.0) -> Iterator[None]:
    """Hold the market's lock file; the operating system frees it when the process ends, however it ends.

    Raises :class:`LockedError` when another process holds it ``until`` then (of ``time.monotonic``; by default at
    once), :class:`ConfigurationError` when it cannot be had in ``home``.
    """
    wait = max(0.0, until - time.monotonic())
    try:
        make_home(home)
        lock = lock_file(home, f"market-{market}")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            _say_waiting(market, wait)
            lock.acquire(timeout=wait, poll_interval=_POLL)
    except Timeout:
        raise _held(market, "on this machine", wait) from None
    except OSError as error:
        raise ConfigurationError(
            f"WHOLESALER_HOME: {error.filename or home / 'locks'} cannot be written: {error.strerror or error}.",
            "Set WHOLESALER_HOME to a directory of your own.",
        ) from None
    try:
        yield
    finally:
        lock.release()


def lock_file(home: Path, name: str) -> FileLock:
    """The lock of a name, not yet acquired, that nobody but the owner of ``home`` can hold.

    Whoever can open a file for reading can lock it. One that was open to others is replaced, since a stranger may have
    it open; a run of an earlier version that holds it is kept apart by the database's lock. Raises
    :class:`ConfigurationError` for a directory of somebody else, ``OSError`` when it cannot be made.
    """
    folder = home / "locks"
    with suppress(FileExistsError):
        folder.mkdir(0o700)
    status = folder.stat()
    if status.st_uid != os.geteuid():
        raise ConfigurationError(
            f"WHOLESALER_HOME: {folder} belongs to {user_name(status.st_uid)}, who could hold every lock in it.",
            "Run wholesaler as that user, or set WHOLESALER_HOME to a directory of your own.",
        )
    path = folder / f"{name}.lock"
    if status.st_mode & 0o077:
        folder.chmod(0o700)
    with suppress(FileNotFoundError):
        status = path.lstat()
        if status.st_mode & 0o077 or status.st_uid != os.geteuid() or not stat.S_ISREG(status.st_mode):
            path.unlink()
    return FileLock(path, mode=0o600)


class DatabaseLock:
    """The market's advisory lock, on a connection of its own; it is freed when that connection ends."""

    def __init__(self, engine: "Engine", market: str) -> None:
        self._engine = engine
        self._market = market
        digest = hashlib.sha256(f"wholesaler {market}".encode()).digest()
        self._key = int.from_bytes(digest[:8], "big", signed=True)
        self._connection: Connection | None = None
        self._session: dict[str, Any] = {}

    def acquire(self, until: float = 0.0) -> None:
        """Take the lock; raises :class:`LockedError` when another session holds it ``until`` then."""
        wait = max(0.0, until - time.monotonic())
        try:
            if not self._take():
                _say_waiting(self._market, wait)
                while not self._take():
                    if time.monotonic() >= until:
                        raise _held(self._market, "on another machine", wait)
                    time.sleep(_POLL)
        except BaseException:
            self.release()
            raise

    def is_held(self) -> bool:
        """Whether the connection that holds the lock is alive."""
        from sqlalchemy import text
        from sqlalchemy.exc import DBAPIError

        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            self._drop()
            return False
        return True

    def restore(self) -> None:
        """Take the lock again, on a new connection.

        Raises :class:`LockedError` when another run has taken it meanwhile, and SQLAlchemy's ``OperationalError``
        when there is still no server.
        """
        until = time.monotonic() + _END_WITHIN
        while not self._take(end=self._session):
            if time.monotonic() > until:
                self.release()
                raise LockedError(
                    f"The connection to the database was lost, and another run of market {self._market} has begun "
                    "meanwhile; this one ends.",
                    _HINT,
                )
            time.sleep(0.1)

    def release(self) -> None:
        """Free the lock; a connection that is gone has freed it."""
        from sqlalchemy import text
        from sqlalchemy.exc import DBAPIError

        if self._connection is not None:
            with suppress(DBAPIError):
                self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": self._key})
            self._drop()

    def _take(self, end: dict[str, Any] | None = None) -> bool:
        """Whether the lock could be had; ``end`` is a session of ours that the server may not know to be gone."""
        from sqlalchemy import text

        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if end:
            query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid AND backend_start = :start"
            self._connection.execute(text(query), end)
        taken = self._connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key})
        if taken:
            query = "SELECT pid, backend_start AS start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            self._session = dict(self._connection.execute(text(query)).mappings().one())
        return bool(taken)

    def _drop(self) -> None:
        from sqlalchemy.exc import DBAPIError

        if self._connection is not None:
            with suppress(DBAPIError):
                self._connection.close()
            self._connection = None


@contextmanager
def database_lock(engine: "Engine", market: str, until: float = 0.0) -> Iterator[DatabaseLock]:
    """Hold the market's advisory lock. Raises :class:`LockedError` when another session holds it ``until`` then.

    ``until`` is of ``time.monotonic``; by default nothing is waited for.
    """
    lock = DatabaseLock(engine, market)
    lock.acquire(until)
    try:
        yield lock
    finally:
        lock.release()


def _say_waiting(market: str, wait: float) -> None:
    if wait:
        log.info("waiting_for_lock", market=market, seconds=round(wait))


def _held(market: str, where: str, wait: float) -> LockedError:
    still = "still " if wait else ""
    return LockedError(f"Another run of market {market} is {still}under way {where}; nothing was done.", _HINT)
