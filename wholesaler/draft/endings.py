"""What a word of a status means by the records that have it: the day of an end, a sale ahead, nothing left to pay.

Nobody knows every word of every clerk; what stands beside it tells, where it parts the words that are known.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from wholesaler.draft.evidence import (
    Evidence,
    Meant,
    Sign,
    begun_by_word,
    has_day,
    is_ahead,
    owes_nothing,
    word_of,
)
from wholesaler.draft.vocabulary import LIKE_LANDS, Words, is_likely_open, is_likely_over, is_soft
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.probe.description import Field
from wholesaler.probe.meanings import BY_COLUMN

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

_COLUMNS = {"code_violations": "resolved_date", "distress_events": "closed_date"}
_BEGUN = {"code_violations": "opened_date", "distress_events": "event_date", "foreclosures": "recording_date"}
#: the kinds whose records are over when their sale is
_SALES = {"tax_sales", "foreclosures"}
_CALLED = re.compile(
    r"releas|closed|closing|closure|resol[uv]|abate|complet|complied|dispos|dismiss|satisf|withdrawn|redeemed|"
    r"terminat|finaled|(?:^|[_ ])end(?:ed)?(?![a-z])",
    re.IGNORECASE,
)
_NOT = re.compile(r"deadline|due|disclos|foreclos|expect|target|scheduled", re.IGNORECASE)
#: days that much of what is over has, and that end nothing
_OTHER_DAYS = re.compile(
    r"judg|hearing|court|notice|pay|pmt|paid|sale|auction|redempt|rdmpt|inspect|insp|mail|post|publi|edit|updat|"
    r"creat|load|open|start|begin|issue|file|record",
    re.IGNORECASE,
)
_DUE = re.compile(r"due|balance|owed|owing|outstanding", re.IGNORECASE)
#: share of the records that must have the day on which they began
_MOST = 0.8
#: words that a comment names
_SHOWN = 20


def evidence_of(source: "SourceDraft", one: Field, meant: Meant, today: date) -> Evidence:
    """What the records say of the words of a field, some of which are known."""
    counts: dict[str, int] = {}
    for record in source.looked.sample.records:
        word = word_of(record.get(one.name))
        counts[word] = counts.get(word, 0) + 1
    shown: list[Sign] = []
    parting: list[Sign] = []
    for sign, is_sure in _signs(source, one, today):
        parts = sign.parts(meant, both=not is_sure)
        if parts or is_sure:
            shown.append(sign)
        if parts:
            parting.append(sign)
    told = source.columns.fields.get(_BEGUN.get(source.nature.kind, ""))
    begun, days = begun_by_word(source, one.name, [
        each
        for each in source.looked.found.fields
        if (each.name == told if isinstance(told, str) else each.type == "date" and each.filled_share >= _MOST)
        if all(each.name != sign.name or sign.of_open for sign in shown)
    ])  # fmt: skip
    return Evidence(meant, counts, parting, shown, begun, days)


def settle_ends(source: "SourceDraft", today: date) -> None:
    """Take the day of the end; tell by the records the words that nobody could, and ask those that they object to."""
    kind = source.nature.kind
    column, name = _COLUMNS.get(kind), _field(source)
    if column is not None and name is not None:
        _take(source, column, name)
    for status in ("status", "deed_status"):
        if status in source.words:
            _settle_words(source, status, today)


def _settle_words(source: "SourceDraft", column: str, today: date) -> None:
    words, one = source.words[column], source.field_named(source.field_of(column))
    read = _read(words, one)
    evidence = evidence_of(source, one, surely(read, one), today)
    _take_by_words(source, evidence)
    empty = evidence.counts.get("", 0)
    # a sale without a word is one that is still to come; what an end alone fills is open until then
    if empty and column == "status" and isinstance(source.columns.fields[column], str):
        words.unclear[""] = empty
    for word in list(words.mapped):
        said = read.get(word)
        if said and _is_doubted(evidence, word, one.word(word), said):
            del words.mapped[word]
            words.unclear[word] = one.counts[word]
    told: dict[str, str] = {}
    for word in list(words.unclear):
        reads = one.word(word).casefold()
        ours = told_by(evidence, word, reads)
        if ours is None or read.get(word) is not None or (column == "deed_status" and LIKE_LANDS.search(reads)):
            continue
        del words.unclear[word]
        words.mapped[word] = _ours(column, ours, one.word(word))
        words.told += 1
        told[word] = ours
    # what reads one way and may mean the other: it is said by what it was told
    soft = {word: said for word, said in read.items() if said and is_soft(one.word(word).casefold())}
    believed = {word: said for word, said in soft.items() if word in one.counts and word not in words.unclear}
    told |= {word: said for word, said in believed.items() if evidence.meaning(word) == said}
    if told:
        source.comment(column, said_of(evidence, one, told))
    if column == "deed_status" and "Closed" in told.values():
        source.comment(
            column, "Without a sale ahead no sense makes leads of them; where such sales come again, map them."
        )
    if alone := [f"'{one.word(word)}' ({one.counts[word]:,})" for word in believed if word not in told]:
        source.comment(column, f"Told by the word alone, which elsewhere may mean the other: {_some(alone)}.")
    _offer(column, words, one, evidence, read)


def told_by(evidence: Evidence, word: str, reads: str) -> str | None:
    """What its records tell of a word that does not itself rather say the other; ``reads`` is what it says."""
    ours = evidence.meaning(word)
    # what is sold and owed all the same is not over
    owed = any(sign.kind == "paid" and sign.meaning(word, evidence.meant) == "Open" for sign in evidence.signs)
    is_against = is_likely_open(reads) if ours == "Closed" else is_likely_over(reads) and not owed
    return None if is_against else ours


def _read(words: Words, one: Field) -> dict[str, str | None]:
    """What each word seems to say, in whatever case it is written."""
    mapped = {word.casefold(): ours for word, ours in words.mapped.items()}
    unclear = set(map(str.casefold, words.unclear))
    return {
        word: None if word.casefold() in unclear else _sense(mapped.get(word.casefold(), word)) for word in one.counts
    }


def _is_doubted(evidence: Evidence, word: str, reads: str, ours: str) -> bool:
    """Whether records speak against what a word seems to say: all of them, or some of one that is said of both."""
    if ours == "Open" and evidence.meaning(word) == "Closed":
        return True
    return is_soft(reads.casefold()) and evidence.opposes(word, ours)


def _offer(column: str, words: Words, one: Field, evidence: Evidence, read: Meant) -> None:
    """The sense in the line of each word that is asked: none that makes a lead where nothing leans to that."""
    for word in words.unclear:
        reads = one.word(word)
        words.likely[word] = _ours(column, leaning(evidence, word, reads.casefold(), read.get(word)), reads)
        if column == "deed_status" and LIKE_LANDS.search(reads):
            words.likely[word] = "Lands Available"
        words.figures[word] = evidence.figures(word)
    words.known = evidence.known() if words.unclear else ""


def leaning(evidence: Evidence, word: str, reads: str, known: str | None = None) -> str:
    """The sense to which the records of a word and what it says lean, else the one that makes no lead."""
    votes = evidence.leans(word) | ({known} if known else set())
    if is_likely_over(reads):
        votes = votes | {"Closed"}
    elif is_likely_open(reads):
        votes = votes | {"Open"}
    return "Open" if votes == {"Open"} else "Closed"


def surely(read: Meant, one: Field) -> dict[str, str | None]:
    """What words mean by which signs are judged: without those that read one way and may mean the other."""
    return {word: None if is_soft(one.word(word).casefold()) else ours for word, ours in read.items()}


def said_of(evidence: Evidence, one: Field, told: Mapping[str, str]) -> str:
    """In words, which words the records told, and what of."""
    parts = []
    for sign in evidence.signs:
        names = {
            ours: [f"'{one.word(word) or '(none)'}' ({sign.share(word):.0%} of {sign.number(word):,})"
                   for word, each in told.items() if each == ours and sign.number(word)]
            for ours in ("Open", "Closed")
        }  # fmt: skip
        listed = [f"{what} are {_some(several)}" for ours, what in (("Closed", "over"), ("Open", "open"))
                  if (several := names[ours])]  # fmt: skip
        if listed:
            known = ", ".join(
                f"{found / number:.0%} of those known to be {what}"
                for ours, what in (("Closed", "over"), ("Open", "open"))
                if (number := sign.of(evidence.meant, ours)[1])
                for found in (sign.of(evidence.meant, ours)[0],)
            )
            parts.append(f"Told by the records {sign.said} ({known}): {'; '.join(listed)}.")
    return " ".join(parts)


def _some(several: list[str]) -> str:
    more = f" and {len(several) - _SHOWN} more" if len(several) > _SHOWN else ""
    return ", ".join(several[:_SHOWN]) + more


def _sense(ours: str) -> str | None:
    """What one of our words says of a record: whether it is over. What has come to the county is neither."""
    folded = ours.casefold()
    return None if folded == "lands available" else "Open" if folded in {"open", "active sale"} else "Closed"


def _ours(column: str, sense: str, reads: str) -> str:
    """The word of a column for a sense; a sale that is over has none but its own."""
    if column != "deed_status":
        return sense
    return "Active Sale" if sense == "Open" else reads


def _signs(source: "SourceDraft", status: Field, today: date) -> Iterator[tuple[Sign, bool]]:
    """What may say whether records are over, each with whether its name says so."""
    named, used = _field(source), source.columns.used()
    sales = source.nature.kind in _SALES
    for one in source.looked.found.fields:
        if one.type == "date" and one.ahead and sales:
            yield (
                is_ahead(source, status.name, one.name, today),
                re.search("sale|auction", one.name, re.IGNORECASE) is not None,
            )
        elif one.type == "date" and 0 < one.filled < one.rows and not one.ahead and source.nature.kind != "tax_sales":
            if one.name == named:
                yield has_day(source, status.name, one.name), True
            elif not _OTHER_DAYS.search(one.name):
                yield has_day(source, status.name, one.name), False
        elif source.nature.kind == "distress_events" and "0" in {
            text.rstrip("0").rstrip(".") or "0" for text in one.counts
        }:
            is_amount = source.columns.fields.get("amount") == one.name
            if is_amount or (one.name not in used and _DUE.search(one.name) and BY_COLUMN["amount"].fits(one)):
                yield owes_nothing(source, status.name, one.name), True


def _take_by_words(source: "SourceDraft", evidence: Evidence) -> None:
    """The day of the end where the words that are known tell it, by whatever name."""
    column = _COLUMNS.get(source.nature.kind)
    able = [sign.name for sign in evidence.signs if sign.kind == "end"]
    if column is not None and column not in source.columns.fields and len(able) == 1:
        _take(source, column, able[0])
        source.comment(column, f"What is over by its words has a day in {able[0]}, and what is open has none.")


def _take(source: "SourceDraft", column: str, name: str) -> None:
    fields = source.columns.fields
    if column not in fields and name not in source.columns.used():
        fields = fields | {column: name}
        source.columns.fields = {one: fields[one] for one in RECORD_KINDS[source.nature.kind].names if one in fields}
        source.columns.questions.pop(column, None)


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
