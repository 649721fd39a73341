"""Settings: read once from the environment, ``.env`` and ``wholesaler.toml``, validated, and passed down.

The environment wins over ``.env``, which wins over ``wholesaler.toml``. Variables keep the names of the system this
program replaces (``ALERT_*``, ``SMTP_*``); in ``wholesaler.toml`` a key is the variable's name in lower case.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from dotenv.parser import parse_stream
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, ValidationError, field_validator

from wholesaler.channels import named_urls
from wholesaler.errors import ConfigurationError, did_you_mean
from wholesaler.redaction import (
    HIDDEN,
    database_secrets,
    in_order,
    login_secrets,
    ping_secrets,
    service_secrets,
    webhook_secrets,
)
from wholesaler.toml import expectation, read_toml

CONFIGURATION_FILE = "wholesaler.toml"
#: names of ours: another variable of the environment that begins so is a typing error
_PREFIXES = ("WHOLESALER_", "ALERT_", "SMTP_", "SOCRATA_")
#: what is not a setting and read all the same
_CONFIGURATION_VARIABLE = "WHOLESALER_CONFIG"
#: from this likeness on a name without one of the prefixes is one that was mistyped in the prefix itself
_LIKENESS = 0.86
#: a name with one of them was meant for the setting that it is most like, if it is as like as this
_LEAST_LIKENESS = 0.6


class Settings(BaseModel):
    """Everything that can be set from outside; a field's alias is its environment variable."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    database_url: SecretStr | None = Field(None, alias="DATABASE_URL", description="any PostgreSQL with PostGIS")
    home: Path = Field(alias="WHOLESALER_HOME", description="data directory: database, locks, reports")
    market: str = Field("orange-fl", alias="WHOLESALER_MARKET", description="market key or file")
    profile: str | None = Field(None, alias="WHOLESALER_PROFILE", description="scoring profile, a name or file")
    radius_miles: float = Field(0.25, gt=0, le=5, alias="WHOLESALER_RADIUS_MILES", description="nearby violations")

    retries: int | None = Field(None, ge=0, le=20, alias="WHOLESALER_RETRIES", description="of a failed stage")
    retry_wait: float | None = Field(None, ge=0, alias="WHOLESALER_RETRY_WAIT", description="seconds between them")
    ingest_deadline: float = Field(
        1800, gt=0, alias="WHOLESALER_INGEST_DEADLINE", description="seconds for ingest with all its retries"
    )
    enrich_deadline: float = Field(3600, gt=0, alias="WHOLESALER_ENRICH_DEADLINE", description="for enrich")
    dedupe_deadline: float = Field(3600, gt=0, alias="WHOLESALER_DEDUPE_DEADLINE", description="for dedupe")
    score_deadline: float = Field(3600, gt=0, alias="WHOLESALER_SCORE_DEADLINE", description="for score")
    alert_deadline: float = Field(1800, gt=0, alias="WHOLESALER_ALERT_DEADLINE", description="for alert")
    check_deadline: float = Field(1800, gt=0, alias="WHOLESALER_CHECK_DEADLINE", description="for check")
    first_load_deadline: float = Field(
        14400, gt=0, alias="WHOLESALER_FIRST_LOAD_DEADLINE", description="for a stage that has never ended well"
    )
    fetch_deadline: float | None = Field(
        None, gt=0, alias="WHOLESALER_FETCH_DEADLINE", description="seconds for one source as a whole"
    )
    http_timeout: float = Field(60, gt=0, alias="WHOLESALER_HTTP_TIMEOUT", description="seconds for one answer")
    http_retries: int = Field(4, ge=0, le=20, alias="WHOLESALER_HTTP_RETRIES", description="of one request")
    http_retry_wait: float = Field(
        2, ge=0, alias="WHOLESALER_HTTP_RETRY_WAIT", description="seconds, doubled each time"
    )
    download_timeout: float = Field(
        1800, gt=0, alias="WHOLESALER_DOWNLOAD_TIMEOUT", description="seconds for one file from the web"
    )
    largest_file: float = Field(
        8, gt=0, alias="WHOLESALER_LARGEST_FILE", description="gigabytes, as it is downloaded and unpacked"
    )
    snapshot_days: float = Field(90, ge=0, alias="WHOLESALER_SNAPSHOT_DAYS", description="days; 0 keeps no snapshots")
    snapshots_size: float = Field(4, gt=0, alias="WHOLESALER_SNAPSHOTS_SIZE", description="gigabytes of all together")
    socrata_app_token: SecretStr | None = Field(None, alias="SOCRATA_APP_TOKEN")
    geocoder_url: str = Field(
        "https://geocoding.geo.census.gov/geocoder/locations/addressbatch", alias="WHOLESALER_GEOCODER_URL"
    )
    geocoder_enabled: bool = Field(True, alias="WHOLESALER_GEOCODER_ENABLED")

    alert_email: str | None = Field(None, alias="ALERT_EMAIL", description="recipients, separated by commas")
    alert_slack_webhook: SecretStr | None = Field(None, alias="ALERT_SLACK_WEBHOOK")
    alert_enable_email: bool | None = Field(
        None, alias="ALERT_ENABLE_EMAIL", description="default: when ALERT_EMAIL is set"
    )
    alert_enable_slack: bool | None = Field(
        None, alias="ALERT_ENABLE_SLACK", description="default: when the webhook is set"
    )
    alert_urls: SecretStr | None = Field(None, alias="ALERT_URLS", description="further channels, by apprise")
    alert_show_names: bool = Field(False, alias="ALERT_SHOW_NAMES", description="owner and borrower names in messages")
    alert_tiers: str = Field("A", alias="ALERT_TIERS", description="tiers whose new leads are announced")
    smtp_host: str = Field("localhost", alias="SMTP_HOST")
    smtp_port: int = Field(587, ge=1, le=65535, alias="SMTP_PORT")
    smtp_user: str | None = Field(None, alias="SMTP_USER")
    smtp_password: SecretStr | None = Field(None, alias="SMTP_PASSWORD")
    smtp_from_email: str | None = Field(None, alias="SMTP_FROM_EMAIL")
    smtp_use_tls: bool = Field(True, alias="SMTP_USE_TLS", description="STARTTLS; implicit TLS on port 465")

    keep_history: int = Field(
        730, ge=31, le=36500, alias="WHOLESALER_KEEP_HISTORY", description="days of scores, by whole months"
    )
    keep_runs: int = Field(365, ge=31, le=36500, alias="WHOLESALER_KEEP_RUNS", description="days of attempts")
    keep_rejects: int = Field(
        90, ge=1, le=36500, alias="WHOLESALER_KEEP_REJECTS", description="days of rejected records that are gone"
    )
    keep_reports: int = Field(365, ge=1, le=36500, alias="WHOLESALER_KEEP_REPORTS", description="days of reports")

    healthcheck_url: SecretStr | None = Field(None, alias="HEALTHCHECK_URL", description="a dead-man's switch")
    fail_on: str | None = Field(None, alias="FAIL_ON", description="warnings that make exit code 3")
    metrics_file: Path | None = Field(None, alias="METRICS_FILE", description="metrics for Prometheus")

    #: lines of .env that are no NAME=value
    _unread: tuple[str, ...] = PrivateAttr(())
    #: names that are no setting, with the .env file they are in; from the environment without one
    _unknown: tuple[tuple[Path | None, str], ...] = PrivateAttr(())

    #: variable → where its value is from, of those that are set
    _origins: Mapping[str, str] = PrivateAttr({})

    @field_validator("alert_email", "smtp_from_email", "smtp_user")
    @classmethod
    def _one_line(cls, value: str | None) -> str | None:
        if value is not None and ("\r" in value or "\n" in value):
            raise ValueError("must be one line")
        return value

    @field_validator("alert_urls", mode="before")
    @classmethod
    def _addresses(cls, value: Any) -> Any:
        text = " ".join(map(str, value)) if isinstance(value, list) else value  # as TOML has them
        named_urls(str(text or ""))
        return text

    @field_validator("alert_tiers")
    @classmethod
    def _tiers(cls, value: str) -> str:
        tiers = {name.strip().upper() for name in value.split(",")}
        if not tiers <= set("ABCD"):
            raise ValueError("must be one or more of A, B, C and D, separated by commas")
        return ",".join(sorted(tiers))

    @property
    def told_tiers(self) -> list[str]:
        """The tiers whose new leads are announced."""
        return self.alert_tiers.split(",")

    @property
    def email_enabled(self) -> bool:
        """E-mail is on when asked for, or when nobody said anything and there is a recipient."""
        return self.alert_enable_email if self.alert_enable_email is not None else bool(self.alert_email)

    @property
    def slack_enabled(self) -> bool:
        """Slack is on when asked for, or when nobody said anything and there is a webhook."""
        return self.alert_enable_slack if self.alert_enable_slack is not None else bool(self.alert_slack_webhook)

    @property
    def channel_urls(self) -> dict[str, str]:
        """The further channels: name → address, which is a secret."""
        return named_urls(self.alert_urls.get_secret_value()) if self.alert_urls else {}

    @property
    def channels(self) -> list[str]:
        """The names of the channels that are on, whether they have somewhere to send to or not."""
        on = {"slack": self.slack_enabled, "email": self.email_enabled, **dict.fromkeys(self.channel_urls, True)}
        on["report"] = True
        return [name for name, is_on in on.items() if is_on]

    @cached_property
    def warnings(self) -> list[str]:
        """What was given and is no setting, a sentence each, with the setting that may have been meant; no values."""
        sentences = list(self._unread)
        for place, key in self._unknown:
            is_meant = place is not None or key.upper().startswith(_PREFIXES)
            nearest = _nearest(key, _LEAST_LIKENESS if is_meant else _LIKENESS)
            if is_meant or nearest:
                where = f"{place}: '{key}'" if place else f"environment variable {key}"
                sentences.append(
                    f"{where} is no setting and is ignored." + (f" Did you mean {nearest}?" if nearest else "")
                )
        return sentences

    def effective(self) -> dict[str, dict[str, Any]]:
        """Variable → ``value``, with secrets hidden, and ``origin``: the place that it is from."""
        settings = {}
        for key, name in _SETTINGS.items():
            value = getattr(self, name)
            shown = HIDDEN if isinstance(value, SecretStr) else str(value) if isinstance(value, Path) else value
            settings[key] = {"value": shown, "origin": self._origins.get(key, "default")}
        return settings

    def secrets(self) -> list[str]:
        """The values that must never be printed, longest first."""

        def secret(value: SecretStr | None) -> str:
            return value.get_secret_value() if value else ""

        return in_order(
            [
                *database_secrets(secret(self.database_url)),
                *webhook_secrets(secret(self.alert_slack_webhook)),
                *login_secrets(self.smtp_user, secret(self.smtp_password)),
                secret(self.socrata_app_token),
                *ping_secrets(secret(self.healthcheck_url)),
                *(part for url in self.channel_urls.values() for part in service_secrets(url)),
            ]
        )


def default_home() -> Path:
    """The user's data directory; for root one that the ``postgres`` user can enter, since root's home is closed."""
    if os.geteuid() == 0:
        return Path("/var/lib/wholesaler")
    from platformdirs import user_data_path

    return user_data_path("wholesaler")


def load_settings(environ: Mapping[str, str] | None = None, directory: Path | None = None) -> Settings:
    """Read and validate the settings.

    ``environ`` stands for the process environment and ``directory`` for the working directory. Raises
    :class:`ConfigurationError` naming the place, the key and what was expected.
    """
    settings, error = load_settings_leniently(environ, directory)
    if error is not None:
        raise error
    return settings


def load_settings_leniently(
    environ: Mapping[str, str] | None = None, directory: Path | None = None
) -> tuple[Settings, ConfigurationError | None]:
    """The settings as far as they can be used, and the first thing that is wrong with them.

    What is wrong is left at its default, so that it can be announced on the channels that are right.
    """
    reader = _SettingsReader(os.environ if environ is None else environ)
    home = default_home()
    with reader.faults():
        home = Path(reader.environ.get("WHOLESALER_HOME") or home).expanduser()
    with reader.faults():
        directory = Path.cwd() if directory is None else directory
    places = [home] if directory is None else [home, directory]
    reader.read_files(places)
    reader.read_environment()
    reader.values.setdefault("WHOLESALER_HOME", home)
    return reader.settings(), reader.errors[0] if reader.errors else None


def settings_in(environ: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What is set in an environment: variables that may be shown, and the names of secrets with their files.

    The file is empty where the secret itself is in the environment.
    """
    secret_names = set(_SECRET_FILES.values())
    known = {*_SETTINGS, _CONFIGURATION_VARIABLE} - secret_names
    variables = {name: environ[name] for name in sorted(known) if environ.get(name)}
    files = {secret: environ[name] for name, secret in sorted(_SECRET_FILES.items()) if environ.get(name)}
    return variables, files | {name: "" for name in sorted(secret_names) if environ.get(name)}


@dataclass
class _SettingsReader:
    """What the places of settings hold, each later one over the earlier, and what is wrong with it."""

    environ: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    errors: list[ConfigurationError] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    unknown: list[tuple[Path | None, str]] = field(default_factory=list)

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Remember what goes wrong, and go on."""
        try:
            yield
        except ConfigurationError as error:
            self.errors.append(error)
        except (OSError, RuntimeError) as error:  # a closed directory, a working directory that is gone, ~nobody
            self.errors.append(
                ConfigurationError(
                    f"The settings cannot be read: {error}.",
                    "See that this user may read WHOLESALER_HOME, WHOLESALER_CONFIG and the working directory.",
                )
            )

    def read_files(self, places: list[Path]) -> None:
        """``wholesaler.toml`` in ``places``, or the file that is named instead; then ``.env``."""
        with self.faults():
            for path in self._configuration_files(places):
                with self.faults():
                    self._read_toml(path)
        for path in dict.fromkeys(place / ".env" for place in places):
            with self.faults():
                if path.is_file():
                    self._read_dotenv(path)

    def read_environment(self) -> None:
        """The process environment, with the credentials of systemd; an empty variable is as good as none."""
        credentials = Path(self.environ.get("CREDENTIALS_DIRECTORY") or os.devnull)
        for name in _SECRET_FILES.values():
            if (credentials / name).is_file():
                self._read_secret(name, credentials / name, "CREDENTIALS_DIRECTORY")
        for variable in _SECRET_FILES:
            if path := self.environ.get(variable):
                self._read_secret(_SECRET_FILES[variable], Path(path), f"environment variable {variable}")
        for key, text in self.environ.items():
            if key in _SETTINGS:
                if text:
                    self.values[key] = text
                    self.origins[key] = f"environment variable {key}"
            elif key != _CONFIGURATION_VARIABLE and key not in _SECRET_FILES:
                self.unknown.append((None, key))

    def settings(self) -> Settings:
        """What was read, without what is wrong."""
        while True:
            try:
                settings = Settings.model_validate(self.values)
                break
            except ValidationError as error:
                for wrong in error.errors(include_url=False, include_input=False):
                    key = str(wrong["loc"][0])
                    message = f"{self.origins.get(key, key)}: {expectation(wrong)}."
                    self.errors.append(ConfigurationError(message))
                    self.values.pop(key, None)
                    self.values.setdefault("WHOLESALER_HOME", default_home())
        home = default_home()
        with self.faults():
            home = settings.home.expanduser().absolute()
        settings = settings.model_copy(update={"home": home})
        settings._unread, settings._unknown = tuple(self.unread), tuple(self.unknown)
        settings._origins = {key: origin for key, origin in self.origins.items() if key in self.values}
        return settings

    def _configuration_files(self, places: list[Path]) -> list[Path]:
        file_name = self.environ.get(_CONFIGURATION_VARIABLE)
        if file_name:
            path = Path(file_name).expanduser()
            if not path.is_file():
                raise ConfigurationError(f"environment variable {_CONFIGURATION_VARIABLE}: there is no file {path}.")
            return [path]
        files = dict.fromkeys(place / CONFIGURATION_FILE for place in places)
        return [path for path in files if path.is_file()]

    def _read_toml(self, path: Path) -> None:
        for key, value in read_toml(path).items():
            if key.upper() in _SETTINGS:
                self.values[key.upper()] = value
                self.origins[key.upper()] = f"{path}: {key}"
            else:
                hint = did_you_mean(key, map(str.lower, _SETTINGS)) or "The README lists every setting."
                self.errors.append(ConfigurationError(f"{path}: unknown key '{key}'.", hint))

    def _read_dotenv(self, path: Path) -> None:
        try:
            with path.open(encoding="utf-8-sig") as file:  # editors on Windows begin a file with a byte order mark
                bindings = list(parse_stream(file))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"{path}: cannot be read: {error}.", "It must be UTF-8 text that this user may read."
            ) from None
        for binding in bindings:
            key = binding.key
            if binding.error or (key is not None and binding.value is None):
                self.unread.append(f"{path}: line {binding.original.line} is not NAME=value and is ignored.")
            elif key in _SETTINGS and binding.value:
                self.values[key] = binding.value
                self.origins[key] = f"{path}: {key}"
            elif key in _SECRET_FILES and binding.value:
                self._read_secret(_SECRET_FILES[key], Path(binding.value), f"{path}: {key}")
            elif key is not None and key not in _SETTINGS and key not in _SECRET_FILES:
                self.unknown.append((path, key))

    def _read_secret(self, name: str, path: Path, origin: str) -> None:
        """A secret that is in a file of its own, without the line break at its end."""
        with self.faults():
            try:
                text = path.expanduser().read_text("utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigurationError(
                    f"{origin}: {path} cannot be read: {getattr(error, 'strerror', None) or 'it is no UTF-8 text'}.",
                    "It must be a file that this user may read, with the secret and nothing else in it.",
                ) from None
            if text:
                self.values[name] = text
                self.origins[name] = f"{origin}: {path}"


_SETTINGS = {str(setting.alias): name for name, setting in Settings.model_fields.items()}
#: the variable that names a secret's file → the secret
_SECRET_FILES = {
    f"{setting.alias}_FILE": str(setting.alias)
    for setting in Settings.model_fields.values()
    if "SecretStr" in repr(setting.annotation)
}


def _nearest(key: str, likeness: float) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(key.upper(), _SETTINGS, n=1, cutoff=likeness)), None)
