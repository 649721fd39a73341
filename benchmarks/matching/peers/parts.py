"""What the peers share: reading the files, words to their abbreviations, one parcel that fits or none."""

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import NamedTuple

from benchmarks.matching import words

#: words that every good user has replaced by the USPS's abbreviation
ABBREVIATIONS = (
    words.DIRECTIONS | words.SUFFIXES | {spelling: words.SUFFIXES[full] for full, all_ in words.SPELLINGS.items()
    for spelling in all_} | {"SAINT": "ST", "MOUNT": "MT", "FORT": "FT", "HIGHWAY": "HWY"}
)  # fmt: skip


class Row(NamedTuple):
    """A line of either file."""

    key: str
    address: str
    city: str
    zip_code: str


def files() -> tuple[Path, Path, Path]:
    """Roll, notices, and the answer: the arguments of a peer."""
    roll, notices, answer = (Path(word) for word in sys.argv[1:4])
    return roll, notices, answer


def read(file: Path) -> list[Row]:
    """The rows of a file."""
    with file.open(encoding="utf-8", newline="") as lines:
        return [Row(line["key"], line["address"], line["city"], line["zip_code"]) for line in csv.DictReader(lines)]


def abbreviate(text: str) -> str:
    """Capitals, no punctuation, words as the USPS abbreviates them."""
    return " ".join(ABBREVIATIONS.get(word, word) for word in re.sub(r"[^A-Z0-9/ ]", " ", text.upper()).split())


def without_manner(address: str) -> str:
    """The same, with one word before any unit: equal for addresses that say the same in the same words."""
    return re.sub(r" (UNIT|APT|STE|NO) ", " # ", abbreviate(address.replace("#", " UNIT ")))


def match_equal(form: Callable[[Row], Hashable]) -> None:
    """Answer with the one parcel of the same form, where ZIP and city do not contradict; null forms have none."""
    roll, notices, answer = files()
    at: defaultdict[Hashable, list[Row]] = defaultdict(list)
    for row in read(roll):
        if (value := form(row)) is not None:
            at[value].append(row)
    with answer.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        for notice in read(notices):
            value = form(notice)
            fits = [row for row in at.get(value, ()) if _agree(row, notice)] if value is not None else []
            if len(fits) == 1:
                writer.writerow((notice.key, fits[0].key, 1.0))


def _agree(row: Row, notice: Row) -> bool:
    if row.zip_code and notice.zip_code:
        return row.zip_code == notice.zip_code
    return not row.city or not notice.city or row.city == notice.city
