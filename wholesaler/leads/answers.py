"""What the words of a skip tracer, a dialer or a CRM say of a telephone or a person: that nobody is to call or write.

They are the words that people type, so that what denies them is read as well: ``Not on DNC``, ``DNC: clean``. Where it
is not plain, somebody is rather left alone: a suppression can be lifted, a call cannot.
"""

import re
from functools import lru_cache

#: the reasons that words give, the gravest first; a wrong number is somebody else's, which has no reason of its own
GRAVEST = ("litigator", "dnc", "deceased", "do_not_mail", "other")

_LATER = r"(?! (?:back )?(?:before|after|until|till?|during|between|yet|today|tomorrow|this|at|on|in)\b)"
#: what somebody asks for in a sentence, and what stands for it as a noun
_ASKED = {
    "dnc": rf"(?:do ?not|dont) (?:ever )?(?:call|contact|phone){_LATER}|donot(?:call|contact)"
    r"|never call(?: me| us| him| her)? again|stop calling|opt(?:ed)? ?out"
    r"|(?:take|remove)d?(?: me| us| him| her| them)? (?:off|from)(?: the| your| our| all)? (?:calling |call )?lists?",
    "do_not_mail": r"do ?not (?:ever )?mail|donotmail|dont (?:ever )?mail",
}
_NAMED = {
    "litigator": r"litigators?|tcpa|serial plaintiff",
    "dnc": r"dnc|do ?not ?(?:call|contact) (?:list|registry)",
    "do_not_mail": r"dnm|do ?not ?mail list",
}
#: what says so as a whole only: a husband who is deceased leaves a wife to speak with
_WHOLE = {
    "deceased": r"(?:(?:the|is|owner|contact|person|confirmed|known|reported) )*deceased(?: owner| contact| person)?"
    r"|(?:(?:the )?owner )?(?:has )?(?:passed away|died)|(?:the )?owner (?:is )?dead",
    "other": r"wrong|(?:.* )?wrong (?:number|no|num|person|party|phone|contact)(?: .*)?",
}
_DENIED_BEFORE = re.compile(
    r"(?:.* )?(?:not|isnt|off|never|without|no longer|removed from)(?: (?:a|an|any|on|in|the|known|listed))*"
    r"|(?:no|non)(?: known| listed)?"
)
_ASKED_DENIED = re.compile(r"(?:.* )?(?:not|isnt|off|no longer|removed from)(?: (?:a|on|in|the))*")
_DENIED_AFTER = re.compile(
    r"(?:(?:list|registry|flag|status|check|scrub|litigator|is|and|or|dnc) )*"
    r"(?:(?:no|n|false|0|none|ok|pass|passed|free)$"
    r"|(?:clean|clear|cleared|scrubbed|negative|safe|compliant|consent|expired|lifted|unknown"
    r"|not (?:found|listed|registered|on|in|a)|no match)\b)"
)
_NUMBER_ALONE = re.compile(
    r"(?:dnc|do ?not ?call) (?:this |the )?(?:number|phone)|(?:number|phone) (?:is )?(?:on )?dnc"
)
#: what keeps somebody alone, or is denied
_MENTIONED = re.compile(rf"\b(?:{'|'.join((*_NAMED.values(), *_ASKED.values()))}|deceased)\b")
#: what stands in a column of flags
_YES = {
    "y", "yes", "true", "t", "1", "x", "on", "found", "hit", "match", "matched", "listed", "registered", "flagged",
    "federal", "national", "state", "internal", "positive", "blocked", "known", "confirmed",
}  # fmt: skip
_NO = {
    "", "n", "no", "false", "f", "0", "off", "na", "n a", "none", "null", "unknown", "clean", "clear", "cleared",
    "callable", "ok", "good", "safe", "negative", "unlisted", "alive", "living", "pass", "not found", "no match",
    "no hit", "not listed", "not registered", "not on list", "not flagged",
}  # fmt: skip
_MARKS = {"✓", "✔", "☑"}


def words_of(text: str) -> str:
    """A text in small letters without punctuation: ``Do-Not-Call!`` → ``do not call``."""
    return " ".join(re.findall(r"[a-z0-9]+", re.sub(r"['’]", "", text.casefold())))


@lru_cache(1 << 12)
def read_answer(text: str) -> frozenset[str]:
    """The reasons for leaving somebody alone that an answer, a status, a tag or a note gives; none for most."""
    pieces = [words_of(piece) for piece in re.split(r"[,;|.!?\n]|\bbut\b", text)]
    return frozenset(reason for piece in pieces for reason in _reasons(piece))


@lru_cache(1 << 12)
def read_flag(text: str, reason: str) -> frozenset[str] | None:
    """The reasons that a cell gives in a column that asks for one; none for no, null for what is neither."""
    if text.strip() in _MARKS:
        return frozenset({reason})
    if words_of(text) in _NO:
        return frozenset()
    # of several lists, as DNC has them, one is enough
    pieces = {words_of(piece) for piece in re.split(r"[,;|/]", text)}
    if pieces <= _YES | _NO:
        return frozenset({reason} if pieces & _YES else ())
    if found := read_answer(text) - {"other"}:
        return found
    return frozenset() if _MENTIONED.search(words_of(text)) else None


def is_of_number_alone(text: str) -> bool:
    """Whether an answer is about the telephone that was called, and not about who owns it."""
    return _NUMBER_ALONE.fullmatch(words_of(text)) is not None


def _reasons(piece: str) -> set[str]:
    found = {reason for reason, pattern in _WHOLE.items() if re.fullmatch(pattern, piece)}
    found |= {reason for reason, pattern in _ASKED.items() if _holds(piece, pattern, _ASKED_DENIED)}
    return found | {reason for reason, pattern in _NAMED.items() if _holds(piece, pattern, _DENIED_BEFORE)}


def _holds(piece: str, pattern: str, denied: re.Pattern[str]) -> bool:
    """Whether a piece has the words, and nothing beside them denies them."""
    for said in re.finditer(rf"\b(?:{pattern})\b", piece):
        before, after = piece[: said.start()].strip(), piece[said.end() :].strip()
        if not denied.fullmatch(before) and not _DENIED_AFTER.match(after):
            return True
    return False
