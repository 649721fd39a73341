"""``doctor``: what it finds, what it says to do, and that it sends and loads nothing."""

import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LAYER, TAX_SALES, file_market, serve_tax_sales, tax_sale_market
from tests.server.test_cluster import postgresql
from tests.servers import Reply, on
from tests.servers.arcgis import ArcGISServer
from tests.servers.healthcheck import HealthcheckServer
from tests.servers.slack import Answer, SlackSink
from tests.servers.smtp import SmtpSink
from tests.servers.wire import Wire, http
from tests.stages.county import Database
from tests.support import Outcome
from wholesaler.pipeline.starters import _is_job
from wholesaler.server.cluster import Cluster

CLI = Callable[..., Outcome]


@pytest.fixture
def crontab(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ``crontab -l`` prints: a program of the test's own, since cron need not be installed."""
    listed, folder = home / "listed", home / "bin"
    listed.write_text("", "utf-8")
    folder.mkdir()
    (folder / "crontab").write_text(f'#!/bin/sh\ncat "{listed}"\n', "utf-8")
    (folder / "crontab").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    listed.write_text("# wholesaler\n10 4 * * * /opt/wholesaler/.venv/bin/wholesaler run-all --quiet\n", "utf-8")
    return listed


@pytest.fixture
def market(cli: CLI, home: Path, crontab: Path) -> Path:
    """A market of a file, on a machine that has all a night needs."""
    home.chmod(0o700)
    return file_market(home)


@pytest.fixture
def layer(cli: CLI, home: Path, crontab: Path) -> Iterator[tuple[ArcGISServer, Path]]:
    """A server with a layer, and its market."""
    home.chmod(0o700)
    with ArcGISServer() as server:
        yield server, tax_sale_market(home, serve_tax_sales(server))


def findings(cli: CLI, market: Path, code: int) -> dict[str, tuple[str, str, str | None]]:
    """Of each subject what is worst."""
    outcome = cli("doctor", "--market", market, "--json")
    assert outcome.code == outcome.document["exit_code"] == code, outcome.out
    worst = ["ok", "warning", "error"]
    checks = sorted(outcome.document["checks"], key=lambda one: worst.index(one["outcome"]))
    assert all(one["hint"] for one in checks if one["outcome"] != "ok")
    return {one["subject"]: (one["outcome"], one["message"], one["hint"]) for one in checks}


def test_a_machine_that_has_all_is_well(cli: CLI, market: Path, engine: Engine) -> None:
    found = findings(cli, market, 0)
    assert list(found) == [
        "settings",
        "market",
        "home",
        "disk",
        "database",
        "PostGIS",
        "clock",
        "source tax_sales",
        "start",
    ]
    assert found["database"][1].startswith("DATABASE_URL, PostgreSQL ")
    assert found["PostGIS"][1].startswith("3.")
    assert "America/New_York" in found["clock"][1]
    assert found["source tax_sales"][1] == f"{TAX_SALES} is there"
    assert found["start"][1].endswith(": 10 4 * * * …")
    assert cli("doctor", "--market", market, "--quiet").out == ""
    assert Database(engine).value("SELECT count(*) FROM data_ingestion_runs") == 0


def test_a_service_is_asked_for_one_row(cli: CLI, layer: tuple[ArcGISServer, Path], engine: Engine) -> None:
    server, market = layer
    assert findings(cli, market, 0)["source tax_sales"][1] == "answers with a record"
    pages = [request for request in server.requests if request.params.get("resultRecordCount")]
    assert {request.params["resultRecordCount"] for request in pages} == {"1"}
    assert Database(engine).value("SELECT count(*) FROM tax_sales") == 0


def test_a_field_that_a_publisher_does_not_have_is_named(cli: CLI, layer: tuple[ArcGISServer, Path]) -> None:
    _, market = layer
    market.write_text(market.read_text("utf-8").replace('"USER_Deed_Status"', '"STATUS"'), "utf-8")
    outcome, message, _ = findings(cli, market, 1)["source tax_sales"]
    assert outcome == "error"
    assert "STATUS" in message


def test_a_service_that_fails_is_asked_once_and_hides_nothing(cli: CLI, layer: tuple[ArcGISServer, Path]) -> None:
    server, market = layer
    server.layers[LAYER].faults.append(on("metadata", Reply(b"", 500)))
    found = findings(cli, market, 1)
    assert found["source tax_sales"][0] == "error"
    assert "500" in found["source tax_sales"][1]
    assert len(server.asked("metadata")) == 1
    assert found["database"][0] == "ok"


@pytest.mark.parametrize(("ahead", "outcome"), [(50, "ok"), (-50, "ok"), (90, "error"), (-90, "error")])
def test_a_clock_that_differs_from_a_publishers_is_an_error(
    cli: CLI, layer: tuple[ArcGISServer, Path], ahead: int, outcome: str
) -> None:
    _, market = layer
    with Wire(http(lambda wire, connection: connection.sendall(_dated(ahead)))) as wire:
        url = f"http://{wire.host}:{wire.port}/layer"
        market.write_text(re.sub('(?m)^url = ".*"', f'url = "{url}"', market.read_text("utf-8")), "utf-8")
        assert findings(cli, market, 1)["clock"][0] == outcome


def _dated(ahead: int) -> bytes:
    """An answer to HEAD of somebody whose clock is ahead."""
    return (
        f"HTTP/1.1 200 OK\r\nDate: {formatdate(time.time() + ahead, usegmt=True)}\r\nContent-Length: 0\r\n\r\n".encode()
    )


def test_a_file_that_is_not_there_is_named(cli: CLI, market: Path) -> None:
    market.write_text(market.read_text("utf-8").replace(str(TAX_SALES), "gone.json"), "utf-8")
    outcome, message, hint = findings(cli, market, 1)["source tax_sales"]
    assert outcome == "error"
    assert "gone.json: No such file or directory" in message
    assert "sources.tax_sales" in (hint or "")


@pytest.mark.parametrize(("code", "outcome"), [(200, "ok"), (404, "error")])
def test_of_a_file_on_the_web_nothing_is_loaded(cli: CLI, market: Path, code: int, outcome: str) -> None:
    with HealthcheckServer() as server:
        server.faults.append(on("/sales.json", Reply(b"[]", code)))
        url = f"{server.url}/sales.json"
        market.write_text(market.read_text("utf-8").replace(str(TAX_SALES), url), "utf-8")
        assert findings(cli, market, 0 if outcome == "ok" else 1)["source tax_sales"][0] == outcome


def test_channels_are_tried_and_nothing_is_sent(cli: CLI, market: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SmtpSink() as smtp, SlackSink() as slack, HealthcheckServer() as switch:
        for name, value in {
            "ALERT_SLACK_WEBHOOK": slack.url,
            "ALERT_EMAIL": "ann@example.org",
            "SMTP_HOST": smtp.host,
            "SMTP_PORT": str(smtp.port),
            "SMTP_FROM_EMAIL": "alerts@example.org",
            "SMTP_USE_TLS": "false",
            "HEALTHCHECK_URL": switch.address,
        }.items():
            monkeypatch.setenv(name, value)
        found = findings(cli, market, 0)
        assert {found[subject][0] for subject in ("Slack", "e-mail", "healthcheck")} == {"ok"}
        assert (smtp.messages, slack.payloads, slack.requests) == ([], [], 1)
        assert not {"start", "success", "fail"} & set(switch.signals)

        slack.answers = [Answer(404, "no_service")]
        monkeypatch.setenv("SMTP_USER", "me")
        monkeypatch.setenv("SMTP_PASSWORD", "hunter2hunter2")
        found = findings(cli, market, 1)
    assert found["Slack"][0] == found["e-mail"][0] == "error"
    assert "no_service" in found["Slack"][1]
    assert "hunter2" not in str(found)


def test_a_mail_server_that_wants_another_password_is_told(
    cli: CLI, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SmtpSink(login=("me", "right")) as smtp:
        for name, value in {
            "ALERT_EMAIL": "ann@example.org",
            "SMTP_HOST": smtp.host,
            "SMTP_PORT": str(smtp.port),
            "SMTP_FROM_EMAIL": "alerts@example.org",
            "SMTP_USE_TLS": "false",
            "SMTP_USER": "me",
            "SMTP_PASSWORD": "right",
        }.items():
            monkeypatch.setenv(name, value)
        assert findings(cli, market, 0)["e-mail"][0] == "ok"
        monkeypatch.setenv("SMTP_PASSWORD", "wrong-password")
        assert "refused the login" in findings(cli, market, 1)["e-mail"][1]


def test_what_is_wrong_with_a_setting_does_not_hide_the_rest(
    cli: CLI, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "three")
    monkeypatch.setenv("HEALTHCHECK_URL", "hc-ping.com/k4711q-4711")
    monkeypatch.setenv("WHOLESALER_PROFIL", "v1")
    found = findings(cli, market, 1)
    assert "WHOLESALER_RETRIES" in found["settings"][1]
    assert found["healthcheck"][1] == "HEALTHCHECK_URL is not an http or https address."
    assert found["database"][0] == "ok"
    said = cli("doctor", "--market", market).out
    assert "WHOLESALER_PROFIL is no setting" in said
    assert "k4711q" not in said


def test_a_market_that_cannot_be_read_does_not_hide_the_rest(cli: CLI, market: Path) -> None:
    market.write_text("key =", "utf-8")
    found = findings(cli, market, 1)
    assert found["market"][0] == "error"
    assert found["database"][0] == "ok"


def test_a_database_that_does_not_answer_is_told_without_its_password(
    cli: CLI, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DATABASE_URL", f"postgresql://me:hunter2@127.0.0.1:{taken.getsockname()[1]}/leads")
    outcome, message, hint = findings(cli, market, 1)["database"]
    assert outcome == "error"
    assert "does not answer" in message
    assert "hunter2" not in message + (hint or "")


def test_a_role_that_may_not_write_is_an_error(
    cli: CLI, market: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"reader_{engine.url.database}"
    with engine.begin() as connection:
        connection.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
        connection.execute(text(f"CREATE ROLE {name} LOGIN"))
        connection.execute(text("GRANT SELECT ON alembic_version TO PUBLIC"))
    try:
        url = engine.url.set(username=name, drivername="postgresql").render_as_string(hide_password=False)
        monkeypatch.setenv("DATABASE_URL", url)
        assert findings(cli, market, 1)["database"][1] == "This server or role may not write."
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP ROLE {name}"))


def test_files_and_directories_that_others_can_read_are_warnings(cli: CLI, market: Path, home: Path) -> None:
    (home / ".env").write_text("SMTP_PASSWORD=correct-horse\n", "utf-8")
    (home / ".env").chmod(0o640)
    home.chmod(0o750)
    outcome, _, hint = findings(cli, market, 3)["settings"]
    assert (outcome, hint) == ("warning", f"Run: chmod 600 {home}/.env")
    assert findings(cli, market, 3)["home"][0] == "warning"
    (home / ".env").chmod(0o600)
    home.chmod(0o710)  # root's: the database's account may pass through
    findings(cli, market, 0)


def test_a_place_for_metrics_that_is_not_there_is_an_error(
    cli: CLI, market: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICS_FILE", str(home / "metrics" / "wholesaler.prom"))
    assert findings(cli, market, 1)["metrics"][0] == "error"
    (home / "metrics").mkdir()
    assert findings(cli, market, 0)["metrics"][0] == "ok"


def test_nights_that_nobody_starts_are_a_warning(cli: CLI, market: Path, crontab: Path) -> None:
    crontab.write_text("# 10 4 * * * wholesaler run-all\n", "utf-8")
    assert findings(cli, market, 3)["start"][0] == "warning"


@pytest.mark.parametrize(
    ("line", "is_job"),
    [
        ("10 4 * * * wholesaler run-all", True),
        ("@daily /opt/wholesaler/run", True),
        ("*/5 * * * * wholesaler status", True),
        ("# 10 4 * * * wholesaler run-all", False),
        ("LOG=/var/log/wholesaler/run.log", False),
        ("10 4 * * * backup", False),
    ],
)
def test_a_job_is_a_line_with_a_time_and_the_program(line: str, is_job: bool) -> None:
    assert _is_job(line) == is_job


def test_a_newer_postgresql_beside_that_of_the_private_database_is_told(
    market: Path, cli: CLI, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    newer = postgresql(tmp_path / "newer", 99)
    (newer / "pg_config").write_text(f"#!/bin/sh\necho {newer}\n")
    (newer / "pg_config").chmod(0o755)
    cluster = Cluster(home)
    try:
        cluster.ensure_running()
        outcome, message, hint = findings(cli, market, 0)["database"]
        assert outcome == "ok"
        monkeypatch.setenv("PATH", f"{newer}:{os.environ['PATH']}")
        outcome, message, hint = findings(cli, market, 3)["database"]
        assert (outcome, hint) == ("warning", "Move it while both are there: README, 'A newer PostgreSQL'.")
        assert message.startswith("PostgreSQL 99 is installed beside that of the private database")
    finally:
        cluster.stop()
