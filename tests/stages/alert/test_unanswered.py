"""Channels that take a message and give no answer: one copy a run, and the next run says that it may be a repeat."""

import json
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from socket import socket
from typing import cast

import pytest
from sqlalchemy import Engine, text

from tests.markets.samples import LIVE_DAY, file_market
from tests.servers.wire import Wire, hang_up, http, silence, smtp
from tests.stages.ledger import Ledger, parcel
from tests.support import Outcome

CLI = Callable[..., Outcome]
REPEAT = "possibly a repeat"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return Ledger(engine)


@pytest.fixture
def alert(cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch) -> CLI:
    """The command, with all its retries and no wait between them."""
    monkeypatch.delenv("WHOLESALER_RETRIES")
    monkeypatch.setenv("WHOLESALER_HTTP_TIMEOUT", "0.3")
    market = file_market(home)
    return lambda *arguments: cli("alert", "--market", market, "--as-of", LIVE_DAY, "--json", *arguments)


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    with Wire(http(lambda wire, connection: (silence if wire.mute else answer_ok)(wire, connection))) as wire:
        wire.mute = True
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", f"http://{wire.host}:{wire.port}/services/T0/B0/xyz0")
        yield wire


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    def answer(wire: Wire, connection: socket) -> None:
        if not wire.mute:
            connection.sendall(b"250 OK\r\n")

    with Wire(smtp(at=".", answer=answer)) as wire:
        wire.mute = True
        for name, value in {
            "ALERT_EMAIL": "ann@example.org",
            "SMTP_HOST": wire.host,
            "SMTP_PORT": str(wire.port),
            "SMTP_FROM_EMAIL": "alerts@example.org",
            "SMTP_USE_TLS": "false",
        }.items():
            monkeypatch.setenv(name, value)
        yield wire


def answer_ok(wire: Wire, connection: socket) -> None:
    connection.sendall(OK)
    hang_up(wire, connection)


def mails(wire: Wire) -> list[EmailMessage]:
    return [cast(EmailMessage, message_from_bytes(raw, policy=default)) for raw in wire.received]


def bodies(wire: Wire) -> list[str]:
    return [json.dumps(json.loads(raw.partition(b"\r\n\r\n")[2]), ensure_ascii=False) for raw in wire.received]


def test_slack_that_takes_and_times_out_gets_one_copy_a_run(alert: CLI, ledger: Ledger, slack: Wire) -> None:
    ledger.lead("slack")
    outcome = alert()
    assert (outcome.code, outcome.document["stats"]["pending"]["slack"], len(slack.received)) == (3, 1, 1)
    assert "gave no answer" in outcome.document["warnings"][0]
    assert REPEAT not in bodies(slack)[0]
    assert alert().code == 3
    assert len(slack.received) == 2
    slack.mute = False
    outcome = alert()
    assert (outcome.code, outcome.document["stats"]["sent"]["slack"], len(slack.received)) == (0, 1, 3)
    assert all(REPEAT in body for body in bodies(slack)[1:])
    assert alert().code == 0
    assert len(slack.received) == 3


def test_a_message_that_the_deadline_cuts_off_is_remembered_as_one_that_may_have_been_taken(
    alert: CLI, ledger: Ledger, slack: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.lead("slack")
    for name, value in {"HTTP_TIMEOUT": "30", "ALERT_DEADLINE": "1", "FIRST_LOAD_DEADLINE": "1"}.items():
        monkeypatch.setenv(f"WHOLESALER_{name}", value)
    monkeypatch.setattr("wholesaler.pipeline.announcements._LONGEST", 1)
    outcome = alert()
    assert (outcome.code, outcome.document["error"]["type"]) == (124, "DeadlineError")
    assert REPEAT not in bodies(slack)[0]
    slack.mute = False
    monkeypatch.setenv("WHOLESALER_ALERT_DEADLINE", "60")
    assert alert().document["stats"]["sent"]["slack"] == 1
    leads = [body for body in bodies(slack) if parcel(1) in body]
    assert [REPEAT in body for body in leads] == [False, *[True] * (len(leads) - 1)]
    assert len(leads) > 1


def test_what_came_later_is_a_message_of_its_own_and_no_repeat(alert: CLI, ledger: Ledger, slack: Wire) -> None:
    ledger.lead("slack", 1)
    alert()
    slack.mute = False
    ledger.lead("slack", 2)
    assert alert().document["stats"]["sent"]["slack"] == 2
    said = {number: [body for body in bodies(slack)[1:] if parcel(number) in body] for number in (1, 2)}
    assert [len(found) for found in said.values()] == [1, 1]
    assert (REPEAT in said[1][0], REPEAT in said[2][0]) == (True, False)


def test_several_messages_are_each_sent_once_in_a_run(alert: CLI, ledger: Ledger, slack: Wire) -> None:
    ledger.lead("slack")
    ledger.failure("slack", "score", "2025-11-29")
    ledger.findings("slack", "second", "2025-11-30")
    outcome = alert()
    assert (outcome.code, outcome.document["attempts"]) == (3, 3)
    assert len(bodies(slack)) == len(set(bodies(slack))) == 3


def test_a_later_announcement_of_the_same_run_does_not_send_it_again(
    cli: CLI, home: Path, ledger: Ledger, slack: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_HTTP_TIMEOUT", "0.3")
    ledger.lead("slack")
    stages = ("--only", "alert", "--only", "check")
    cli("run-all", *stages, "--market", file_market(home), "--as-of", LIVE_DAY, "--json")
    assert sum(parcel(1) in body for body in bodies(slack)) == 1


def test_mail_that_drops_before_its_reply_is_one_message_sent_again(
    alert: CLI, ledger: Ledger, mail: Wire, engine: Engine
) -> None:
    ledger.lead("email")
    ledger.findings("email")
    outcome = alert()
    assert (outcome.code, len(mail.received)) == (3, 2)
    first = {message["Subject"]: message["Message-ID"] for message in mails(mail)}
    assert len(set(first.values())) == 2
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT status, last_error FROM alert_deliveries")).all()
    assert all(row.status == "pending" and "gave no answer" in row.last_error for row in rows)
    mail.mute = False
    ledger.lead("email", 2)
    assert alert().code == 0
    again = {message["Subject"]: message["Message-ID"] for message in mails(mail)[2:] if REPEAT in str(message)}
    assert again == first
    assert len(mail.received) == 5
    assert alert().code == 0
    assert len(mail.received) == 5


def test_where_nothing_was_sent_it_is_tried_as_often_as_configured(
    alert: CLI, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERT_SLACK_WEBHOOK", "http://127.0.0.1:1/services/T0/B0/xyz0")
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "1")
    ledger.lead("slack")
    outcome = alert()
    assert (outcome.code, outcome.document["attempts"]) == (3, 3)
    assert "could not be reached" in outcome.document["warnings"][0]
    assert outcome.err.count('"event": "retry"') == 3 + 2  # of the request in each attempt, and of the stage


def test_notices_of_several_days_that_had_no_answer_are_the_same_message_again(
    alert: CLI, ledger: Ledger, slack: Wire
) -> None:
    for day in ("2025-11-28", "2025-11-29"):
        ledger.failure("slack", as_of=day)
    alert()
    ledger.failure("slack", as_of="2025-11-30")
    slack.mute = False
    assert alert().code == 0
    first, again, later = bodies(slack)
    assert "Also on 28 Nov 2025" in first
    assert (REPEAT in again, "29 Nov 2025" in again, "30 Nov 2025" in again) == (True, True, False)
    assert (REPEAT in later, "Also on" in later, "30 Nov 2025" in later) == (False, False, True)
    assert ledger.pending() == []
