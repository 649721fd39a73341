"""What the records say of a word of which nobody knows the sense: days of an end, sales ahead, nothing left to pay.

A sign is believed where it parts the words that are known; then it tells the others, or shows what speaks for either.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median_low
from typing import TYPE_CHECKING

from wholesaler.probe.description import AHEAD, Field, text_of
from wholesaler.probe.forms import day_of, day_of_milliseconds, number_of

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: fewer records of a word decide nothing
ENOUGH = 5
#: share of what is known to be over that must bear a sign of it, and of what is open that may
PARTED = 0.85
#: a word is over of which nearly as many records bear the sign as of those known to be, open with nearly none
ENDED, OPEN = 0.9, 0.05
#: share of the open sales that must be ahead for those of a word of which none is to be over
_AHEAD = 0.5
#: from this share on a word rather is over
LIKELY = 0.5
#: between the median day of what is over and that of what is open, for the days of others to say something
_APART = timedelta(days=365)
_NULLS = frozenset({"<Null>", "NULL", "null"})

#: a word in small letters → how many of its records bear a sign, of how many
Tally = Mapping[str, tuple[int, int]]
#: a word as the publisher writes it → ``Open`` or ``Closed``, none where nobody knows
Meant = Mapping[str, str | None]


@dataclass(frozen=True)
class Sign:
    """What records bear that are over, in the field ``name``: in ``words`` how many of each word do.

    ``kind`` is ``end`` (a day of it), ``ahead`` (the day of a sale, which only the open ones have) or ``paid``.
    """

    name: str
    words: Tally
    kind: str

    @property
    def of_open(self) -> bool:
        """Whether it is what the open ones bear."""
        return self.kind == "ahead"

    @property
    def said(self) -> str:
        """What stands behind a share."""
        return {"end": "with a day in {}", "ahead": "with a {} ahead", "paid": "with {} of 0"}[self.kind].format(
            self.name
        )

    def number(self, word: str) -> int:
        """How many records of a word can bear it."""
        return self.words.get(word.casefold(), (0, 0))[1]

    def share(self, word: str) -> float:
        """How many of a word's records bear it."""
        return _share(self.words.get(word.casefold(), (0, 0)))

    def over(self, word: str) -> float:
        """How many of a word's records are over by it."""
        return 1 - self.share(word) if self.of_open else self.share(word)

    def of(self, meant: Meant, ours: str) -> tuple[int, int]:
        """How many records of a known meaning bear it, and of how many."""
        folded = {word.casefold() for word, one in meant.items() if one == ours}
        several = [self.words[word] for word in folded if word in self.words]
        return sum(one for one, _ in several), sum(number for _, number in several)

    def parts(self, meant: Meant, *, both: bool = False) -> bool:
        """Whether it parts the words that are known; ``both``: some of either side must be known."""
        closed, opened = self.of(meant, "Closed"), self.of(meant, "Open")
        if self.of_open:
            enough = min(closed[1], opened[1]) >= ENOUGH
            return enough and _share(opened) >= _AHEAD and _share(closed) <= OPEN
        enough = closed[1] >= ENOUGH and (opened[1] >= ENOUGH or not both)
        return enough and _share(closed) >= PARTED and _share(opened) <= 1 - PARTED

    def meaning(self, word: str, meant: Meant) -> str | None:
        """``Open`` or ``Closed`` where enough records of a word are as those known to be so."""
        if self.number(word) < ENOUGH:
            return None
        share = self.share(word)
        if self.of_open:
            return "Open" if share >= 1 - OPEN else "Closed" if not share else None
        over = max(PARTED, ENDED * _share(self.of(meant, "Closed")))
        return "Closed" if share >= over else "Open" if share <= OPEN else None

    def opposes(self, word: str, ours: str) -> bool:
        """Whether records of a word speak against a meaning."""
        if not self.number(word):
            return False
        if ours == "Closed":
            return self.share(word) > OPEN if self.of_open else self.share(word) < LIKELY
        return self.over(word) >= LIKELY


@dataclass(frozen=True)
class Evidence:
    """Of a field's words: the signs that part the known ones, all ``shown``, and the median day by word."""

    meant: Meant
    counts: Mapping[str, int]
    signs: Sequence[Sign] = ()
    shown: Sequence[Sign] = ()
    begun: str | None = None
    days: Mapping[str, Sequence[date]] = field(default_factory=dict, repr=False)

    def meaning(self, word: str) -> str | None:
        """What the records tell of a word; nothing where one sign speaks against another."""
        told = {ours for sign in self.signs if (ours := sign.meaning(word, self.meant))}
        ours = next(iter(told)) if len(told) == 1 else None
        return None if ours is None or self.opposes(word, ours) else ours

    def opposes(self, word: str, ours: str) -> bool:
        """Whether any sign speaks against a meaning."""
        return any(sign.opposes(word, ours) for sign in self.signs)

    def leans(self, word: str) -> set[str]:
        """To which meanings the signs lean, as far as they do."""
        votes = {
            "Closed" if sign.over(word) >= LIKELY else "Open"
            for sign in self.signs
            if sign.number(word) and (sign.over(word) >= LIKELY or sign.over(word) <= 1 - PARTED or sign.of_open)
        }
        return votes or {ours for ours in (self._leans_by_day(word),) if ours}

    def figures(self, word: str) -> str:
        """What the records of a word are like, in few words."""
        said = [f"{self.counts.get(word.casefold(), 0):,}"]
        said += [f"{sign.share(word):.0%} {sign.said}" for sign in self.shown if sign.number(word)]
        if days := self.days.get(word.casefold()):
            said.append(f"median of {self.begun} {median_low(days)}")
        return ", ".join(said)

    def known(self) -> str:
        """What the records of the known words are like, to compare with."""
        named = {"Closed": "over", "Open": "open"}
        parts = []
        for sign in self.shown:
            several = [
                f"{_share(sign.of(self.meant, ours)):.0%} of those that are {what}"
                for ours, what in named.items()
                if sign.of(self.meant, ours)[1]
            ]
            parts += [f"{sign.said} are {' and '.join(several)}"] if several else []
        medians = {what: median_low(days) for ours, what in named.items() if (days := self._days_of(ours))}
        if len(set(medians.values())) > 1:
            several = [f"{day} of those that are {what}" for what, day in medians.items()]
            parts.append(f"the median of {self.begun} is {' and '.join(several)}")
        return f"Of the words that are known: {'; '.join(parts)}." if parts else ""

    def _days_of(self, ours: str) -> list[date]:
        folded = {word.casefold() for word, one in self.meant.items() if one == ours}
        return [day for word in folded for day in self.days.get(word, ())]

    def _leans_by_day(self, word: str) -> str | None:
        """What began when the others did that are over, or when those did that are open."""
        closed, opened, own = self._days_of("Closed"), self._days_of("Open"), self.days.get(word.casefold(), ())
        if min(len(closed), len(opened), len(own)) < ENOUGH:
            return None
        over, going, day = median_low(closed), median_low(opened), median_low(own)
        if going - over < _APART:
            return None
        if abs(day - going) * 2 <= abs(day - over):
            return "Open"
        return "Closed" if day <= over or abs(day - over) * 2 <= abs(day - going) else None


def word_of(value: object) -> str:
    """A value as a word is compared."""
    text = text_of(value)
    return "" if text in _NULLS else text.casefold()


def tally(source: "SourceDraft", status: str, name: str, bears: Callable[[str], bool | None]) -> Tally:
    """How many records of each word bear something in a field; what says nothing of it is not counted."""
    words: dict[str, tuple[int, int]] = {}
    for record in source.looked.sample.records:
        said = bears("" if text_of(record.get(name)) in _NULLS else text_of(record.get(name)))
        if said is not None:
            word = word_of(record.get(status))
            found, number = words.get(word, (0, 0))
            words[word] = (found + said, number + 1)
    return words


def has_day(source: "SourceDraft", status: str, name: str) -> Sign:
    """That a record has a day in a field of the end."""
    return Sign(name, tally(source, status, name, bool), "end")


def is_ahead(source: "SourceDraft", status: str, name: str, today: date) -> Sign:
    """That the day of a record lies ahead; of those that have one."""

    def bears(text: str) -> bool | None:
        day = day_read(text)
        return None if day is None else today <= day <= today + AHEAD

    return Sign(name, tally(source, status, name, bears), "ahead")


def owes_nothing(source: "SourceDraft", status: str, name: str) -> Sign:
    """That nothing is due of a record."""

    def bears(text: str) -> bool | None:
        number = number_of(text)
        return None if number is None else number == 0

    return Sign(name, tally(source, status, name, bears), "paid")


def day_read(text: str) -> date | None:
    """The day that a text is, if any."""
    told = day_of(text)
    return told[0] if told else day_of_milliseconds(text)


def begun_by_word(
    source: "SourceDraft", status: str, able: Iterable[Field]
) -> tuple[str | None, dict[str, list[date]]]:
    """The field of the day on which records began, the earliest of ``able``, and its days by word."""
    best: tuple[date, str, dict[str, list[date]]] | None = None
    for one in able:
        days: dict[str, list[date]] = {}
        for record in source.looked.sample.records:
            if (day := day_read(text_of(record.get(one.name)))) is not None:
                days.setdefault(word_of(record.get(status)), []).append(day)
        every = [day for several in days.values() for day in several]
        if every and (best is None or median_low(every) < best[0]):
            best = (median_low(every), one.name, days)
    return (best[1], best[2]) if best is not None else (None, {})


def _share(of: tuple[int, int]) -> float:
    return of[0] / of[1] if of[1] else 0.0
