"""What a word of a status means by the day on which a record ended: all records with it have one, or none.

Nobody knows every word of every clerk; the day beside it tells, where it parts the words that are known.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wholesaler.draft.vocabulary import is_likely_over
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.probe.description import text_of

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: share of a word's records that have an end from which on it is over, and up to which it is open
ENDED, OPEN = 0.9, 0.05
#: share of a word's records with an end from which on nobody is offered that it is open
LIKELY = 0.5
#: fewer records of a word decide nothing
ENOUGH = 5
#: share of the records that are over by their words that have an end, and of those that are open that have none
_PARTED = 0.8
_COLUMNS = {"code_violations": "resolved_date", "distress_events": "closed_date"}
_CALLED = re.compile(
    r"releas|closed|closing|closure|resol[uv]|abate|complet|complied|dispos|dismiss|satisf|withdrawn|redeemed|"
    r"terminat|finaled|(?:^|[_ ])end(?:ed)?(?![a-z])",
    re.IGNORECASE,
)
_NOT = re.compile(r"deadline|due|disclos|foreclos|expect|target|scheduled", re.IGNORECASE)


@dataclass(frozen=True)
class Ends:
    """Of each word of a status, in small letters, how many records have a day of the end in ``name``, of how many."""

    name: str
    words: Mapping[str, tuple[int, int]]

    def share(self, word: str) -> float:
        """How many of a word's records have ended."""
        filled, count = self.words.get(word.casefold(), (0, 0))
        return filled / count if count else 0.0

    def part(self, meant: Mapping[str, str | None]) -> bool:
        """Whether the days are those of the end, by the words of which the meaning is known."""
        of = {ours: [self.words.get(word.casefold(), (0, 0)) for word, one in meant.items() if one == ours]
              for ours in ("Open", "Closed")}  # fmt: skip
        ended, closed = (sum(numbers) for numbers in zip(*of["Closed"], strict=True)) if of["Closed"] else (0, 0)
        wrong, opened = (sum(numbers) for numbers in zip(*of["Open"], strict=True)) if of["Open"] else (0, 0)
        return closed >= ENOUGH and ended >= _PARTED * closed and wrong <= (1 - _PARTED) * opened

    def meaning(self, word: str) -> str | None:
        """``Open`` or ``Closed`` where nearly none or nearly all of enough records have ended."""
        if self.words.get(word.casefold(), (0, 0))[1] < ENOUGH:
            return None
        share = self.share(word)
        return "Closed" if share >= ENDED else "Open" if share <= OPEN else None


def ends_of(source: "SourceDraft", status: str) -> Ends | None:
    """The days on which records ended, by the words of a field; none where no field alone has them."""
    name = _field(source)
    if name is None:
        return None
    words: dict[str, tuple[int, int]] = {}
    for record in source.looked.sample.records:
        if word := text_of(record.get(status)).casefold():
            filled, count = words.get(word, (0, 0))
            words[word] = (filled + bool(text_of(record.get(name))), count + 1)
    return Ends(name, words)


def settle_ends(source: "SourceDraft") -> None:
    """Take the day of the end, and tell by it words of the status that nobody could tell; offer what is likely."""
    kind = source.nature.kind
    column, name = _COLUMNS.get(kind), _field(source)
    if column is not None and name is not None and column not in source.columns.fields:
        fields = source.columns.fields | {column: name}
        source.columns.fields = {one: fields[one] for one in RECORD_KINDS[kind].names if one in fields}
        source.columns.questions.pop(column, None)
    if "status" not in source.words:
        return
    words, one = source.words["status"], source.field_named(source.field_of("status"))
    ends = ends_of(source, one.name)
    known = {word: words.mapped.get(word, word.title()) for word in one.counts if word not in words.unclear}
    if ends is not None and ends.part(known):
        # a word that reads as open and has ended every time is asked after all
        doubted = [word for word, ours in words.mapped.items() if ours == "Open" and ends.meaning(word) == "Closed"]
        told = {word: ours for word in words.unclear if (ours := ends.meaning(word))}
        for word in doubted:
            del words.mapped[word]
            words.unclear[word] = one.counts[word]
        for word, ours in told.items():
            del words.unclear[word]
            words.mapped[word] = ours
            words.told += 1
        if told:
            source.comment("status", said_of(ends, {one.word(word): ours for word, ours in told.items()}))
    for word in words.unclear:
        over = ends is not None and ends.share(word) >= LIKELY
        words.likely[word] = "Closed" if over or is_likely_over(one.word(word).casefold()) else "Open"


def said_of(ends: Ends, told: Mapping[str, str]) -> str:
    """In words, which words were told by the days."""
    named = {ours: ", ".join(f"'{word}'" for word, one in told.items() if one == ours) for ours in ("Open", "Closed")}
    parts = [f"of {named['Closed']} nearly all have a day" if named["Closed"] else "",
             f"of {named['Open']} nearly none" if named["Open"] else ""]  # fmt: skip
    return f"Told by {ends.name}, the day of the end: {', '.join(filter(None, parts))}."


def _field(source: "SourceDraft") -> str | None:
    """The field of the day of the end: the column's, else the one free date that is called so."""
    column = _COLUMNS.get(source.nature.kind)
    told = source.columns.fields.get(column) if column is not None else None
    if isinstance(told, str):
        # the day of a judgment may be the column's and is no end
        return told if _CALLED.search(told) and not _NOT.search(told) else None
    used = source.columns.used()
    able = [
        one.name
        for one in source.looked.found.fields
        if one.type == "date" and one.name not in used and 0 < one.filled < one.rows and not one.ahead
        if _CALLED.search(one.name) and not _NOT.search(one.name)
    ]
    return able[0] if len(able) == 1 and told is None else None
