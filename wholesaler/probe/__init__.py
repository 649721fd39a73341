"""Look at a layer, dataset or file that no market file knows yet: its fields, and which of our columns they may be.

:func:`probe` reads a few thousand records through the sources that a run uses, describes each field by its values, and
says which column it may be, or that nobody can tell. Nothing is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from wholesaler.errors import ConfigurationError, SourceError, WholesalerError
from wholesaler.markets.market import Host
from wholesaler.probe.address import Choice, Target, find_target
from wholesaler.probe.description import Field, describe
from wholesaler.probe.guesses import Guess, guess
from wholesaler.probe.names import known_names, seen_names
from wholesaler.probe.reading import WHAT_TO_GIVE, Sample, explain, label_of, read_sample
from wholesaler.settings import Settings
from wholesaler.sources import Http
from wholesaler.sources.interface import UNREADABLE

__all__ = ["ROWS", "Found", "look", "probe"]

#: records that are read
ROWS = 4000
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Found:
    """What is at an address: ``choices`` where it leads to several things, else target, sample, fields and guesses."""

    url: str
    choices: tuple[Choice, ...] = ()
    target: Target | None = None
    sample: Sample | None = None
    fields: tuple[Field, ...] = ()
    guesses: tuple[Guess, ...] = ()


def probe(url: str, settings: Settings, today: date, rows: int = ROWS) -> Found:
    """What is at an address or path.

    Raises ``UsageError`` for what is no address, ``SourceError`` when it cannot be read, ``WholesalerError`` when there
    is nothing in it, ``ConfigurationError`` for a file that is no list.
    """
    # files are brought whole, and are nobody's afterwards
    with TemporaryDirectory(prefix="wholesaler-probe-") as folder, Http(settings, lambda host: Host()) as http:
        return look(url, http, settings.model_copy(update={"home": Path(folder)}), today, rows)


def look(url: str, http: Http, settings: Settings, today: date, rows: int = ROWS) -> Found:
    """The same for who asks more of the publisher afterwards; files from the web are brought into ``settings.home``."""
    try:
        target = find_target(url, http, rows)
        if isinstance(target, list):
            return Found(url, choices=tuple(target))
        sample = read_sample(target, http, settings, rows, today)
    except (SourceError, ConfigurationError) as error:
        raise explain(error, url) from None
    if not sample.records:
        names = ", ".join(map(_shortened, list(sample.fields)[:12]))
        raise WholesalerError(
            f"{label_of(url)}: there is no record in it. Its fields are {names}.", "Look whether the list has moved."
        )
    return described(url, target, sample, today)


def described(url: str, target: Target, sample: Sample, today: date) -> Found:
    """What the records of a sample are like, and what their fields may be."""
    fields = describe(sample.fields, sample.records, sample.dates, today, sample.codes, sample.titles)
    guesses = guess(fields, known_names(seen_names()))
    if target.kind == "file":
        _refuse_prose(url, sample, guesses)
    return Found(url, (), target, sample, tuple(fields), tuple(guesses))


def _refuse_prose(url: str, sample: Sample, guesses: Sequence[Guess]) -> None:
    """Raise ``ConfigurationError`` for a file of text that is no list: hardly a line of it is like its first."""
    unreadable = sum(UNREADABLE in record for record in sample.records)
    if 2 * unreadable > len(sample.records):
        why = f"of {len(sample.records):,} lines {unreadable:,} have other cells than its first"
    elif len(guesses) == 1 and guesses[0].column is None and not guesses[0].others:
        why = f"it has one column, '{_shortened(next(iter(sample.fields)))}', and nothing in it is known"
    else:
        return
    raise ConfigurationError(f"{label_of(url)} is no list: {why}.", f"{WHAT_TO_GIVE}, with a line of headings.")


def _shortened(name: str) -> str:
    """A heading as a message can show it."""
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in name[:_LONGEST_NAME])
    return shown if len(name) <= _LONGEST_NAME else f"{shown}…"
