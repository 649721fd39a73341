"""Presets: which columns an export has, under which headings. TOML files, bundled ones and users' own."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from wholesaler.errors import ConfigurationError, did_you_mean
from wholesaler.leads.columns import NAMES
from wholesaler.toml import explain_validation, read_toml

DEFAULT = "plain"
_STRICT = ConfigDict(frozen=True, extra="forbid")
#: columns that are there only in an export of what has changed
CHANGES = ("change", "what_changed")


class Constant(BaseModel):
    """A column that is the same in every row."""

    model_config = _STRICT

    const: str


def _known(name: str) -> str:
    if name not in NAMES:
        raise ValueError(f"a column of a lead, not '{name}'. {did_you_mean(name, NAMES)}".rstrip(". ") + ".")
    return name


class Preset(BaseModel):
    """What a file for somebody looks like: ``columns`` by their headings, in order.

    ``per_owner``: one row for each owner and mailing address. ``requires``: columns without which a lead is left out.
    ``gone``: its taker can do something with leads that are gone. ``yes`` and ``no``: the words for those.
    """

    model_config = _STRICT

    title: str = ""
    per_owner: bool = False
    requires: tuple[str, ...] = ()
    gone: bool = False
    yes: str = "yes"
    no: str = "no"
    columns: dict[Annotated[str, Field(min_length=1, max_length=100)], str | Constant] = Field(min_length=1)

    @field_validator("columns")
    @classmethod
    def _columns_are_known(cls, columns: dict[str, str | Constant]) -> dict[str, str | Constant]:
        for column in columns.values():
            if isinstance(column, str):
                _known(column)
        if "lead_id" not in columns.values():
            raise ValueError("a column lead_id, by which what comes back is known again")
        return columns

    @field_validator("requires")
    @classmethod
    def _requirements_are_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_known, names))

    def headings(self, *, with_changes: bool) -> dict[str, str | Constant]:
        """The columns that are written; those about changes only where they are asked for."""
        return {heading: column for heading, column in self.columns.items() if with_changes or column not in CHANGES}


def bundled_presets() -> dict[str, Path]:
    """The presets that come with the program: name → file."""
    return {path.stem: path for path in sorted((Path(str(files(__package__))) / "presets").glob("*.toml"))}


def load_preset(named: str) -> tuple[str, Preset]:
    """A preset by its name or file, and the name; raises :class:`ConfigurationError` naming the file and the key."""
    bundled = bundled_presets()
    path = bundled.get(named)
    if path is None:
        path = Path(named)
        if path.suffix != ".toml" and not path.exists():
            hint = did_you_mean(named, bundled) or f"There are {', '.join(bundled)}; a file of your own is a path."
            raise ConfigurationError(f"--for: there is no preset '{named}'.", hint)
    data: dict[str, Any] = read_toml(path)
    try:
        return path.stem, Preset.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {explain_validation(error, data, Preset)}") from None
