"""How a value is written: as a date, a number, a ZIP, an address, a name, a parcel number."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from math import isfinite

_STATES = (
    "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK "
    "OR PA PR RI SC SD TN TX UT VA VT WA WI WV WY OHIO TEXAS ALABAMA ARIZONA FLORIDA GEORGIA INDIANA COLORADO "
    "ILLINOIS MARYLAND MICHIGAN CALIFORNIA"
)
#: of those spelled out the ones that rolls were seen to spell out
STATES = frozenset(_STATES.split())
_TYPES = (
    "ST|STREET|AVE?|AVENUE|RD|ROAD|DR|DRIVE|LN|LANE|CT|COURT|BLVD|CIR|CIRCLE|PL|PLACE|WAY|TER|TERR|TERRACE|PKWY|HWY|TRL|"
    "TRAIL|LOOP|SQ|PT|RUN|COVE|CV|ALY|ROW|PATH|PIKE"
)
_NUMBER = re.compile(r"[-+]?\$?\s?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][+-]?\d+)?")
_COMPANY = re.compile(
    r"\b(LLC|L L C|INC|CORP|LTD|LP|LLP|CO|COMPANY|BANK|TRUST|TRS?|ESTATE|EST|CITY OF|COUNTY|STATE OF|ASSN|ASSOCIATION|"
    r"CHURCH|PARTNERS(HIP)?|PROPERTIES|HOLDINGS|INVESTMENTS?|HOMES|AUTHORITY|GROUP|REALTY|FUND|MORTGAGE|FSB|NA|SERVICES?)\b"
)
_DATES = (
    (re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"), None),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4}"), "%m/%d/%Y"),
    (re.compile(r"\d{1,2}-\d{1,2}-\d{4}"), "%m-%d-%Y"),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?", re.IGNORECASE), "%m/%d/%Y"),
    (re.compile(r"\d{4}/\d\d/\d\d(?: \d\d:\d\d:\d\d(?:[+-]\d\d)?)?"), "%Y/%m/%d"),
    (re.compile(r"(?:19|20)\d{6}"), "%Y%m%d"),
    (re.compile(r"\d{1,2}-[A-Za-z]{3}-\d{4}"), "%d-%b-%Y"),
    (re.compile(r"\d{1,2}-[A-Za-z]{3}-\d\d"), "%d-%b-%y"),
    (re.compile(r"[A-Za-z]{3} \d{1,2},? \d{4}"), "%b %d %Y"),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: epoch milliseconds from 1920 to 2100; below 10^11 they may be anything
_MILLISECONDS = range(-1_577_923_200_000, 4_102_444_800_000)


def number_of(text: str) -> float | None:
    """The number a text is, with or without dollar sign and separators."""
    if not text or not _NUMBER.fullmatch(text):
        return None
    try:
        value = float(text.translate({36: "", 44: "", 32: ""}))
    except ValueError:
        return None
    return value if isfinite(value) else None


def day_of(text: str) -> tuple[date, str | None] | None:
    """The day a text is, and the format of strptime that reads it where it is not ISO."""
    for pattern, form in _DATES:
        if not pattern.fullmatch(text):
            continue
        try:
            if form is None:
                return date.fromisoformat(text[:10]), None
            written = text.replace(",", "") if form == "%b %d %Y" else text
            if form in {"%m/%d/%Y", "%Y/%m/%d"}:
                written = written.partition(" ")[0]
            return datetime.strptime(written, form).replace(tzinfo=UTC).date(), form
        except ValueError:
            return None
    return None


def day_of_milliseconds(text: str) -> date | None:
    """The day of epoch milliseconds, written as a number."""
    value = number_of(text)
    if value is None or int(value) not in _MILLISECONDS:
        return None
    return (_EPOCH + timedelta(milliseconds=value)).date()


def is_company(text: str) -> bool:
    """Whether a name is an organisation's."""
    return _COMPANY.search(text.upper()) is not None


def is_parcel(text: str) -> bool:
    """Whether a text can be a parcel number: mostly digits, in one piece or in pieces of a fixed look."""
    digits = sum(character.isdigit() for character in text)
    if not 6 <= len(text) <= 32 or digits < 5 or not re.fullmatch(r"[0-9A-Z][0-9A-Z.\-/ ]*[0-9A-Z.]", text.upper()):
        return False
    letters = sum(character.isalpha() for character in text)
    return letters <= max(4, len(text) / 3) and re.search(r"[A-Za-z]{4}", text) is None


def _pattern(expression: str) -> Callable[[str], bool]:
    compiled = re.compile(expression, re.IGNORECASE)
    return lambda text: compiled.fullmatch(text) is not None


def _is_name(text: str) -> bool:
    if is_company(text) and not text[:1].isdigit():
        return True
    words = re.findall(r"[A-Za-z'\-]+", text)
    return len(words) in range(2, 8) and re.fullmatch(r"[A-Za-z .,'&/\-]+", text) is not None


#: form → whether a value has it; of texts without blanks around them
FORMS: dict[str, Callable[[str], bool]] = {
    "number": lambda text: number_of(text) is not None,
    "integer": _pattern(r"-?\d+(?:\.0+)?"),
    "zip": _pattern(r"(?!00000)\d{5}(?:\.0)?|\d{5}-(?:\d{4})?|\d{9}"),
    "zip4": _pattern(r"\d{4}"),
    "state": lambda text: text.upper() in STATES,
    "address": _pattern(r"\d+[A-Z]?(?:[ -]\d+(?:/\d)?)? +(?:.*[A-Z]{2,}.*|[A-Z0-9]+ .*)"),
    "box": _pattern(r"(?:P\.? ?O\.? ?BOX|BOX|RR|C/O|ATTN)\b.*"),
    "typed_street": _pattern(rf"(?:.*\b(?:{_TYPES})\.?(?:\s+(?:N|S|E|W|NE|NW|SE|SW))?(?:\s+(?:UNIT|APT|STE|#).*)?)"),
    "house": _pattern(r"\d{1,6}(?:[A-Z]|-\d+|\.0| ?1/2)?"),
    "street_part": _pattern(rf"N|S|E|W|NE|NW|SE|SW|NORTH|SOUTH|EAST|WEST|{_TYPES}"),
    "letters": _pattern(r"[A-Z][A-Z .'&,/\-]*"),
    "place": _pattern(r"[A-Z][A-Z.'\-]+(?: [A-Z][A-Z.'\-]*){0,3}"),
    "place_and_state": _pattern(r"[A-Z .'\-]+,? +[A-Z]{2}(?:[ ,]+\d{5}(?:-\d{0,4})?)?"),
    "name": _is_name,
    "company": is_company,
    "parcel": is_parcel,
    "code": _pattern(r"[A-Z0-9][A-Z0-9./\-]{0,11}"),
    "case": _pattern(r"(?=.*\d)[A-Z0-9][A-Z0-9 \-/_.]{2,30}"),
    "flag": _pattern(r"Y|N|YES|NO|TRUE|FALSE|T|F|0|1|X"),
    "year": _pattern(r"(?:1[6-9]|20)\d\d(?:\.0)?"),
    "uuid": _pattern(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?"),
    "phone": _pattern(r"\(?\d{3}\)?[ .\-]\d{3}[ .\-]\d{4}"),
    "decimals": _pattern(r"-?\d+\.\d{3,}"),
}
