"""The publishers' words for ours, where they are clear."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

#: a field of more different words than this has no words of ours
MOST_WORDS = 60
_CLOSED = re.compile(
    r"closed?\b.*|case closed.*|complied.*|in compliance.*|compliance (?:met|achieved|obtained)|compliant|resolved.*|"
    r"abated.*|dismissed.*|completed?.*|void(?:ed)?\b.*|withdrawn.*|cancel+ed.*|satisfied.*|paid(?: in full)?|"
    r"released.*|demolished.*|no violations?(?: found)?.*|unfounded.*|invalid.*|corrected.*|duplicate.*|"
    r"not responsible.*|inactive.*|ready to close|disposed.*|finaled.*|rescinded.*|expired.*"
)
_OPEN = re.compile(
    r"open\b.*|re-?opened.*|active.*|pending.*|in violation.*|in court.*|in progress.*|in process.*|hearing.*|"
    r"unresolved.*|not complied.*|non-?complian.*|not in compliance.*|outstanding.*|no entry|ongoing.*|unpaid.*|"
    r"under (?:investigation|review).*|(?:re-?)?inspection (?:pending|scheduled|required).*|citation issued.*|"
    r"violation issued.*|notice (?:sent|issued|posted).*|awaiting.*|new|delinquent.*|referred to .*"
)
_ENDED_SALE = re.compile(r"redeemed.*|sold.*|cancel+ed.*|withdrawn.*|bankrupt.*|removed.*|struck.*|paid.*|void.*")
_SALE = re.compile(r"active.*|for sale.*|scheduled.*|pending.*|open.*|current.*|sale|upcoming.*|set for sale.*")
_LANDS = re.compile(r"lands? available.*|list of lands.*|laft.*")
_FLAGS = {"yes", "y", "true", "t", "1", "no", "n", "false", "f", "0"}


@dataclass
class Words:
    """A column's words: those that are clear → ours; the others, with how often each was met."""

    mapped: dict[str, str] = field(default_factory=dict)
    unclear: dict[str, int] = field(default_factory=dict)


def words_of(column: str, counts: Mapping[str, int]) -> Words | None:
    """What the words of a column with words of ours mean; ``None`` where there are far too many for words."""
    if len({word.casefold() for word in counts}) > MOST_WORDS:
        return None
    found = Words()
    seen: set[str] = set()
    for word, count in sorted(counts.items(), key=lambda one: -one[1]):
        folded = word.casefold()
        if folded in seen:
            continue
        seen.add(folded)
        meaning = meaning_of(column, folded)
        if meaning is None:
            found.unclear[word] = count
        elif meaning.casefold() != folded:
            found.mapped[word] = meaning
    return found


def meaning_of(column: str, word: str) -> str | None:
    """Our word for one of a publisher's in small letters; ``None`` where it is not clear."""
    if column == "deed_status":
        if _LANDS.fullmatch(word):
            return "Lands Available"
        if _ENDED_SALE.fullmatch(word):
            return word.title()  # mapped to itself: no sale any more
        return "Active Sale" if _SALE.fullmatch(word) else None
    if column in {"homestead", "sale_qualified", "confidential"}:
        return word if word in _FLAGS else None
    closed, opened = _CLOSED.fullmatch(word), _OPEN.fullmatch(word)
    if bool(closed) == bool(opened):
        return None
    return "Closed" if closed else "Open"
