from datetime import date
from decimal import Decimal

import pytest

from tests.notify.samples import OWNER, digest, lead, settings
from tests.servers.slack import SlackSink
from tests.servers.smtp import SmtpSink
from wholesaler.errors import ConfigurationError, ExitCode
from wholesaler.notify import enabled_channels, preview
from wholesaler.notify.messages import day, duration, money

WEBHOOK = "https://hooks.slack.example/services/secrettoken"


def names(found) -> list[str]:
    return [channel.name for channel in enabled_channels(found)]


def test_the_report_is_always_there_and_the_others_when_they_have_a_target(tmp_path):
    assert names(settings(tmp_path)) == ["report"]
    targets = {"ALERT_EMAIL": "ann@example.com", "SMTP_FROM_EMAIL": "me@example.com", "ALERT_SLACK_WEBHOOK": WEBHOOK}
    assert names(settings(tmp_path, **targets)) == ["slack", "email", "report"]
    assert names(settings(tmp_path, **targets, ALERT_ENABLE_SLACK=False)) == ["email", "report"]
    assert names(settings(tmp_path, **targets, ALERT_ENABLE_EMAIL=False)) == ["slack", "report"]


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"ALERT_ENABLE_SLACK": True}, "ALERT_SLACK_WEBHOOK is not set"),
        ({"ALERT_SLACK_WEBHOOK": "hooks.slack.example/secrettoken"}, "ALERT_SLACK_WEBHOOK is not an http"),
        ({"ALERT_SLACK_WEBHOOK": "ftp://hooks.slack.example/secrettoken"}, "ALERT_SLACK_WEBHOOK is not an http"),
        ({"ALERT_SLACK_WEBHOOK": "http://"}, "ALERT_SLACK_WEBHOOK is not an http"),
        ({"ALERT_SLACK_WEBHOOK": "http://[secrettoken"}, "ALERT_SLACK_WEBHOOK is not an http"),
        ({"ALERT_ENABLE_EMAIL": True, "SMTP_FROM_EMAIL": "me@example.com"}, "ALERT_EMAIL is not set"),
        ({"ALERT_EMAIL": "ann", "SMTP_FROM_EMAIL": "me@example.com"}, "ALERT_EMAIL: 'ann'"),
        ({"ALERT_EMAIL": "a@b.c; d@e.f", "SMTP_FROM_EMAIL": "me@example.com"}, "ALERT_EMAIL: 'a@b.c; d@e.f'"),
        ({"ALERT_EMAIL": "ann@example.com"}, "SMTP_FROM_EMAIL is not set"),
        ({"ALERT_EMAIL": "ann@example.com", "SMTP_USER": "apikey"}, "SMTP_FROM_EMAIL is not set"),
        ({"ALERT_EMAIL": "ann@example.com", "SMTP_FROM_EMAIL": "me"}, "SMTP_FROM_EMAIL: 'me'"),
    ],
)
def test_a_channel_without_a_usable_target_is_a_configuration_error(tmp_path, variables, named):
    with pytest.raises(ConfigurationError) as caught:
        enabled_channels(settings(tmp_path, **variables))
    assert caught.value.message.startswith(named)
    assert caught.value.exit_code == ExitCode.CONFIGURATION
    assert "secrettoken" not in str(caught.value)


def test_the_settings_reach_every_channel(tmp_path):
    with SlackSink() as slack, SmtpSink() as smtp:
        found = settings(
            tmp_path,
            ALERT_SLACK_WEBHOOK=slack.url,
            ALERT_EMAIL="ann@example.com, bob@example.com,",
            ALERT_SHOW_NAMES=True,
            SMTP_HOST=smtp.host,
            SMTP_PORT=smtp.port,
            SMTP_USE_TLS=False,
            SMTP_USER="me@example.com",
        )
        for channel in enabled_channels(found, lambda: "the page"):
            for message in channel.render(digest()):
                channel.send(message)
        assert OWNER in slack.text
        assert smtp.recipients == [["ann@example.com", "bob@example.com"]]
        assert smtp.messages[0]["From"] == "me@example.com"
    assert (tmp_path / "reports" / "orange-fl-2025-12-01-leads.html").read_text("utf-8") == "the page"


def test_a_preview_shows_what_each_channel_would_send_and_sends_nothing(tmp_path):
    with SlackSink() as slack, SmtpSink() as smtp:
        found = settings(
            tmp_path,
            ALERT_SLACK_WEBHOOK=slack.url,
            ALERT_EMAIL="ann@example.com",
            SMTP_FROM_EMAIL="me@example.com",
            SMTP_HOST=smtp.host,
            SMTP_PORT=smtp.port,
        )
        leads = digest(*(lead(n, address=f"{n} A\x1b[31m St") for n in range(1, 31)))
        text = preview(message for channel in enabled_channels(found) for message in channel.render(leads))
        assert (slack.requests, smtp.messages) == (0, [])
    assert list(tmp_path.iterdir()) == []
    title = "30 new tier A leads in Orange County, Florida (1 Dec 2025)"
    assert f"=== slack: {title} ===" in text
    assert f"=== email: {title} ===\nFrom: me@example.com\nTo: ann@example.com\nSubject: {title}\n" in text
    assert "Attached: orange-fl-2025-12-01-new-leads.csv (30 leads)" in text
    assert f"=== report: {title} ===\nFile: {tmp_path / 'reports' / 'orange-fl-2025-12-01-leads.html'}" in text
    assert all(text.count(lead(n).parcel_id) >= (3 if n <= 10 else 1) for n in range(1, 31))
    assert "20 more new leads: in the attached CSV file" in text
    assert OWNER not in text
    assert "secrettoken" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("amount", "text"),
    [("123456", "$123,456"), ("0.5", "$1"), ("-5000", "-$5,000"), ("-0.2", "$0"), ("1234567.49", "$1,234,567")],
)
def test_money_is_whole_dollars(amount, text):
    assert money(Decimal(amount)) == text


def test_dates_and_durations_read_like_a_person_writes_them():
    assert day(date(2025, 12, 18)) == "18 Dec 2025"
    assert [duration(seconds) for seconds in (0, 59.4, 60, 3599, 3900)] == [
        "0 s",
        "59 s",
        "1 min 0 s",
        "59 min 59 s",
        "1 h 5 min",
    ]
