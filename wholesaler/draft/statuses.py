"""What tells of each record how it stands: the publisher's words for ours, or the condition that leaves out what ended.

A list of signals keeps what is finished beside what is open, in a field of few words; unread, all of it is leads.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from wholesaler.draft.columns import fields_by_name
from wholesaler.draft.endings import evidence_of, leaning, said_of, surely, told_by
from wholesaler.draft.evidence import Evidence
from wholesaler.draft.questions import Question
from wholesaler.draft.toml_text import key
from wholesaler.draft.unclear import SHOWN, listed
from wholesaler.draft.vocabulary import Words, is_soft, meaning_of, words_of
from wholesaler.markets.records import RECORD_KINDS, Type
from wholesaler.probe.description import Field, text_of
from wholesaler.probe.masking import may_be_people
from wholesaler.probe.words import senses

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: the column of a kind of record that says how it stands; foreclosures have none, so that those that ended are left out
_COLUMN = {"tax_sales": "deed_status", "code_violations": "status", "distress_events": "status", "foreclosures": None}
#: share of a field's values that must be words of a status where its name does not say so
KNOWN = 0.5
#: a field with fewer values than this share says nothing of the others
_FILLED = 0.9
#: more different words than this are no status
_FEW = 40
#: numbers may be codes of a status, of which a layer has not told the names
_FEW_NUMBERS = 15
_RESULT = re.compile(r"result|outcome|disposition", re.IGNORECASE)
_NEVER = frozenset({"address", "city", "zip", "owner", "name", "mail", "type", "date", "county", "school", "due"})


@dataclass(frozen=True)
class _Candidate:
    field: Field
    says: bool
    known: float
    words: Words


def settle_status(source: "SourceDraft", today: date) -> None:
    """Find the field, and map its words, make a condition of it, or ask; nothing of the kind is left out unsaid."""
    kind = source.nature.kind
    if kind not in _COLUMN:
        return
    column = _COLUMN[kind]
    fields = source.columns.fields
    able = _candidates(source, column or "sale")
    if column is not None and column in fields:
        if column not in source.words or not isinstance(fields[column], str):
            return
        if source.words[column].told or not able or able[0].known < KNOWN:
            fields[column] = _value(column, source.field_named(fields[column]))
            return
        # codes beside the words for them
    if not able:
        _ask_of_many(source, column)
        return
    best = able[0]
    if column is None:
        _leave_out_ended(source, best.field, today)
    elif best.says or best.known >= KNOWN:
        fields[column] = _value(column, best.field)
        source.columns.questions.pop(column, None)
        source.columns.fields = {name: fields[name] for name in RECORD_KINDS[kind].names if name in fields}
        source.words[column] = best.words


def settle_words(source: "SourceDraft", columns: Sequence[str]) -> None:
    """The words of the columns that have words of ours, as far as fields were told for them."""
    fields = fields_by_name(source.looked)
    for column in columns:
        value = source.columns.fields.get(column)
        if not isinstance(value, str):
            continue
        words = words_of(column, fields[value].counts, fields[value].codes)
        if words is None:
            del source.columns.fields[column]
            source.notes.append(f"{value} has {fields[value].distinct:,} different values, which are no {column}")
        elif column == "status" and words.unclear and not words.told and not says_status(fields[value]):
            del source.columns.fields[column]
            seen = listed(words.unclear, fields[value])
            source.ask("status", Question(
                f"{value} may say the status, in words none of which could be told: {seen}.",
                f"If it does, take the line, and map each to Open or Closed in [sources.{source.name}.values.status].",
                ((column, value),),
            ))  # fmt: skip
        elif column in {"homestead", "sale_qualified"} and words.unclear and not words.told:
            del source.columns.fields[column]
            seen = listed(words.unclear, fields[value])
            source.ask("fields", Question(
                f"{value} may say {column}, in words that nobody could tell: {seen}.",
                "Leave it so, or take the line and map each to yes, no, or \"\" where it says neither, in "
                f"[sources.{source.name}.values.{column}].", ((column, value),),
            ))  # fmt: skip
        else:
            source.words[column] = words
    for one in RECORD_KINDS[source.nature.kind].columns:
        value = source.columns.fields.get(one.name)
        if one.type is Type.TEXT and not one.words and isinstance(value, str) and fields[value].codes:
            source.words[one.name] = Words(dict(fields[value].codes), names=fields[value].codes)


def is_open(source: "SourceDraft") -> Callable[[Mapping[str, Any]], bool]:
    """Whether a record of the publisher's has not ended, as far as the draft tells; all have not where nothing does."""
    column = _COLUMN.get(source.nature.kind)
    lists = {name: set(wanted) for name, wanted in source.only.items() if isinstance(wanted, list)}
    empty = [name for name, wanted in source.only.items() if wanted == {"present": False}]
    ended: set[str] = set()
    field_name = ""
    if column is not None and column in source.words:
        field_name, words = source.field_of(column), source.words[column].mapped
        ended = {word for word, ours in words.items() if ours not in {"Open", "Active Sale"}}

    def is_one(record: Mapping[str, Any]) -> bool:
        wanted = all(text_of(record.get(name)) in words for name, words in lists.items())
        return (
            wanted
            and not any(text_of(record.get(name)) for name in empty)
            and (text_of(record.get(field_name)) not in ended)
        )

    return is_one


def says_status(one: Field) -> bool:
    """Whether the name of a field says that it is a status, and not only that it may be."""
    named = any("status" in word and "state" not in word for word in senses(one.name)[0])
    return named or _RESULT.search(one.name) is not None


def _candidates(source: "SourceDraft", column: str) -> list[_Candidate]:
    """Fields that nothing else uses and that may say how a record stands, the surest first."""
    used = source.columns.used()
    able = []
    for one in source.looked.found.fields:
        says = says_status(one)
        words = None
        few = _FEW if one.type == "text" else _FEW_NUMBERS if says and one.type == "number" else 0
        different = len({text.casefold() for text in one.counts})
        if 0 < different <= few and one.name not in used and one.share("year") < KNOWN:
            words = words_of(column, one.counts, one.codes)
        if words is None or (one.distinct < 2 and not says):
            continue
        said = {sense for word in senses(one.name)[0] for sense in word}
        known = known_share(column, one)
        if says or (known >= KNOWN and not said & _NEVER):
            able.append(_Candidate(one, says, known, words))
    return sorted(able, key=lambda each: (-each.known - each.says, -each.field.filled_share))


def _ask_of_many(source: "SourceDraft", column: str | None) -> None:
    """A field that says what became of a record in more words than anybody maps is not used, which is said."""
    used = source.columns.used()
    for one, guess in zip(source.looked.found.fields, source.looked.found.guesses, strict=True):
        if one.name in used or not says_status(one) or one.type != "text" or one.distinct <= _FEW:
            continue
        # who bought a house stands in many a result
        words = [] if may_be_people(one, guess) else one.common(6)
        seen = f": {listed({word: one.counts[word] for word in words}, one)} and more" if words else ""
        source.ask("only", Question(
            f"{one.name} may say what became of a record, in {one.distinct:,} different words{seen}.",
            f"Take the line with the words of what is still open{f', or map it as {column}' if column else ''}.",
            (("only", {one.name: words or ["WORD"]}),),
        ))  # fmt: skip
        return


def _meaning(column: str, one: Field, text: str) -> str | None:
    """Our word for a value, by the name that the publisher has for it, if any."""
    return meaning_of(column, one.word(text).casefold())


def known_share(column: str, one: Field) -> float:
    """How many of the values are words of a status that are clear."""
    return sum(count for text, count in one.counts.items() if _meaning(column, one, text)) / one.filled


def _value(column: str, one: Field) -> Any:
    """The field; where it is empty until a case has ended, what is empty is open."""
    ended_only = column == "status" and all(_meaning(column, one, text) != "Open" for text in one.counts)
    if ended_only and one.filled_share < _FILLED and known_share(column, one) >= KNOWN:
        return {"first": [one.name, {"const": "Open"}]}
    return one.name


def _leave_out_ended(source: "SourceDraft", one: Field, today: date) -> None:
    """A condition for those that have not ended, with what it leaves out in words."""
    meant = {text: _meaning("sale", one, text) for text in one.counts}
    evidence = evidence_of(source, one, surely(meant, one), today)
    told: dict[str, str] = {}
    for text, known in list(meant.items()):
        if known is not None and is_soft(one.word(text).casefold()) and evidence.opposes(text, known):
            meant[text] = None
        elif known is None and (ours := told_by(evidence, text, one.word(text).casefold())):
            meant[text] = told[text] = ours
    if told:
        source.comment("only", said_of(evidence, one, told))
    opened = [text for text in one.common(len(meant)) if meant[text] == "Open"]
    ended = {text: one.counts[text] for text in one.common(len(meant)) if meant[text] == "Closed"}
    unclear = {text: one.counts[text] for text in one.common(len(meant)) if meant[text] is None}
    empty = one.rows - one.filled
    if ended and not opened and one.filled_share < _FILLED:
        source.only[one.name] = {"present": False}
        source.comment("only", f"{one.name} is empty until one has ended: {listed(one.counts, one)}.")
        return
    if opened:
        source.only[one.name] = opened
        left = f"Left out, since they have ended: {listed(ended, one)}. " if ended else ""
        source.comment("only", f"{left}A record with a word of {one.name} that stands in no list is left out too.")
    if unclear or not opened or empty > (1 - _FILLED) * one.rows:
        without = {"": empty} if empty else {}
        seen = (
            _weighed(list(unclear) + [""] * bool(empty), one, evidence)
            if opened
            else listed(dict(one.counts) | without, one)
        )
        likely = [text for text in unclear if leaning(evidence, text, one.word(text).casefold()) == "Open"]
        line = {one.name: likely or [*unclear]}
        source.ask("only", Question(
            f"Words of {one.name} of which nobody could tell whether the sale is still to come, with how often they "
            f"were met: {seen}. {evidence.known()}".rstrip(),
            f"Add those that are to the list of only; until then they are left out.{_over(source, evidence)}"
            if opened else "Take the line with those that are; without it what has ended is a lead as well.",
            () if opened else (("only", line),),
        ))  # fmt: skip
    elif empty:
        source.comment("only", f"{empty:,} without a word are left out too: {evidence.figures('')}.")


def _weighed(words: Sequence[str], one: Field, evidence: Evidence) -> str:
    """Words with what their records are like."""
    named = [f"'{word}'" + (f" {one.codes[word]}" if word in one.codes else "") for word in words]
    several = [
        f"{name if word else '(none)'} ({evidence.figures(word)})" for word, name in zip(words, named, strict=True)
    ]
    more = f" and {len(several) - SHOWN} more" if len(several) > SHOWN else ""
    return "; ".join(several[:SHOWN]) + more


def _over(source: "SourceDraft", evidence: Evidence) -> str:
    """How those of a word that are over are left out, where only some are."""
    days = [sign.name for sign in evidence.signs if not sign.of_open]
    return (
        f" Where some of a word are over, only.{key(days[0])} = {{ present = false }} leaves those out." if days else ""
    )
