"""Bulk load: rows are streamed by COPY."""

from collections.abc import Iterable, Iterator, Sequence

import psycopg2
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_READ = 1 << 22


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


def copy_lines(connection: Connection, table: str, columns: Sequence[str], chunks: Iterable[bytes]) -> None:
    """Stream COPY text (tab-separated, ``\\N`` for null) into ``table``; whatever ``chunks`` raises comes through."""
    names = ", ".join(f'"{column}"' for column in columns)
    driver = connection.connection.driver_connection
    assert driver is not None
    reader = _Reader(chunks)
    with driver.cursor() as cursor:
        try:
            cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', reader, _READ)
        except Exception as error:
            if reader.failure is not None:
                raise reader.failure from None
            if isinstance(error, psycopg2.Error):
                raise DBAPIError.instance(f"COPY {table}", None, error, psycopg2.Error) from error
            raise
