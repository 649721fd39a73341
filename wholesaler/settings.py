"""What can be set from outside, with its default and what it must be; :mod:`wholesaler.config` reads it."""

import re
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, field_validator

from wholesaler.channels import named_urls
from wholesaler.redaction import (
    HIDDEN,
    database_secrets,
    in_order,
    login_secrets,
    ping_secrets,
    service_secrets,
    webhook_secrets,
)

#: names of ours: another variable of the environment that begins so is a typing error
_PREFIXES = ("WHOLESALER_", "ALERT_", "REPORT_", "SMTP_", "SOCRATA_")
#: a host, after which z, x and y stand somewhere; what could end a policy or an attribute of the report is in none
_TILES = re.compile(
    r"https?://(\{s\}\.)?[A-Za-z0-9.-]+(:\d+)?/(?=.*\{z\})(?=.*\{x\})(?=.*\{y\})([A-Za-z0-9._~/?=&%@+,:-]|\{[zxyr]\})+"
)
#: by which a source names its token
_TOKEN_NAME = re.compile(r"[a-z][a-z0-9_-]{0,29}")
#: from this likeness on a name without one of the prefixes is one that was mistyped in the prefix itself
_LIKENESS = 0.86
#: a name with one of them was meant for the setting that it is most like, if it is as like as this
_LEAST_LIKENESS = 0.6


class Settings(BaseModel):
    """Everything that can be set from outside; a field's alias is its environment variable."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    database_url: SecretStr | None = Field(None, alias="DATABASE_URL", description="any PostgreSQL with PostGIS")
    home: Path = Field(alias="WHOLESALER_HOME", description="data directory: database, locks, reports")
    market: str = Field("orange-fl", alias="WHOLESALER_MARKET", description="market keys or files, with commas")
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
    source_tokens: SecretStr | None = Field(None, alias="SOURCE_TOKENS", description="name=token of sources")
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
    alert_sign_of_life: bool = Field(
        False, alias="ALERT_SIGN_OF_LIFE", description="a message after a week without any"
    )
    report_tiles_url: str | None = Field(
        None, alias="REPORT_TILES_URL", description="of the report's map, with {z}, {x} and {y}"
    )
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
    keep_reports: int = Field(90, ge=1, le=36500, alias="WHOLESALER_KEEP_REPORTS", description="days of reports")

    healthcheck_url: SecretStr | None = Field(None, alias="HEALTHCHECK_URL", description="a dead-man's switch")
    fail_on: str | None = Field(None, alias="FAIL_ON", description="warnings that make exit code 3")
    metrics_file: Path | None = Field(None, alias="METRICS_FILE", description="metrics for Prometheus")

    #: lines of .env that are no NAME=value
    _unread: tuple[str, ...] = PrivateAttr(())
    #: names that are no setting, with the .env file they are in; from the environment without one
    _unknown: tuple[tuple[Path | None, str], ...] = PrivateAttr(())

    #: variable → where its value is from, of those that are set
    _origins: Mapping[str, str] = PrivateAttr({})

    #: DATABASE_URL_ORANGE_FL and the like → where that county is
    _county_databases: Mapping[str, SecretStr] = PrivateAttr({})
    #: the variable that the database's address is from
    _database_variable: str = PrivateAttr("DATABASE_URL")

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

    @field_validator("source_tokens", mode="before")
    @classmethod
    def _tokens(cls, value: Any) -> Any:
        text = " ".join(map(str, value)) if isinstance(value, list) else value  # as TOML has them
        named_tokens(str(text or ""))
        return text

    @field_validator("alert_tiers")
    @classmethod
    def _tiers(cls, value: str) -> str:
        tiers = {name.strip().upper() for name in value.split(",")}
        if not tiers <= set("ABCD"):
            raise ValueError("must be one or more of A, B, C and D, separated by commas")
        return ",".join(sorted(tiers))

    @field_validator("report_tiles_url")
    @classmethod
    def _tile_address(cls, value: str | None) -> str | None:
        if value is not None and not _TILES.fullmatch(value):
            raise ValueError(
                "must be an http or https address with {z}, {x} and {y}, such as "
                "https://tiles.example.org/{z}/{x}/{y}.png; {s} may stand as the first part of its host"
            )
        return value

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
    def tokens(self) -> dict[str, str]:
        """The tokens of sources: name → token, which is a secret."""
        return named_tokens(self.source_tokens.get_secret_value()) if self.source_tokens else {}

    @property
    def channels(self) -> list[str]:
        """The names of the channels that are on, whether they have somewhere to send to or not."""
        on = {"slack": self.slack_enabled, "email": self.email_enabled, **dict.fromkeys(self.channel_urls, True)}
        on["report"] = True
        return [name for name, is_on in on.items() if is_on]

    @property
    def chosen_market(self) -> str | None:
        """The market, or several, that somebody has chosen; none where it is the default."""
        return self.market if "WHOLESALER_MARKET" in self._origins else None

    @property
    def database_variable(self) -> str:
        """The variable that names the database, for messages."""
        return self._database_variable

    @property
    def county_databases(self) -> list[str]:
        """The variables that put one county into a database of its own."""
        return sorted(self._county_databases)

    def of_market(self, key: str) -> "Settings":
        """The settings of one county, whose database may be elsewhere."""
        variable = county_database(key)
        address = self._county_databases.get(variable)
        if address is None or self._database_variable == variable:
            return self
        settings = self.model_copy(update={"database_url": address})
        settings._database_variable = variable
        return settings

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
        for key, name in SETTINGS.items():
            value = getattr(self, name)
            shown = HIDDEN if isinstance(value, SecretStr) else str(value) if isinstance(value, Path) else value
            settings[key] = {"value": shown, "origin": self._origins.get(key, "default")}
        for key in self.county_databases:
            settings[key] = {"value": HIDDEN, "origin": self._origins.get(key, "default")}
        return settings

    def secrets(self) -> list[str]:
        """The values that must never be printed, longest first."""

        def secret(value: SecretStr | None) -> str:
            return value.get_secret_value() if value else ""

        return in_order(
            [
                *database_secrets(secret(self.database_url)),
                *(part for address in self._county_databases.values() for part in database_secrets(secret(address))),
                *webhook_secrets(secret(self.alert_slack_webhook)),
                *login_secrets(self.smtp_user, secret(self.smtp_password)),
                secret(self.socrata_app_token),
                *self.tokens.values(),
                *ping_secrets(secret(self.healthcheck_url)),
                *(part for url in self.channel_urls.values() for part in service_secrets(url)),
            ]
        )

    def read_from(
        self,
        home: Path,
        unread: list[str],
        unknown: list[tuple[Path | None, str]],
        origins: Mapping[str, str],
        county_databases: Mapping[str, str],
    ) -> "Settings":
        """The same with an absolute ``home``, counties' databases, and what is known of where the values are from."""
        settings = self.model_copy(update={"home": home})
        settings._unread, settings._unknown, settings._origins = tuple(unread), tuple(unknown), dict(origins)
        settings._county_databases = {key: SecretStr(address) for key, address in county_databases.items()}
        return settings


#: variable → the field of :class:`Settings`
SETTINGS = {str(setting.alias): name for name, setting in Settings.model_fields.items()}


def named_tokens(text: str) -> dict[str, str]:
    """Name → token, of entries such as ``portal=abc123`` apart by blanks or lines; an ``=`` may stand in a token.

    Raises ``ValueError``, which tells no token.
    """
    tokens: dict[str, str] = {}
    for number, entry in enumerate(text.split(), 1):
        name, _, token = entry.partition("=")
        if not _TOKEN_NAME.fullmatch(name) or not token or not entry.isprintable() or not entry.isascii():
            raise ValueError(f"must be entries such as portal=abc123, apart by blanks; number {number} is none")
        if tokens.setdefault(name, token) != token:
            raise ValueError(f"must have different names; '{name}' stands twice")
    return tokens


#: where one county is: its key in capitals, underscores in the place of hyphens
_COUNTY_DATABASE = re.compile(r"DATABASE_URL_[A-Z][A-Z0-9_]{1,40}")


def county_database(market: str) -> str:
    """The variable that says where the county with this key is."""
    return f"DATABASE_URL_{market.upper().replace('-', '_')}"


def is_county_database(variable: str) -> bool:
    """Whether a variable says where one county is; with ``_FILE`` at its end it is that of a secret's file."""
    return _COUNTY_DATABASE.fullmatch(variable) is not None and not variable.endswith("_FILE")


@cache
def _nearest(key: str, likeness: float) -> str | None:
    """The setting that is spelled most like ``key``; asked for every variable of the surroundings, for each county."""
    from difflib import get_close_matches

    if (plain := key.upper().removeprefix(_PREFIXES[0])) in SETTINGS:
        return plain
    return next(iter(get_close_matches(key.upper(), SETTINGS, n=1, cutoff=likeness)), None)
