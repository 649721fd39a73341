"""``config show``: what is in force, from where, and no secret."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import Outcome
from wholesaler.settings import Settings

CLI = Callable[..., Outcome]


def test_every_setting_is_shown_with_its_place_and_secrets_are_hidden(
    cli: CLI, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".env").write_text("ALERT_SLACK_WEBHOOK=https://hooks.slack.example/services/T0/B0/k4711q\n", "utf-8")
    (home / "wholesaler.toml").write_text("smtp_port = 465\n", "utf-8")
    monkeypatch.setenv("HEALTHCHECK_URL", "https://hc.example/ping/5f2d3b1c-7a90-4e0f")
    monkeypatch.setenv("WHOLESALER_RETRIE", "3")
    outcome = cli("config", "show", "--json")
    assert outcome.code == 0
    settings = outcome.document["settings"]
    assert list(settings) == [str(field.alias) for field in Settings.model_fields.values()]
    assert settings["ALERT_SLACK_WEBHOOK"] == {"value": "•••", "origin": f"{home}/.env: ALERT_SLACK_WEBHOOK"}
    assert settings["SMTP_PORT"] == {"value": 465, "origin": f"{home}/wholesaler.toml: smtp_port"}
    assert settings["HEALTHCHECK_URL"]["value"] == "•••"
    assert settings["DATABASE_URL"] == {"value": "•••", "origin": "environment variable DATABASE_URL"}
    assert settings["SMTP_PASSWORD"] == {"value": None, "origin": "default"}
    assert settings["WHOLESALER_HOME"]["value"] == str(home)
    assert outcome.document["warnings"] == [
        "environment variable WHOLESALER_RETRIE is no setting and is ignored. Did you mean WHOLESALER_RETRIES?"
    ]
    shown = cli("config", "show")
    assert "warning: environment variable WHOLESALER_RETRIE" in shown.out
    assert "k4711q" not in outcome.out + shown.out
    assert "5f2d3b1c" not in outcome.out + shown.out


def test_a_wrong_setting_is_named(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PORT", "0")
    outcome = cli("config", "show")
    assert outcome.code == 78
    assert "environment variable SMTP_PORT" in outcome.err
