"""Find, read and validate market files."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wholesaler.config import load_settings_leniently
from wholesaler.errors import ConfigurationError, did_you_mean
from wholesaler.markets.extending import HINT, Effective, read_effective, states
from wholesaler.markets.market import Market
from wholesaler.toml import PROBLEMS, all_problems, validation_problems

__all__ = [
    "Market",
    "bundled_markets",
    "load_market",
    "market_path",
    "own_market",
    "own_markets",
    "read_effective",
    "read_market",
    "states",
]

#: in place of what is wrong, to see what is wrong beside it
_STAND_INS = {
    "key": "stand-in", "name": "stand-in", "state": "XX", "time_zone": "UTC",
    "bounding_box": {"west": -1, "south": -1, "east": 1, "north": 1},
    "sources.*.kind": "file", "sources.*.url": "stand-in", "sources.*.key": [{"const": "stand-in"}],
    "sources.*.fields": {}, "sources.*.fields.*": "FIELD",
}  # fmt: skip
#: how links name the form in which they want the parcel number
_LINK_FORM = re.compile(r"\{parcel:([^{}!:]+)\}")
_KEY = re.compile(r"[a-z][a-z0-9-]{1,40}")


def bundled_markets() -> dict[str, Path]:
    """The markets that come with the program: key → file."""
    folder = Path(str(files(__package__)))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def own_market(home: Path, key: str) -> Path:
    """Where a market's file of one's own is looked for, in the data directory."""
    return home / "markets" / f"{key}.toml"


def own_markets(home: Path) -> dict[str, Path]:
    """The market files in the data directory: name → file."""
    return {path.stem: path for path in sorted((home / "markets").glob("*.toml")) if not path.name.startswith(".")}


def market_path(named: str) -> Path:
    """The file of a market given by key, or the file itself; raises :class:`ConfigurationError` if there is none.

    A key is first that of a file in the data directory, then of one that comes with the program. That there is a file
    does not say that it can be read; :func:`read_market` does.
    """
    bundled = bundled_markets()
    own = own_markets(load_settings_leniently()[0].home) if _KEY.fullmatch(named) else {}
    if named in own:
        return own[named]
    if named in bundled:
        return bundled[named]
    try:
        path = Path(named).expanduser().absolute()
        path.stat()
    except (FileNotFoundError, NotADirectoryError, RuntimeError, ValueError):  # the latter two: no such home, no path
        known = f"Known markets: {', '.join([*bundled, *own])}."
        raise ConfigurationError(
            f"There is no market '{named}', neither as a key nor as a file.",
            f"{did_you_mean(named, [*bundled, *own])} {known}".strip(),
        ) from None
    except OSError:
        pass  # reading it tells why
    return path


def load_market(named: str) -> Market:
    """Read the market with this key or in this file; raises :class:`ConfigurationError`."""
    return read_market(market_path(named))


def read_market(path: Path, *, strict: bool = False) -> Market:
    """Read and validate a market file; raises :class:`ConfigurationError` naming the file, the key and the expected.

    The file named is the one that has the key: it or one that it extends. ``strict`` tells all that is wrong, and
    refuses what a run only warns of, since files with it are in use (:attr:`Market.doubts`).
    """
    effective = read_effective(path)
    data = effective.data
    try:
        market = Market.model_validate(data)
    except ValidationError as error:
        if strict:
            stand_ins = {**_STAND_INS, "parcel": _parcel_stand_in(data)}
            raise _refusal(effective, effective.problems + all_problems(data, Market, stand_ins)) from None
        raise _brief_refusal(effective, effective.problems + validation_problems(error, data, Market)) from None
    market._path = path
    problems = effective.problems + (market.doubts if strict else [])
    if problems:
        raise (_refusal if strict else _brief_refusal)(effective, problems)
    return market


def _parcel_stand_in(data: dict[str, Any]) -> dict[str, Any]:
    """A parcel number of one part, in forms of the file's names: where it has none, in all that are used."""
    parcel = data.get("parcel")
    forms = parcel.get("forms") if isinstance(parcel, dict) else None
    if not isinstance(forms, dict) or not forms:
        forms = [*_LINK_FORM.findall(str(data.get("links")))]
        sources = data.get("sources")
        for source in sources.values() if isinstance(sources, dict) else ():
            named = source.get("parcel_form") if isinstance(source, dict) else None
            forms += [form for form in (named if isinstance(named, list) else [named]) if isinstance(form, str)]
    names = dict.fromkeys(forms, "{number}") or {"number": "{number}"}
    return {"canonical": "{number}", "example": "1", "parts": {"number": {"pattern": "[0-9]+"}}, "forms": names}


def _refusal(effective: Effective, problems: list[str]) -> ConfigurationError:
    count = f"{len(problems)} errors: " if len(problems) > 1 else ""
    return ConfigurationError(_sentence(effective.tell(problems, count)), HINT)


def _brief_refusal(effective: Effective, problems: list[str]) -> ConfigurationError:
    more = f"; and {len(problems) - PROBLEMS} more" if len(problems) > PROBLEMS else ""
    return ConfigurationError(_sentence(effective.tell(problems[:PROBLEMS]) + more), HINT)


def _sentence(text: str) -> str:
    return text if text.endswith("?") else f"{text}."
