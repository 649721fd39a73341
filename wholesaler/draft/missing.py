"""What a roll should say and no field was told for: the owner, where mail reaches them, where the house is.

One field alone that can be it is taken, which is said; several are asked; that there is none is said. Without an
owner's name and address no lead can be written to.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from wholesaler.draft.columns import fields_by_name
from wholesaler.draft.doubts import shown
from wholesaler.draft.questions import Question
from wholesaler.markets.records import RECORD_KINDS
from wholesaler.probe.description import Field
from wholesaler.probe.guesses import Guess
from wholesaler.probe.meanings import BY_COLUMN
from wholesaler.probe.words import normalised, said_by

if TYPE_CHECKING:
    from wholesaler.draft.sources import SourceDraft

#: share of the records that must have a value
FILLED = 0.5
#: different values to values that names of owners have at least
NAMES = 0.2
#: fields so far from one of the owner's mail stand beside it
_NEAR = 2
_MOST = 4
_MAIL = ("mail_address", "mail_address_2", "mail_city", "mail_state", "mail_zip")
_SAID = {
    "owner_name": ("has the owners' names", "without it no lead says whose house it is"),
    "mail_address": ("has the street of the owners' mail", "without it no lead can be written to"),
    "address": ("has the address of the house", "without it lists that have addresses alone find no parcel"),
    "total_mkt": ("says what a house is worth", "without it no deal is estimated"),
}
#: what the name of the one field that is taken says
_SENSES = {"owner_name": {"owner"}, "mail_address": {"mail", "owner"}, "address": {"site"}}

Able = list[tuple[Field, Guess]]


def settle_missing(source: "SourceDraft") -> None:
    """Take or ask what a roll lacks of the columns without which it says little."""
    if source.nature.kind != "property_records":
        return
    for column, (what, without) in _SAID.items():
        fields, asked = source.columns.fields, source.columns.questions
        if column in fields or column in asked:
            continue
        able, is_sure = _able(source, column)
        if is_sure:
            fields[column] = able[0][0].name
            source.comment(column, f"No name says so, but {able[0][0].name} alone looks as though it {what}.")
        elif able:
            asked[column] = Question(
                f"No field clearly {what}; it may be {'; '.join(shown(*each) for each in able[:_MOST])}.",
                f"Take the line of the one that does; {without}.",
                tuple((column, one.name) for one, _ in able[:_MOST]),
            )
        else:
            source.notes.append(f"no field {what}: {without}")
    fields = source.columns.fields
    source.columns.fields = {name: fields[name] for name in RECORD_KINDS["property_records"].names if name in fields}


def _able(source: "SourceDraft", column: str) -> tuple[Able, bool]:
    """The fields that may be a column, the likeliest first, and whether the first alone can be."""
    used, found = source.columns.used(), source.looked.found
    free = [
        (one, guess)
        for one, guess in zip(found.fields, found.guesses, strict=True)
        if one.name not in used and one.filled_share >= FILLED and guess.column in {None, column}
    ]
    fits: Callable[[Field], bool] = _is_name if column == "owner_name" else BY_COLUMN[column].fits
    able = [each for each in free if fits(each[0]) and not _senses(each[0]) & {"previous", "legal", "school"}]
    if column == "total_mkt":
        return [], False  # asked with the rest of the money
    near = _near_mail(source)
    says = _SENSES[column]
    if column == "address":
        able = [each for each in able if not {"mail", "owner"} & _senses(each[0])]
    elif column == "mail_address":
        able = [each for each in able if "site" not in _senses(each[0]) or "mail" in _senses(each[0])]
    said = [each for each in able if says & _senses(each[0]) or (column == "mail_address" and each[0].name in near)]
    rest = [each for each in able if each not in said]
    if column == "owner_name":
        rest.sort(key=lambda each: (each[0].name not in near, -each[0].unique_share))
    return [*said, *rest], len(said) == 1


def _is_name(one: Field) -> bool:
    """Whether a field has names of people and companies: many different texts, several words, no addresses."""
    return BY_COLUMN["owner_name"].fits(one) and one.unique_share >= NAMES and one.words >= 1.5


def _near_mail(source: "SourceDraft") -> set[str]:
    """The fields beside those of the owner's mail, or called as they are but for the last word."""
    fields = source.columns.fields
    mail = {name for column in _MAIL if isinstance(name := fields.get(column), str)}
    names = list(fields_by_name(source.looked))
    places = [names.index(name) for name in mail]
    stems = {_stem(name) for name in mail} - {""}
    return {
        name
        for place, name in enumerate(names)
        if any(abs(place - one) <= _NEAR for one in places) or _stem(name) in stems
    }


def _stem(name: str) -> str:
    """A name without the words of an address."""
    return re.sub(r"address|addr|street|city|state|zip(?:code)?|line|[0-9]", "", normalised(name))


def _senses(one: Field) -> set[str]:
    return said_by(one.name, *one.titles[:1])
