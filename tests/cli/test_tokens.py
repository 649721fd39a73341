"""A token that a source names, through the commands: it reaches the publisher, and no eye."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LIVE_DAY, TAX_SALES, changed, serve_tax_sales, tax_sale_market
from tests.servers import on
from tests.servers.arcgis import ArcGISServer, esri_error
from tests.servers.files import FileServer, Served
from tests.support import Outcome

CLI = Callable[..., Outcome]
TOKEN = "tok-4711-sEcret"


def with_token(market: Path, name: str = "orange") -> Path:
    market.write_text(changed(market.read_text(), "record_date", f'token = "{name}"\nrecord_date'))
    return market


def stored(engine: Engine) -> str:
    """Everything that the ledgers and the records hold."""
    tables = ("data_ingestion_runs", "tax_sales", "ingest_rejects")
    with engine.connect() as connection:
        there = set(connection.execute(text("SELECT table_name FROM information_schema.tables")).scalars())
        return str([list(connection.execute(text(f"SELECT * FROM {name}"))) for name in tables if name in there])


def hidden(*outcomes: Outcome) -> None:
    for outcome in outcomes:
        assert TOKEN not in outcome.out + outcome.err


@pytest.mark.parametrize("kind", ["arcgis", "file"])
@pytest.mark.parametrize("way", ["environment", "file"])
def test_a_list_behind_a_token_is_loaded_and_the_token_is_nowhere(
    cli: CLI, home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, kind: str, way: str
) -> None:
    if way == "environment":
        monkeypatch.setenv("SOURCE_TOKENS", f"orange={TOKEN}")
    else:
        (home / "tokens").write_text(f"lee=other\norange={TOKEN}\n")
        monkeypatch.setenv("SOURCE_TOKENS_FILE", str(home / "tokens"))
    with ArcGISServer() as server, FileServer() as files:
        url = serve_tax_sales(server) if kind == "arcgis" else files.serve("/a.json", Served(TAX_SALES.read_bytes()))
        market = with_token(tax_sale_market(home, url, kind=kind))
        done = cli("ingest", "--market", market, "--as-of", LIVE_DAY, "--json", "--verbose")
        asked = {request.params.get("token") for request in server.requests} | {
            one.headers.get("authorization") for one in files.asked
        }
    assert done.code in {0, 3}, done.err
    assert done.document["stats"]["tax_sales"]["inserted"] > 0
    assert asked == {TOKEN if kind == "arcgis" else f"Bearer {TOKEN}"}
    hidden(done)
    assert TOKEN not in stored(engine)
    assert not [path for path in home.rglob("*.json") if TOKEN in path.read_text(errors="replace")]
    for line in (
        ("config", "show"), ("markets", "show", market), ("markets", "validate", market), ("markets", "list"),
        ("doctor", "--market", market), ("status", "--market", market),
    ):  # fmt: skip
        shown = cli(*line, "--json"), cli(*line)
        hidden(*shown)
        if line[0] == "config":
            assert shown[0].document["settings"]["SOURCE_TOKENS"]["value"] == "•••"
        if line[1] == "show" and line[0] == "markets":
            assert 'token = "orange"' in shown[1].out


def test_a_server_that_answers_with_the_token_is_repeated_without_it(
    cli: CLI, home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_TOKENS", f"orange={TOKEN}")
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "1")
    with ArcGISServer() as server, FileServer() as files:
        layer, loaded = serve_tax_sales(server), ""
        for one in server.layers.values():
            one.faults.append(on("metadata", esri_error(498, f"Invalid token={TOKEN}", status=200)))
        said = json.dumps({"error": f"no {TOKEN} here"}).encode()
        for kind, url in (("arcgis", layer), ("file", files.serve("/a.json", Served(said, 403)))):
            market = with_token(tax_sale_market(home, url, kind=kind))
            failed = [cli("ingest", "--market", market, "--as-of", LIVE_DAY, "--json", "--verbose")]
            failed.append(cli("ingest", "--market", market, "--as-of", LIVE_DAY))
            loaded += stored(engine)
            failed.append(cli("markets", "validate", market, "--online"))
            assert [one.code for one in failed[:2]] == [69, 69]
            assert failed[2].code != 0
            hidden(*failed)
    assert TOKEN not in loaded
    assert "answered 498: Invalid token=…" in loaded


@pytest.mark.parametrize("kind", ["arcgis", "socrata", "file"])
@pytest.mark.parametrize("tokens", ["", f"lee={TOKEN}"])
def test_a_market_file_that_names_a_token_not_in_the_settings_ends_with_78_in_one_line(
    cli: CLI, home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, kind: str, tokens: str
) -> None:
    monkeypatch.setenv("SOURCE_TOKENS", tokens)
    market = with_token(tax_sale_market(home, "http://127.0.0.1:1/resource/abcd-1234.json", kind=kind))
    known = "lee" if tokens else "none"
    what = f"{market}: sources.tax_sales.token: SOURCE_TOKENS has no 'orange' (it has {known})."
    to_do = "Set SOURCE_TOKENS='orange=…' in .env, or in the file that SOURCE_TOKENS_FILE names."
    ingest = cli("ingest", "--market", market, "--as-of", LIVE_DAY, "--json")
    assert (ingest.document["error"]["message"], ingest.document["error"]["hint"]) == (what, to_do)
    online = cli("markets", "validate", market, "--online")
    assert f"error: {what} {to_do}\n" in online.out
    assert (ingest.code, online.code) == (78, 78)
    hidden(ingest, online)
    assert cli("markets", "validate", market).code == 0, "the file itself is right"


def test_a_wrong_entry_ends_with_78_without_being_shown(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_TOKENS", f"orange=a {TOKEN}")
    outcome = cli("config", "show")
    assert (outcome.code, outcome.err.count("\n")) == (78, 1)
    assert "environment variable SOURCE_TOKENS: must be entries such as portal=abc123" in outcome.err
    hidden(outcome, cli("config", "show", "--json"), cli("doctor"), cli("doctor", "--json"))


@pytest.mark.parametrize("written", [f'"{TOKEN.upper()}"', f'["{TOKEN.upper()}"]', f'"{TOKEN} "', "4711", '""'])
def test_a_token_written_into_the_market_file_is_not_repeated(cli: CLI, home: Path, written: str) -> None:
    market = with_token(tax_sale_market(home, "https://gis.example/FeatureServer/0"))
    market.write_text(market.read_text().replace('token = "orange"', f"token = {written}"))
    outcome = cli("markets", "validate", market)
    assert outcome.code == 78
    assert "sources.tax_sales.token: expected a name that a token has in SOURCE_TOKENS" in outcome.err
    assert written.strip('[]"') not in outcome.err or not written.strip('[]"')
    hidden(outcome)
