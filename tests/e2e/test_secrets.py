"""Servers that answer with what they were sent: no secret reaches the terminal, a document, a table or a report."""

import json
import socket
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LIVE_DAY, changed, file_market, tax_sale_market
from tests.servers.wire import Wire, http
from tests.stages.ledger import Ledger
from tests.support import Outcome

CLI = Callable[..., Outcome]
TOKEN = "xyz0SecretToken"
USER = "alerts@example.org"
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "url": lambda secret: quote(secret, safe=""),
    "json": lambda secret: json.dumps({"said": secret}),
    "quoted": lambda secret: "".join(f"={byte:02X}" for byte in secret.encode()),
    "hex": lambda secret: secret.encode().hex().upper(),
    "base64": lambda secret: b64encode(secret.encode()).decode(),
    "basic": lambda secret: b64encode(f"{USER}:{secret}".encode()).decode(),
}


def stored(engine: Engine) -> str:
    """Everything that the ledgers hold."""
    with engine.connect() as connection:
        rows = [
            *connection.execute(text("SELECT * FROM alert_deliveries")),
            *connection.execute(text("SELECT * FROM data_ingestion_runs")),
        ]
    return str(rows)


def assert_hidden(secret: str, *texts: str) -> None:
    seen = "\n".join(texts)
    core = b64encode(secret.encode()).decode().rstrip("=")[:-1]
    for form in {*(form(secret) for name, form in FORMS.items() if name != "json"), core}:
        assert form not in seen


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_a_webhook_that_answers_with_the_request(
    cli: CLI, home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, form: str, status: int
) -> None:
    def echo(wire: Wire, connection: socket.socket) -> None:
        path = wire.received[-1].split()[1].decode()
        said = f"{FORMS[form](path)} {FORMS[form](TOKEN)}".encode()
        connection.sendall(f"HTTP/1.1 {status} X\r\nContent-Length: {len(said)}\r\n\r\n".encode() + said)

    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "1")
    Ledger(engine).lead("slack")
    with Wire(http(echo)) as wire:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", f"http://{wire.host}:{wire.port}/services/T0ABCDEF/B0ABCDEF/{TOKEN}")
        outcome = cli("alert", "--market", file_market(home), "--as-of", LIVE_DAY, "--json", "--verbose")
    assert outcome.code == 3
    for secret in (TOKEN, "T0ABCDEF", "B0ABCDEF"):
        assert_hidden(secret, outcome.out, outcome.err, stored(engine))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("password", ["correct-horse", "hunter2", "pw=+/1"])
def test_a_mail_server_that_answers_with_the_login(
    cli: CLI, home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, form: str, password: str
) -> None:
    def talk(wire: Wire, connection: socket.socket) -> None:
        connection.sendall(b"220 wire\r\n")
        for line in connection.makefile("rb"):
            if line.upper().startswith(b"EHLO"):
                connection.sendall(b"250-wire\r\n250 AUTH PLAIN\r\n")
            elif line.upper().startswith(b"AUTH"):
                wire.received.append(line)
                said = f"535 {line.decode().strip()} {FORMS[form](password)}\r\n"
                connection.sendall(said.encode())
            else:
                connection.sendall(b"221 bye\r\n")

    Ledger(engine).lead("email")
    with Wire(talk) as wire:
        for name, value in {
            "ALERT_EMAIL": "ann@example.org",
            "SMTP_HOST": wire.host,
            "SMTP_PORT": str(wire.port),
            "SMTP_USER": USER,
            "SMTP_PASSWORD": password,
            "SMTP_USE_TLS": "false",
        }.items():
            monkeypatch.setenv(name, value)
        outcome = cli("alert", "--market", file_market(home), "--as-of", LIVE_DAY, "--json", "--verbose")
        sent = wire.received[0].split()[-1].decode()
    assert outcome.code == 3
    assert "535" in outcome.out
    assert sent.rstrip("=") not in outcome.out + outcome.err + stored(engine)
    assert_hidden(password, outcome.out, outcome.err, stored(engine))


def test_a_password_of_one_letter_leaves_the_words_whole(
    cli: CLI, home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "e")
    monkeypatch.setenv("ALERT_SLACK_WEBHOOK", "http://127.0.0.1:1/services/T0ABCDEF/B0ABCDEF/xyz0")
    Ledger(engine).lead("slack")
    outcome = cli("alert", "--market", file_market(home), "--as-of", LIVE_DAY, "--json")
    assert "Slack did not take the message" in outcome.document["warnings"][0]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["socrata", "arcgis", "file"])
def test_a_source_that_answers_with_the_token(
    cli: CLI, home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, form: str, kind: str
) -> None:
    def echo(wire: Wire, connection: socket.socket) -> None:
        message = f"no {FORMS[form](TOKEN)} here"
        said = json.dumps({"error": {"code": 403, "message": message}, "message": message}).encode()
        connection.sendall(f"HTTP/1.1 403 X\r\nContent-Length: {len(said)}\r\n\r\n".encode() + said)

    if kind == "socrata":
        monkeypatch.setenv("SOCRATA_APP_TOKEN", TOKEN)
    else:
        monkeypatch.setenv("SOURCE_TOKENS", f"orange={TOKEN}")
    with Wire(http(echo)) as wire:
        market = tax_sale_market(home, f"http://{wire.host}:{wire.port}/resource/abcd-1234.json", kind=kind)
        if kind != "socrata":
            market.write_text(changed(market.read_text(), "record_date", 'token = "orange"\nrecord_date'))
        outcome = cli("ingest", "--market", market, "--as-of", LIVE_DAY, "--json", "--verbose")
        assert wire.received
    assert outcome.code == 69
    assert "403" in outcome.document["error"]["message"]
    assert_hidden(TOKEN, outcome.out, outcome.err, stored(engine))


def test_a_database_that_names_the_password(cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hun%2Fter%402@127.0.0.1:1/leads?password=hun%2fter%402")
    outcome = cli("ingest", "--market", file_market(home), "--as-of", LIVE_DAY, "--json", "--verbose")
    assert outcome.code == 69
    for written in ("hun%2Fter%402", "hun%2fter%402", "hun/ter@2"):
        assert written not in outcome.out + outcome.err
