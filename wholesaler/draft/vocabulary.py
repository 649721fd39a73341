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
    r"not responsible.*|inactive.*|ready to close|disposed.*|finaled.*|rescinded.*|expired.*|unsubstantiated.*|"
    r"(?:admin\w*|case|auto\w*|owner|city|violations?|abatement)\W+"
    r"(?:closed|complied|corrected|abated|resolved|completed?)\b.*|"
    r"no (?:action|cause|issue).*|not in violation.*|(?:admin\w*|case|auto\w*) closed?"
)
_OPEN = re.compile(
    r"open\b.*|re-?opened.*|active.*|pending.*|in violation.*|in court.*|in progress.*|in process.*|hearing.*|"
    r"unresolved.*|not complied.*|non-?complian.*|not in compliance.*|outstanding.*|no entry|ongoing.*|unpaid.*|"
    r"under (?:investigation|review).*|(?:re-?)?inspection (?:pending|scheduled|required).*|citation issued.*|"
    r"violation issued.*|notice (?:sent|issued|posted).*|awaiting.*|new|delinquent.*|referred to .*|received|"
    r"(?:.* )?(?:summons(?:es)?|citation|notice|(?:work|abatement|court) order|warrant)s? "
    r"(?:sent|issued|served|posted)|notice of .*|under .*|investigati.*|abatement ordered|monitoring.*|assigned.*|"
    r"(?:first|second|third|final|initial|1st|2nd|3rd) notice.*|violations?(?: found| confirmed| exists?)?|submitted.*|"
    r"initiated.*|extension granted.*|orders? issued.*|(?:order )?affirmed.*|complaint (?:inspected|received).*|"
    r"(?:payment|installment) (?:agreement|plan)|partial(?:ly)? paid.*|(?:partial|installment) payment.*"
)
_ENDED_SALE = re.compile(
    r"(?:.* )?redeemed.*|(?:re-?)?sold.*|cancel+ed.*|withdrawn.*|bankrupt.*|removed.*|(?:.* )?paid\b.*|void.*|pulled.*|"
    r"released.*|satisfied.*|deed(?:ed)? (?:issued|recorded).*|deeded.*|dismissed.*|settled.*|closed.*|complete.*|"
    r"stayed.*|excluded.*|no (?:longer|sale).*|third part(?:y|ies).*|confirmed.*|certificate issued.*"
)
_SALE = re.compile(
    r"active.*|for sale.*|(?:re-?)?scheduled.*|pending.*|open.*|current.*|sale|upcoming.*|(?:re-?)?set\b.*|continued.*|"
    r"postponed.*|adjourned.*|advertised.*|sale (?:scheduled|pending|set).*|to be sold.*|unsold.*|listed|offered|new"
)
_LANDS = re.compile(r"lands? available.*|list of lands.*|laft.*|over the counter.*|available (?:for|otc).*")
#: what may have come to the county, which sells it on; in some it never does
LIKE_LANDS = re.compile(r"struck|tax title|deed to|available", re.IGNORECASE)
#: what becomes of a suit or a notice of default, of which no column tells
_ENDED_SUIT = re.compile(
    r"(?:.* )?(?:cured|redeemed|reinstated|withdrawn|rescinded|dismissed|discontinued|cancel+ed)\b.*|deeded.*|"
    r"(?:re-?)?sold.*|paid\b.*|closed.*|complete.*|disposed.*|satisfied.*|released.*|void.*|reo\b.*|bank owned.*|"
    r"third party.*|deed (?:issued|recorded).*|settled.*|vacated.*|expired.*|terminated.*|(?:sale )?confirmed.*|"
    r"certificate of (?:title|sale|purchase).*|inactive.*|removed.*|no longer.*|loan modification.*|foreclosed|"
    r"discharged.*"
)
_SUIT = re.compile(
    r"ned\b.*|nod\b.*|nots\b.*|notice of .*|lis pendens.*|(?:sale )?(?:re-?)?scheduled.*|sale set.*|"
    r"sale (?:pending|ordered).*|continued.*|postponed.*|adjourned.*|active.*|pending.*|open.*|"
    r"filed.*|recorded.*|published.*|(?:re-?)?set\b.*|in (?:process|progress|foreclosure).*|pre-?foreclosure.*|"
    r"judgment (?:entered|granted).*|for sale.*|upcoming.*|auction.*|new|advertised.*|referred.*|on hold for sale"
)
#: what says that it is over wherever it stands in a word, unless something beside it says that it is not yet so
_OVER = re.compile(
    r"\b(?:repaired|rehabilitated|in compliance|complied|rescinded|(?:in|by|data entry) error|closed|released|"
    r"dismissed|withdrawn|satisfied|redeemed|demolished|paid in full|no further action|deed (?:issued|recorded)|"
    r"title (?:to|passed|vested)|foreclosed)\b"
)
_NOT_YET = re.compile(
    r"\b(?:not|non|never|no longer|until|unless|if|to be|pending|awaiting|partial(?:ly)?|in part|appeal\w*|request\w*|"
    r"petition|motion|hearing|scheduled|proposed|required|failed|re-?opened|was|in redemption|being|un\w+ed)\b"
)
#: what most likely is over, and is asked
_LIKELY_OVER = re.compile(
    r"\b(?:sold|paid|cancel+ed|void\w*|expired|removed|pulled|stricken|enjoined|inactive|resolved|duplicate|"
    r"invalid|disposed|exempt\w*|written? off|write.?off|unfounded|(?:in|no) violations? found)\b"
)
#: what most likely goes on, and is asked
_LIKELY_OPEN = re.compile(
    r"\b(?:hearing|pending|notice|(?:re-?)?inspect\w*|cited|citation|prosecut\w*|progress|scheduled|awaiting|"
    r"extension|delinquent|unpaid|owed|orders?(?: issued)?|intake|condemned|(?<!not )(?:responsible|guilty|liable))\b"
)
#: what reads one way, and of other clerks means the other: the records are heard before it is believed
_SOFT = re.compile(
    r"\b(?:bankrupt\w*|(?:on )?hold|stay(?:ed)?|inactive|monitor\w*|refer\w*|transfer\w*|pending|suspend\w*|"
    r"defer\w*|expired|removed|excluded|agreement|plan|assigned)\b"
)
#: a house was sold and may still be redeemed: whether that is a lead is for whoever reads it
_IN_REDEMPTION = re.compile(r"\bin redemption\b|\bredemption period\b(?!.*(?:expired|ended|over))|\bredeemable\b")
#: how clerks cut words short, and what they stand for: some only where a word begins with them
_SHORT = {
    "clsd": "closed", "cls": "closed", "clos": "closed", "cmplt": "completed", "cmpltd": "completed",
    "compl": "completed", "comptd": "completed", "dup": "duplicate", "dupl": "duplicate", "cncl": "cancelled",
    "cncld": "cancelled", "canc": "cancelled", "cncled": "cancelled", "dism": "dismissed", "dismd": "dismissed",
    "wdrn": "withdrawn", "wthdrn": "withdrawn", "abtd": "abated", "rslvd": "resolved", "opn": "open",
    "rdmd": "redeemed", "redmd": "redeemed", "satisf": "satisfied", "unfnd": "unfounded", "actv": "active",
}  # fmt: skip
_SHORT_ANYWHERE = {
    "pend": "pending", "pndg": "pending", "reinsp": "reinspection", "insp": "inspection", "hrg": "hearing",
    "sched": "scheduled", "schd": "scheduled", "viol": "violation", "viols": "violations", "vio": "violation",
    "nov": "notice of violation", "ntc": "notice", "delq": "delinquent", "delinq": "delinquent", "ext": "extension",
    "pmt": "payment", "pymt": "payment", "bkcy": "bankruptcy", "bkrptcy": "bankruptcy", "bky": "bankruptcy",
}  # fmt: skip
_LETTERS = tuple(
    {opened: "Open", closed: "Closed"} for opened, closed in (("o", "c"), ("op", "cl"), ("opn", "cls"), ("open", "c"))
)
#: names of exemptions that only those have who live there, and of none
_HOMESTEAD = re.compile(
    r"\b(?:homestead|home ?owner\w*|owner[- ]?occ\w*|(?:primary|principal) resid\w*|elder\w*|senior\w*|disab\w*|"
    r"widow\w*|surviving)\b"
)
_NO_HOMESTEAD = re.compile(r"(?:no|not|non|none|without)\b.*|non.*|absentee.*|tenant.*|renter.*|rental.*")
_NOT_ANY_MORE = re.compile(
    r"\b(?:removed?|denied|expired|pending|appl\w*|former\w*|prior|previous|cancel\w*|revoked)\b"
)
_FLAGS = {"yes", "y", "true", "t", "1", "no", "n", "false", "f", "0"}
_OURS = {"active sale", "lands available", "open", "closed", *_FLAGS}


@dataclass
class Words:
    """A column's words: those that are clear → ours; the others, with how often each was met.

    ``told`` is how many are clear, with those that are ours already and need no line; ``names`` are the publisher's
    for words that are codes; ``likely`` is what is offered for one that is not clear, ``figures`` what its records are
    like, ``known`` what those of the clear ones are.
    """

    mapped: dict[str, str] = field(default_factory=dict)
    unclear: dict[str, int] = field(default_factory=dict)
    likely: dict[str, str] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)
    known: str = ""
    told: int = 0
    names: Mapping[str, str] = field(default_factory=dict)


def words_of(column: str, counts: Mapping[str, int], codes: Mapping[str, str] | None = None) -> Words | None:
    """What the words of a column with words of ours mean; ``None`` where there are far too many for words.

    ``codes`` are the publisher's names for them; of those that nobody met only what is clear is said.
    """
    if len({word.casefold() for word in counts}) > MOST_WORDS:
        return None
    names = codes or {}
    counts = dict(counts) | {code: 0 for code in names if code not in counts}
    found = Words(names=names)
    # two letters that only together are clear
    letters = next((pair for pair in _LETTERS if not names and {word.casefold() for word in counts} == pair.keys()), {})
    seen: set[str] = set()
    # codes in the publisher's order, words by how often they were met
    place = {code: number for number, code in enumerate(names)}
    for word, count in sorted(counts.items(), key=lambda one: (place.get(one[0], len(place)), -one[1])):
        folded = word.casefold()
        if folded in seen:
            continue
        seen.add(folded)
        meaning = (letters if column == "status" else {}).get(folded) or meaning_of(
            column, names.get(word, word).casefold()
        )
        found.told += meaning is not None and count > 0
        if meaning is None:
            found.unclear |= {word: count} if count else {}
        elif word in names:
            found.mapped[word] = meaning if meaning.casefold() in _OURS else names[word]
        elif meaning.casefold() != folded:
            found.mapped[word] = meaning
        elif folded not in _OURS:
            found.mapped[word] = word  # what is mapped to itself is known, and no news
    return found


def meaning_of(column: str, word: str) -> str | None:
    """Our word for one of a publisher's in small letters; ``None`` where it is not clear.

    ``sale`` is what becomes of a foreclosure, of which no column tells: ``Open`` while it may still come to a sale.
    """
    if column == "homestead" and word not in _FLAGS:
        return _homestead(word)
    if column in {"homestead", "sale_qualified", "confidential"}:
        return word if word in _FLAGS else None
    written, word = word, in_full(word)
    if column == "deed_status":
        if _LANDS.fullmatch(word):
            return "Lands Available"
        if _IN_REDEMPTION.search(word):
            return None
        if _ENDED_SALE.fullmatch(word) or is_over(word):
            return written  # mapped to itself: no sale any more
        return "Active Sale" if _SALE.fullmatch(word) else None
    if column == "sale":
        if _IN_REDEMPTION.search(word):
            return None
        return "Closed" if is_over(word) else _one_of(_ENDED_SUIT.fullmatch(word), _SUIT.fullmatch(word))
    return "Closed" if is_over(word) else _one_of(_CLOSED.fullmatch(word), _OPEN.fullmatch(word))


def _homestead(word: str) -> str | None:
    """What the name of an exemption says of whether the owner lives there."""
    if _NOT_ANY_MORE.search(word):
        return None
    return "no" if _NO_HOMESTEAD.fullmatch(word) else "yes" if _HOMESTEAD.search(word) else None


def is_over(word: str) -> bool:
    """Whether a word in small letters says that a case is over, and nothing in it that it is not so yet."""
    return _OVER.search(word) is not None and _NOT_YET.search(word) is None


def in_full(word: str) -> str:
    """A word in small letters with what clerks cut short written out, as far as that is clear."""

    def written_out(match: re.Match[str]) -> str:
        short = match[0]
        return (_SHORT.get(short) if not match.start() else None) or _SHORT_ANYWHERE.get(short, short)

    return re.sub(r"^pd in full\b", "paid in full", re.sub(r"[a-z]+", written_out, word))


def is_soft(word: str) -> bool:
    """Whether a word in small letters reads one way and may mean the other: it is believed where no record objects."""
    return _SOFT.search(in_full(word)) is not None


def is_likely_open(word: str) -> bool:
    """Whether a word in small letters that is not clear rather says that it goes on."""
    return _LIKELY_OPEN.search(in_full(word)) is not None and not is_likely_over(word)


def is_likely_over(word: str) -> bool:
    """Whether a word in small letters that is not clear rather says that it is over."""
    word = in_full(word)
    return (_LIKELY_OVER.search(word) or _OVER.search(word)) is not None and _NOT_YET.search(word) is None


def _one_of(closed: object, opened: object) -> str | None:
    """The one that is so; none where both or neither are."""
    if bool(closed) == bool(opened):
        return None
    return "Closed" if closed else "Open"
