"""Servers of a few lines on 127.0.0.1 that do what none should: answer nothing, without end, a byte at a time."""

import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread, local
from types import TracebackType


class Wire:
    """``with Wire(talk) as wire: ...`` calls ``talk(wire, connection)`` for each connection, in a thread of its own."""

    host = "127.0.0.1"

    def __init__(
        self, talk: Callable[["Wire", socket.socket], None], certificate: ssl.SSLContext | None = None
    ) -> None:
        self.received: list[bytes] = []
        #: of each talk its own: ``request``, the last that it has received
        self.own = local()
        self.over = Event()
        #: for a test to say what a talk does next
        self.mute = False
        self._talk = talk
        self._certificate = certificate
        self._socket = socket.create_server((self.host, 0))
        self.port: int = self._socket.getsockname()[1]
        self._connections: list[socket.socket] = []

    def __enter__(self) -> "Wire":
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.over.set()
        for connection in (self._socket, *self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def drip(self, connection: socket.socket, text: bytes, seconds: float = 0.02) -> None:
        """Send ``text`` again and again, a byte at a time, until the other side has gone."""
        while True:
            for byte in text:
                if self.over.wait(seconds):
                    return
                connection.sendall(bytes([byte]))

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._connections.append(connection)
                Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if self._certificate is not None:
                connection = self._certificate.wrap_socket(connection, server_side=True)
                self._connections.append(connection)
            with connection:
                self._talk(self, connection)


def http(answer: Callable[[Wire, socket.socket], None]) -> Callable[[Wire, socket.socket], None]:
    """Read a request whole, keep it, and leave the rest to ``answer``."""

    def talk(wire: Wire, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(65536)
        head, _, body = request.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while length and len(body) < int(length[1]):
            body += connection.recv(65536)
        wire.own.request = head + b"\r\n\r\n" + body
        wire.received.append(wire.own.request)
        answer(wire, connection)

    return talk


def smtp(
    *, at: str = "", answer: Callable[[Wire, socket.socket], None], greeting: str = "220 wire\r\n"
) -> Callable[[Wire, socket.socket], None]:
    """A mail server without TLS that takes everything, but leaves ``at`` (a command, or ``.`` for the mail) to
    ``answer``."""

    def talk(wire: Wire, connection: socket.socket) -> None:
        if at == "greeting":
            answer(wire, connection)
            return
        connection.sendall(greeting.encode())
        lines = connection.makefile("rb")
        mail: list[bytes] | None = None
        for line in lines:
            command = line.decode("latin-1").split()[0].upper() if line.strip() else ""
            if mail is not None:
                mail.append(line)
                if line != b".\r\n":
                    continue
                wire.received.append(b"".join(mail))
                mail, command = None, "."
            if command == at:
                answer(wire, connection)
                return
            replies = {"EHLO": "250-wire\r\n250 AUTH PLAIN LOGIN", "DATA": "354 go on", "AUTH": "235 ok", "QUIT": "221"}
            if command == "DATA":
                mail = []
            connection.sendall(f"{replies.get(command, '250 OK')}\r\n".encode())

    return talk


def silence(wire: Wire, connection: socket.socket) -> None:
    """Say nothing."""
    wire.over.wait()


def hang_up(wire: Wire, connection: socket.socket) -> None:
    """Close the connection."""


def endless(text: bytes) -> Callable[[Wire, socket.socket], None]:
    """Send ``text`` for ever, as fast as it goes."""

    def answer(wire: Wire, connection: socket.socket) -> None:
        block = text * (65536 // len(text))
        while not wire.over.is_set():
            connection.sendall(block)

    return answer


def dripping(text: bytes) -> Callable[[Wire, socket.socket], None]:
    """Send ``text`` for ever, a byte at a time."""
    return lambda wire, connection: wire.drip(connection, text)
