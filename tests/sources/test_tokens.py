"""Tokens of layers, datasets and files: from the settings, to the server of the address itself, and into no message."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.servers import Reply, Request, on
from tests.servers.arcgis import ArcGISServer, esri_error
from tests.servers.files import FileServer, Served
from tests.servers.socrata import SocrataServer
from tests.sources.helpers import REQUEST, Opener, drain, served
from tests.sources.web import BODY, amounts, refusal
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.sources.interface import FetchRequest

TOKEN = "tok-4711-sEcret"
ROWS = FetchRequest(("apno",))


@pytest.fixture
def opener(tmp_path: Path) -> Iterator[Opener]:
    with Opener(tmp_path, SOURCE_TOKENS=f"orange={TOKEN} lee=other-token", SOCRATA_APP_TOKEN="app-token") as opener:
        yield opener


def dataset(portal: SocrataServer) -> str:
    return portal.add_dataset("abcd-1234", {"apno": "text"}, [{"apno": "1"}])


def test_a_layer_is_sent_its_token_with_every_question_and_others_get_none(
    server: ArcGISServer, opener: Opener
) -> None:
    assert drain(opener.open(served(server), token="orange").fetch(REQUEST))[2].complete
    assert {request.params.get("token") for request in server.requests} == {TOKEN}
    server.requests.clear()
    assert drain(opener.open(served(server)).fetch(REQUEST))[2].complete
    assert not any("token" in request.params for request in server.requests)
    drain(opener.open(f"{served(server)}?token=stale", token="lee").fetch(REQUEST))
    assert server.requests[-1].params["token"] == "other-token", "that of the settings wins over one in the address"


def test_a_dataset_is_sent_its_own_token_else_that_of_all(portal: SocrataServer, opener: Opener) -> None:
    for token, sent in (("orange", TOKEN), (None, "app-token")):
        portal.requests.clear()
        drain(opener.open(dataset(portal), "socrata", token=token).fetch(ROWS))
        assert {request.headers["x-app-token"] for request in portal.requests} == {sent}


def test_a_file_is_asked_for_with_its_token_and_others_without(web: FileServer, opener: Opener) -> None:
    url = web.serve("/a.csv", Served(BODY, etag='"one"', breaks=[5000]))
    assert len(amounts(opener, url, token="orange")) == 2000
    amounts(opener, url, token="orange")
    assert [asked.headers["authorization"] for asked in web.asked] == [f"Bearer {TOKEN}"] * len(web.asked)
    assert len(web.asked) == 3, "with it the rest after a break, and the question whether it has changed"
    amounts(opener, web.serve("/b.csv", Served(BODY)))
    assert "authorization" not in web.asked[-1].headers


def test_redirects_within_the_server_keep_the_token(
    web: FileServer, server: ArcGISServer, portal: SocrataServer, opener: Opener
) -> None:
    web.serve("/new.csv", Served(BODY))
    url = web.serve("/a.csv", Served(b"", 302, extra={"Location": "/new.csv"}))
    amounts(opener, url, token="orange")
    assert [asked.headers.get("authorization") for asked in web.asked] == [f"Bearer {TOKEN}"] * 2

    def moved(request: Request) -> Reply | None:
        return None if "moved" in request.params else Reply(b"", 302, {"Location": f"?{request.query}&moved=1"})

    layer = served(server)
    server.layers["L/0"].faults.append(moved)
    assert drain(opener.open(layer, token="orange").fetch(REQUEST))[2].complete
    assert {request.params.get("token") for request in server.requests} == {TOKEN}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_layer_or_dataset_that_redirects_to_another_port_or_host_is_told_and_its_token_stays(
    server: ArcGISServer, portal: SocrataServer, opener: Opener, host: str
) -> None:
    with FileServer() as other:
        target = f"http://{host}:{other.port}/moved/query"

        def lead_away(request: Request) -> Reply:
            return Reply(b"", 302, {"Location": f"{target}?{request.query}"})

        layer, table = served(server), dataset(portal)
        server.layers["L/0"].faults.append(lead_away)
        portal.datasets["abcd-1234"].faults.append(lead_away)
        for kind, url, request in (("arcgis", layer, REQUEST), ("socrata", table, ROWS)):
            with capture_logs() as logs, pytest.raises(SourceError) as caught:
                opener.open(url, kind, token="orange").fetch(request)
            said = str(caught.value)
            where = f"another port ({other.port}), 127.0.0.1" if host == "127.0.0.1" else "another host, localhost"
            assert f"redirects to {where}. If it has moved there, write http://{host}:{other.port}/moved" in said
            assert TOKEN not in said + str(logs)
        assert other.asked == []


def test_a_layer_without_a_token_may_lead_to_another_port(server: ArcGISServer, opener: Opener) -> None:
    with ArcGISServer() as other:
        target, url = served(other), served(server)
        server.layers["L/0"].faults.append(
            lambda request: Reply(
                b"", 302, {"Location": f"{target}{request.path.partition('/L/0')[2]}?{request.query}"}
            )
        )
        assert drain(opener.open(url).fetch(REQUEST))[2].complete
        assert other.requests


def test_a_file_that_leads_to_another_port_or_host_comes_without_the_token(
    web: FileServer, opener: Opener, tls: ssl.SSLContext, certificate: Path
) -> None:
    bundle = str(certificate / "cert.pem")
    with FileServer() as port, FileServer(tls) as hub:
        for other in (port, hub):
            target = other.serve("/signed.csv", Served(BODY))
            for place in (target, target.replace("127.0.0.1", "localhost")) if other is hub else (target,):
                url = web.serve("/a.csv", Served(b"", 302, extra={"Location": f"{place}?signature=hush"}))
                assert len(amounts(opener, url, token="orange", ca_bundle=bundle)) == 2000
            assert web.asked[-1].headers["authorization"] == f"Bearer {TOKEN}"
            assert not any("authorization" in asked.headers for asked in other.asked)
        back = port.serve("/back", Served(b"", 302, extra={"Location": web.serve("/mine.csv", Served(BODY))}))
        amounts(opener, web.serve("/a.csv", Served(b"", 302, extra={"Location": back})), token="orange")
        assert "authorization" not in port.asked[-1].headers


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_a_token_that_a_server_echoes_is_in_no_message_and_no_log(
    web: FileServer, server: ArcGISServer, portal: SocrataServer, opener: Opener, status: int
) -> None:
    said = [f'{{"error": "no {TOKEN} here, token={TOKEN}"}}'.encode(), TOKEN.encode()]
    layer, table = served(server), dataset(portal)
    server.layers["L/0"].faults.append(on("metadata", esri_error(498, f"Invalid token {TOKEN}", status=200)))
    portal.datasets["abcd-1234"].faults.append(lambda request: Reply({"message": f"bad {TOKEN}"}, status))
    with capture_logs() as logs:
        for body in said:
            error = refusal(opener, web.serve("/a.csv", Served(body, status)), token="orange")
            assert TOKEN not in str(error) + repr(error)
        for kind, url, request in (("arcgis", layer, REQUEST), ("socrata", table, ROWS)):
            with pytest.raises(SourceError) as caught:
                opener.open(url, kind, token="orange").fetch(request)
            assert TOKEN not in str(caught.value)
    assert TOKEN not in str(logs)


def test_a_source_shows_no_token_of_its_own(server: ArcGISServer, web: FileServer, opener: Opener) -> None:
    sources = [opener.open(served(server), token="orange"), opener.open(f"{web.url}/a.csv", "file", token="orange")]
    assert TOKEN not in repr(sources)


@pytest.mark.parametrize("kind", ["arcgis", "socrata", "file"])
@pytest.mark.parametrize(("tokens", "known"), [({}, "none"), ({"SOURCE_TOKENS": f"lee={TOKEN} ocoee=b"}, "lee, ocoee")])
def test_a_token_that_the_settings_lack_is_one_line_that_names_the_variable(
    tmp_path: Path, kind: str, tokens: dict[str, Any], known: str
) -> None:
    with Opener(tmp_path, **tokens) as opener, pytest.raises(ConfigurationError) as caught:
        opener.open("https://gis.example/resource/abcd-1234.json", kind, token="orange")
    assert caught.value.exit_code == 78
    assert str(caught.value) == (
        f"{tmp_path / 'market.toml'}: sources.liens.token: SOURCE_TOKENS has no 'orange' (it has {known}). "
        "Set SOURCE_TOKENS='orange=…' in .env, or in the file that SOURCE_TOKENS_FILE names."
    )
