"""Which counties a command is about: by key, by file, several, or all of them."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from wholesaler.errors import ConfigurationError
from wholesaler.markets import market_path, own_market, own_markets

#: in the place of a market: the files of the data directory, and those of the settings
ALL = "all"


def choose_markets(home: Path, asked: Sequence[str], of_settings: str | None) -> list[str]:
    """The markets that are asked for, each once, as ``load_market`` takes them; whether they can be read is not asked.

    A key means the file of that name in the data directory, where there is one. ``of_settings`` is what somebody has
    chosen in the settings, a part of ``all``. Raises :class:`ConfigurationError` where ``all`` are none.
    """
    chosen: dict[Path | str, str] = {}
    for written in asked:
        for named in _parts(home, written):
            names = _all(home, of_settings) if named == ALL else [_place(home, named)]
            for name in names:
                chosen.setdefault(_file(name), name)
    return list(chosen.values())


def _all(home: Path, of_settings: str | None) -> list[str]:
    names = [str(path) for path in own_markets(home).values()]
    names += [_place(home, named) for named in _parts(home, of_settings or "") if named != ALL]
    if not names:
        raise ConfigurationError(
            f"--market all: there is no market file in {home / 'markets'}, and WHOLESALER_MARKET names none.",
            "Put the counties' files there, or name them: --market KEY --market FILE.",
        )
    return names


def _parts(home: Path, written: str) -> Iterator[str]:
    """What commas separate, unless it is the name of one file."""
    if "," not in written or os.path.isfile(os.path.expanduser(written)):
        yield from filter(None, [written])
        return
    yield from filter(None, map(str.strip, written.split(",")))


def _place(home: Path, named: str) -> str:
    own = own_market(home, named)
    return str(own) if os.sep not in named and own.is_file() else named


def _file(name: str) -> Path | str:
    """By what two names are the same."""
    try:
        return Path(os.path.realpath(market_path(name)))
    except ConfigurationError:
        return name
