"""A homestead: what says yes, and whether what says nothing says no.

An exemption of all homes that are lived in by their owners tells the others apart too; one of the old or disabled,
which few have, tells nothing of those that lack it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wholesaler.draft.columns import fields_by_name
from wholesaler.draft.questions import Question
from wholesaler.draft.statuses import settle_words
from wholesaler.draft.vocabulary import Words, meaning_of
from wholesaler.probe.description import Field

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: share of the roll from which on those without it are taken to be without a homestead
COMMON = 0.2
_YES = frozenset({"yes", "y", "true", "t", "1", "x"})
_NO = frozenset({"no", "n", "false", "f", "0"})


def settle_homestead(source: "SourceDraft") -> None:
    """How the homestead of a roll is read; says so where few have one, asks where two fields may say it."""
    name = source.columns.fields.get("homestead")
    if source.nature.kind != "property_records" or not isinstance(name, str):
        return
    one = fields_by_name(source.looked)[name]
    if rivals := list(_rivals(source, one)):
        _ask_which(source, [one, *rivals])
        return
    said = {text: _flag(one, text) for text in one.counts}
    no = [text for text, flag in said.items() if flag is False]
    share = _share(one)
    is_flag = None not in said.values()
    # a code or an amount is one wherever it is neither empty nor 0; so is a mark that nobody is without
    is_mark = one.filled < one.rows if is_flag else one.filled_share < 0.95 or "0" in one.counts
    if is_mark and not (set(no) - {"0"}) and not (is_flag and no):
        source.columns.fields["homestead"] = {"present": name}
        no = ["no"]
    else:
        settle_words(source, ("homestead",))
        if "homestead" not in source.words:
            return
    if share < COMMON and no:
        known = source.words.get("homestead", Words())
        known.mapped = {word: ours for word, ours in known.mapped.items() if word not in no} | dict.fromkeys(no, "")
        source.words["homestead"] = known
        source.comment("homestead", (
            f"Only {share:.0%} have it, as an exemption of the old or disabled, so that no is taken for not known. "
            f"Where all owners who live there have it, take {' and '.join(no)} out of values."
        ))  # fmt: skip


def _rivals(source: "SourceDraft", told: Field) -> Iterator[Field]:
    """Other fields that may say it: flags that some have, and whose names may mean it."""
    used = source.columns.used()
    for one, guess in zip(source.looked.found.fields, source.looked.found.guesses, strict=True):
        if one.name in used or one.name == told.name or "homestead" not in {guess.column, *guess.others}:
            continue
        if one.filled and all(_flag(one, text) is not None for text in one.counts) and 0 < _share(one) < 1:
            yield one


def _ask_which(source: "SourceDraft", able: list[Field]) -> None:
    """Which of several fields says that the owner lives there: as a rule the one that more have."""
    del source.columns.fields["homestead"]
    able.sort(key=_share, reverse=True)
    source.ask("homestead", Question(
        "Several fields may say that the owner lives there: "
        f"{', '.join(f'{one.name} of {_share(one):.0%} of the parcels' for one in able)}.",
        "Take the line of the one that all owners who live there have. An exemption of the old or disabled, which few "
        "have, says nothing of those without it.", tuple(("homestead", one.name) for one in able),
    ))  # fmt: skip


def _share(one: Field) -> float:
    """How many parcels have it: those with a value that is no word for no."""
    return (one.filled - sum(count for text, count in one.counts.items() if _flag(one, text) is False)) / one.rows


def _flag(one: Field, text: str) -> bool | None:
    """Whether a value, or what its code is called, says yes or no; nothing where it says something else."""
    for word in (one.word(text).casefold(), text.casefold()):
        if word in _YES | _NO:
            return word in _YES
        if (meaning := meaning_of("homestead", word)) is not None:
            return meaning == "yes"
    return None
