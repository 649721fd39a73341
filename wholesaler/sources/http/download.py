"""A file from the web onto the disk: what has come of it is kept, and gone on with after a break where that is safe.

It is whole only when the length that the server told, or the end of its chunks, is reached; of a server that tells
neither nobody knows. A file that changes between two attempts begins anew.
"""

import errno
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from email.message import Message
from http import HTTPStatus
from math import inf
from pathlib import Path
from typing import IO, Any, NoReturn
from urllib.parse import unquote

import httpx
import orjson

from wholesaler.errors import SourceError
from wholesaler.home import open_private
from wholesaler.http_client import HttpClient, NotPublic, is_public
from wholesaler.retry import RetryPolicy
from wholesaler.sources.http.answer import Failure, decode_json, refusal, seconds_of, words_of
from wholesaler.sources.http.rate_limit import RateLimit
from wholesaler.sources.http.transport import MOST_REDIRECTS, REDIRECTS, clean, transport_failures

GIGABYTE, MEGABYTE = 10**9, 10**6
_MISSING = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)", re.IGNORECASE)
#: compressions that are told by the beginning of the file, and undone when it is read
_CODINGS = frozenset({"", "identity", "gzip", "x-gzip"})
_LONGEST_NAME = 200
#: how ZIP and gzip files begin, and GeoPackages, of which a part is not to be read
_PACKED = (b"PK", b"\x1f\x8b", b"SQ")
#: bytes of an error that are read
_LONGEST_ERROR = 65536


class Missing(SourceError):
    """The server says that there is nothing at the address."""


@dataclass(frozen=True)
class FileHead:
    """What a server says of a file: its validators, the name to save it under, its bytes, whether it told its end."""

    etag: str = ""
    last_modified: str = ""
    name: str = ""
    length: int | None = None
    has_end: bool = True
    #: whether only its beginning was wanted, and there is more
    is_cut: bool = False

    @property
    def range_condition(self) -> str:
        """What tells that the rest is of the same file: a strong ETag, or the time of its last change; or nothing."""
        return self.etag if self.etag.startswith('"') else "" if self.etag else self.last_modified

    @property
    def conditions(self) -> dict[str, str]:
        """The headers that ask for the file only if it is another."""
        both = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in both.items() if value}

    def is_same(self, other: "FileHead") -> bool:
        """Whether it is the file of another head; not without a word of either."""
        if self.etag or other.etag:
            return self.etag == other.etag
        words = (self.last_modified, self.length)
        return all(words) and words == (other.last_modified, other.length)


@dataclass(frozen=True)
class Download:
    """One file at ``url`` for one source; ``seconds`` and ``largest`` (bytes) are for all of it, retries included."""

    policy: RetryPolicy
    #: the connections and the rate limit for an address
    lane: Callable[[httpx.URL], tuple[HttpClient, RateLimit]] = field(repr=False)
    source: str
    url: str = field(repr=False)
    timeout: float
    seconds: float
    largest: float
    #: takes secrets out of a text
    redact: Callable[[str], str] = field(repr=False)
    #: bytes of the beginning that are enough for who only looks; what is packed comes whole
    enough: float = inf
    #: what only the server of the address itself is told
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def host(self) -> str:
        """The host of the address."""
        return httpx.URL(self.url).host

    def bring(self, part: Path, known: FileHead | None) -> FileHead | None:
        """Have the whole file at ``part``, or say with ``None`` that it is the one of the head that is ``known``.

        Beside ``part`` stands what is needed to go on with it, today or another day. Raises :class:`Missing` and
        ``SourceError``.
        """
        end = time.monotonic() + self.seconds
        attempts = self.policy.attempts(
            reason=lambda error: self._clean(str(error)), source=self.source, host=self.host
        )
        try:
            return attempts(self._attempt, _Part(part), known, end)
        except Failure as failure:
            raise self._give_up(failure, attempts.statistics["attempt_number"]) from None

    def _attempt(self, part: "_Part", known: FileHead | None, end: float) -> FileHead | None:
        begun, start = part.begun()
        if begun is not None and begun.length == start:
            part.forget()
            return begun
        # what a server compresses on the way has another length and no ranges
        headers = {"Accept-Encoding": "identity"}
        if begun is not None and start:
            headers |= {"Range": f"bytes={start}-", "If-Range": begun.range_condition}
        elif known is not None:
            headers |= known.conditions
        with self._open(headers, end) as response:
            status = response.status_code
            if status == HTTPStatus.NOT_MODIFIED and known is not None and not start:
                part.remove()
                return None
            if status == HTTPStatus.PARTIAL_CONTENT and begun is not None and start:
                self._check_range(response, part, begun, start)
                head = begun
            elif status == HTTPStatus.OK:
                head, start = _read_head(response), 0
                if known is not None and head.is_same(known):
                    part.remove()
                    return None
            else:
                self._refuse(response, part)
            self._check_size(part, head, start)
            is_cut = self._receive(response, part, head, start)
        part.forget()
        return replace(head, is_cut=is_cut)

    @contextmanager
    def _open(self, headers: Mapping[str, str], end: float) -> Iterator[httpx.Response]:
        """The answer after redirects; what goes wrong meanwhile is a :class:`Failure`."""
        host, rate_limit = self.host, None
        try:
            with transport_failures(self.source, self.timeout):
                first = url = httpx.URL(self.url)
                for _ in range(MOST_REDIRECTS):
                    host = url.host
                    client, rate_limit = self.lane(url)
                    with rate_limit.turn():
                        self.policy.sleep(0)
                        seconds = max(end - time.monotonic(), 0)
                        public = host != self.host and is_public(self.host)
                        is_own = (url.scheme, url.host, url.port) == (first.scheme, first.host, first.port)
                        sent = {**headers, **self.credentials} if is_own else headers
                        with client.stream(str(url), seconds=seconds, public=public, headers=sent) as response:
                            location = response.headers.get("location")
                            if location is None or response.status_code not in REDIRECTS:
                                yield response
                                return
                    url = self._next(url, location)
                raise Failure("redirects without end", transient=False)
        except NotPublic as error:
            raise Failure(f"redirects to {error.host}, which is no public address", transient=False) from None
        except Failure as failure:
            if failure.too_much and time.monotonic() >= end:
                late = f"did not send the whole file within {self.seconds:g} s (WHOLESALER_DOWNLOAD_TIMEOUT)"
                raise Failure(late, transient=True, retries=0) from None
            failure.host = host
            if failure.retry_after is not None and self.policy.wait and rate_limit is not None:
                rate_limit.hold(failure.retry_after)
            raise

    def _next(self, old: httpx.URL, location: str) -> httpx.URL:
        """Where a redirect leads, without a login; signed addresses are followed, and never told."""
        new = old.join(location)
        if new.scheme not in {"http", "https"} or not new.host:
            raise Failure(f"redirects to a {new.scheme or 'nameless'} address", transient=False)
        if (old.scheme, new.scheme) == ("https", "http"):
            raise Failure(f"redirects from https to http ({new.host}), which is not followed", transient=False)
        if new.host != old.host and new.scheme == "http":
            hint = f"Write the address it leads to as 'url' of sources.{self.source} in the market file"
            raise Failure(f"redirects to another host, {new.host}, without https", transient=False, hint=hint)
        is_same_place = (new.host, new.port) == (old.host, old.port)
        return new if is_same_place else new.copy_with(userinfo=b"")

    def _refuse(self, response: httpx.Response, part: "_Part") -> NoReturn:
        status = response.status_code
        if status in _MISSING:
            raise Missing(
                self._clean(f"{self.source}: {self.host} has no file at this address ({status})."),
                f"Correct 'url' of sources.{self.source} in the market file.",
                transient=False,
            )
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.remove()
            raise Failure("has not the rest of the file (416)", transient=True)
        if status < HTTPStatus.BAD_REQUEST and status != HTTPStatus.ACCEPTED:
            raise Failure(f"answered {status}, which is no file", transient=False, status=status)
        raise refusal(status, _words_in(response), seconds_of(response.headers.get("retry-after")))

    def _check_range(self, response: httpx.Response, part: "_Part", begun: FileHead, start: int) -> None:
        """Raise :class:`Failure`, and begin anew, unless this is the rest of the file that was begun."""
        match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", "").strip())
        first, last, length = map(int, match.groups()) if match else (-1, -1, -1)
        is_rest = first == start and last + 1 == length and begun.length in {None, length}
        if not is_rest or response.headers.get("etag", begun.etag) != begun.etag:
            part.remove()
            raise Failure("sent another part of the file than the rest", transient=True)

    def _check_size(self, part: "_Part", head: FileHead, start: int) -> None:
        """Raise for a file that would be too large for the limit or the disk."""
        if head.length is None or self.enough < inf:
            return
        if head.length > self.largest:
            part.remove()
            raise self._too_large(f"has a file of {_megabytes(head.length)}")
        free = shutil.disk_usage(part.path.parent).free
        if head.length - start > free:
            raise self._disk_full(part, f"{_megabytes(head.length)} are needed, and there are {_megabytes(free)}")

    def _receive(self, response: httpx.Response, part: "_Part", head: FileHead, start: int) -> bool:
        """Write what comes behind what there is; returns whether it was left when there was enough of it."""
        size, begins = start, b""
        try:
            with part.open(head, anew=not start) as file:
                for piece in response.iter_raw():
                    size += len(piece)
                    if size > self.largest:
                        raise self._too_large("sent more")
                    file.write(piece)
                    begins = (begins + piece[:2])[:2]
                    if size >= self.enough and begins not in _PACKED:
                        return size != head.length
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                part.remove()
                raise self._disk_full(part, f"it took {_megabytes(size)}") from None
            raise SourceError(
                f"{self.source}: {part.path} cannot be written: {error.strerror or error}.",
                "See that WHOLESALER_HOME can be written to.",
                transient=False,
            ) from None
        except (httpx.RemoteProtocolError, httpx.ReadError):
            raise Failure(f"broke off after {_megabytes(size)}", transient=True) from None
        except httpx.TimeoutException:
            late = f"sent nothing more for {self.timeout:g} s after {_megabytes(size)}"
            raise Failure(late, transient=True, timed_out=True) from None
        except Failure:
            part.remove()
            raise
        if head.length is not None and size != head.length:
            part.remove()
            raise Failure(f"sent {size:,} bytes of a file of {head.length:,}", transient=True)
        return False

    def _too_large(self, what: str) -> Failure:
        limit = f"{self.largest / GIGABYTE:g} GB"
        hint = f"Raise WHOLESALER_LARGEST_FILE if the file that sources.{self.source} names is meant to be so large"
        return Failure(f"{what}, more than {limit}", transient=False, hint=hint)

    def _disk_full(self, part: "_Part", why: str) -> SourceError:
        return SourceError(
            f"{self.source}: the disk of {part.path.parent} is full: {why}.",
            "Make room, and run it again.",
            transient=False,
        )

    def _reason(self, error: BaseException) -> str:
        return self._clean(str(error))

    def _clean(self, text: str) -> str:
        return clean(self.redact, text)

    def _give_up(self, failure: Failure, attempts: int) -> SourceError:
        often = f" (asked {attempts} times)" if attempts > 1 else ""
        other = failure.host if failure.host not in {None, self.host} else None
        through = f" ({self.host} redirects to it)" if other else ""
        hint = failure.hint or (
            "Run it again later; nothing was lost"
            if failure.transient
            else f"Check 'url' of sources.{self.source} in the market file"
        )
        return SourceError(
            self._clean(f"{self.source}: {other or self.host} {failure.reason}{through}{often}."),
            f"{hint}.",
            transient=failure.transient,
        )


@dataclass(frozen=True)
class _Part:
    """What has come of a file, and, beside it, what the server said of it."""

    path: Path

    @property
    def _head(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def begun(self) -> tuple[FileHead | None, int]:
        """The head and the size of a part that can be gone on with; else nothing of it."""
        try:
            head = FileHead(**orjson.loads(self._head.read_bytes()))
            size = self.path.stat().st_size
        except (OSError, ValueError, TypeError):
            return None, 0
        is_whole = head.length == size
        return (head, size) if is_whole or (size and head.range_condition) else (None, 0)

    @contextmanager
    def open(self, head: FileHead, *, anew: bool) -> Iterator[IO[bytes]]:
        """The part, to be written behind its end or anew."""
        if anew:
            self._head.unlink(missing_ok=True)
        with open_private(self.path, "wb" if anew else "ab") as file:
            if anew:
                with open_private(self._head, "wb") as beside:
                    beside.write(orjson.dumps(asdict(head)))
            yield file

    def forget(self) -> None:
        """It is whole, and no part any more."""
        self._head.unlink(missing_ok=True)

    def remove(self) -> None:
        """Begin anew."""
        for path in (self._head, self.path):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _read_head(response: httpx.Response) -> FileHead:
    headers = response.headers
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in _CODINGS:
        raise Failure(f"sent a file compressed as '{coding[:40]}', which was not asked for", transient=False)
    length = headers.get("content-length", "")
    is_chunked = "chunked" in headers.get("transfer-encoding", "").lower()
    return FileHead(
        headers.get("etag", "").strip(),
        headers.get("last-modified", "").strip(),
        _name_in(headers.get("content-disposition", "")),
        int(length) if not is_chunked and length.isascii() and length.isdigit() else None,
        is_chunked or bool(length),
    )


def _words_in(response: httpx.Response) -> str:
    """What a server itself says about its error, where it says so in JSON."""
    raw = b""
    for piece in response.iter_raw():
        raw += piece
        if len(raw) > _LONGEST_ERROR:
            return ""
    try:
        return words_of(decode_json(raw))
    except ValueError:
        return ""


def _name_in(disposition: str) -> str:
    """The name of a file by Content-Disposition, without folders; empty where there is none."""
    message = Message()
    message["Content-Disposition"] = disposition
    try:
        name: Any = message.get_filename() or ""
    except (ValueError, LookupError):  # an encoding that is none
        return ""
    return re.split(r"[/\\]", unquote(str(name)))[-1][-_LONGEST_NAME:]


def _megabytes(size: float) -> str:
    return f"{size / MEGABYTE:,.1f} MB"
