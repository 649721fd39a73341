"""A server of files, written at the wire: ranges, validators, redirects, and every way to break off."""

import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.servers.wire import Wire, http


@dataclass
class Served:
    """What is at a path. ``breaks``: of the next answers, after how many bytes of the body the connection is cut.

    ``end`` is how the end of the body is told: by a length, by chunks, or not at all. Without ``ranges`` a Range is
    answered with the whole file. ``extra`` are more headers; ``before`` is called with each request.
    """

    body: bytes = b""
    status: int = 200
    etag: str = ""
    last_modified: str = ""
    ranges: bool = True
    conditional: bool = True
    end: Literal["length", "chunks", "nothing"] = "length"
    breaks: list[int] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)
    before: Callable[["Asked"], None] = lambda asked: None


@dataclass(frozen=True)
class Asked:
    """A request: its path with the query, and its headers by names in lower case."""

    path: str
    headers: Mapping[str, str]


class FileServer(Wire):
    """``files`` by path; ``asked`` is what was asked, in order."""

    def __init__(self, certificate: ssl.SSLContext | None = None) -> None:
        super().__init__(http(self._answer), certificate)
        self.files: dict[str, Served] = {}
        self.asked: list[Asked] = []
        self._scheme = "http" if certificate is None else "https"

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def serve(self, path: str, served: Served) -> str:
        """Put something at a path; returns its address."""
        self.files[path] = served
        return f"{self.url}{path}"

    def _answer(self, wire: Wire, connection: socket.socket) -> None:
        head = wire.received[-1].decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1]
        lines = (line.partition(": ") for line in head[1:] if line)
        asked = Asked(path, {name.lower(): value for name, _, value in lines})
        self.asked.append(asked)
        served = self.files.get(path.partition("?")[0], Served(b"nothing here", 404))
        served.before(asked)
        status, headers, body = _reply(served, asked.headers)
        cut = served.breaks.pop(0) if served.breaks else len(body)
        if served.end == "chunks":
            headers["Transfer-Encoding"] = "chunked"
        elif served.end == "length":
            headers.setdefault("Content-Length", str(len(body)))
        lines_out = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in headers.items())]
        connection.sendall(("\r\n".join([*lines_out, "Connection: close"]) + "\r\n\r\n").encode("latin-1"))
        if served.end == "chunks":
            for start in range(0, cut, 1000):
                piece = body[start : min(start + 1000, cut)]
                connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            if cut == len(body):
                connection.sendall(b"0\r\n\r\n")
        else:
            connection.sendall(body[:cut])


def _reply(served: Served, asked: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
    headers = dict(served.extra)
    if served.etag:
        headers["ETag"] = served.etag
    if served.last_modified:
        headers["Last-Modified"] = served.last_modified
    if served.status != 200:
        return served.status, headers, served.body
    if served.conditional and "range" not in asked:
        if served.etag and asked.get("if-none-match") == served.etag:
            return 304, headers, b""
        if not served.etag and served.last_modified and asked.get("if-modified-since") == served.last_modified:
            return 304, headers, b""
    if "range" in asked and served.ranges:
        start = int(asked["range"].removeprefix("bytes=").removesuffix("-"))
        if asked.get("if-range") in {served.etag, served.last_modified} - {""}:
            if start >= len(served.body):
                return 416, headers, b""
            headers["Content-Range"] = f"bytes {start}-{len(served.body) - 1}/{len(served.body)}"
            return 206, headers, served.body[start:]
    return 200, headers, served.body
