"""Settings: secrets in files of their own, databases of single counties, and the tokens of sources."""

from pathlib import Path

import pytest

from tests.test_config import SECRETS, load, place, refused
from wholesaler.config import load_settings_leniently
from wholesaler.settings import Settings

__all__ = ["place"]


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_be_in_a_file_of_its_own(place: Path, name: str) -> None:
    """That of the environment wins over a credential of systemd, which wins over .env; the variable wins over all."""
    field = next(field for field, setting in Settings.model_fields.items() if setting.alias == name)

    def value(**environ: str) -> str:
        settings = load(place, **environ)
        assert settings.warnings == []
        return str(getattr(settings, field).get_secret_value())

    files = {where: place / where for where in ("dotenv", "environment", "credentials")}
    files["credentials"].mkdir()
    files["dotenv"].write_text(f"{SECRETS[name]}\n")
    files["environment"].write_text("environment\r\n")
    (files["credentials"] / name).write_text("credential")
    (place / ".env").write_text(f"{name}_FILE={files['dotenv']}\n")
    assert value() == SECRETS[name]
    assert value(CREDENTIALS_DIRECTORY=str(files["credentials"])) == "credential"
    both = {"CREDENTIALS_DIRECTORY": str(files["credentials"]), f"{name}_FILE": str(files["environment"])}
    assert value(**both) == "environment"
    assert value(**both, **{name: "variable"}) == "variable"
    files["environment"].write_text("")
    assert value(**both) == "credential"


def test_a_secret_whose_file_cannot_be_read_names_the_file(place: Path) -> None:
    said = refused(place, SMTP_PASSWORD_FILE=str(place / "missing"))
    assert said.startswith(f"environment variable SMTP_PASSWORD_FILE: {place / 'missing'} cannot be read: No such file")
    (place / ".env").write_text(f"SMTP_PASSWORD_FILE={place}\n")
    assert f"{place / '.env'}: SMTP_PASSWORD_FILE: {place} cannot be read: Is a directory" in refused(place)


@pytest.mark.parametrize("form", ["environment", "dotenv", "toml", "file", "dotenv file", "credential"])
def test_a_county_may_be_in_a_database_of_its_own(place: Path, form: str) -> None:
    name, address = "DATABASE_URL_HARRIS_TX", "postgresql://me:hunter2@tx.example/leads"
    (place / name).write_text(f"{address}\n")
    given: dict[str, str] = {"DATABASE_URL": SECRETS["DATABASE_URL"]}
    if form == "environment":
        given[name] = address
    elif form == "dotenv":
        (place / ".env").write_text(f"{name}={address}\n")
    elif form == "toml":
        (place / "wholesaler.toml").write_text(f'{name.lower()} = "{address}"\n')
    elif form == "file":
        given[f"{name}_FILE"] = str(place / name)
    elif form == "dotenv file":
        (place / ".env").write_text(f"{name}_FILE={place / name}\n")
    else:
        given["CREDENTIALS_DIRECTORY"] = str(place)
    settings = load(place, **given)
    assert settings.warnings == []
    assert settings.county_databases == [name]
    own, other = settings.of_market("harris-tx"), settings.of_market("orange-fl")
    assert own.database_url is not None
    assert (own.database_url.get_secret_value(), own.database_variable) == (address, name)
    assert own.of_market("harris-tx") is own
    assert other is settings
    assert settings.database_variable == "DATABASE_URL"
    assert {address, "hunter2"} <= set(settings.secrets()) & set(own.secrets())
    shown = settings.effective()[name]
    assert "hunter2" not in str(shown)
    assert name in shown["origin"] or form == "credential" or form == "toml"


def test_a_county_database_that_is_no_text_is_an_error(place: Path) -> None:
    (place / "wholesaler.toml").write_text("database_url_harris_tx = 5\n")
    assert "database_url_harris_tx: expected an address in quotes" in refused(place)


@pytest.mark.parametrize(
    "written",
    [
        "orange=abc123 lee=x=y=",
        "orange=abc123\nlee=x=y=\n",
        " orange=abc123\tlee=x=y= ",
        "orange=abc123 orange=abc123 lee=x=y=",
    ],
)
def test_tokens_of_sources_have_names_wherever_they_are_written(place: Path, written: str) -> None:
    tokens = {"orange": "abc123", "lee": "x=y="}
    (place / "tokens").write_text(written)
    (place / "credentials").mkdir()
    (place / "credentials" / "SOURCE_TOKENS").write_text(written)
    assert load(place, SOURCE_TOKENS=written).tokens == tokens
    assert load(place, SOURCE_TOKENS_FILE=str(place / "tokens")).tokens == tokens
    assert load(place, CREDENTIALS_DIRECTORY=str(place / "credentials")).tokens == tokens
    (place / "wholesaler.toml").write_text('source_tokens = ["orange=abc123", "lee=x=y="]\n')
    settings = load(place)
    assert settings.tokens == tokens
    assert {"abc123", "x=y="} <= set(settings.secrets())
    assert "abc123" not in repr(settings) + str(settings.effective())
    assert settings.effective()["SOURCE_TOKENS"]["value"] == "•••"
    assert load(place, SOURCE_TOKENS="").tokens == tokens, "an empty variable is as good as none"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("hunter2", "number 1 is none"), ("orange=abc hunter2", "number 2 is none"),
        ("orange= hunter2", "number 1 is none"),
        ("=hunter2", "number 1 is none"), ("Orange=hunter2", "number 1 is none"), ("1st=hunter2", "number 1 is none"),
        (f"{'o' * 31}=hunter2", "number 1 is none"), ("orange=hunter2\x07", "number 1 is none"),
        ("orange=hünter2", "number 1 is none"), ("orange=a lee=hunter2 orange=hunter2", "'orange' stands twice"),
        ("orange = hunter2", "number 1 is none"), ('"orange=hunter2"', "number 1 is none"),
    ],
)  # fmt: skip
def test_a_wrong_token_of_a_source_is_refused_without_being_shown(place: Path, written: str, said: str) -> None:
    (place / "tokens").write_text(written)
    for environ in ({"SOURCE_TOKENS": written}, {"SOURCE_TOKENS_FILE": str(place / "tokens")}):
        message = refused(place, **environ)
        assert "environment variable SOURCE_TOKENS" in message
        assert said in message
        for shown in ("hunter2", "hünter2", "abc"):
            assert shown not in message.replace("portal=abc123", "")
    (place / "wholesaler.toml").write_text('source_tokens = { orange = "hunter2" }\n')
    assert "hunter2" not in refused(place)
    settings, error = load_settings_leniently({"WHOLESALER_HOME": str(place / "home"), "SOURCE_TOKENS": written}, place)
    assert (settings.tokens, error is not None) == ({}, True)


@pytest.mark.parametrize("typed", ["SOURCE_TOKEN", "SOURCES_TOKENS", "source_tokens", "WHOLESALER_SOURCE_TOKENS"])
def test_a_mistyped_name_of_the_tokens_is_told(place: Path, typed: str) -> None:
    (warning,) = load(place, **{typed: "orange=hunter2"}).warnings
    assert warning.endswith("is no setting and is ignored. Did you mean SOURCE_TOKENS?")
