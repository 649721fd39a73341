"""One run of a market at a time: a file lock on this machine, an advisory lock in the database across machines.

SQLAlchemy is imported with the second of them only: who finds the first one held is to end at once.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from wholesaler.errors import ConfigurationError, LockedError
from wholesaler.home import make_home

if TYPE_CHECKING:
    from sqlalchemy import Engine


@contextmanager
def machine_lock(home: Path, market: str) -> Iterator[None]:
    """Hold the market's lock file; the operating system frees it when the process ends, however it ends.

    Raises :class:`LockedError` at once when another process holds it.
    """
    folder = home / "locks"
    try:
        make_home(home)
        folder.mkdir(exist_ok=True)
        lock = FileLock(folder / f"market-{market}.lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise LockedError(
            f"Another run of market {market} is under way on this machine; nothing was done.",
            "`wholesaler runs` shows it.",
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"WHOLESALER_HOME: {folder} cannot be written: {error.strerror or error}.",
            "Set WHOLESALER_HOME to a directory of your own.",
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def database_lock(engine: "Engine", market: str) -> Iterator[None]:
    """Hold the market's advisory lock on a connection of its own; it is freed when that connection ends.

    Raises :class:`LockedError` at once when another session holds it.
    """
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    digest = hashlib.sha256(f"wholesaler {market}".encode()).digest()
    key = int.from_bytes(digest[:8], "big", signed=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
            raise LockedError(
                f"Another run of market {market} is under way on another machine; nothing was done.",
                "`wholesaler runs` shows it.",
            )
        try:
            yield
        finally:
            with suppress(DBAPIError):  # a connection that is gone has freed the lock
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
