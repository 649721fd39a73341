"""What an HTTP server may do to a client: nothing lasts longer, and nothing grows larger, than permitted."""

import gc
import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from wholesaler.http_client import AnswerTooLarge, ClientClosed, HttpClient, NotPublic

SECONDS = 0.4
OK = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads each request's head and leaves the rest to ``answer``."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    def talk(connection: socket.socket) -> None:
        with connection:
            try:
                while connection.recv(65536):
                    answer(connection)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def forever(head: bytes, piece: bytes, pause: float = 0.02) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)
            time.sleep(pause)

    return answer


def once(body: bytes, *headers: bytes) -> Callable[[socket.socket], None]:
    head = b"".join(header + b"\r\n" for header in (*headers, b"Content-Length: %d" % len(body)))

    def answer(connection: socket.socket) -> None:
        connection.sendall(OK + head + b"\r\n" + body)

    return answer


EMPTY_BLOCKS = b"\x00\x00\x00\xff\xff" * 20
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n"
SLOW = {
    "silence": forever(b"", b""),
    "a head that drips": forever(OK + b"X-Slow: ", b"x"),
    "interim answers without end": forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "early hints without end, fast": forever(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 50, 0.001),
    "a body that drips": forever(OK + b"Content-Length: 100000\r\n\r\n", b" "),
    "chunks that drip": forever(CHUNKED + b"\r\n", b"1\r\nx\r\n"),
    "a chunk's size that drips": forever(CHUNKED + b"\r\n", b"0"),
    "data that decompresses to nothing": forever(
        CHUNKED + b"Content-Encoding: deflate\r\n\r\n2\r\n\x78\x9c\r\n", b"64\r\n" + EMPTY_BLOCKS + b"\r\n", 0.001
    ),
    "trailers that drip": forever(CHUNKED + b"\r\n1\r\nx\r\n0\r\nX-Slow: ", b"x"),
}


@pytest.mark.parametrize("name", SLOW)
def test_an_answer_has_one_deadline_as_a_whole(name: str) -> None:
    with serving(SLOW[name]) as url, HttpClient(seconds=SECONDS) as client:
        started = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            client.request("GET", url)
        assert SECONDS * 0.9 < time.monotonic() - started < SECONDS + 1


def test_a_connection_that_is_used_again_knows_the_new_deadline() -> None:
    asked: list[int] = []

    def answer(connection: socket.socket) -> None:
        asked.append(1)
        (once(b"ok") if len(asked) < 3 else SLOW["a head that drips"])(connection)

    with serving(answer) as url, HttpClient(seconds=SECONDS) as client:
        for _ in range(2):
            assert client.request("GET", url).text == "ok"
            time.sleep(SECONDS)
        started = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            client.request("GET", url, seconds=0.2)
        assert time.monotonic() - started < 1


def test_a_server_that_does_not_read_the_request_is_given_up() -> None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    with listener, HttpClient(seconds=SECONDS) as client:
        started = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            client.request("POST", f"http://127.0.0.1:{listener.getsockname()[1]}/", content=b"x" * (16 << 20))
        assert time.monotonic() - started < SECONDS + 1


def test_a_handshake_that_drips_is_bounded() -> None:
    with serving(forever(b"\x16\x03\x03\x40\x00", b"\x02")) as url, HttpClient(seconds=SECONDS) as client:
        started = time.monotonic()
        with pytest.raises(httpx.TransportError):
            client.request("GET", url.replace("http:", "https:"))
        assert time.monotonic() - started < SECONDS + 1


MEGABYTE = 1 << 20
LARGE = {
    "announced": (once(b"x" * (2 * MEGABYTE)), ()),
    "not announced": (forever(CHUNKED + b"\r\n", b"4000\r\n" + b"x" * 0x4000 + b"\r\n", 0), ()),
    "gzip": (once(gzip.compress(bytes(300 * MEGABYTE), 9), b"Content-Encoding: gzip"), ()),
    "deflate": (once(zlib.compress(bytes(300 * MEGABYTE), 9), b"Content-Encoding: deflate"), ()),
}


@pytest.mark.parametrize("name", LARGE)
def test_an_answer_has_a_largest_size_before_and_after_decompression(name: str) -> None:
    with serving(LARGE[name][0]) as url, HttpClient(seconds=20, size=MEGABYTE) as client:
        tracemalloc.start()
        try:
            with pytest.raises(AnswerTooLarge, match="more than 1 MB"):
                client.request("GET", url)
            assert tracemalloc.get_traced_memory()[1] < 8 * MEGABYTE
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("coding", [b"gzip, gzip", b"br", b"zstd", b"gzip,deflate"])
def test_only_the_compressions_that_were_asked_for_are_read(coding: bytes) -> None:
    """Each of a chain multiplies what a byte can become."""
    body = gzip.compress(gzip.compress(b"{}"))
    server = serving(once(body, b"Content-Encoding: " + coding))
    with server as url, HttpClient(seconds=5) as client, pytest.raises(httpx.DecodingError, match="compressed as"):
        client.request("GET", url)


_BARE = zlib.compressobj(wbits=-zlib.MAX_WBITS)
BODY = bytes(range(256)) * 20_000
COMPRESSED = {
    "none": (BODY, b"X-Nothing: 1"),
    "identity": (BODY, b"Content-Encoding: identity"),
    "gzip": (gzip.compress(BODY), b"Content-Encoding: GZIP"),
    "x-gzip": (gzip.compress(BODY), b"Content-Encoding: x-gzip"),
    "deflate": (zlib.compress(BODY), b"Content-Encoding: deflate"),
    "bare deflate": (_BARE.compress(BODY) + _BARE.flush(), b"Content-Encoding: deflate"),
    "highly compressible": (gzip.compress(bytes(5 * MEGABYTE + 7)), b"Content-Encoding: gzip"),
}


@pytest.mark.parametrize("name", COMPRESSED)
def test_what_is_within_the_bounds_comes_whole(name: str) -> None:
    body, header = COMPRESSED[name]
    with serving(once(body, header)) as url, HttpClient(seconds=20) as client:
        answer = client.request("GET", url)
    assert answer.content == (bytes(5 * MEGABYTE + 7) if name == "highly compressible" else BODY)
    assert "content-encoding" not in answer.headers


def test_a_damaged_compression_is_told_as_such() -> None:
    server = serving(once(b"no gzip", b"Content-Encoding: gzip"))
    with server as url, HttpClient(seconds=5) as client, pytest.raises(httpx.DecodingError):
        client.request("GET", url)


def ask_in_a_thread(client: HttpClient, url: str) -> tuple[threading.Thread, list[object]]:
    """A request under way, and what becomes of it."""
    ends: list[object] = []

    def ask() -> None:
        try:
            ends.append(client.request("GET", url).status_code)
        except httpx.RequestError as error:
            ends.append(type(error))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread, ends


def test_closing_ends_the_requests_of_other_threads() -> None:
    asked = threading.Event()

    def never(connection: socket.socket) -> None:
        asked.set()
        connection.recv(1)  # until the client has gone

    with serving(never) as url:
        client = HttpClient(seconds=30)
        thread, ends = ask_in_a_thread(client, url)
        assert asked.wait(5)
        client.close()
        thread.join(5)
    assert ends == [ClientClosed]
    with pytest.raises(ClientClosed):
        client.request("GET", url)


def test_a_connection_that_is_there_only_after_the_end_is_closed() -> None:
    """What it would leave open is told as a ResourceWarning, which fails the test."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        # the queue of a server that accepts nobody takes one; the next waits for an answer to its SYN
        with socket.create_connection(address):
            client = HttpClient(seconds=30)
            thread, ends = ask_in_a_thread(client, f"http://127.0.0.1:{address[1]}/")
            thread.join(0.3)
            assert thread.is_alive()
            client.close()
            assert thread.is_alive()
            listener.accept()[0].close()
            thread.join(10)
        gc.collect()
    assert ends == [ClientClosed]


def drained(client: HttpClient, url: str, seconds: float, **options: bool) -> bytes:
    with client.stream(url, seconds=seconds, **options) as response:
        return b"".join(response.iter_raw())


def test_something_large_is_read_piece_by_piece_as_it_was_sent() -> None:
    body = gzip.compress(bytes(100_000))
    answer = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with serving(lambda connection: connection.sendall(answer)) as url, HttpClient(seconds=SECONDS, size=10) as client:
        assert drained(client, url, 5) == body


def test_the_head_of_a_stream_has_the_time_of_an_answer_and_the_body_more() -> None:
    with HttpClient(seconds=SECONDS) as client:
        with serving(forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n")) as url:
            started = time.monotonic()
            with pytest.raises(httpx.TimeoutException):
                drained(client, url, 60)
            assert time.monotonic() - started < 4 * SECONDS
        with serving(forever(OK + b"Content-Length: 1000\r\n\r\n", b"x", SECONDS / 4)) as url:
            started = time.monotonic()
            with pytest.raises(httpx.TimeoutException):
                drained(client, url, 3 * SECONDS)
            assert 2 * SECONDS < time.monotonic() - started < 6 * SECONDS


@pytest.mark.parametrize("later", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "224.0.0.1", "100.64.0.1"])
def test_a_public_host_is_asked_at_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch, later: str) -> None:
    answers = ["93.184.216.34", later]

    def look_up(host: str, port: object, **options: object) -> list[object]:
        assert host == "files.example.org"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with HttpClient(seconds=SECONDS) as client, pytest.raises(NotPublic, match=r"files\.example\.org is no public"):
        drained(client, "https://files.example.org/a.csv", 1, public=True)
    assert answers == []
