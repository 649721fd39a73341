"""A homestead: what says yes, and whether what says nothing says no.

An exemption of all homes that are lived in by their owners tells the others apart too; one of the old or disabled,
which few have, tells nothing of those that lack it.
"""

from typing import TYPE_CHECKING

from wholesaler.draft.columns import fields_by_name
from wholesaler.draft.statuses import settle_words
from wholesaler.draft.vocabulary import Words
from wholesaler.probe.description import Field

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: share of the roll from which on those without it are taken to be without a homestead
COMMON = 0.2
_YES = frozenset({"yes", "y", "true", "t", "1", "x"})
_NO = frozenset({"no", "n", "false", "f", "0"})


def settle_homestead(source: "SourceDraft") -> None:
    """How the homestead of a roll is read; says so where few have one."""
    name = source.columns.fields.get("homestead")
    if source.nature.kind != "property_records" or not isinstance(name, str):
        return
    one = fields_by_name(source.looked)[name]
    said = {text: _flag(one, text) for text in one.counts}
    no = [text for text, flag in said.items() if flag is False]
    share = (one.filled - sum(one.counts[text] for text in no)) / one.rows
    is_flag = None not in said.values()
    # a code or an amount is one wherever it is neither empty nor 0; so is a mark that nobody is without
    if one.filled < one.rows if is_flag and not no else not is_flag and (one.filled_share < 0.95 or "0" in one.counts):
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


def _flag(one: Field, text: str) -> bool | None:
    """Whether a value, or what its code is called, says yes or no; nothing where it says something else."""
    for word in (one.word(text).casefold(), text.casefold()):
        if word in _YES | _NO:
            return word in _YES
    return None
