"""Settings: read once from the environment, ``.env`` and ``wholesaler.toml``, validated, and passed down.

The environment wins over ``.env``, which wins over ``wholesaler.toml``. Variables keep the names of the system this
program replaces (``ALERT_*``, ``SMTP_*``); in ``wholesaler.toml`` a key is the variable's name in lower case.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_plus

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from wholesaler.errors import ConfigurationError, did_you_mean
from wholesaler.toml import expectation, read_toml

CONFIGURATION_FILE = "wholesaler.toml"
#: the password of a database's address as SQLAlchemy reads it: from the colon to the first @, whatever is in between
_PASSWORD = re.compile(r"//[^:/]*:([^@]*)@")
_QUERIED_PASSWORD = re.compile(r"[?&](?:ssl)?password=([^&]*)")


class Settings(BaseModel):
    """Everything that can be set from outside; a field's alias is its environment variable."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    database_url: SecretStr | None = Field(None, alias="DATABASE_URL", description="any PostgreSQL with PostGIS")
    home: Path = Field(alias="WHOLESALER_HOME", description="data directory: database, locks, reports")
    market: str = Field("orange-fl", alias="WHOLESALER_MARKET", description="market key or file")
    profile: Path | None = Field(None, alias="WHOLESALER_PROFILE", description="scoring profile file")
    radius_miles: float = Field(0.25, gt=0, le=5, alias="WHOLESALER_RADIUS_MILES", description="nearby violations")

    retries: int | None = Field(None, ge=0, le=20, alias="WHOLESALER_RETRIES", description="of a failed stage")
    retry_wait: float | None = Field(None, ge=0, alias="WHOLESALER_RETRY_WAIT", description="seconds between them")
    http_timeout: float = Field(60, gt=0, alias="WHOLESALER_HTTP_TIMEOUT", description="seconds for one answer")
    http_retries: int = Field(4, ge=0, le=20, alias="WHOLESALER_HTTP_RETRIES", description="of one request")
    http_retry_wait: float = Field(
        2, ge=0, alias="WHOLESALER_HTTP_RETRY_WAIT", description="seconds, doubled each time"
    )
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
    alert_show_names: bool = Field(False, alias="ALERT_SHOW_NAMES", description="owner and borrower names in messages")
    smtp_host: str = Field("localhost", alias="SMTP_HOST")
    smtp_port: int = Field(587, ge=1, le=65535, alias="SMTP_PORT")
    smtp_user: str | None = Field(None, alias="SMTP_USER")
    smtp_password: SecretStr | None = Field(None, alias="SMTP_PASSWORD")
    smtp_from_email: str | None = Field(None, alias="SMTP_FROM_EMAIL")
    smtp_use_tls: bool = Field(True, alias="SMTP_USE_TLS", description="STARTTLS; implicit TLS on port 465")

    @field_validator("alert_email", "smtp_from_email", "smtp_user")
    @classmethod
    def _one_line(cls, value: str | None) -> str | None:
        if value is not None and ("\r" in value or "\n" in value):
            raise ValueError("must be one line")
        return value

    @property
    def email_enabled(self) -> bool:
        """E-mail is on when asked for, or when nobody said anything and there is a recipient."""
        return self.alert_enable_email if self.alert_enable_email is not None else bool(self.alert_email)

    @property
    def slack_enabled(self) -> bool:
        """Slack is on when asked for, or when nobody said anything and there is a webhook."""
        return self.alert_enable_slack if self.alert_enable_slack is not None else bool(self.alert_slack_webhook)

    def secrets(self) -> list[str]:
        """The values that must never be printed, longest first."""
        found = [value.get_secret_value() for value in self.__dict__.values() if isinstance(value, SecretStr)]
        if self.database_url is not None:
            found += _passwords(self.database_url.get_secret_value())
        return sorted({value for value in found if value}, key=len, reverse=True)


def _passwords(address: str) -> Iterator[str]:
    """The passwords in a database's address, as written and as meant; works for an address that nothing can read."""
    for written in _PASSWORD.findall(address):
        yield from (written, unquote(written))
    for written in _QUERIED_PASSWORD.findall(address):
        yield from (written, unquote_plus(written))


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
    try:
        return _load_settings(
            os.environ if environ is None else environ, Path.cwd() if directory is None else directory
        )
    except (OSError, RuntimeError) as error:  # a closed directory, a working directory that is gone, ~nobody
        raise ConfigurationError(
            f"The settings cannot be read: {error}.",
            "See that this user may read WHOLESALER_HOME, WHOLESALER_CONFIG and the working directory.",
        ) from None


def _load_settings(environ: Mapping[str, str], directory: Path) -> Settings:
    home = Path(environ.get("WHOLESALER_HOME") or default_home()).expanduser()
    aliases = {str(field.alias): name for name, field in Settings.model_fields.items()}

    values: dict[str, Any] = {"WHOLESALER_HOME": home}
    origins: dict[str, str] = {}
    for path in _configuration_files(environ, directory, home):
        for key, value in read_toml(path).items():
            if key.upper() not in aliases:
                raise ConfigurationError(f"{path}: unknown key '{key}'.", _did_you_mean(key, aliases))
            values[key.upper()] = value
            origins[key.upper()] = f"{path}: {key}"
    for path in (home / ".env", directory / ".env"):
        if path.is_file():
            for key, text in _read_dotenv(path).items():
                if key in aliases and text:
                    values[key] = text
                    origins[key] = f"{path}: {key}"
    for key in aliases:
        if environ.get(key):
            values[key] = environ[key]
            origins[key] = f"environment variable {key}"
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = str(first["loc"][0])
        raise ConfigurationError(f"{origins.get(key, key)}: {_expected(first['msg'])}") from None
    return settings.model_copy(update={"home": settings.home.expanduser().absolute()})


def _configuration_files(environ: Mapping[str, str], directory: Path, home: Path) -> list[Path]:
    named = environ.get("WHOLESALER_CONFIG")
    if named:
        path = Path(named).expanduser()
        if not path.is_file():
            raise ConfigurationError(f"environment variable WHOLESALER_CONFIG: there is no file {path}.")
        return [path]
    return [path for path in (home / CONFIGURATION_FILE, directory / CONFIGURATION_FILE) if path.is_file()]


def _read_dotenv(path: Path) -> dict[str, str | None]:
    try:
        return dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path}: cannot be read: {error}.", "It must be UTF-8 text that this user may read."
        ) from None


def _did_you_mean(key: str, aliases: Mapping[str, str]) -> str:
    return did_you_mean(key, [alias.lower() for alias in aliases]) or "The README lists every setting."


def _expected(message: str) -> str:
    return f"{expectation(message)}."
