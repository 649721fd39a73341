"""Settings are read once, from the environment, ``.env`` and ``wholesaler.toml``, validated, and passed down.

The environment wins over ``.env``, which wins over ``wholesaler.toml``. Variables keep the names of the system this
program replaces (``ALERT_*``, ``SMTP_*``); in ``wholesaler.toml`` a key is the variable's name in lower case.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wholesaler.errors import ConfigurationError, did_you_mean
from wholesaler.settings import SETTINGS, Settings, is_county_database
from wholesaler.toml import expectation, read_toml

CONFIGURATION_FILE = "wholesaler.toml"
#: what is not a setting and read all the same
_CONFIGURATION_VARIABLE = "WHOLESALER_CONFIG"
#: the variable that names a secret's file → the secret
_SECRET_FILES = {
    f"{setting.alias}_FILE": str(setting.alias)
    for setting in Settings.model_fields.values()
    if "SecretStr" in repr(setting.annotation)
}


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
    secret_names = {*_SECRET_FILES.values(), *filter(is_county_database, environ)}
    known = {*SETTINGS, _CONFIGURATION_VARIABLE} - secret_names
    variables = {name: environ[name] for name in sorted(known) if environ.get(name)}
    named = {name: secret for name in sorted(environ) if (secret := _secret_of_file(name))}
    files = {secret: environ[name] for name, secret in named.items() if environ.get(name)}
    return variables, files | {name: "" for name in sorted(secret_names) if environ.get(name)}


def _is_setting(variable: str) -> bool:
    return variable in SETTINGS or is_county_database(variable)


def _secret_of_file(variable: str) -> str | None:
    """The secret whose file a variable names; none where it names none."""
    if variable in _SECRET_FILES:
        return _SECRET_FILES[variable]
    secret = variable.removesuffix("_FILE")
    return secret if secret != variable and is_county_database(secret) else None


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
        counties = sorted(path.name for path in credentials.glob("DATABASE_URL_*") if is_county_database(path.name))
        for name in (*_SECRET_FILES.values(), *counties):
            if (credentials / name).is_file():
                self._read_secret(name, credentials / name, "CREDENTIALS_DIRECTORY")
        for variable, path in self.environ.items():
            if path and (secret := _secret_of_file(variable)):
                self._read_secret(secret, Path(path), f"environment variable {variable}")
        for key, text in self.environ.items():
            if _is_setting(key):
                if text:
                    self.values[key] = text
                    self.origins[key] = f"environment variable {key}"
            elif key != _CONFIGURATION_VARIABLE and not _secret_of_file(key):
                self.unknown.append((None, key))

    def settings(self) -> Settings:
        """What was read, without what is wrong."""
        databases = {key: self.values.pop(key) for key in list(self.values) if is_county_database(key)}
        for key, address in list(databases.items()):
            if not isinstance(address, str):
                self.errors.append(ConfigurationError(f"{self.origins[key]}: expected an address in quotes."))
                del databases[key]
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
        origins = {key: origin for key, origin in self.origins.items() if key in self.values or key in databases}
        return settings.read_from(home, self.unread, self.unknown, origins, databases)

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
            if _is_setting(key.upper()):
                self.values[key.upper()] = value
                self.origins[key.upper()] = f"{path}: {key}"
            else:
                hint = did_you_mean(key, map(str.lower, SETTINGS)) or "The README lists every setting."
                self.errors.append(ConfigurationError(f"{path}: unknown key '{key}'.", hint))

    def _read_dotenv(self, path: Path) -> None:
        from dotenv.parser import parse_stream

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
            elif key is None:
                continue
            elif secret := _secret_of_file(key):
                if binding.value:
                    self._read_secret(secret, Path(binding.value), f"{path}: {key}")
            elif not _is_setting(key):
                self.unknown.append((path, key))
            elif binding.value:
                self.values[key] = binding.value
                self.origins[key] = f"{path}: {key}"

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
