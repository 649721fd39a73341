"""Bulk load: COPY text goes through whole, errors come through as they are, and memory stays small."""

import tracemalloc
from collections.abc import Iterator
from threading import current_thread

import pytest
import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from wholesaler.db.bulk import copy_lines
from wholesaler.errors import SourceError
from wholesaler.prefetch import Prefetch

MEGABYTE = 1 << 20


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        connection.execute(text('CREATE TEMPORARY TABLE staging (number int, "Name" text)'))
        yield connection


def rows(connection: Connection) -> list[tuple[int | None, str | None]]:
    result = connection.execute(text('SELECT number, "Name" FROM staging ORDER BY number'))
    return [(row[0], row[1]) for row in result]


def test_lines_become_rows_wherever_the_chunks_are_cut(connection: Connection) -> None:
    content = "1\ta\n2\t\\N\n3\tñ\\tx\n".encode()
    for size in range(1, len(content) + 1):
        connection.execute(text("TRUNCATE staging"))
        chunks = (content[start : start + size] for start in range(0, len(content), size))
        copy_lines(connection, "staging", ["number", "Name"], chunks)
        assert rows(connection) == [(1, "a"), (2, None), (3, "ñ\tx")], size


def test_empty_chunks_are_not_the_end(connection: Connection) -> None:
    copy_lines(connection, "staging", ["number"], [b"", b"1\n", b"", b"", b"2\n", b""])
    assert rows(connection) == [(1, None), (2, None)]


def test_no_chunk_at_all_is_no_row(connection: Connection) -> None:
    copy_lines(connection, "staging", ["number"], [])
    assert rows(connection) == []


def test_a_chunk_larger_than_a_read_goes_through_whole(connection: Connection) -> None:
    name = "x" * (3 * MEGABYTE + 7)
    copy_lines(connection, "staging", ["number", "Name"], [b"1\t" + name.encode() + b"\n"])
    assert rows(connection) == [(1, name)]


def test_the_error_of_the_chunks_comes_through_as_itself_and_no_row_is_kept(connection: Connection) -> None:
    failure = SourceError("the county's server went away", transient=True)

    def chunks() -> Iterator[bytes]:
        yield b"1\ta\n"
        raise failure

    with pytest.raises(SourceError) as caught, connection.begin_nested():
        copy_lines(connection, "staging", ["number", "Name"], chunks())
    assert caught.value is failure
    assert rows(connection) == []


def test_an_interruption_of_the_chunks_comes_through(connection: Connection) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"1\ta\n"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_lines(connection, "staging", ["number", "Name"], chunks())


def test_what_the_database_refuses_is_an_error_of_the_database(connection: Connection) -> None:
    with pytest.raises(DBAPIError, match="invalid input syntax for type integer"):
        copy_lines(connection, "staging", ["number"], [b"one\n"])


def test_a_connection_lost_in_the_middle_is_an_error_that_a_retry_can_help(
    engine: Engine, connection: Connection
) -> None:
    process = connection.scalar(text("SELECT pg_backend_pid()"))

    def chunks() -> Iterator[bytes]:
        yield b"1\ta\n"
        with engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": process})
        for _ in range(64):
            yield b"2\tb\n" * 65536

    try:
        with pytest.raises((OperationalError, InterfaceError)):
            copy_lines(connection, "staging", ["number", "Name"], chunks())
    finally:
        connection.invalidate()


def test_chunks_are_read_as_they_are_sent_and_not_kept(connection: Connection) -> None:
    line = b"1\t" + b"x" * 1021 + b"\n"
    asked = 0

    def chunks() -> Iterator[bytes]:
        nonlocal asked
        for _ in range(32):
            asked += 1
            yield line * 1024

    tracemalloc.start()
    copy_lines(connection, "staging", ["number", "Name"], chunks())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert asked == 32
    assert connection.scalar(text("SELECT count(*) FROM staging")) == 32 * 1024
    assert peak < 8 * MEGABYTE


def test_a_worker_makes_items_ahead_in_their_order_and_passes_on_what_they_raise() -> None:
    made = []

    def items() -> Iterator[int]:
        for number in range(3):
            made.append((number, current_thread().name))
            yield number
        raise ValueError("no more")

    with Prefetch() as worker:
        coming = worker.items(items())
        assert next(coming) == 0
        assert worker.submit(lambda: "after").result() == "after"
        assert [number for number, _ in made] == [0, 1]
        assert [next(coming), next(coming)] == [1, 2]
        with pytest.raises(ValueError, match="no more"):
            next(coming)
    assert {name for _, name in made} == {"prefetch_0"}


def test_a_worker_has_the_context_of_who_made_it() -> None:
    with structlog.contextvars.bound_contextvars(source="tax_sales"), Prefetch() as worker:
        assert worker.submit(structlog.contextvars.get_contextvars).result() == {"source": "tax_sales"}
