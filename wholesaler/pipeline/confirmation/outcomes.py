"""What became of a record: which of a publisher's fields may say it, and which words say that it is over."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from wholesaler.draft.vocabulary import meaning_of
from wholesaler.markets.records import FORECLOSURES, TAX_SALES, RecordKind
from wholesaler.markets.source import SourceDefinition
from wholesaler.markets.values import fields_of

#: columns that say it
_COLUMNS = ("status", "deed_status", "closed_date")
#: columns that tell records apart or where they are, whatever words are in them
_IDENTIFYING = frozenset({"parcel", "case_number", "tda_number", "address", "city", "zip_code"})
#: how a field is called that may say it
_NAME = re.compile(r"status|(?<![a-z])stat(?![a-z])|stat$|state_?of|dispo|outcome|phase|stage", re.IGNORECASE)
#: the events that are signs by the money that is owed
OF_MONEY = frozenset({"tax_delinquency", "tax_lien", "lien"})
_STILL_FOR_SALE = {None, "Active Sale", "Lands Available"}
#: a field of more different words than this has none
MOST_WORDS = 25
_LONGEST_WORD = 60


def tells_outcome(definition: SourceDefinition) -> bool:
    """Whether a market file reads from a list what became of its records, or leaves some of them out."""
    told = (name in definition.fields and fields_of(definition.fields[name]) for name in _COLUMNS)
    return bool(definition.only) or any(told)


def named_like_outcome(field: str) -> bool:
    """Whether a field is called as those that say what became of a record."""
    return _NAME.search(field) is not None


def is_over(word: str) -> bool:
    """Whether a word says that a case, a suit or a sale is over."""
    folded = word.casefold()
    is_closed = "Closed" in {meaning_of("status", folded), meaning_of("sale", folded)}
    return is_closed or meaning_of("deed_status", folded) not in _STILL_FOR_SALE


def is_past_sale(kind: RecordKind, record: Mapping[str, str], day: date) -> bool:
    """Whether the day of a record's sale is over, while its word says that it is still to come, or nothing does."""
    column = {TAX_SALES.table: "sale_date", FORECLOSURES.table: "auction_date"}.get(kind.table)
    is_listed = record.get("deed_status", "active sale").casefold() == "active sale"
    return column is not None and is_listed and "" < record.get(column, "") < day.isoformat()


def owes_nothing(record: Mapping[str, str]) -> bool:
    """Whether a record is of money that somebody owes, and nothing is due."""
    return record.get("signal") in OF_MONEY and "amount" in record and not float(record["amount"])


class Outcomes:
    """Counts the words of a list's records by field, of fields of few words that may say what became of them."""

    def __init__(self, definition: SourceDefinition, names: Mapping[str, str]) -> None:
        known = fields_of(*(value for name, value in definition.fields.items() if name in _IDENTIFYING))
        self._left_out = frozenset(names[name] for name in known)
        #: field → its words; of a field of too many of them one more than ``MOST_WORDS``
        self.words: dict[str, Counter[str]] = {}

    def add(self, record: Mapping[str, Any]) -> None:
        """Count one record's, as its publisher gave it."""
        for name, value in record.items():
            if name in self._left_out or isinstance(value, bool) or not isinstance(value, str | int):
                continue
            words = self.words.setdefault(name, Counter())
            if len(words) <= MOST_WORDS and (word := str(value).strip()):
                words[word[:_LONGEST_WORD]] += 1
