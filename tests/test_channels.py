"""ALERT_URLS: names and addresses, what is secret of them, and where they may stand."""

from pathlib import Path

import pytest

from wholesaler.channels import named_urls
from wholesaler.config import load_settings
from wholesaler.errors import ConfigurationError
from wholesaler.redaction import redact, service_secrets

TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/12315544/"
HOOK = "json://ann:hunter2@hooks.example.org:8080/v1/9f8e7d6c5b4a?+X-Token=abc&format=text"


def test_an_address_has_a_name_that_stays_and_tells_nothing() -> None:
    urls = named_urls(f"{TELEGRAM}\n {HOOK},ops={HOOK}x; {TELEGRAM}")
    assert list(urls.values()) == [TELEGRAM, HOOK, f"{HOOK}x"]
    first, second, third = urls
    assert (first[:6], second[:5], third) == ("tgram-", "json-", "ops")
    assert list(named_urls(HOOK)) == [second]
    assert list(named_urls(f"{HOOK}y")) != [second]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hooks.example.org/very-secret", "number 1 is none"),
        (f"{HOOK} very secret", "number 1 is none"),
        (f"slack={HOOK}", "none of email, report, slack"),
        (f"Ops={HOOK}", "small letters"),
        (f"ops={HOOK} ops={TELEGRAM}", "'ops' stands twice"),
    ],
)
def test_what_is_no_address_is_named_by_its_number(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({"WHOLESALER_HOME": str(tmp_path), "ALERT_URLS": text}, tmp_path)
    assert "ALERT_URLS" in str(caught.value)
    assert said in str(caught.value)
    for secret in ("very", "hunter2", "9f8e7d6c5b4a"):
        assert secret not in str(caught.value)


def test_they_are_read_from_files_credentials_and_lists(tmp_path: Path) -> None:
    home = {"WHOLESALER_HOME": str(tmp_path)}
    file = tmp_path / "urls"
    file.write_text(f"{TELEGRAM}\nops={HOOK}\n", "utf-8")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "ALERT_URLS").write_text(file.read_text("utf-8"), "utf-8")
    expected = list(named_urls(file.read_text("utf-8")))
    for environ in ({"ALERT_URLS_FILE": str(file)}, {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}):
        assert list(load_settings({**home, **environ}, tmp_path).channel_urls) == expected
    (tmp_path / "wholesaler.toml").write_text(f'alert_urls = ["{TELEGRAM}", "ops={HOOK}"]', "utf-8")
    settings = load_settings(home, tmp_path)
    assert list(settings.channel_urls) == expected
    assert settings.channels == [*expected, "report"]
    assert settings.effective()["ALERT_URLS"]["value"] == "•••"
    for shown in (repr(settings), str(settings.effective())):
        assert "hunter2" not in shown


@pytest.mark.parametrize(
    "said",
    [
        TELEGRAM,
        HOOK,
        "https://api.telegram.org/bot123456789:abcdefg_hijklmnop/sendMessage",
        "the password hunter2 is wrong",
        "X-Token: abc",
        "POST /v1/9f8e7d6c5b4a",
        "Basic YW5uOmh1bnRlcjI=",
    ],
)
def test_nothing_secret_of_an_address_is_shown(said: str) -> None:
    secrets = [*service_secrets(TELEGRAM), *service_secrets(HOOK)]
    shown = redact(said, secrets)
    for secret in ("abcdefg_hijklmnop", "hunter2", "9f8e7d6c5b4a", "X-Token: abc", "YW5uOmh1bnRlcjI"):
        assert secret not in shown


def test_hosts_and_words_stay_readable() -> None:
    secrets = [*service_secrets(HOOK), *service_secrets("ntfys://ntfy.example.org/alerts?priority=high")]
    said = "hooks.example.org did not take alerts of high priority in text format"
    assert redact(said, secrets) == said
