"""TOML as people write it: read, or refused in one line that names the file and says what to do."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wholesaler.errors import ConfigurationError


def read_toml(path: Path, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """What the file holds, its fractions read by ``parse_float``; raises :class:`ConfigurationError`."""
    try:
        return tomllib.loads(path.read_text("utf-8"), parse_float=parse_float)
    except OSError as error:
        wrong, hint = f"{error.strerror}", "Give the path of a file that this account can read."
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        wrong, hint = f"line {line} is not UTF-8", "Save the file as UTF-8."
    except (ValueError, ArithmeticError, RecursionError) as error:  # beside wrong syntax: what no number or stack holds
        wrong, hint = f"{error}".rstrip("."), "https://toml.io describes the form."
    raise ConfigurationError(f"{path}: cannot be read as TOML: {wrong}.", hint)
