"""The alert stage against channels that refuse: what is sent all the same, what stays pending, and who is told."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.markets.samples import LIVE_DAY, file_market
from tests.servers.slack import Answer, SlackSink, text_of
from tests.servers.smtp import SmtpSink
from tests.stages.ledger import Ledger, parcel
from tests.support import Outcome

CLI = Callable[..., Outcome]
MANY = 10
#: leads that a message lists, and one of the first day in a chat
MOST_LEADS, FIRST_LEADS = 1_000, 5
LONG = {"reasons": ["x" * 120] * 4, "address": "y" * 300}


def add_leads(ledger: Ledger, channel: str, numbers: range, **changes: object) -> None:
    """Leads that are the better the lower their number."""
    for number in numbers:
        ledger.lead(channel, number, total_score=100 - number / 100, **changes)


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return Ledger(engine)


@pytest.fixture
def alert(cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch) -> CLI:
    """The command; each message is sent once an attempt."""
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")
    market = file_market(home)
    return lambda *arguments: cli("alert", "--market", market, "--as-of", LIVE_DAY, "--json", *arguments)


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


def titles(slack: SlackSink) -> list[str]:
    return [payload["text"].partition(" in ")[0] for payload in slack.payloads]


def subjects(smtp: SmtpSink) -> list[str]:
    return [message["Subject"].partition(" in ")[0] for message in smtp.messages]


LEADS, FINDINGS = "1 new tier A lead", "wholesaler: 1 warning"


def test_leads_go_out_before_notices(alert: CLI, ledger: Ledger, slack: SlackSink, smtp: SmtpSink) -> None:
    for channel in ("slack", "email"):
        ledger.findings(channel)
        ledger.lead(channel)
    assert alert().code == 0
    assert titles(slack) == subjects(smtp) == [LEADS, FINDINGS]
    assert ledger.pending() == []


def test_a_notice_that_slack_objects_to_is_refused_for_good_and_holds_nothing_up(
    alert: CLI, ledger: Ledger, slack: SlackSink
) -> None:
    slack.refused = {"It broke": Answer(400, "invalid_payload")}
    ledger.failure("slack", as_of="2025-11-30")
    ledger.findings("slack")
    ledger.lead("slack")
    outcome = alert()
    assert outcome.code == 3
    assert outcome.document["stats"]["sent"]["slack"] == 1
    (warning,) = outcome.document["warnings"]
    assert "400 'invalid_payload'" in warning
    assert "wholesaler: ingest failed for Test County" in warning
    assert "`wholesaler alerts retry`" in warning
    assert titles(slack) == [LEADS, FINDINGS]
    assert (ledger.pending(), ledger.refused()) == ([], [("slack", "stage_failure", "ingest")])
    requests = slack.requests
    assert (alert().code, slack.requests) == (0, requests)


def test_leads_that_slack_objects_to_do_not_hold_up_the_others(alert: CLI, ledger: Ledger, slack: SlackSink) -> None:
    for number in range(MANY):
        ledger.lead("slack", number, total_score=90 - number / 100, **LONG)
    slack.refused = {parcel(0): Answer(400, "invalid_blocks")}
    stats = alert().document["stats"]
    assert stats["pending"]["slack"] == 0
    assert stats["sent"]["slack"] + stats["refused"]["slack"] == MANY
    assert len(ledger.refused()) == stats["refused"]["slack"] < MANY


def test_the_report_is_written_every_day_and_takes_what_is_new(alert: CLI, ledger: Ledger, home: Path) -> None:
    for day, leads in (("2025-12-02", 0), ("2025-12-03", 2)):
        for number in range(leads):
            ledger.lead("report", number, day)
        assert "calendar_path" not in alert("--as-of", day, "--dry-run").document["stats"]
        stats = alert("--as-of", day).document["stats"]
        assert (stats["sent"], "calendar_path" in stats) == ({"report": leads}, True)
    assert ledger.pending() == []
    names = sorted(file.name for file in (home / "reports").iterdir())
    assert names == ["test-county-2025-12-02-leads.html", "test-county-2025-12-03-leads.html"]


def test_news_that_cancelled_out_are_told_to_nobody_and_wait_no_more(
    alert: CLI, ledger: Ledger, slack: SlackSink
) -> None:
    ledger.news("slack")
    alert()
    assert (slack.payloads, ledger.pending()) == ([], [])
    ledger.news("slack", 2, signals=["vacancy"])
    alert()
    assert "Vacancy" in str(slack.payloads)
    assert ledger.pending() == []


def test_a_report_that_cannot_be_written_is_a_warning_and_the_others_are_told(
    alert: CLI, ledger: Ledger, slack: SlackSink, home: Path
) -> None:
    (home / "reports").write_text("a file is in the way")
    outcome = alert()
    assert (outcome.code, outcome.document["stats"]["report_path"]) == (3, None)
    assert "could not be written" in outcome.document["warnings"][0]
    for channel in ("slack", "report"):
        ledger.lead(channel)
    outcome = alert()
    assert (outcome.code, outcome.document["stats"]["sent"]) == (3, {"slack": 1, "report": 0})
    (home / "reports").unlink()
    outcome = alert()
    assert (outcome.code, outcome.document["stats"]["sent"]) == (0, {"slack": 0, "report": 1})


@pytest.mark.parametrize("answer", ["552 5.3.4 Message too big", "554 5.7.1 Looks like spam"])
def test_a_mail_that_the_server_objects_to_is_refused_for_good_and_holds_nothing_up(
    alert: CLI, ledger: Ledger, smtp: SmtpSink, answer: str
) -> None:
    smtp.answers = [answer]
    ledger.lead("email")
    ledger.findings("email")
    outcome = alert()
    assert outcome.code == 3
    assert answer in outcome.document["warnings"][0]
    assert subjects(smtp) == [FINDINGS]
    assert (ledger.pending(), ledger.refused()) == ([], [("email", "new_lead", "1")])
    assert alert().code == 0
    assert subjects(smtp) == [FINDINGS]


def test_a_recipient_refused_for_good_is_named_and_the_others_are_told_once(
    alert: CLI, ledger: Ledger, smtp: SmtpSink
) -> None:
    smtp.refused = {"bob@example.org": "550 5.1.1 No such user"}
    ledger.lead("email")
    outcome = alert()
    assert outcome.code == 3
    assert "bob@example.org: 550 5.1.1 No such user" in outcome.document["warnings"][0]
    assert outcome.document["stats"]["sent"]["email"] == 1
    assert alert().code == 0
    assert smtp.recipients == [["ann@example.org"]]


def test_a_recipient_refused_for_now_is_told_by_the_next_run_and_the_others_not_again(
    alert: CLI, ledger: Ledger, smtp: SmtpSink
) -> None:
    smtp.refused = {"bob@example.org": "450 4.2.1 Greylisted"}
    ledger.lead("email", 1)
    ledger.findings("email")
    outcome = alert()
    assert outcome.code == 3
    assert "bob@example.org: 450 4.2.1 Greylisted" in outcome.document["warnings"][0]
    assert [outcome.document["stats"][name]["email"] for name in ("sent", "pending")] == [0, 1]
    smtp.refused = {}
    ledger.lead("email", 2)
    outcome = alert()
    assert (outcome.code, outcome.document["stats"]["sent"]["email"]) == (0, 2)
    assert ledger.pending() == []
    told: dict[str, list[str]] = {name: [] for name in ("ann@example.org", "bob@example.org")}
    for recipients, message in zip(smtp.recipients, smtp.messages, strict=True):
        for recipient in recipients:
            told[recipient] += [parcel(n) for n in (1, 2) if parcel(n) in str(message)] or [FINDINGS]
    assert all(sorted(seen) == sorted([parcel(1), parcel(2), FINDINGS]) for seen in told.values())


@pytest.mark.parametrize("answer", [Answer(404, "no_service"), Answer(403, "action_prohibited"), Answer(500)])
def test_a_webhook_that_is_gone_or_down_is_asked_once(
    alert: CLI, ledger: Ledger, slack: SlackSink, answer: Answer
) -> None:
    slack.answers = [answer]
    ledger.lead("slack")
    ledger.findings("slack")
    outcome = alert()
    assert outcome.code == 3
    assert (slack.requests, len(outcome.document["warnings"])) == (1, 1)
    assert len(ledger.pending()) == 2


def test_a_channel_that_is_down_is_asked_again_after_the_wait_and_the_others_are_not(
    alert: CLI, ledger: Ledger, slack: SlackSink, smtp: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WHOLESALER_RETRIES")  # two, waited for 0 s
    smtp.refused = {"bob@example.org": "550 5.1.1 No such user"}
    smtp.answers = ["451 4.3.0 Try later"]
    slack.answers = [500, 503]
    for channel in ("slack", "email"):
        ledger.lead(channel)
    outcome = alert()
    document = outcome.document
    assert (outcome.code, document["attempts"], document["status"]) == (3, 3, "partial")
    assert document["stats"]["sent"] == {"slack": 1, "email": 1, "report": 0}
    assert document["stats"]["pending"] == {"slack": 0, "email": 0, "report": 0}
    (warning,) = document["warnings"]
    assert "bob@example.org" in warning
    assert (titles(slack), subjects(smtp)) == ([LEADS], [LEADS])


def test_the_next_attempt_waits_as_long_as_the_channel_asks(
    alert: CLI, ledger: Ledger, slack: SlackSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "1")
    monkeypatch.setenv("WHOLESALER_RETRY_WAIT", "0.1")
    monkeypatch.setenv("WHOLESALER_HTTP_RETRY_WAIT", "0.1")
    slack.answers = [Answer(429, "rate_limited", {"Retry-After": "2"})]
    ledger.lead("slack")
    began = time.monotonic()
    outcome = alert()
    assert (outcome.code, outcome.document["attempts"], len(slack.payloads)) == (0, 2, 1)
    assert time.monotonic() - began >= 2


def test_a_channel_that_asks_for_more_time_than_there_is_waits_for_the_next_run(
    alert: CLI, ledger: Ledger, slack: SlackSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "2")
    monkeypatch.setenv("WHOLESALER_RETRY_WAIT", "0.1")
    slack.answers = [Answer(429, "rate_limited", {"Retry-After": "3600"})]
    ledger.lead("slack")
    outcome = alert()
    assert (outcome.code, outcome.document["attempts"], slack.requests) == (3, 1, 1)
    assert "no more messages for 3600 s" in outcome.document["warnings"][0]
    assert len(ledger.pending()) == 1


def test_the_last_attempt_ends_with_a_warning(
    alert: CLI, ledger: Ledger, slack: SlackSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "2")
    slack.answers = [500] * 3
    ledger.lead("slack")
    outcome = alert()
    assert (outcome.code, outcome.document["attempts"], slack.requests) == (3, 3, 3)
    assert "answered 500" in outcome.document["warnings"][0]
    assert alert().document["stats"]["sent"]["slack"] == 1


def test_what_is_refused_for_good_is_not_tried_again_in_the_same_run(
    alert: CLI, ledger: Ledger, slack: SlackSink, smtp: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_RETRIES", "2")
    slack.answers = [Answer(404, "no_service")]
    smtp.answers = ["451 4.3.0 Try later"]
    for channel in ("slack", "email"):
        ledger.lead(channel)
    outcome = alert()
    assert (outcome.code, outcome.document["attempts"], slack.requests) == (3, 2, 1)
    assert outcome.document["stats"]["sent"] == {"slack": 0, "email": 1, "report": 0}


def test_a_refused_login_is_tried_once(alert: CLI, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    with SmtpSink(login=("me@example.org", "right")) as smtp:
        for name, value in {
            "ALERT_EMAIL": "ann@example.org",
            "SMTP_HOST": smtp.host,
            "SMTP_PORT": str(smtp.port),
            "SMTP_USER": "me@example.org",
            "SMTP_PASSWORD": "wrong",
            "SMTP_USE_TLS": "false",
        }.items():
            monkeypatch.setenv(name, value)
        ledger.lead("email")
        ledger.findings("email")
        outcome = alert()
    assert outcome.code == 3
    (warning,) = outcome.document["warnings"]
    assert "535" in warning
    assert len(ledger.pending()) == 2


def test_where_the_report_is_is_said_where_there_is_one(alert: CLI, ledger: Ledger, cli: CLI, home: Path) -> None:
    assert alert("--dry-run").document["stats"]["report_path"] is None
    path = str(home / "reports" / f"test-county-{LIVE_DAY}-leads.html")
    assert alert().document["stats"]["report_path"] == path
    for line in ("alert", "run-all --only alert"):
        shown = cli(*line.split(), "--market", file_market(home), "--as-of", LIVE_DAY).out
        assert f"  report: {path}\n" in shown


@pytest.mark.parametrize(("leads", "more"), [(MOST_LEADS, 990), (MOST_LEADS + 1, 991)])
def test_no_more_leads_are_listed_than_anybody_reads_and_all_count_as_told(
    alert: CLI, ledger: Ledger, smtp: SmtpSink, leads: int, more: int
) -> None:
    add_leads(ledger, "email", range(leads))
    stats = alert().document["stats"]
    assert (stats["sent"]["email"], stats["pending"]["email"]) == (leads, 0)
    (mail,) = smtp.messages
    assert mail["Subject"].startswith(f"{leads:,} new tier A leads")
    parts = list(mail.walk())
    (rows,) = (part.get_payload(decode=True).decode() for part in parts if part.get_filename())
    assert (parcel(MOST_LEADS - 1) in rows, parcel(MOST_LEADS) in rows) == (True, False)
    page = next(part.get_payload(decode=True).decode() for part in parts if part.get_content_type() == "text/html")
    assert f"{more} more new leads: in the attached CSV file" in page


@pytest.mark.parametrize(("leads", "said"), [(FIRST_LEADS, None), (FIRST_LEADS + 2, "the 2 further leads")])
def test_the_first_day_of_a_market_is_one_message_in_a_chat(
    alert: CLI, ledger: Ledger, slack: SlackSink, smtp: SmtpSink, leads: int, said: str | None
) -> None:
    for channel in ("slack", "email", "report"):
        add_leads(ledger, channel, range(leads), is_first=True)
    outcome = alert()
    assert outcome.document["stats"]["sent"] == dict.fromkeys(("slack", "email", "report"), leads)
    assert (len(slack.payloads), len(smtp.messages)) == (1, 1)
    assert titles(slack) == [f"{leads} new tier A leads"]
    assert [number for number in range(leads) if parcel(number) in slack.text] == list(range(FIRST_LEADS))
    assert ("the first scores of this county" in slack.text) is (said is not None)
    assert said is None or said in slack.text
    assert alert().document["stats"]["sent"] == dict.fromkeys(("slack", "email", "report"), 0)


def test_what_is_new_after_the_first_day_is_told_beside_what_waits_of_it(
    alert: CLI, ledger: Ledger, slack: SlackSink
) -> None:
    for channel in ("slack", "report"):
        add_leads(ledger, channel, range(FIRST_LEADS + 1), is_first=True)
        ledger.lead(channel, 50, total_score=60.0)
    assert alert().document["stats"]["sent"]["slack"] == FIRST_LEADS + 2
    assert sorted(titles(slack)) == ["1 new tier A lead", f"{FIRST_LEADS + 1} new tier A leads"]
    assert parcel(50) in slack.text


def test_what_is_told_by_its_number_alone_is_told_with_the_last_message(
    alert: CLI, ledger: Ledger, slack: SlackSink
) -> None:
    add_leads(ledger, "slack", range(MOST_LEADS + 2), **LONG)
    preview = alert("--dry-run").document["stats"]["preview"]
    parts = int(re.findall(r"\(part 1 of (\d+)\)", preview)[0])
    slack.refused = {f"(part {parts} of {parts})": Answer(503)}
    stats = alert().document["stats"]
    told = sum(str(payload).count(", parcel ") for payload in slack.payloads)
    assert 0 < told < 10
    assert (stats["sent"]["slack"], stats["pending"]["slack"]) == (told, MOST_LEADS + 2 - told)
    slack.refused = {}
    assert alert().document["stats"]["pending"]["slack"] == 0
    # those that were told have gone by themselves
    assert f"{MOST_LEADS + 2 - told - 10:,} more new leads" in str(slack.payloads[-1])


def test_what_waited_for_several_days_is_told_at_once(
    alert: CLI, ledger: Ledger, slack: SlackSink, smtp: SmtpSink
) -> None:
    for day in ("2025-11-28", "2025-11-29", "2025-11-30"):
        ledger.failure("slack", as_of=day)
        ledger.findings("slack", f"odd on {day}", day)
    ledger.failure("slack", "check", "2025-11-29")
    ledger.failure("email", as_of="2025-11-30")
    assert alert().code == 0
    assert titles(slack) == [
        "wholesaler: ingest failed for Test County",
        "wholesaler: 3 warnings",
        "wholesaler: check failed for Test County",
    ]
    texts = [text_of(payload) for payload in slack.payloads]
    late = "Also on 28 Nov 2025, 29 Nov 2025, when this channel could not be reached."
    assert [late in text for text in texts] == [True, True, False]
    assert all(f"odd on {day}" in texts[1] for day in ("2025-11-28", "2025-11-29", "2025-11-30"))
    # this one was reached on the days before
    assert "Also on" not in smtp.messages[0].as_string()
    assert ledger.pending() == []
    assert alert().code == 0
    assert len(slack.payloads) == 3
