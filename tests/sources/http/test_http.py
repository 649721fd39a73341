"""What a server's failures become: another try, or an error that a person can act on."""

import gzip
import shutil
import socket
import ssl
import struct
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer, esri_error
from tests.servers.wire import Wire, http
from tests.sources.helpers import FIELDS, REQUEST, Opener, drain, features
from wholesaler import __version__
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.sources.http.answer import decode_json, seconds_of
from wholesaler.sources.interface import Selection


def layer(server: ArcGISServer, *replies: Reply, kind: str = "page", **options: Any) -> str:
    """A layer whose first answers of a kind are ``replies``."""
    url = server.add_layer("L/0", FIELDS, features(3), **options)
    faults = [on(kind, reply, number) for number, reply in enumerate(replies, 1)]
    server.layers["L/0"].faults += faults
    return url


TRANSIENT = {
    "429 with Retry-After": Reply(b"", 429, {"Retry-After": "30"}),
    "429 with a date": Reply(b"", 429, {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}),
    "500": Reply(b"<html>", 500),
    "502": Reply(b"", 502),
    "503": Reply(b"", 503),
    "504": Reply(b"", 504),
    "202": Reply(b"", 202),
    "429 inside 200": esri_error(429, "Too many requests"),
    "500 inside 200": esri_error(500, "Error performing query operation", []),
    "400 inside 200": esri_error(400, "Unable to perform query"),
    "a strange code inside 200": esri_error(-2147467259, "COM error"),
    "cut off JSON": Reply(b'{"features": [{"attributes": {"OBJECTID": 1'),
    "an empty body": Reply(b""),
    "a web page": Reply(b"<!DOCTYPE html><html>Maintenance</html>"),
    "other JSON": Reply({"currentVersion": 10.9}),
    "a broken compression": Reply(b"no gzip", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("name", TRANSIENT)
def test_a_passing_failure_is_asked_again_and_logged_once(server: ArcGISServer, opener: Opener, name: str) -> None:
    url = layer(server, TRANSIENT[name])
    with capture_logs() as logs:
        records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert len(records) == 3
    assert outcome.complete
    retries = [log for log in logs if log["event"] == "retry"]
    assert len(retries) == 1
    assert (retries[0]["source"], retries[0]["host"], retries[0]["attempt"]) == ("liens", "127.0.0.1", 1)


@pytest.mark.parametrize("code", [401, 403, 498, 499])
@pytest.mark.parametrize("inside", [True, False])
def test_a_refused_login_is_final_at_once_and_in_the_servers_words(
    server: ArcGISServer, opener: Opener, code: int, inside: bool
) -> None:
    url = layer(server, esri_error(code, "Token Required", status=200 if inside else code), kind="metadata")
    with pytest.raises(SourceError, match=rf"liens: 127\.0\.0\.1 answered {code}: Token Required\. .*login") as caught:
        opener.open(url).fetch(REQUEST)
    assert not caught.value.transient
    assert len(server.requests) == 1


def test_a_400_is_asked_three_times_and_then_final_with_message_and_details(
    server: ArcGISServer, opener: Opener
) -> None:
    url = layer(server, *[esri_error(400, "Invalid query.", ["'where' clause is invalid"])] * 9, kind="metadata")
    with pytest.raises(SourceError, match=r"400: Invalid query\. 'where' clause is invalid") as caught:
        opener.open(url).fetch(REQUEST)
    assert not caught.value.transient
    assert len(server.requests) == 3


def test_a_404_is_final_and_says_what_to_correct(server: ArcGISServer, opener: Opener) -> None:
    with pytest.raises(SourceError, match=r"404: Service not found.*sources\.liens in the market file") as caught:
        opener.open(f"{server.url}/arcgis/rest/services/gone/0").fetch(REQUEST)
    assert not caught.value.transient
    assert len(server.requests) == 1


def test_a_lasting_failure_ends_after_the_configured_retries(server: ArcGISServer, tmp_path: Path) -> None:
    url = layer(server, *[Reply(b"", 503)] * 9, kind="metadata")
    with Opener(tmp_path, WHOLESALER_HTTP_RETRIES=2) as opener:
        with pytest.raises(SourceError, match=r"503: Service Unavailable \(asked 3 times\)\. Run it again") as caught:
            opener.open(url).fetch(REQUEST)
        assert caught.value.transient


def test_a_web_page_in_place_of_data_is_called_that(server: ArcGISServer, opener: Opener) -> None:
    url = layer(server, *[Reply(b"\n<html>Maintenance</html>")] * 9, kind="metadata")
    with pytest.raises(SourceError, match="sent a web page instead of data") as caught:
        opener.open(url).fetch(REQUEST)
    assert caught.value.transient


def test_a_hanging_server_times_out(server: ArcGISServer, tmp_path: Path) -> None:
    url = layer(server, slow=0.5)
    with Opener(tmp_path, WHOLESALER_HTTP_TIMEOUT=0.05, WHOLESALER_HTTP_RETRIES=1) as opener:
        with pytest.raises(SourceError, match=r"did not answer within 0\.05 s \(asked 2 times\)") as caught:
            opener.open(url).fetch(REQUEST)
        assert caught.value.transient


def test_an_answer_that_trickles_in_is_bounded_by_the_timeout_as_a_whole(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def trickle() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not stop.wait(0.02):
                    try:
                        connection.sendall(b" ")
                    except OSError:
                        return

        thread = threading.Thread(target=trickle)
        thread.start()
        with Opener(tmp_path, WHOLESALER_HTTP_TIMEOUT=0.2, WHOLESALER_HTTP_RETRIES=0) as opener:
            started = time.monotonic()
            with pytest.raises(SourceError, match=r"did not answer within 0\.2 s"):
                opener.open(f"http://127.0.0.1:{listener.getsockname()[1]}/L/0").fetch(REQUEST)
            assert time.monotonic() - started < 2
        stop.set()
        thread.join()


def test_a_server_that_is_not_there_is_a_transient_error_naming_source_and_host(opener: Opener) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(SourceError, match=r"liens: 127\.0\.0\.1 cannot be reached.*Connection refused") as caught:
        opener.open(f"http://127.0.0.1:{port}/L/0").fetch(REQUEST)
    assert caught.value.transient


def test_a_name_that_nobody_knows_is_a_transient_error_naming_source_and_host(tmp_path: Path) -> None:
    with Opener(tmp_path, WHOLESALER_HTTP_RETRIES=1) as opener:
        with pytest.raises(SourceError, match=r"liens: gis\.example\.invalid cannot be reached: .*asked 2") as caught:
            opener.open("http://gis.example.invalid/L/0").fetch(REQUEST)
        assert caught.value.transient


def test_a_connection_that_is_reset_in_mid_page_costs_a_request_and_no_record(
    server: ArcGISServer, opener: Opener
) -> None:
    layer(server, max_record_count=1)
    resets = [b"resultOffset=1", b"resultOffset=2", b"resultOffset=2"]
    with Wire(http(partial(relay, server=server, resets=resets))) as wire, capture_logs() as logs:
        records, _, outcome = drain(
            opener.open(f"http://127.0.0.1:{wire.port}/arcgis/rest/services/L/0").fetch(REQUEST)
        )
    assert len(records) == 3
    assert outcome.complete
    assert resets == []
    retries = [log for log in logs if log["event"] == "retry"]
    assert len(retries) == 3
    assert all("reset" in log["reason"] or "peer" in log["reason"] for log in retries), retries


def relay(wire: Wire, connection: socket.socket, *, server: ArcGISServer, resets: list[bytes]) -> None:
    """Pass a request on; the answer to one with a text of ``resets`` is half sent, and then the connection is reset."""
    request = wire.own.request
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as behind:
        behind.sendall(request.replace(b"keep-alive", b"close"))
        answer = b"".join(iter(partial(behind.recv, 65536), b""))
    # each connection ends with its answer, and nobody is to ask on it again
    answer = answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
    marked = next((text for text in resets if text in request), None)
    if marked is None:
        connection.sendall(answer)
        return
    resets.remove(marked)
    connection.sendall(answer[: len(answer) - 20])
    # closed without a linger the connection is reset
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_compressed_answers_are_read(server: ArcGISServer, opener: Opener) -> None:
    body = gzip.compress(b'{"features": [{"attributes": {"OBJECTID": 1, "PARCEL": "A"}}]}')
    url = layer(server, Reply(body, headers={"Content-Encoding": "gzip"}))
    records, _, _ = drain(opener.open(url).fetch(REQUEST))
    assert records[0] == {"OBJECTID": 1, "PARCEL": "A"}


def test_every_request_says_who_asks(server: ArcGISServer, opener: Opener) -> None:
    drain(opener.open(layer(server)).fetch(REQUEST))
    assert {request.headers["user-agent"] for request in server.requests} == {f"wholesaler/{__version__}"}


def test_a_token_in_the_address_is_sent_and_never_printed(server: ArcGISServer, opener: Opener) -> None:
    url = layer(server, esri_error(498, "Invalid token=hush-hush&x"), kind="metadata")
    with pytest.raises(SourceError) as caught:
        opener.open(f"{url}?token=hush-hush").fetch(REQUEST)
    assert server.requests[0].params["token"] == "hush-hush"
    assert "hush-hush" not in str(caught.value)


def test_a_redirect_is_followed(server: ArcGISServer, opener: Opener) -> None:
    url = layer(server)

    def moved(request: Request) -> Reply | None:
        target = f"{request.path}?{request.query}&moved=1"
        return None if "moved" in request.params else Reply(b"", 302, {"Location": target})

    server.layers["L/0"].faults.append(moved)
    assert drain(opener.open(url).fetch(REQUEST))[2].complete


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_long_query_stays_one_across_a_redirect(server: ArcGISServer, opener: Opener, status: int) -> None:
    url = layer(server)
    selection = Selection("PARCEL", tuple(f"P{number:05d}" for number in range(400)))
    old = url.replace("/L/0", "/OLD/0")
    server.add_layer("OLD/0", FIELDS, [])
    moved = f"{url.removeprefix(server.url)}/query"
    server.layers["OLD/0"].faults.append(on("page", Reply(b"", status, {"Location": moved})))
    records, _, _ = drain(opener.open(old).fetch(replace(REQUEST, selection=selection)))
    assert len(records) == 3
    assert {(request.method, request.path == moved) for request in server.asked("page")[-2:]} == {
        ("POST", False),
        ("POST", True),
    }


def test_a_redirect_to_another_host_is_refused_and_names_the_address(server: ArcGISServer, opener: Opener) -> None:
    url = layer(server)
    target = url.replace("127.0.0.1", "localhost") + "/query?where=secret&token=hush"
    server.layers["L/0"].faults.append(on("metadata", Reply(b"", 301, {"Location": target})))
    with pytest.raises(
        SourceError, match=r"redirects to another host, localhost\. .*write http://localhost:.*/L/0 as 'url'"
    ) as caught:
        opener.open(url).fetch(REQUEST)
    assert not caught.value.transient
    assert "hush" not in str(caught.value)
    assert len(server.requests) == 1


def test_a_redirect_in_a_circle_ends(server: ArcGISServer, opener: Opener) -> None:
    url = layer(server)
    server.layers["L/0"].faults.append(lambda request: Reply(b"", 302, {"Location": f"{request.path}?{request.query}"}))
    with pytest.raises(SourceError, match="redirects without end"):
        opener.open(url).fetch(REQUEST)
    assert len(server.requests) <= 10


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/", "http://", "file:///etc/passwd", "http://[::1", ""])
def test_a_redirect_to_nowhere_is_told(server: ArcGISServer, opener: Opener, location: str) -> None:
    url = layer(
        server,
        Reply(b"", 302, {"Location": location}),
        *[Reply(b"", 302, {"Location": location})] * 20,
        kind="metadata",
    )
    with pytest.raises(SourceError, match=r"redirect|leads nowhere|location header"):
        opener.open(url).fetch(REQUEST)


@pytest.mark.parametrize("body", [b"<html>Access Denied</html>", b"", b"blocked"])
def test_a_firewalls_403_is_no_login_and_asked_again(server: ArcGISServer, opener: Opener, body: bytes) -> None:
    url = layer(server, Reply(body, 403), kind="metadata")
    assert drain(opener.open(url).fetch(REQUEST))[2].complete
    url = layer(server, *[Reply(body, 403)] * 9, kind="metadata")
    server.requests.clear()
    with pytest.raises(SourceError, match=r"front end \(a firewall\) that refuses the request: 403") as caught:
        opener.open(url.replace("/L/0", "/L/0")).fetch(REQUEST)
    assert "login" not in str(caught.value)


def test_an_answer_that_is_too_large_says_what_to_do(server: ArcGISServer, opener: Opener) -> None:
    body = gzip.compress(bytes(70 << 20))
    url = layer(server, Reply(body, headers={"Content-Encoding": "gzip"}), kind="metadata")
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 sent more than 64 MB\. Set a smaller 'page_size'"):
        opener.open(url).fetch(REQUEST)


def test_the_rate_of_a_host_holds_for_all_its_sources_together(server: ArcGISServer, tmp_path: Path) -> None:
    urls = [server.add_layer(f"L/{number}", FIELDS, features(40), max_record_count=10) for number in range(2)]
    with Opener(tmp_path, requests_per_second=50, concurrency=2) as opener:
        threads = [threading.Thread(target=lambda url=url: drain(opener.open(url).fetch(REQUEST))) for url in urls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    times = sorted(request.time for request in server.requests)
    assert len(times) == 12
    assert times[-1] - times[0] >= (len(times) - 2) / 50 - 0.02


def test_no_more_requests_are_under_way_than_the_host_permits_and_no_fewer(
    server: ArcGISServer, tmp_path: Path
) -> None:
    url = server.add_layer("L/0", FIELDS, features(200), max_record_count=10, slow=0.02)
    with Opener(tmp_path, concurrency=3) as opener:
        records, _, _ = drain(opener.open(url).fetch(REQUEST))
    assert len(records) == 200
    assert server.busiest == 3


def test_retry_after_holds_back_the_whole_host(server: ArcGISServer, tmp_path: Path) -> None:
    url = layer(server, Reply(b"", 429, {"Retry-After": "0.3"}), kind="metadata")
    with Opener(tmp_path, WHOLESALER_HTTP_RETRY_WAIT=0.001) as opener:
        drain(opener.open(url).fetch(REQUEST))
    assert server.requests[1].time - server.requests[0].time >= 0.28


def test_closing_the_run_wakes_up_who_waits(server: ArcGISServer, tmp_path: Path) -> None:
    url = layer(server, *[Reply(b"", 503, {"Retry-After": "100"})] * 2, kind="metadata")
    caught: list[BaseException] = []
    with Opener(tmp_path, WHOLESALER_HTTP_RETRY_WAIT=1) as opener:

        def fetch() -> None:
            try:
                opener.open(url).fetch(REQUEST)
            except SourceError as error:
                caught.append(error)

        thread = threading.Thread(target=fetch)
        thread.start()
        while not server.requests:
            time.sleep(0.005)
    thread.join(5)
    assert not thread.is_alive()
    assert "run ended" in str(caught[0])


def test_retry_after_is_read_as_seconds_or_date_and_capped() -> None:
    assert seconds_of("7") == 7
    assert seconds_of("9999") == 120
    assert seconds_of("soon") is None
    assert seconds_of(None) is None
    ahead = seconds_of(format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True))
    assert ahead is not None
    assert 55 < ahead <= 60
    assert seconds_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0


def test_json_as_servers_write_it_is_read() -> None:
    assert decode_json(b'\xef\xbb\xbf{"a": "x\ty"}') == {"a": "x\ty"}
    assert decode_json(b'{"a": Infinity}') == {"a": float("inf")}
    with pytest.raises(ValueError, match="Expecting"):
        decode_json(b"nope")


def test_an_unknown_certificate_is_refused_at_once_with_the_way_out(opener: Opener, tls: ssl.SSLContext) -> None:
    with ArcGISServer(tls) as server:
        url = layer(server)
        with pytest.raises(
            SourceError, match=r"certificate that cannot be verified.*ca_bundle.*sources\.liens"
        ) as caught:
            opener.open(url).fetch(REQUEST)
        assert not caught.value.transient
        assert server.requests == []


def test_a_ca_bundle_beside_the_market_file_makes_the_certificate_known(
    tmp_path: Path, tls: ssl.SSLContext, certificate: Path
) -> None:
    shutil.copy(certificate / "cert.pem", tmp_path / "county-ca.pem")
    with ArcGISServer(tls) as server, Opener(tmp_path) as opener:
        records, _, _ = drain(opener.open(layer(server), ca_bundle="county-ca.pem").fetch(REQUEST))
        assert len(records) == 3


def test_an_unusable_ca_bundle_is_a_configuration_error(opener: Opener) -> None:
    with pytest.raises(ConfigurationError, match=r"sources\.liens\.ca_bundle.*missing\.pem"):
        opener.open("https://127.0.0.1:1/L/0", ca_bundle="missing.pem")


@pytest.mark.parametrize("before", [285, 440, 480])
def test_a_secret_across_the_end_of_a_long_message_leaves_no_part_of_it(
    server: ArcGISServer, tmp_path: Path, before: int
) -> None:
    token = "hush-hush-hush-hush-hush"
    words = " ".join(["word"] * (before // 5)) + f" {token} " + "more " * 200
    url = layer(server, esri_error(404, words), kind="metadata")
    with Opener(tmp_path, SOCRATA_APP_TOKEN=token) as opener, pytest.raises(SourceError) as raised:
        opener.open(url).fetch(REQUEST)
    assert "hush" not in str(raised.value)
    assert len(raised.value.message) <= 500
