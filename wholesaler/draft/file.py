"""The file of a draft, in the data directory, where it is found by its key; never over another one."""

import os
import re
import tempfile
from pathlib import Path

from wholesaler.draft import Draft
from wholesaler.errors import UsageError, WholesalerError
from wholesaler.home import make_directory, make_home
from wholesaler.markets import bundled_markets, own_market

_KEY = re.compile(r"[a-z][a-z0-9-]{1,40}")


def place_for(home: Path, key: str) -> Path:
    """The file that a new market with this key gets; raises ``UsageError`` where it cannot have one."""
    if not _KEY.fullmatch(key):
        raise UsageError(
            f"'{key}' is no key of a market.", "Give small letters, digits and dashes, and the state last: mill-oh."
        )
    path = own_market(home, key)
    if os.path.lexists(path):
        raise UsageError(f"{path} is there already.", "Give another key, or move that file away.")
    if key in bundled_markets():
        raise UsageError(f"The market {key} comes with the program.", f"See `wholesaler markets show {key}`.")
    return path


def write_market(made: Draft, home: Path) -> Path:
    """Write the file, whole or not at all; raises ``UsageError`` where there is one by now."""
    path = place_for(home, made.key)
    part: Path | None = None
    try:
        make_home(home)
        make_directory(path.parent)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        part = Path(name)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(made.text)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)  # which never takes the place of another
    except FileExistsError:
        raise UsageError(f"{path} is there already.", "Give another key, or move that file away.") from None
    except OSError as error:
        raise WholesalerError(
            f"{path} cannot be written: {error.strerror}.", "See that WHOLESALER_HOME can be."
        ) from None
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    return path
