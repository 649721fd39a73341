"""Look at a layer, dataset or file that no market file knows yet: its fields, and which of our columns they may be.

:func:`probe` reads a few thousand records through the sources that a run uses, describes each field by its values, and
says which column it may be, or that nobody can tell. Nothing is stored.
"""

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
from wholesaler.probe.reading import Sample, explain, label_of, read_sample
from wholesaler.settings import Settings
from wholesaler.sources import Http

__all__ = ["ROWS", "Found", "look", "probe"]

#: records that are read
ROWS = 4000


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
    is nothing in it.
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
        names = ", ".join(list(sample.fields)[:12])
        raise WholesalerError(
            f"{label_of(url)}: there is no record in it. Its fields are {names}.", "Look whether the list has moved."
        )
    return described(url, target, sample, today)


def described(url: str, target: Target, sample: Sample, today: date) -> Found:
    """What the records of a sample are like, and what their fields may be."""
    fields = describe(sample.fields, sample.records, sample.dates, today)
    return Found(url, (), target, sample, tuple(fields), tuple(guess(fields, known_names(seen_names()))))
