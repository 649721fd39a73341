"""An HTTP client whose every answer is bounded: in time as a whole, and in size before and after decompression.

httpx bounds each operation on the socket and nothing else: a head that drips, interim answers (1xx) without end, data
that decompresses to nothing, or 1 MB that decompresses to 1 GB hold a caller for as long as the other side likes, or
take all memory. Here the connection itself knows by when an answer must be there.
"""

import os
import socket
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from ipaddress import ip_address
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self
from weakref import WeakSet

import httpcore
import httpx

from wholesaler import __version__
from wholesaler.deadline import check, remaining

#: bytes of one answer, before and after decompression
LARGEST_ANSWER = 64 << 20
#: seconds for each address of a host, of which there may be several
_LONGEST_CONNECT = 20.0
#: seconds that the end of a client waits for requests whose connections it has shut; only a connect takes longer
_LONGEST_CLOSE = 2.0
_PIECE = 1 << 20
_WRITE = 1 << 14
#: what describes the content as it was sent and not as it is handed on
_TRANSFER_HEADERS = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32

#: time.monotonic() at which the answer that this thread waits for must be there
_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))
#: the host that this thread asks only if it is a public one; through a proxy it is the proxy that looks it up
_public_host: ContextVar[str] = ContextVar("public_host", default="")


def trusted_certificates() -> SSLContext:
    """The certificates that the system, or SSL_CERT_FILE and SSL_CERT_DIR, trust; shared, so not to be added to."""
    return _certificates(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _certificates(file: str | None, directory: str | None) -> SSLContext:
    """Read once: that takes longer than most answers. httpx looks at the two variables itself."""
    return httpx.create_ssl_context()


class AnswerTooLarge(httpx.RequestError):
    """The answer is larger than permitted; the message gives the limit."""

    def __init__(self, size: int) -> None:
        super().__init__(f"sent more than {size / (1 << 20):g} MB")


class ClientClosed(httpx.RequestError):
    """The client was closed, by another thread, before the answer was there."""

    def __init__(self) -> None:
        super().__init__("the client was closed before the answer came")


class NotPublic(httpx.RequestError):
    """The host has an address that is no public one."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is no public address")
        self.host = host


class HttpClient:
    """An httpx client with bounds; a context manager, and may be used by many threads.

    ``seconds`` is for a whole answer, from the connection to the last byte (looking a host's name up is bounded by the
    system alone); ``size`` in bytes. Redirects are not followed: whoever asks knows where its request may go.
    """

    def __init__(
        self,
        *,
        seconds: float,
        size: int = LARGEST_ANSWER,
        verify: SSLContext | bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._seconds = seconds
        self._size = size
        # compressions that httpx may know besides have no limit of what a byte can become
        named = {"User-Agent": f"wholesaler/{__version__}", "Accept-Encoding": "gzip, deflate", **(headers or {})}
        self._client = httpx.Client(verify=verify, headers=named)
        self._connections = _Connections()
        for transport in (self._client._transport, *self._client._mounts.values()):
            # httpx has no parameter for httpcore's public network backend
            if isinstance(transport, httpx.HTTPTransport):
                pool = transport._pool
                pool._network_backend = _Backend(pool._network_backend, self._connections)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End what other threads are waiting for, and close the connections."""
        self._connections.shut()
        self._client.close()

    def request(self, method: str, url: str, *, seconds: float | None = None, **content: Any) -> httpx.Response:
        """Ask and read the whole answer; ``content`` is httpx's (``headers``, ``content``, ``data``, ``files``, …).

        ``seconds`` takes the place of the client's. Raises what httpx raises: ``httpx.TimeoutException`` for an answer
        that is not there in time, ``httpx.DecodingError`` for one that cannot be decompressed; and
        :class:`AnswerTooLarge` and :class:`ClientClosed`.
        """
        check()
        limit = min(self._seconds if seconds is None else seconds, remaining())
        timeout = httpx.Timeout(limit, connect=min(limit, _LONGEST_CONNECT))
        end = time.monotonic() + limit
        previous = _deadline.set(end)
        try:
            with (
                self._connections.request(),
                self._client.stream(method, url, timeout=timeout, follow_redirects=False, **content) as response,
            ):
                announced = response.headers.get("content-length", "")
                if announced.isascii() and announced.isdigit() and int(announced) > self._size:
                    raise AnswerTooLarge(self._size)
                raw = _bounded(response.iter_raw(), self._size, end)
                coding = response.headers.get("content-encoding", "")
                body = b"".join(_bounded(_decompressed(raw, coding), self._size, end))
        finally:
            _deadline.reset(previous)
        headers = [pair for pair in response.headers.raw if pair[0].lower() not in _TRANSFER_HEADERS]
        return httpx.Response(response.status_code, headers=headers, content=body, request=response.request)

    @contextmanager
    def stream(
        self, url: str, *, seconds: float, public: bool = False, headers: Mapping[str, str] | None = None
    ) -> Iterator[httpx.Response]:
        """Ask with GET for something large: its head is there, its body is read by ``iter_raw()``, as it was sent.

        The head must be there within the client's seconds, and no piece of the body may take longer; ``seconds`` are
        for all of it, and its size is the caller's to watch. ``public``: only a host of public addresses is asked
        (:class:`NotPublic`). Raises what :meth:`request` does, while the body is read as well.
        """
        host = httpx.URL(url).host if public else ""
        if public and not is_public(host):  # a connection to it may be open, since somebody else may ask it
            raise NotPublic(host)
        check()
        started = time.monotonic()
        seconds = min(seconds, remaining())
        limit = min(self._seconds, seconds)
        timeout = httpx.Timeout(self._seconds, connect=min(limit, _LONGEST_CONNECT))
        previous = _deadline.set(started + limit)
        previous_host = _public_host.set(host)
        try:
            with (
                self._connections.request(),
                self._client.stream("GET", url, timeout=timeout, follow_redirects=False, headers=headers) as response,
            ):
                _deadline.set(started + seconds)
                yield response
        finally:
            _deadline.reset(previous)
            _public_host.reset(previous_host)


def is_public(host: str) -> bool:
    """Whether all addresses of a host are public; what has none is not known here, and so no part of a private net."""
    try:
        return all(map(_is_global, _addresses(host, None)))
    except (OSError, UnicodeError):
        return True


def _addresses(host: str, port: int | None) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _is_global(address: str) -> bool:
    parsed = ip_address(address.partition("%")[0])
    return parsed.is_global and not parsed.is_multicast


def _bounded(pieces: Iterable[bytes], size: int, end: float) -> Iterator[bytes]:
    received = 0
    for piece in pieces:
        received += len(piece)
        if received > size:
            raise AnswerTooLarge(size)
        if time.monotonic() > end:
            raise httpx.ReadTimeout("the whole answer took too long")
        yield piece


def _decompressed(pieces: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """The pieces without their compression, in pieces of at most a megabyte, so that little is made in vain."""
    names = [name for name in (name.strip().lower() for name in coding.split(",")) if name not in ("", "identity")]
    if not names:
        yield from pieces
        return
    if len(names) > 1 or names[0] not in {"gzip", "x-gzip", "deflate"}:
        raise httpx.DecodingError(f"the answer is compressed as {coding[:40]!r}")
    try:
        yield from _inflated(pieces, zlib.decompressobj(_GZIP_OR_ZLIB), names[0] == "deflate")
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from None


def _inflated(pieces: Iterator[bytes], decoder: "zlib._Decompress", may_be_bare: bool) -> Iterator[bytes]:
    started = False
    for piece in pieces:
        rest = piece
        while rest and not decoder.eof:
            try:
                made = decoder.decompress(rest, _PIECE)
            except zlib.error:
                if started or not may_be_bare:
                    raise
                # some servers leave out the head that "deflate" ought to have
                decoder = zlib.decompressobj(-zlib.MAX_WBITS)
                made = decoder.decompress(rest, _PIECE)
            started = True
            rest = decoder.unconsumed_tail
            yield made
    yield decoder.flush()


class _Connections:
    """The open connections of a client, so that its end ends the requests of other threads too.

    Closing a socket does not wake a thread that reads from it, and its number may be another connection's by then;
    shutting it down does, and the thread closes it itself.
    """

    def __init__(self) -> None:
        self._streams: WeakSet[httpcore.NetworkStream] = WeakSet()
        self._requests = 0
        self._are_shut = False
        self._changed = threading.Condition()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count the requests under way; one that fails once the client is closed fails because of that."""
        with self._changed:
            if self._are_shut:
                raise ClientClosed
            self._requests += 1
        try:
            yield
        except httpx.TransportError:
            if self._are_shut:
                raise ClientClosed from None
            raise
        finally:
            with self._changed:
                self._requests -= 1
                self._changed.notify_all()

    def add(self, stream: httpcore.NetworkStream) -> None:
        """Watch over a new connection; it is closed at once when the client has ended meanwhile."""
        with self._changed:
            if not self._are_shut:
                self._streams.add(stream)
                return
        stream.close()
        raise httpcore.ConnectError("the client is closed")

    def shut(self) -> None:
        """Shut all down, and wait until those who used them have seen it."""
        with self._changed:
            self._are_shut = True
            for stream in self._streams:
                with suppress(OSError):
                    stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._requests, _LONGEST_CLOSE)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, backend: httpcore.NetworkBackend, connections: _Connections) -> None:
        self._backend = backend
        self._connections = connections

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = [host] if host != _public_host.get() else self._public_addresses(host, port)
        while True:
            seconds = _remaining(timeout, httpcore.ConnectTimeout)
            address = addresses.pop(0)
            try:
                stream = self._backend.connect_tcp(address, port, seconds, local_address, socket_options)
                return _Stream(stream, self._connections)
            except httpcore.ConnectError:
                if not addresses:
                    raise

    @staticmethod
    def _public_addresses(host: str, port: int) -> list[str]:
        """The addresses of a host, all public: to these it is connected, so that a name cannot change its mind."""
        try:
            addresses = _addresses(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from None
        if not all(map(_is_global, addresses)):
            raise NotPublic(host)
        return addresses

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """A connection on which no operation goes beyond the deadline of the answer that is being waited for."""

    def __init__(self, stream: httpcore.NetworkStream, connections: _Connections) -> None:
        self._stream = stream
        self._connections = connections
        connections.add(stream)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _remaining(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # the time given is for each piece that the system takes
        for start in range(0, len(buffer), _WRITE):
            self._stream.write(buffer[start : start + _WRITE], _remaining(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = _remaining(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._connections)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _remaining(timeout: float | None, late: type[Exception]) -> float:
    seconds = _deadline.get() - time.monotonic()
    if seconds <= 0:
        raise late("the whole answer took too long")
    return seconds if timeout is None else min(timeout, seconds)
