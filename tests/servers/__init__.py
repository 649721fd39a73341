"""Hand-written servers for tests and benchmarks: real sockets on 127.0.0.1, no code of the program.

:class:`FakeServer` is what the HTTP ones share: keep-alive, a log of the requests, scripted faults.
"""

import socket
import ssl
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import orjson


@dataclass(frozen=True)
class Request:
    """One request as it came. ``kind`` is what it asks for; ``number`` counts those of a kind and path from 1."""

    method: str
    path: str
    query: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    kind: str = ""
    number: int = 0
    time: float = field(default_factory=time.monotonic)
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """An answer: ``body`` is bytes as they are or anything else as JSON; ``delay`` in seconds comes before it."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)


#: looks at a request and answers in the server's place, or returns ``None``
Fault = Callable[[Request], Reply | None]


def on(kind: str, reply: Reply, *numbers: int) -> Fault:
    """Answer the requests of this kind with these numbers (none given: all of them) with ``reply``."""

    def fault(request: Request) -> Reply | None:
        return reply if request.kind == kind and (not numbers or request.number in numbers) else None

    return fault


class FakeServer(ABC):
    """A threaded HTTP server; subclasses answer. ``url`` is its root, ``requests`` everything it was asked.

    ``busiest`` is the largest number of requests that were under way at the same time.
    """

    def __init__(self, certificate: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.busiest = 0
        self._busy = 0
        self._numbers: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        if certificate is not None:
            self._server.socket = certificate.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "http" if certificate is None else "https"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def asked(self, kind: str) -> list[Request]:
        """The requests of one kind, in the order they came."""
        return [request for request in self.requests if request.kind == kind]

    @abstractmethod
    def answer(self, request: Request) -> Reply:
        """Answer one request; called by many threads."""

    @abstractmethod
    def kind(self, request: Request) -> str:
        """What the request asks for."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def _receive(self, method: str, target: str, form: bytes, headers: Mapping[str, str]) -> Reply:
        parts = urlsplit(target)
        params = dict(parse_qsl(parts.query, keep_blank_values=True)) | dict(parse_qsl(form.decode()))
        request = Request(method, parts.path, parts.query, params, headers, body=form)
        with self._lock:
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
            kind = self.kind(request)
            self._numbers[kind, request.path] += 1
            request = replace(request, kind=kind, number=self._numbers[kind, request.path])
            self.requests.append(request)
        try:
            reply = self.answer(request)
            if reply.delay:
                time.sleep(reply.delay)
            return reply
        finally:
            with self._lock:
                self._busy -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def setup(self) -> None:
                super().setup()
                with owner._lock:
                    owner._connections.add(self.connection)

            def finish(self) -> None:
                try:
                    super().finish()
                finally:
                    with owner._lock:
                        owner._connections.discard(self.connection)

            def do_GET(self) -> None:
                self._respond()

            def do_POST(self) -> None:
                self._respond()

            def _respond(self) -> None:
                form = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = owner._receive(self.command, self.path, form, headers)
                content = reply.content
                self.send_response(reply.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                pass

        return Handler


class QuietServer(ThreadingHTTPServer):
    """A server of threads to which a client that hangs up is no news."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what went wrong; a client that hangs up is no error of the server."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
