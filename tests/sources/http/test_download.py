"""Files from the web: whole or not at all, gone on with after a break, bounded, and from no private place."""

import socket
import ssl
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.servers.files import Asked, FileServer, Served
from tests.servers.wire import Wire, hang_up, http, silence
from tests.sources.helpers import Opener, drain
from tests.sources.web import BODY, CHANGED, ETAG, MODIFIED, OTHER_ETAG, REQUEST, amounts, folder, refusal
from wholesaler.errors import SourceError


@pytest.mark.parametrize(
    "validator", [{"etag": ETAG}, {"last_modified": MODIFIED}, {"etag": ETAG, "last_modified": "x"}]
)
@pytest.mark.parametrize("end", ["length", "chunks"])
def test_a_download_goes_on_where_it_broke_off(web: FileServer, opener: Opener, validator: Any, end: Any) -> None:
    url = web.serve("/a.csv", Served(BODY, breaks=[5000, 6000], end=end, **validator))
    with capture_logs() as logs:
        assert len(amounts(opener, url)) == 2000
    ranges = [asked.headers.get("range") for asked in web.asked]
    assert ranges == [None, "bytes=5000-", "bytes=11000-"]
    assert web.asked[1].headers["if-range"] == next(iter(validator.values()))
    assert [log["event"] for log in logs].count("retry") == 2
    assert "broke off after 0.0 MB" in logs[0]["reason"]


def test_a_download_goes_on_in_the_next_run(web: FileServer, tmp_path: Path) -> None:
    url = web.serve("/a.csv", Served(BODY, etag=ETAG, breaks=[5000, 100]))
    with Opener(tmp_path, WHOLESALER_HTTP_RETRIES=1) as opener:
        error = refusal(opener, url)
        assert "127.0.0.1 broke off after" in error.message
        assert "(asked 2 times)" in error.message
        assert error.transient
    with Opener(tmp_path) as opener:
        assert len(amounts(opener, url)) == 2000
    assert [asked.headers.get("range") for asked in web.asked] == [None, "bytes=5000-", "bytes=5100-"]


@pytest.mark.parametrize("served", [{"etag": 'W/"one"'}, {}, {"etag": 'W/"one"', "last_modified": MODIFIED}])
def test_without_a_strong_validator_a_broken_download_begins_anew(web: FileServer, opener: Opener, served: Any) -> None:
    url = web.serve("/a.csv", Served(BODY, breaks=[5000], **served))
    assert len(amounts(opener, url)) == 2000
    assert "range" not in web.asked[1].headers


@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_that_changed_since_the_break_or_a_server_without_ranges_begins_anew(
    web: FileServer, opener: Opener, ranges: bool
) -> None:
    served = Served(BODY, etag=ETAG, breaks=[5000], ranges=ranges)

    def change(asked: Asked) -> None:
        if "range" in asked.headers and ranges:
            served.body, served.etag = CHANGED, OTHER_ETAG

    served.before = change
    found = amounts(opener, web.serve("/a.csv", served))
    assert found[0] == ("3" if ranges else "2")
    assert len(found) == 2000
    assert (folder(opener) / "data").read_bytes() == served.body


def raw_answer(*answers: bytes) -> Any:
    """Each connection gets the next of these answers."""
    rest = list(answers)

    def answer(wire: Wire, connection: socket.socket) -> None:
        connection.sendall(rest.pop(0))

    return http(answer)


FIRST = b'HTTP/1.1 200 OK\r\nETag: "one"\r\nContent-Length: 24\r\n\r\nPARCEL,AMOUNT\n1,2'


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Range: bytes 16-23/24\r\n\r\n,3\n2,4\n?",
        b"Content-Range: bytes 17-22/24\r\n\r\n\n3,4\n?",
        b"Content-Range: bytes 17-23/25\r\n\r\n\n3,4\n??",
        b"Content-Range: nonsense\r\n\r\n\n3,4\n??",
        b"\r\n\n3,4\n??",
        b'ETag: "two"\r\nContent-Range: bytes 17-23/24\r\n\r\n\n3,4\n??',
    ],
)
def test_another_part_than_the_rest_is_not_taken_for_it(opener: Opener, rest: bytes) -> None:
    whole = FIRST + b"\n3,4444"
    head = b"HTTP/1.1 206 Partial\r\nConnection: close\r\n"
    with Wire(raw_answer(FIRST, head + rest, whole)) as wire:
        assert amounts(opener, f"http://127.0.0.1:{wire.port}/a.csv") == ["2", "4444"]
        assert [b"Range: bytes=17-" in request for request in wire.received] == [False, True, False]


def test_the_rest_is_put_behind_what_has_come(opener: Opener) -> None:
    rest = b"HTTP/1.1 206 x\r\nContent-Range: bytes 17-23/24\r\nContent-Length: 7\r\n\r\n0\n3,444"
    with Wire(raw_answer(FIRST, rest)) as wire:
        assert amounts(opener, f"http://127.0.0.1:{wire.port}/a.csv") == ["20", "444"]


def test_a_part_that_is_whole_already_is_not_asked_for_again(web: FileServer, opener: Opener) -> None:
    url = web.serve("/a.csv", Served(BODY, etag=ETAG))
    amounts(opener, url)
    place = folder(opener)
    (place / "data").rename(place / "part")
    head = (place / "data.json").read_text()
    (place / "part.json").write_text(head[head.index('"head":') + 7 : head.index("}") + 1])
    assert len(amounts(opener, url)) == 2000
    assert len(web.asked) == 1


def test_a_part_that_the_server_has_no_rest_of_begins_anew(web: FileServer, opener: Opener) -> None:
    served = Served(BODY, etag=ETAG, breaks=[5000])
    url = web.serve("/a.csv", served)

    def shrink(asked: Asked) -> None:
        served.body = BODY[:4998] if "range" in asked.headers else served.body

    served.before = shrink
    records, _, _ = drain(opener.open(url, "file").fetch(REQUEST))
    assert len(records) > 500
    assert [asked.headers.get("range") for asked in web.asked] == [None, "bytes=5000-", None]


def test_a_file_that_goes_on_breaking_off_is_no_file(web: FileServer, tmp_path: Path) -> None:
    for end in ("length", "chunks"):
        url = web.serve(f"/{end}.csv", Served(BODY, breaks=[5000] * 3, end=end))  # type: ignore[arg-type]
        with Opener(tmp_path, WHOLESALER_HTTP_RETRIES=2) as opener:
            assert "broke off" in str(refusal(opener, url))


def test_a_web_page_with_an_error_status_is_an_error_and_passing_ones_are_asked_again(
    web: FileServer, opener: Opener
) -> None:
    for status, words in ((401, "login"), (500, "answered 500"), (202, "still preparing")):
        url = web.serve("/a.csv", Served(b"<html>", status))
        web.asked.clear()
        error = refusal(opener, url)
        assert words in str(error)
        assert (len(web.asked) > 1) == error.transient == (status != 401)
    served = Served(BODY)
    served.before = lambda asked: setattr(served, "status", 200 if len(web.asked) > 2 else 503)
    web.asked.clear()
    assert len(amounts(opener, web.serve("/a.csv", served))) == 2000


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": ["column \\"X\\" does not exist"]}', 'answered 400: column "X" does not exist (asked'),
        (b'{"error": {"message": "no such resource", "__type": "x"}}', "answered 400: no such resource (asked"),
        (b"<html>", "answered 400: Bad Request"),
        (b"{" * 70_000, "answered 400: Bad Request"),
        (b'{"error": ["token=hush"]}', "answered 400: token="),
    ],
)
def test_an_error_is_told_in_the_servers_words(web: FileServer, opener: Opener, body: bytes, said: str) -> None:
    error = str(refusal(opener, web.serve("/sql", Served(body, 400))))
    assert said in error
    assert "hush" not in error


def test_the_largest_file_is_a_setting(web: FileServer, tmp_path: Path) -> None:
    for end in ("length", "chunks"):
        url = web.serve(f"/{end}.csv", Served(BODY, end=end))  # type: ignore[arg-type]
        with Opener(tmp_path, WHOLESALER_LARGEST_FILE=len(BODY) / 1e9) as opener:
            assert len(amounts(opener, url)) == 2000
        (tmp_path / "downloads/test-county/liens").rename(tmp_path / f"old-{end}")
        with Opener(tmp_path, WHOLESALER_LARGEST_FILE=(len(BODY) - 1) / 1e9) as opener:
            error = refusal(opener, url)
            assert "GB. Raise WHOLESALER_LARGEST_FILE" in str(error)
            assert not error.transient
            assert list(folder(opener).iterdir()) == []


def test_an_endless_file_ends_at_the_limit(tmp_path: Path) -> None:
    def endless(wire: Wire, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not wire.over.is_set():
            connection.sendall(b"2000\r\n" + b"1,2\n" * 2048 + b"\r\n")

    with Wire(http(endless)) as wire, Opener(tmp_path, WHOLESALER_LARGEST_FILE=0.001) as opener:
        assert "sent more, more than 0.001 GB" in str(refusal(opener, f"http://127.0.0.1:{wire.port}/"))


def test_a_full_disk_is_called_that(web: FileServer, opener: Opener) -> None:
    url = web.serve("/a.csv", Served(BODY, end="chunks"))
    amounts(opener, url)
    (folder(opener) / "part").symlink_to("/dev/full")
    (folder(opener) / "data.json").unlink()
    error = refusal(opener, url)
    assert "is full: it took" in str(error)
    assert "Make room" in str(error)


def test_a_file_larger_than_the_disk_is_not_begun(web: FileServer, opener: Opener) -> None:
    url = web.serve("/a.csv", Served(BODY, extra={"Content-Length": str(10**18)}))
    with Opener(opener.directory, WHOLESALER_LARGEST_FILE=10**10) as huge:
        error = refusal(huge, url)
    assert "is full: 1,000,000,000,000.0 MB are needed, and there are" in str(error)


@pytest.mark.parametrize("answer", [silence, hang_up])
def test_a_server_that_says_nothing_ends(tmp_path: Path, answer: Any) -> None:
    with Wire(http(answer)) as wire, Opener(tmp_path, WHOLESALER_HTTP_TIMEOUT=0.1, WHOLESALER_HTTP_RETRIES=1) as opener:
        started = time.monotonic()
        error = refusal(opener, f"http://127.0.0.1:{wire.port}/a.csv")
        assert error.transient
        assert time.monotonic() - started < 2


def test_a_file_without_progress_ends_and_is_gone_on_with(tmp_path: Path) -> None:
    def stop(wire: Wire, connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\nETag: "one"\r\nContent-Length: 1000\r\n\r\nPARCEL')
        wire.over.wait()

    with Wire(http(stop)) as wire, Opener(tmp_path, WHOLESALER_HTTP_TIMEOUT=0.1, WHOLESALER_HTTP_RETRIES=0) as opener:
        assert "sent nothing more for 0.1 s after" in str(refusal(opener, f"http://127.0.0.1:{wire.port}/a.csv"))
        assert (folder(opener) / "part").read_bytes() == b"PARCEL"


def test_a_trickle_ends_as_a_whole_and_is_not_asked_again(tmp_path: Path) -> None:
    def trickle(wire: Wire, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        wire.drip(connection, b"1,2\n")

    with Wire(http(trickle)) as wire, Opener(tmp_path, WHOLESALER_DOWNLOAD_TIMEOUT=0.3) as opener:
        error = refusal(opener, f"http://127.0.0.1:{wire.port}/a.csv")
        assert "did not send the whole file within 0.3 s (WHOLESALER_DOWNLOAD_TIMEOUT)" in str(error)
        assert len(wire.received) == 1


def test_the_end_of_the_run_ends_a_download(tmp_path: Path) -> None:
    def stop(wire: Wire, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nPARCEL")
        begun.set()
        wire.over.wait()

    begun, caught = threading.Event(), list[BaseException]()
    with Wire(http(stop)) as wire, Opener(tmp_path) as opener:

        def fetch() -> None:
            try:
                opener.open(f"http://127.0.0.1:{wire.port}/a.csv", "file").fetch(REQUEST)
            except SourceError as error:
                caught.append(error)

        thread = threading.Thread(target=fetch)
        thread.start()
        assert begun.wait(5)
        opener.close()
        thread.join(5)
    assert not thread.is_alive()
    assert "run ended" in str(caught[0])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_within_the_host_are_followed(web: FileServer, opener: Opener, status: int) -> None:
    web.serve("/new.csv", Served(BODY))
    url = web.serve("/a.csv", Served(b"", status, extra={"Location": "/new.csv"}))
    assert len(amounts(opener, url)) == 2000


def redirected(web: FileServer, opener: Opener, location: str) -> str:
    return str(refusal(opener, web.serve("/a.csv", Served(b"", 302, extra={"Location": location}))))


def test_redirects_that_are_not_followed_are_told_without_their_query(web: FileServer, opener: Opener) -> None:
    assert "redirects without end" in redirected(web, opener, "/a.csv")
    other = redirected(web, opener, f"http://localhost:{web.port}/b.csv?signature=hush")
    assert "redirects to another host, localhost, without https" in other
    assert "hush" not in other
    assert "ftp address" in redirected(web, opener, "ftp://127.0.0.1/")


def test_a_redirect_to_another_host_by_https_is_followed_without_a_login_and_never_told(
    web: FileServer, opener: Opener, tls: ssl.SSLContext, certificate: Path
) -> None:
    with FileServer(tls) as hub:
        target = hub.serve("/signed.csv", Served(BODY)).replace("127.0.0.1", "localhost")
        web.serve("/a.csv", Served(b"", 302, extra={"Location": f"{target}?signature=hush"}))
        url = f"{web.url.replace('://', '://user:word@')}/a.csv"
        bundle = str(certificate / "cert.pem")
        assert len(amounts(opener, url, ca_bundle=bundle)) == 2000
        assert "authorization" in web.asked[0].headers
        assert "authorization" not in hub.asked[0].headers
        hub.serve("/signed.csv", Served(b"", 403))
        error = str(refusal(opener, url, ca_bundle=bundle))
        assert "localhost answered 403" in error
        assert "(127.0.0.1 redirects to it)" in error
        assert "hush" not in error
        hub.serve("/b.csv", Served(b"", 302, extra={"Location": f"{web.url}/c.csv"}))
        assert "from https to http" in str(refusal(opener, f"{hub.url}/b.csv", ca_bundle=bundle))


@contextmanager
def proxied(monkeypatch: pytest.MonkeyPatch, location: str) -> Any:
    """A public host, as a proxy shows it, that redirects."""
    head = f"HTTP/1.1 302 x\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    with Wire(http(lambda wire, connection: connection.sendall(head))) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "127.0.0.1,localhost,10.0.0.1,169.254.169.254,::1,::ffff:7f00:1")
        yield proxy


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:7f00:1]"])
def test_a_public_host_leads_to_no_private_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        port = listener.getsockname()[1]
        with proxied(monkeypatch, f"https://{host}:{port}/secret?x=hush"), Opener(tmp_path) as opener:
            error = refusal(opener, "http://files.example.invalid/a.csv")
        assert "which is no public address" in str(error)
        assert "hush" not in str(error)
        assert not error.transient
        with pytest.raises(BlockingIOError):
            listener.accept()
