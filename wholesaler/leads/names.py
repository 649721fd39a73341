"""An owner's name as a roll writes it, split into persons with first and last name, or a company.

Rolls begin with the surname (``SMITH JOHN A & MARY B``); what begins with a given name that is known, and does not end
with one, was written the other way round. The class of the owner is known (``parcels.owner_class``); it says whether a
name is a person's at all. The words are data: ``names.toml``.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Person:
    """A person; ``first`` holds the middle names too, and is empty where only the surname is known."""

    first: str
    last: str
    suffix: str = ""

    @property
    def whole(self) -> str:
        """The name as an envelope has it: ``JOHN A SMITH JR``."""
        return " ".join(filter(None, (self.first, self.last, self.suffix)))


@dataclass(frozen=True)
class Owner:
    """Who owns a parcel. ``kind`` is person, couple, estate, trust, company, or nothing where nobody is known.

    ``persons``: the owners, the dead of an estate, the trustees of a trust. ``company``: what is no person, such as a
    trust by its own name. ``care_of``: to whom the mail goes instead.
    """

    kind: str = ""
    persons: tuple[Person, ...] = ()
    company: str = ""
    care_of: str = ""

    @property
    def addressee(self) -> str:
        """The name for an envelope: ``JOHN A & MARY B SMITH``, ``ESTATE OF JOHN SMITH``, ``JOHN SMITH TRUSTEE``."""
        if not self.persons:
            return self.company
        if self.kind == "estate":
            return f"ESTATE OF {self.persons[0].whole}"
        names = _joined(self.persons[:2])
        return f"{names} {'TRUSTEE' if len(self.persons) == 1 else 'TRUSTEES'}" if self.kind == "trust" else names


@dataclass(frozen=True)
class _Words:
    given: frozenset[str]
    both: frozenset[str]
    surname: frozenset[str]
    spanish: frozenset[str]
    particle: frozenset[str]
    suffix: frozenset[str]
    degree: frozenset[str]
    title: frozenset[str]
    added: frozenset[str]
    #: given names that are no surnames, and all surnames
    given_only: frozenset[str]
    family: frozenset[str]


#: what stands in front of somebody to whom the mail goes; a % between digits and blanks is a share
_CARE_OF = re.compile(r"(?:^|\s)(?:C ?/ ?O\b|(?<!\d)%(?= ?[A-Z])|ATTN\b|CARE OF\b)[\s:.]*")
#: what follows is somebody else, or nothing of the name
_ENDING = re.compile(
    r"\b(?:REM(?:AINDER(?:MAN|MEN)?)?\b|[AFN]/?K/?A\b|D/?B/?A\b|PERS(?:ONAL)? REP|P/R\b|SUBJECT TO\b"
    r"|AS (?:TRUSTEES?|TTEES?|CO-TR|PERS|JOINT|TENANTS|HUSBAND)"
    r"|(?:DTD|DATED|U/?[AT]/?[DA]|UDT|UTD|UTA|UAD)\b).*$"
)
#: what rolls add to the names of owners: how they own, how they are married, how much of it is theirs
_NOTES = re.compile(
    r"\(?\b(?:LIFE EST(?:ATE)?|L/E|ET ?AL|ET ?UX|ET ?VIR|H ?/ ?W|W ?/ ?H|H ?& ?W\b"
    r"|HUSBAND (?:&|AND) WIFE|WIFE (?:&|AND) HUSBAND|JTWROS|JTROS|JTRS|JT TEN(?: WROS)?|JT/?RS|JOINT TENANTS"
    r"|TEN(?:ANTS)? (?:IN )?COM(?:MON)?|(?:TEN(?:ANTS)? BY )(?:THE )?ENT(?:IRETY|IRETIES)?|T/?B/?E|TBYE|T/?I/?C|T/C"
    r"|(?:A )?(?:UN|RE)?MARRIED(?: (?:MAN|WOMAN|PERSON|COUPLE))?|(?:A )?SINGLE(?: (?:MAN|WOMAN|PERSON))?"
    r"|(?:A )?WIDOW(?:ER)?|(?:UND(?:IV)? )?\d+/\d+(?: INT(?:EREST)?)?|\d+(?:\.\d+)?\s?%(?: INT(?:EREST)?)?"
    r"|INDIV(?:IDUALLY)?)(?![A-Z])\)?"
)
_LIFE_ESTATE = re.compile(r"(?<=\S) LE$")
_TRUST_ROLE = re.compile(
    r"\b(?:(?:CO|SUCC(?:ESSOR)?)[- ])?(?:TRUSTEES?|TTEES?|TRS?|TRST(?:EE)?S?)\b"
    r"(?:\s+(?:OF|FOR|UNDER|UTD|UTA|U/A|FBO)\b.*)?"
)
#: a trust by its own name
_TRUST_NAME = re.compile(r"\bTRUSTS?\b|\bFBO\b|\bIRA\b|\bCUST(?:ODIAN)?\b|\d")
_TRUST_KIND = re.compile(
    r"\b(?:FAMILY|FAM|I?R?REV(?:OCABLE)?|LIV(?:ING)?|LAND|MARITAL|RESIDUARY|LOVING|TESTAMENTARY|RESIDENCE) TRS?\b"
)
_COMPANY = re.compile(
    r"\b(?:L L C|CO|COMPANY|LP|LLLP|LLP|PLLC|ASSN|ASSOCIATION|HOLDINGS|PROPERTIES|INVESTMENTS?|PARTNERS(?:HIP)?|GROUP"
    r"|ENTERPRISES|N A|NA|CHURCH|CITY OF|COUNTY OF|STATE OF|CORPORATION)$|\b(?:LLC|INC|CORP|LTD|BANK|TRUST)\b"
)
_ESTATE_BEFORE = re.compile(
    r"^(?:THE )?(?:UNKNOWN )?(?:EST(?:ATE)? OF|(?:HEIRS|HRS)(?: (?:&|AND) DEVISEES)? OF|EST(?:ATE)?)\b[\s:]*"
)
_ESTATE = re.compile(
    r"\s*\(?\b(?:EST(?:ATE)?(?: OF)?|(?:UNKNOWN )?(?:HEIRS?|HRS)(?: (?:&|AND) DEVISEES| AT LAW)*(?: OF)?"
    r"|DEC(?:EASE)?D|DEVISEES|PERS(?:ONAL)? REP(?:RESENTATIVE)?S?|P/R|EXECUT(?:OR|RIX)|EXEC"
    r"|ADM(?:INISTRAT(?:OR|RIX))?)\b\)?"
)
#: letters and &, as most names are; what is a surname or a word of a roll is told by its words
_BARE = re.compile(r"[A-Z'\-]+(?: [A-Z'\-]+| &(?= ))*")
_PUNCTUATION = re.compile(r"[^\w&,'\- ]+|_")
_LETTERS = re.compile(r"[A-Z ]*")
_AND = re.compile(r"\s*(?:&| AND |;)\s*")
_BLANKS = re.compile(r"\s+")


def split_owner(name: str | None, owner_class: str | None, co_owner: str | None = None) -> Owner:
    """Split an owner's name; ``co_owner`` is a second name that the roll has in a column of its own.

    What nobody can tell is left out and not guessed: an owner without a class has no name.
    """
    text = " ".join((name or "").upper().split()).strip(" ,;")
    if not text or owner_class is None:
        return Owner()
    if owner_class == "person" and not co_owner and _is_bare(text):
        persons = _persons(text)
        return Owner("couple" if len(persons) > 1 else "person", persons, "", "")
    text, care_of = _without_care_of(text)
    if owner_class not in {"person", "estate", "trust"}:
        return Owner("company", (), text, care_of)
    if owner_class == "trust":
        persons = _trustees(text)
        if not persons:
            return Owner("trust", (), text, care_of)
        return Owner("trust", persons, "", care_of)
    if owner_class == "estate":
        persons = _dead(text)
        return Owner("estate", persons, "" if persons else text, care_of)
    persons = _persons(_plain(text))
    if co_owner:
        second, second_care = _without_care_of(_BLANKS.sub(" ", co_owner.upper()).strip(" ,;"))
        care_of = care_of or second_care
        if second and not _COMPANY.search(second) and not _TRUST_NAME.search(second):
            last = persons[-1].last.split() if persons else []
            further = _persons(_plain(_TRUST_ROLE.sub("", _ESTATE.sub("", second))), last)
            persons += tuple(person for person in further if person not in persons)
    if not persons:
        return Owner("company", (), text, care_of)
    return Owner("couple" if len(persons) > 1 else "person", persons, "", care_of)


def _is_bare(text: str) -> bool:
    """Whether a name is of letters alone, none of its words one that rolls add: there is nothing to be taken away."""
    return _BARE.fullmatch(text) is not None and _words().added.isdisjoint(text.split(" "))


def _joined(persons: tuple[Person, ...]) -> str:
    if len(persons) == 2 and persons[0].last == persons[1].last and all(person.first for person in persons):
        first = " ".join(filter(None, (persons[0].first, persons[0].suffix)))
        return f"{first} & {persons[1].whole}"
    return " & ".join(person.whole for person in persons)


def _without_care_of(text: str) -> tuple[str, str]:
    parts = _CARE_OF.split(text, maxsplit=1)
    return parts[0].strip(" ,-"), parts[1].strip(" ,-") if len(parts) > 1 else ""


def _plain(text: str) -> str:
    """A name without what a roll adds to it."""
    text = _LIFE_ESTATE.sub("", _NOTES.sub(" ", _ENDING.sub("", text)))
    return text.strip(" ,-&")


def _trustees(text: str) -> tuple[Person, ...]:
    """The persons who hold for a trust; none where it is called by its own name."""
    acting = _TRUST_ROLE.sub(" ", _ENDING.sub("", text))
    if acting.strip() == text or _TRUST_KIND.search(text):
        return ()
    if _TRUST_NAME.search(acting) or _COMPANY.search(acting.strip()):
        return ()
    return _persons(_plain(acting))


def _dead(text: str) -> tuple[Person, ...]:
    """Whose estate it is, and who owns beside it."""
    text = _ENDING.sub("", text)
    bare = _ESTATE_BEFORE.sub("", text)
    is_natural = bare != text
    return _persons(_plain(_ESTATE.sub(" ", bare)), is_natural=is_natural)


def _persons(text: str, last: list[str] | None = None, *, is_natural: bool = False) -> tuple[Person, ...]:
    """The persons of a name; ``last`` is a surname that may be shared, ``is_natural``: given names first."""
    words = _words()
    segments = [segment for segment in _AND.split(text) if segment]
    found: list[Person] = []
    surname, is_known = list(last or []), True
    for place, segment in enumerate(segments):
        head, comma, tail = segment.partition(",")
        tokens, suffix = _tokens(segment.replace(",", " "))
        if comma and (before := _tokens(head)[0]) and not words.suffix.issuperset(_tokens(tail)[0]):
            first, surname = _tokens(tail)[0], before
        elif not tokens:
            continue
        elif surname and is_known and (first_only := _shares(tokens, surname)) is not None:
            first = first_only
        elif not surname and (shared := _surname_of_next(tokens, segments[place + 1 :])):
            first, surname = tokens, shared
        else:
            first, surname = _split(tokens, is_natural)
        # LIMA & SANTOS are two surnames
        is_known = bool(first)
        found.append(Person(" ".join(first), " ".join(surname), suffix))
    return tuple(found)


def _tokens(text: str) -> tuple[list[str], str]:
    """The words of a name, and its suffix; without titles."""
    words = _words()
    if _LETTERS.fullmatch(text):
        tokens = text.split()
    else:
        text = _PUNCTUATION.sub(" ", text.replace(".", " ").replace("/", " "))
        tokens = [token for token in (token.strip("-'") for token in text.split()) if token]
        tokens = [token for token in tokens if not token[0].isdigit() or token in words.suffix]
    suffix = ""
    while len(tokens) > 2 and tokens[-1] in words.degree:
        suffix = tokens.pop()
    while len(tokens) > 2 and tokens[0] in words.title:
        del tokens[0]
    if words.suffix.isdisjoint(tokens):
        return tokens, suffix
    for place in range(len(tokens) - 1, 0, -1):
        if tokens[place] in words.suffix:
            suffix = tokens.pop(place)
            break
    return tokens, suffix


def _shares(tokens: list[str], surname: list[str]) -> list[str] | None:
    """The first names of somebody who has the same surname as the one before; nothing for who has another."""
    words = _words()
    length = len(surname)
    if len(tokens) > length and tokens[:length] == surname:
        return tokens[length:]
    if len(tokens) > length and tokens[-length:] == surname:
        return tokens[:-length]
    if len(tokens) == 1:
        (only,) = tokens
        return None if only in words.surname and only not in words.given else tokens
    if len(tokens[-1]) == 1:
        is_surname = (tokens[0] in words.surname or tokens[0] in words.particle) and tokens[0] not in words.given
        is_surname = is_surname or (tokens[0] not in words.given and tokens[1] in words.given)
        return None if is_surname else tokens
    if all(len(token) == 1 or token in words.given for token in tokens):
        return tokens
    return None


def _surname_of_next(tokens: list[str], following: list[str]) -> list[str]:
    """The surname of ``JOHN`` or ``JOHN A`` where the next name is written with its own behind: ``& MARY B SMITH``."""
    words = _words()
    if not following or tokens[0] not in words.given or any(len(token) > 1 for token in tokens[1:]):
        return []
    second, _ = _tokens(following[0])
    if len(second) > 1 and second[0] in words.given and len(second[-1]) > 1 and second[-1] not in words.given_only:
        return _split(second, True)[1]
    return []


def _split(tokens: list[str], is_natural: bool) -> tuple[list[str], list[str]]:
    """First names and surname."""
    if len(tokens) == 1:
        return [], tokens
    if _is_given_first(tokens, is_natural):
        length = _surname_at_end(tokens)
        return tokens[:-length], tokens[-length:]
    length = _surname_at_start(tokens)
    return tokens[length:], tokens[:length]


def _is_given_first(tokens: list[str], is_natural: bool) -> bool:
    words = _words()
    first, last = tokens[0], tokens[-1]
    if len(last) == 1:
        return False
    if is_natural:
        return first in words.given or last not in words.given
    has_initial = len(tokens) == 3 and len(tokens[1]) == 1
    if first in words.given and first not in words.both:
        return has_initial or last not in words.given_only or tokens[-2] in words.particle
    if first in words.both:
        if last in words.given:
            return False
        has_middle = has_initial or tokens[1] in words.given
        return has_middle or (last in words.surname and len(tokens) == 2)
    if last not in words.family or last in words.given:
        return False
    return first not in words.family and first not in words.particle and (has_initial or len(tokens) == 2)


def _surname_at_start(tokens: list[str]) -> int:
    """How many words at the beginning are the surname."""
    words = _words()
    number = len(tokens)
    length = 1
    # LE BLANC JEAN, but LE THI HOA
    if number > 2 and tokens[0] in words.particle and (tokens[0] != "LE" or tokens[2] in words.given):
        while length < number - 1 and tokens[length - 1] in words.particle:
            length += 1
        return length
    while length < number - 1 and re.search(r"-(?:DE|DEL|LA|VAN|ST)$", tokens[length - 1]):
        length += 1
        while length < number - 1 and tokens[length - 1] in words.particle:
            length += 1
    if tokens[length] in {"Y", "DE", "DEL"} and tokens[0] not in words.given:
        for place in range(length + 1, number - 1):
            if tokens[place] not in words.particle:
                return place + 1
    is_double = number > 2 and length == 1 and tokens[0] in words.spanish and tokens[1] in words.spanish
    return 2 if is_double and (tokens[1] not in words.given or tokens[2] in words.given) else length


def _surname_at_end(tokens: list[str]) -> int:
    """How many words at the end are the surname."""
    words = _words()
    length = 1
    while length < len(tokens) - 1 and tokens[-length - 1] in words.particle:
        length += 1
    if length == 1 and len(tokens) > 2 and words.spanish.issuperset(tokens[-2:]) and tokens[-2] not in words.given:
        return 2
    return length


@cache
def _words() -> _Words:
    data = tomllib.loads((files(__package__) / "names.toml").read_text("utf-8"))
    lists = {name: frozenset(words.split()) for name, words in data.items()}
    lists["given"] |= lists["both"]
    return _Words(**lists, given_only=lists["given"] - lists["both"], family=lists["surname"] | lists["spanish"])
