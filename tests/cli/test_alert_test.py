"""``alert --test``: a sample to each channel, what each answered, and no trace in the ledger."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import file_market
from tests.servers.slack import Answer, SlackSink
from tests.servers.smtp import SmtpSink
from tests.servers.wire import Wire, http, silence
from tests.support import Outcome

CLI = Callable[..., Outcome]


@pytest.fixture
def alert_test(cli: CLI, home: Path) -> CLI:
    market = file_market(home)
    return lambda *arguments: cli("alert", "--test", "--market", market, *arguments)


@pytest.fixture
def slack(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackSink]:
    with SlackSink() as sink:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", sink.url)
        yield sink


@pytest.fixture
def smtp(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        for name, value in {
            "ALERT_EMAIL": "ann@example.org, bob@example.org",
            "SMTP_HOST": sink.host,
            "SMTP_PORT": str(sink.port),
            "SMTP_FROM_EMAIL": "alerts@example.org",
            "SMTP_USE_TLS": "false",
        }.items():
            monkeypatch.setenv(name, value)
        yield sink


def test_each_channel_and_recipient_gets_a_sample_that_is_plainly_one_and_no_ledger_knows(
    alert_test: CLI, slack: SlackSink, smtp: SmtpSink, engine: Engine, home: Path
) -> None:
    smtp.answers = ["250 2.0.0 Ok: queued as 4F1A"]
    outcome = alert_test("--json")
    assert outcome.code == 0, outcome.err
    took_it = {"taken": True, "words": "250 2.0.0 Ok: queued as 4F1A", "hint": None}
    assert outcome.document == {
        "command": "alert --test",
        "market": "test-county",
        "exit_code": 0,
        "channels": [
            {"channel": "slack", "recipient": None, "taken": True, "words": "ok", "hint": None},
            *({"channel": "email", "recipient": to, **took_it} for to in ("ann@example.org", "bob@example.org")),
        ],
    }
    (mail,) = smtp.messages
    for title, body in ((slack.payloads[0]["text"], slack.text), (mail["Subject"], str(mail))):
        assert title.startswith("TEST: ")
        assert "This is a test" in body
        assert "made up" in body
    with engine.connect() as connection:
        for table in ("alert_deliveries", "data_ingestion_runs"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    assert not (home / "reports").exists()


def test_what_is_refused_is_told_with_the_reason_and_makes_3(alert_test: CLI, slack: SlackSink, smtp: SmtpSink) -> None:
    slack.answers = [Answer(404, "no_service")]
    smtp.refused = {"bob@example.org": "550 5.1.1 No such user"}
    outcome = alert_test("--json")
    assert outcome.code == outcome.document["exit_code"] == 3
    channels = outcome.document["channels"]
    assert [(one["recipient"], one["taken"]) for one in channels] == [
        (None, False),
        ("ann@example.org", True),
        ("bob@example.org", False),
    ]
    assert "404 'no_service'" in channels[0]["words"]
    assert "Make a new incoming webhook" in channels[0]["hint"]
    assert channels[2]["words"] == "550 5.1.1 No such user"
    assert "secrettoken" not in outcome.out + outcome.err
    shown = alert_test().out
    assert "bob@example.org" in shown
    assert "refused" in shown


def test_it_is_sent_once_whatever_the_retries(
    alert_test: CLI, slack: SlackSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "4")
    slack.answers = [503] * 5
    assert alert_test().code == 3
    assert slack.requests == 1


def test_a_channel_without_an_answer_may_have_it(alert_test: CLI, monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire(http(silence)) as wire:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", f"http://127.0.0.1:{wire.port}/services/T0/B0/secrettoken")
        monkeypatch.setenv("WHOLESALER_HTTP_TIMEOUT", "0.3")
        outcome = alert_test("--json")
    assert outcome.code == 3
    (answer,) = outcome.document["channels"]
    assert "gave no answer" in answer["words"]
    assert answer["hint"] is None  # nothing waits for a next run


def test_without_a_channel_it_says_what_to_set(alert_test: CLI) -> None:
    outcome = alert_test()
    assert outcome.code == 78
    assert "No channel is configured" in outcome.err
    assert "ALERT_SLACK_WEBHOOK" in outcome.err


@pytest.mark.parametrize("option", ["--dry-run", "--wait"])
def test_it_stands_alone(alert_test: CLI, option: str) -> None:
    assert alert_test(option).code == 2
