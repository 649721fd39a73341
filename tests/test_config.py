"""Settings: where they come from, which wins, and what a wrong one says."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from wholesaler.config import default_home, load_settings, load_settings_leniently
from wholesaler.errors import ConfigurationError, ExitCode
from wholesaler.settings import Settings

SECRETS = {
    "DATABASE_URL": "postgresql://me:hunter2@db.example/leads",
    "ALERT_SLACK_WEBHOOK": "https://hooks.slack.com/services/T0/B0/hunter2",
    "SMTP_PASSWORD": "hunter2",
    "SOCRATA_APP_TOKEN": "token-hunter2",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A working directory, with a home inside."""
    (tmp_path / "home").mkdir()
    return tmp_path


def load(place: Path, **environ: str) -> Settings:
    return load_settings({"WHOLESALER_HOME": str(place / "home"), **environ}, place)


def refused(place: Path, **environ: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(place, **environ)
    assert caught.value.exit_code == ExitCode.CONFIGURATION
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_any_setting_the_defaults_hold(place: Path) -> None:
    settings = load(place)
    assert settings.market == "orange-fl"
    assert settings.database_url is None
    assert settings.radius_miles == 0.25
    assert (settings.smtp_host, settings.smtp_port, settings.smtp_use_tls) == ("localhost", 587, True)
    assert settings.retries is None
    assert settings.home == place / "home"


def test_the_environment_wins_over_dotenv_which_wins_over_the_toml_file(place: Path) -> None:
    (place / "wholesaler.toml").write_text('smtp_host = "toml"\nsmtp_user = "toml"\nsmtp_from_email = "toml"\n')
    (place / ".env").write_text("SMTP_HOST=dotenv\nSMTP_USER=dotenv\n")
    settings = load(place, SMTP_HOST="environment")
    assert (settings.smtp_host, settings.smtp_user, settings.smtp_from_email) == ("environment", "dotenv", "toml")


@pytest.mark.parametrize("name", ["wholesaler.toml", ".env"])
def test_a_file_in_the_working_directory_wins_over_one_in_the_home_directory(place: Path, name: str) -> None:
    assign = 'smtp_host = "{}"\n' if name.endswith("toml") else "SMTP_HOST={}\n"
    (place / "home" / name).write_text(assign.format("home"))
    assert load(place).smtp_host == "home"
    (place / name).write_text(assign.format("here"))
    assert load(place).smtp_host == "here"


def test_wholesaler_config_names_the_one_file_that_is_read(place: Path) -> None:
    (place / "wholesaler.toml").write_text('smtp_host = "ignored"\n')
    (place / "other.toml").write_text("smtp_port = 2525\n")
    settings = load(place, WHOLESALER_CONFIG=str(place / "other.toml"))
    assert (settings.smtp_host, settings.smtp_port) == ("localhost", 2525)


def test_a_wholesaler_config_that_is_not_there_is_an_error(place: Path) -> None:
    said = refused(place, WHOLESALER_CONFIG=str(place / "none.toml"))
    assert "WHOLESALER_CONFIG" in said
    assert "none.toml" in said


def test_an_empty_variable_is_as_good_as_none(place: Path) -> None:
    (place / ".env").write_text("SMTP_HOST=dotenv\nSMTP_USER=\n")
    settings = load(place, SMTP_HOST="", ALERT_SLACK_WEBHOOK="", DATABASE_URL="", WHOLESALER_CONFIG="")
    assert settings.smtp_host == "dotenv"
    assert settings.smtp_user is None
    assert settings.alert_slack_webhook is None
    assert settings.database_url is None
    assert not settings.slack_enabled


def test_an_empty_home_means_the_default_one() -> None:
    assert load_settings({"WHOLESALER_HOME": ""}, Path("/")).home == default_home()


def test_the_home_directory_is_absolute_and_may_begin_with_a_tilde(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(place))
    assert load_settings({"WHOLESALER_HOME": "~/leads"}, place).home == place / "leads"
    monkeypatch.chdir(place)
    assert load_settings({"WHOLESALER_HOME": "home"}, place).home == place / "home"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("SMTP_PORT", "587x", "expected a whole number"),
        ("SMTP_PORT", "70000", "65535"),
        ("SMTP_USE_TLS", "maybe", "expected true or false"),
        ("WHOLESALER_RADIUS_MILES", "0", "expected more than 0"),
        ("WHOLESALER_RETRIES", "-1", "0"),
        ("WHOLESALER_HTTP_TIMEOUT", "0", "expected more than 0"),
        ("WHOLESALER_RETRY_WAIT", "nan", "expected"),
        ("WHOLESALER_RETRY_WAIT", "inf", "finite"),
        ("ALERT_EMAIL", "a@example.com\nBcc: b@example.com", "one line"),
    ],
)
def test_a_wrong_variable_names_itself_and_what_was_expected(place: Path, key: str, value: str, expected: str) -> None:
    said = refused(place, **{key: value})
    assert f"environment variable {key}" in said
    assert expected in said


def test_a_wrong_value_in_a_file_names_file_and_key(place: Path) -> None:
    (place / "wholesaler.toml").write_text('smtp_port = "many"\n')
    said = refused(place)
    assert f"{place / 'wholesaler.toml'}: smtp_port" in said
    assert "expected a whole number" in said
    (place / ".env").write_text("SMTP_USE_TLS=perhaps\n")
    assert f"{place / '.env'}: SMTP_USE_TLS" in refused(place, SMTP_PORT="25")


def test_an_unknown_key_in_the_toml_file_names_itself_and_the_likely_one(place: Path) -> None:
    (place / "wholesaler.toml").write_text('smtp_hots = "mail"\n')
    said = refused(place)
    assert f"{place / 'wholesaler.toml'}: unknown key 'smtp_hots'" in said
    assert "'smtp_host'" in said


@pytest.mark.parametrize("content", [b"smtp_host = \n", b"\xff\xfe", b'smtp_host = "\xe4"\n'])
def test_a_file_that_is_not_toml_names_itself(place: Path, content: bytes) -> None:
    (place / "wholesaler.toml").write_bytes(content)
    assert f"{place / 'wholesaler.toml'}: cannot be read as TOML" in refused(place)


def test_a_foreign_variable_in_dotenv_is_left_alone(place: Path) -> None:
    (place / ".env").write_text("COMPOSE_PROJECT_NAME=leads\nSMTP_HOST=mail\n")
    assert load(place).smtp_host == "mail"


def test_a_dollar_sign_in_dotenv_is_a_dollar_sign(place: Path) -> None:
    (place / ".env").write_text("SMTP_PASSWORD='p${HOME}$x'\n")
    assert load(place).secrets() == ["p${HOME}$x"]


def test_secrets_are_not_in_the_representation(place: Path) -> None:
    settings = load(place, **SECRETS)
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump()}"
    assert "hunter2" in " ".join(settings.secrets())


def test_every_secret_is_known_to_the_redactor_longest_first(place: Path) -> None:
    secrets = load(place, **SECRETS).secrets()
    assert set(SECRETS.values()) <= set(secrets)
    assert secrets == sorted(secrets, key=len, reverse=True)


def test_the_password_of_the_database_address_is_a_secret_by_itself(place: Path) -> None:
    assert "hunter2" in load(place, DATABASE_URL=SECRETS["DATABASE_URL"]).secrets()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("hun[ter2", "hun[ter2"),
        ("hun[t]er2", "hun[t]er2"),
        ("hun/ter?2#x", "hun/ter?2#x"),
        ("hun%2Fter%402", "hun/ter@2"),
        ("hun%zzter+2", "hun%zzter+2"),
        ("hun:ter&2", "hun:ter&2"),
    ],
)
def test_a_password_of_the_database_is_a_secret_as_it_is_written_and_as_it_is_meant(
    place: Path, written: str, meant: str
) -> None:
    address = f"postgresql://me:{written}@db.example:5432/leads"
    assert make_url(address).password == meant
    secrets = load(place, DATABASE_URL=address).secrets()
    assert {written, meant, address} == set(secrets)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:hunter2@[::1/leads",
        "postgresql://me:hunter2@db.example:port/leads",
        "postgresql//me:hunter2@db.example/leads",
        "postgresql://me@db.example/leads?sslmode=require&password=hunter2",
        "postgresql://me@db.example/leads?sslpassword=hunter2&sslmode=require",
    ],
)
def test_the_password_of_an_address_that_nobody_can_read_or_in_its_query_is_a_secret_too(
    place: Path, address: str
) -> None:
    assert "hunter2" in load(place, DATABASE_URL=address).secrets()


def test_a_password_in_the_query_may_be_encoded(place: Path) -> None:
    address = "postgresql://db.example/leads?password=hunter+2%26"
    assert make_url(address).query["password"] == "hunter 2&"
    assert {"hunter+2%26", "hunter 2&"} <= set(load(place, DATABASE_URL=address).secrets())


@pytest.mark.parametrize("key", SECRETS)
def test_a_secret_of_the_wrong_type_is_not_in_the_error(place: Path, key: str) -> None:
    (place / "wholesaler.toml").write_text(f'{key.lower()} = ["hunter2"]\n')
    said = refused(place)
    assert key.lower() in said
    assert "hunter2" not in said


def test_a_broken_toml_file_does_not_print_its_secrets(place: Path) -> None:
    (place / "wholesaler.toml").write_text('smtp_password = "hunter2\n')
    assert "hunter2" not in refused(place)


@pytest.mark.parametrize(
    ("environ", "slack", "email"),
    [
        ({}, False, False),
        ({"ALERT_SLACK_WEBHOOK": "https://hooks.example/x"}, True, False),
        ({"ALERT_EMAIL": "me@example.com"}, False, True),
        ({"ALERT_SLACK_WEBHOOK": "https://hooks.example/x", "ALERT_ENABLE_SLACK": "false"}, False, False),
        ({"ALERT_EMAIL": "me@example.com", "ALERT_ENABLE_EMAIL": "0"}, False, False),
        ({"ALERT_ENABLE_SLACK": "true", "ALERT_ENABLE_EMAIL": "true"}, True, True),
    ],
)
def test_a_channel_is_on_when_asked_for_or_when_it_has_somewhere_to_send_to(
    place: Path, environ: dict[str, str], slack: bool, email: bool
) -> None:
    settings = load(place, **environ)
    assert (settings.slack_enabled, settings.email_enabled) == (slack, email)


def test_every_setting_can_be_written_in_the_toml_file_by_its_lower_case_name(place: Path) -> None:
    values = {"ALERT_EMAIL": '"me@example.com"', "WHOLESALER_RETRIES": "1", "ALERT_SHOW_NAMES": "true"}
    (place / "wholesaler.toml").write_text("".join(f"{key.lower()} = {value}\n" for key, value in values.items()))
    settings = load(place)
    assert (settings.alert_email, settings.retries, settings.alert_show_names) == ("me@example.com", 1, True)


def test_a_dotenv_file_that_is_not_utf_8_names_itself(place: Path) -> None:
    (place / ".env").write_bytes(b"SMTP_HOST=\xff\xfe\n")
    assert f"{place / '.env'}: cannot be read" in refused(place)


def test_a_working_directory_that_is_gone_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigurationError, match="The settings cannot be read"):
        load_settings({"WHOLESALER_HOME": str(tmp_path)})


def test_a_home_of_nobody_is_said_so(place: Path) -> None:
    assert "The settings cannot be read" in refused(place, WHOLESALER_HOME="~nobody-of-this-name/home")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ALERT_EMIAL", "ALERT_EMAIL"),
        ("ALERT_EMAILS", "ALERT_EMAIL"),
        ("WHOLESALER_RETRYS", "WHOLESALER_RETRIES"),
        ("SMTP_HOSTNAME", "SMTP_HOST"),
        ("SOCRATA_TOKEN", "SOCRATA_APP_TOKEN"),
        ("alert_email", "ALERT_EMAIL"),
        ("ALRET_EMAIL", "ALERT_EMAIL"),
        ("DATABASE_ULR", "DATABASE_URL"),
    ],
)
def test_a_name_that_is_no_setting_is_a_warning_that_names_the_nearest(place: Path, typed: str, meant: str) -> None:
    said = f"is no setting and is ignored. Did you mean {meant}?"
    assert load(place, **{typed: "hunter2"}).warnings == [f"environment variable {typed} {said}"]
    (place / ".env").write_text(f"{typed}=hunter2\n")
    assert load(place).warnings == [f"{place / '.env'}: '{typed}' {said}"]


def test_variables_of_others_and_our_own_are_no_warning(place: Path) -> None:
    (place / "other.toml").write_text("smtp_port = 2525\n")
    others = {"PATH": "/bin", "EMAIL": "me@example.com", "DATABASE_URL_FOR_TESTS": "x", "HOSTNAME": "h", "SMTPD": "1"}
    assert load(place, WHOLESALER_CONFIG=str(place / "other.toml"), SMTP_HOST="h", **others).warnings == []


def test_a_line_of_dotenv_that_sets_nothing_is_a_warning(place: Path) -> None:
    (place / ".env").write_text("# a comment\n\nSMTP_HOST=h\nALERT_EMAIL: me@example.com\nSMTP_USER\nFOREIGN=1\n")
    settings = load(place)
    assert (settings.smtp_host, settings.alert_email) == ("h", None)
    lines, unknown = settings.warnings[:-1], settings.warnings[-1]
    assert lines == [f"{place / '.env'}: line {n} is not NAME=value and is ignored." for n in (4, 5)]
    assert unknown == f"{place / '.env'}: 'FOREIGN' is no setting and is ignored."


@pytest.mark.parametrize(("name", "line"), [(".env", "SMTP_HOST=h\n"), ("wholesaler.toml", 'smtp_host = "h"\n')])
def test_a_file_that_begins_with_a_byte_order_mark_is_read(place: Path, name: str, line: str) -> None:
    (place / name).write_bytes(b"\xef\xbb\xbf" + line.encode())
    settings = load(place)
    assert (settings.smtp_host, settings.warnings) == ("h", [])


def leniently(place: Path, **environ: str) -> tuple[Settings, str]:
    settings, error = load_settings_leniently({"WHOLESALER_HOME": str(place / "home"), **environ}, place)
    return settings, str(error)


@pytest.mark.parametrize(
    ("file", "content", "environ", "named"),
    [
        ("", "", {"WHOLESALER_RETRIES": "three"}, "environment variable WHOLESALER_RETRIES: expected"),
        (
            "",
            "",
            {"WHOLESALER_RETRIES": "three", "SMTP_PORT": "x"},
            "environment variable WHOLESALER_RETRIES: expected",
        ),
        ("wholesaler.toml", 'smtp_hots = "x"\nsmtp_user = "me"\n', {}, "unknown key 'smtp_hots'"),
        ("wholesaler.toml", "smtp_host =\n", {}, "cannot be read as TOML"),
        (".env", "SMTP_HOST=\xff\n", {}, ".env: cannot be read"),
        ("", "", {"WHOLESALER_CONFIG": "/none/at/all.toml"}, "there is no file /none/at/all.toml"),
        ("", "", {"WHOLESALER_HOME": "~nobody-of-this-name/x"}, "The settings cannot be read"),
    ],
)
def test_what_is_wrong_is_left_at_its_default_and_the_rest_is_there(
    place: Path, file: str, content: str, environ: dict[str, str], named: str
) -> None:
    if file:
        (place / file).write_bytes(content.encode("latin-1"))
    settings, error = leniently(place, ALERT_EMAIL="me@example.com", **environ)
    assert named in error
    assert (settings.alert_email, settings.retries, settings.smtp_port) == ("me@example.com", None, 587)
    assert settings.home.is_absolute()
    if file == "wholesaler.toml" and "smtp_user" in content:
        assert settings.smtp_user == "me"


def test_settings_without_a_fault_are_the_same_read_leniently(place: Path) -> None:
    assert load_settings_leniently({"WHOLESALER_HOME": str(place)}, place) == (
        load(place, WHOLESALER_HOME=str(place)),
        None,
    )


def test_the_market_is_chosen_only_where_somebody_says_so(place: Path) -> None:
    assert load(place).chosen_market is None
    assert load(place, WHOLESALER_MARKET="a.toml,b").chosen_market == "a.toml,b"
