"""Samples of values, without the names of people."""

import re

from wholesaler.probe.description import Field
from wholesaler.probe.forms import day_of_milliseconds, is_company
from wholesaler.probe.guesses import Guess
from wholesaler.probe.words import senses

#: columns whose values are names of people
_PEOPLE = frozenset({"owner_name", "co_owner_name", "borrower_name", "party_name"})
_CARE_OF = re.compile(r"(?i)(\bC/O|\bATTN:?|%)\s*(.+)")
#: a text of more words may say anything of anybody
_MOST_WORDS = 5
_LONGEST = 40


def samples(field: Field, guess: Guess, number: int = 3) -> list[str]:
    """Frequent values of a field; of names of people only the first letters, of long texts only how long they are."""
    if field.type == "object":
        return []
    people = may_be_people(field, guess)
    if field.words > _MOST_WORDS and field.type == "text" and field.share("address") < 0.5:
        return [f"(texts of about {round(field.words)} words)"]
    if field.type == "date":
        return [_day(value) for value in field.common(number)]
    shown = []
    for value in field.common(number):
        if value in field.codes:
            value = f"{value} = {field.codes[value]}"
        text = mask(value) if people and not is_company(value) else _CARE_OF.sub(_hide_name, value)
        shown.append(f"{text[:_LONGEST]}…" if len(text) > _LONGEST else text)
    return shown


def may_be_people(field: Field, guess: Guess) -> bool:
    """Whether values may be names of people: by guess, name or look; in doubt they are."""
    if field.type != "text":
        return False
    if guess.column in _PEOPLE or (guess.column is None and _PEOPLE.intersection(guess.others)):
        return True
    words = {sense for word in senses(field.name)[0] for sense in word}
    if guess.column is None and "owner" in words and field.share("address", "zip", "state") < 0.5:
        return True
    looks = field.share("name") >= 0.5 and field.unique_share >= 0.2 and field.share("typed_street") < 0.3
    return looks and guess.column in {None, "description", "legal_description"}


def mask(text: str) -> str:
    """A name of which the first letter of each word is left: ``SMITH JOHN A`` is ``S•••• J••• A``."""
    return re.sub(r"(\w)(\w+)", lambda found: found[1] + "•" * len(found[2]), text)


def _day(value: str) -> str:
    """Epoch milliseconds as a day; other values as they are."""
    day = day_of_milliseconds(value) if value.lstrip("-").isdigit() and len(value) > 8 else None
    return day.isoformat() if day else value


def _hide_name(found: re.Match[str]) -> str:
    return f"{found[1]} {mask(found[2])}"
