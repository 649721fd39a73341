"""Bulk load: rows are streamed by COPY, made while those before them are on their way to the server."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, Self, TypeVar

import psycopg2
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_READ = 1 << 22
_P = ParamSpec("_P")
_T = TypeVar("_T")


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


class Worker:
    """One other thread that does what it is given in that order, in the context of the one that made it."""

    def __init__(self) -> None:
        self._context = copy_context()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="worker")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def submit(self, function: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> Future[_T]:
        """Call the function there."""
        return self._pool.submit(self._context.run, partial(function, *arguments, **named))

    def ahead(self, items: Iterable[_T]) -> Iterator[_T]:
        """The items, each made there while the one before is being used."""
        remaining = iter(items)
        nothing = object()

        def make() -> _T | object:
            return next(remaining, nothing)

        coming = self.submit(make)
        while (item := coming.result()) is not nothing:
            coming = self.submit(make)
            yield item  # type: ignore[misc]
