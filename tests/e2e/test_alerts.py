"""New tier A leads of the sample county reach Slack and e-mail once, whatever the channels do meanwhile."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.servers.slack import SlackSink
from tests.servers.smtp import SmtpSink
from tests.support import Outcome
from wholesaler.markets import load_market
from wholesaler.sample import generate, write
from wholesaler.stages.alert.pending import FIRST_LEADS

CLI = Callable[..., Outcome]
DAY = date(2026, 3, 2)
PARCEL = re.compile(r"\b\d{15}\b")


@pytest.fixture
def market(home: Path) -> Path:
    folder = home / "sample"
    folder.mkdir()
    return write(generate(7, DAY), folder, load_market("orange-fl"))


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackSink]:
    with SlackSink() as sink:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", sink.url)
        yield sink


@pytest.fixture
def smtp(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpSink]:
    with SmtpSink(security="plain") as sink:
        for name, value in {
            "ALERT_EMAIL": "wholesaler@example.org",
            "SMTP_HOST": sink.host,
            "SMTP_PORT": str(sink.port),
            "SMTP_FROM_EMAIL": "alerts@example.org",
            "SMTP_USE_TLS": "false",
        }.items():
            monkeypatch.setenv(name, value)
        yield sink


def _leads_in_slack(sink: SlackSink) -> Counter[str]:
    return Counter(PARCEL.findall(sink.text))


def _leads_in_mail(sink: SmtpSink) -> Counter[str]:
    """The parcels in the attached lists, which hold every lead."""
    found: Counter[str] = Counter()
    for message in sink.messages:
        for part in message.walk():
            if part.get_content_type() == "text/csv":
                rows = part.get_payload(decode=True).decode("utf-8-sig")
                found.update(PARCEL.findall(rows))
    return found


def _tier_a(cli: CLI, market: Path) -> set[str]:
    listed = cli("leads", "list", "--tier", "A", "--limit", 1000, "--market", market, "--json").document
    return {lead["parcel_id"] for lead in listed["leads"]}


def test_every_new_tier_a_lead_is_announced_once_on_every_channel(
    cli: CLI, market: Path, slack: SlackSink, smtp: SmtpSink, home: Path
) -> None:
    stages = ("--only", "ingest", "--only", "enrich", "--only", "dedupe", "--only", "score", "--only", "alert")
    first = cli("run-all", *stages, "--market", market, "--as-of", DAY, "--json")
    assert first.code == 0, first.err
    leads = _tier_a(cli, market)
    assert len(leads) > 5
    alert = first.document["stages"][-1]
    assert alert["stats"]["new_tier_a"] == len(leads)
    assert alert["stats"]["sent"] == {"slack": len(leads), "email": len(leads), "report": len(leads)}
    # the first day of a market is no flood: a chat gets the best few
    assert len(slack.payloads) == 1
    assert set(_leads_in_slack(slack)) < set(_leads_in_mail(smtp)) == leads
    assert len(_leads_in_slack(slack)) == FIRST_LEADS
    assert set(_leads_in_slack(slack).values()) == set(_leads_in_mail(smtp).values()) == {1}
    assert all(parcel in next((home / "reports").glob("*.html")).read_text() for parcel in leads)

    messages, mails = len(slack.payloads), len(smtp.messages)
    second = cli("run-all", *stages, "--market", market, "--as-of", DAY, "--json").document["stages"][-1]
    assert second["stats"]["sent"] == {"slack": 0, "email": 0, "report": 0}
    assert (len(slack.payloads), len(smtp.messages)) == (messages, mails)


@pytest.mark.slow
def test_what_slack_refused_is_delivered_by_the_next_run(
    cli: CLI, market: Path, slack: SlackSink, smtp: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "1")
    slack.answers = [500] * 100
    stages = ("--only", "ingest", "--only", "enrich", "--only", "dedupe", "--only", "score", "--only", "alert")
    first = cli("run-all", *stages, "--market", market, "--as-of", DAY, "--json")
    assert first.code == 3
    stats = first.document["stages"][-1]["stats"]
    leads = _tier_a(cli, market)
    assert stats["pending"] == {"slack": len(leads), "email": 0, "report": 0}
    assert set(_leads_in_mail(smtp)) == leads
    assert slack.url not in first.out + first.err

    slack.answers = []
    slack.payloads.clear()
    second = cli("alert", "--market", market, "--as-of", DAY, "--json")
    assert second.code == 0
    assert second.document["stats"]["sent"] == {"slack": len(leads), "email": 0, "report": 0}
    assert (len(slack.payloads), len(_leads_in_slack(slack))) == (1, FIRST_LEADS)


@pytest.mark.slow
def test_a_dry_run_shows_what_would_go_out_and_sends_nothing(
    cli: CLI, market: Path, slack: SlackSink, smtp: SmtpSink
) -> None:
    stages = ("--only", "ingest", "--only", "enrich", "--only", "dedupe", "--only", "score")
    assert cli("run-all", *stages, "--market", market, "--as-of", DAY).code == 0
    shown = cli("alert", "--dry-run", "--market", market, "--as-of", DAY)
    assert shown.code == 0
    assert set(PARCEL.findall(shown.out)) == _tier_a(cli, market)
    assert (slack.payloads, smtp.messages) == ([], [])
    assert cli("alert", "--market", market, "--as-of", DAY, "--json").document["stats"]["sent"]["slack"] > 5


def test_a_channel_without_a_target_is_named_before_anything_is_done(
    cli: CLI, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERT_ENABLE_SLACK", "true")
    outcome = cli("run-all", "--market", market, "--as-of", DAY)
    assert outcome.code == 78
    assert "ALERT_SLACK_WEBHOOK" in outcome.err
    assert cli("runs", "--market", market, "--json").document["runs"] == []
