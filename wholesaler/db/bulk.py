"""Bulk load: rows are streamed by COPY."""

from collections.abc import Iterable, Iterator, Sequence
from typing import IO

import psycopg2
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_READ = 1 << 22
_WRITE = 1 << 20


class _Reader:
    """What psycopg2's COPY reads from: the chunks of an iterator, handed out in bounded pieces."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self._chunk = b""
        self._position = 0
        self.failure: BaseException | None = None

    def read(self, size: int = _READ) -> bytes:
        while self._position >= len(self._chunk):
            try:
                chunk = next(self._chunks, None)
            except BaseException as error:
                # the driver would bury it in a message of its own
                self.failure = error
                raise
            if chunk is None:
                return b""
            self._chunk, self._position = chunk, 0
        piece = self._chunk[self._position : self._position + size]
        self._position += len(piece)
        return piece


class _Writer:
    """What psycopg2's COPY writes to: its rows, gathered to pieces worth a call of ``file``."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._piece = bytearray()
        self.failure: BaseException | None = None

    def write(self, rows: bytes) -> int:
        self._piece += rows
        if len(self._piece) >= _WRITE:
            try:
                self.flush()
            except BaseException as error:
                self.failure = error
                raise
        return len(rows)

    def flush(self) -> None:
        self._file.write(self._piece)
        self._piece.clear()

    def read(self, size: int) -> bytes:
        raise NotImplementedError("the driver asks for it, and never calls it")


def copy_lines(connection: Connection, table: str, columns: Sequence[str], chunks: Iterable[bytes]) -> int:
    """Stream COPY text (tab-separated, ``\\N`` for null) into ``table``, and return how many rows it was.

    Whatever ``chunks`` raises comes through.
    """
    return _copy(connection, table, f'COPY "{table}" ({_listed(columns)}) FROM STDIN', _Reader(chunks))


def copy_out(connection: Connection, table: str, columns: Sequence[str], file: IO[bytes]) -> int:
    """Write the rows of ``table`` into ``file`` as COPY text, and return how many.

    Whatever ``file`` raises comes through.
    """
    writer = _Writer(file)
    rows = _copy(connection, table, f'COPY (SELECT {_listed(columns)} FROM "{table}") TO STDOUT', writer)
    writer.flush()
    return rows


def _copy(connection: Connection, table: str, command: str, stream: "_Reader | _Writer") -> int:
    """Run a COPY through ``stream``, whose own failure comes through; returns how many rows it was."""
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor:
        try:
            cursor.copy_expert(command, stream, _READ)
        except Exception as error:
            if stream.failure is not None:
                raise stream.failure from None
            if isinstance(error, psycopg2.Error):
                raise DBAPIError.instance(f"COPY {table}", None, error, psycopg2.Error) from error
            raise
        return int(cursor.rowcount)


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
