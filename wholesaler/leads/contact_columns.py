"""Which heading of a file has what: telephones and what is said of each, e-mails, answers, marks that forbid contact.

Headings are those of skip tracers, dialers and CRMs: ``Phone 1 DNC`` and ``Litigator`` (PropStream, BatchLeads),
``Contact1Phone_1_DNC``, ``Phone1_Number`` and ``Phone1_DNC``, ``Mobile-1`` and ``Landline-1``, ``contact_1_phone1``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from wholesaler.leads.presets import bundled_presets, load_preset
from wholesaler.leads.suppression_file import plain_heading

_LEAD = ("lead ids", "lead id")
_PARCEL = (
    "parcel id", "parcel", "apn", "apn parcel id", "parcel number", "parcel no", "folio", "folio number", "pin", "strap"
)  # fmt: skip
_DEVICES = {
    "phone", "phones", "telephone", "tel", "mobile", "cell", "cellphone", "landline", "wireless", "voip",
}  # fmt: skip
#: whose it is, or which of several; a relative's or a neighbor's telephone is none of the owner's
_WHOSE = {
    "contact", "owner", "person", "home", "work", "office", "business", "personal", "skip", "traced", "primary",
    "secondary", "main", "best", "other", "alternate", "alternative", "alt",
}  # fmt: skip
_PART = {"type": "label", "line type": "label", "status": "state", "tag": "tag", "tags": "tag"}
#: what a mark says, and the reason of a suppression that it is; the first counts
_MARKS = (
    (re.compile(r"\b(?:litigators?|tcpa(?: litigator)?)\b"), "litigator"),
    (re.compile(r"\bdeceased\b"), "deceased"),
    (re.compile(r"\b(?:do ?not ?mail|dnm)\b"), "do_not_mail"),
    (re.compile(r"\b(?:dnc|dnd|do ?not ?call)\b"), "dnc"),
)
_NO_CONTACT = re.compile(r"\bdo ?not ?contact\b")
#: words beside a mark that change nothing of what it says
_BESIDE = {
    "is", "has", "on", "in", "of", "the", "any", "flag", "flags", "flagged", "list", "listed", "registry",
    "registered", "status", "indicator", "federal", "national", "state", "internal", "known", "hit", "match", "lead",
    "property",
}  # fmt: skip
_EMAIL = re.compile(r"e ?mails?(?: address(?:es)?)?")
_RESULT = re.compile(r"(?:last |lead |contact )?(?:call )?(?:result|disposition|outcome)s?|(?:last )?call status")
_NOTES = re.compile(r"(?:call |agent |dialer |lead |contact |disposition |owner )?(?:notes|comments?)")
#: read for what forbids contact alone: among them are the columns of our own presets
_OTHERS = re.compile(r"(?:lead |contact |owner |property )?(?:status|tags?|flags?|labels?)")


@dataclass
class Telephone:
    """The column of a telephone, the ``parts`` that say more of it (label, state, tag), and its ``marks``: the columns
    that forbid to call it, with the reason that each is."""

    value: str
    words: frozenset[str]
    numbers: tuple[str, ...]
    parts: dict[str, str] = field(default_factory=dict)
    marks: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Columns:
    """The columns of a file by their headings; ``marks`` forbid contact with the lead's owner, and are pairs of a
    heading and a reason, as are ``telephone_marks``, which forbid any telephone of the line. ``unused``: all others,
    but for those that a preset of ours has written."""

    lead_ids: str | None = None
    parcel: str | None = None
    telephones: list[Telephone] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    marks: list[tuple[str, str]] = field(default_factory=list)
    telephone_marks: list[tuple[str, str]] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    @property
    def has_contacts(self) -> bool:
        """Whether there is anything that is kept of a contact."""
        return any((self.telephones, self.emails, self.results, self.notes))

    @property
    def has_marks(self) -> bool:
        """Whether there is a column that forbids contact, and nothing else."""
        return any((self.marks, self.telephone_marks))


def read_columns(fields: Sequence[str]) -> Columns:
    """Which of these headings has what; of several that are alike the first, telephones and e-mails all."""
    columns = Columns()
    plain = {name: plain_heading(name) for name in fields}
    first = {heading: name for name, heading in reversed(plain.items())}
    columns.lead_ids = next((first[heading] for heading in _LEAD if heading in first), None)
    columns.parcel = next((first[heading] for heading in _PARCEL if heading in first), None)
    rest: dict[str, _Heading] = {}
    for name, heading in plain.items():
        read = _Heading.read(heading)
        if read.is_telephone:
            columns.telephones.append(Telephone(name, read.words, read.numbers))
        elif _EMAIL.fullmatch(read.rest) and not read.has_device:
            columns.emails.append(name)
        elif (found := _answers(columns, heading)) is not None:
            found.append(name)
        else:
            rest[name] = read
    written = {*_LEAD, *_PARCEL} | _written_by_presets()
    for name, read in rest.items():
        if not _give(columns, name, read) and plain[name].removeprefix("input data ") not in written:
            columns.unused.append(name)
    columns.unused = [name for name in columns.unused if plain[name]]
    return columns


@dataclass(frozen=True)
class _Heading:
    """A heading by its words: ``words`` say which telephone or whose, ``rest`` what is left of them; ``reason`` of a
    mark, ``is_of_lead`` where it forbids contact altogether."""

    words: frozenset[str]
    numbers: tuple[str, ...]
    rest: str
    reason: str | None
    is_of_lead: bool

    @classmethod
    def read(cls, heading: str) -> "_Heading":
        """A heading in its plain form."""
        heading = heading.replace("land line", "landline")
        reason, is_of_lead = None, _NO_CONTACT.search(heading) is not None
        if is_of_lead:
            reason, heading = "dnc", _NO_CONTACT.sub(" ", heading)
        for pattern, name in _MARKS:
            if pattern.search(heading):
                reason, heading = reason or name, pattern.sub(" ", heading)
        known, rest, numbers = set(), [], []
        for word in heading.split():
            if word.isdigit():
                numbers.append(word)
            elif word in _DEVICES or word in _WHOSE:
                known.add(word)
            elif word not in {"number", "num"} and not (reason and word in _BESIDE):
                rest.append(word)
        # a kind of house, whoever has a telephone there
        if heading.startswith("mobile home"):
            rest.append("home")
        return cls(frozenset(known), tuple(numbers), " ".join(rest), reason, is_of_lead)

    @property
    def has_device(self) -> bool:
        return not self.words.isdisjoint(_DEVICES)

    @property
    def is_telephone(self) -> bool:
        """Whether it is a telephone itself, and nothing that is said of one."""
        return self.has_device and not self.rest and self.reason is None


def _answers(columns: Columns, heading: str) -> list[str] | None:
    """The columns that those of a heading belong to that stand for themselves."""
    bare = re.sub(r" ?\d+", "", heading).strip()
    for pattern, found in ((_RESULT, columns.results), (_NOTES, columns.notes), (_OTHERS, columns.others)):
        if pattern.fullmatch(bare):
            return found
    return None


def _give(columns: Columns, name: str, read: _Heading) -> bool:
    """Give what a column says to the telephones that it is about, or to the lead; false where it is about neither."""
    if read.reason is None:
        part = _PART.get(read.rest)
        about = list(_about(columns.telephones, read)) if read.has_device else []
        if part is None or not about or len({telephone.words for telephone in about}) > 1:
            return False
        for telephone in about:
            telephone.parts.setdefault(part, name)
        return True
    if read.rest:
        return False
    is_first_owner = read.numbers in ((), ("1",)) and (read.reason != "dnc" or read.is_of_lead)
    is_of_owner = read.reason in {"deceased", "do_not_mail"} or (is_first_owner and (read.words or not read.numbers))
    if read.has_device or (read.numbers and not is_of_owner):
        about = list(_about(columns.telephones, read))
        for telephone in about:
            telephone.marks.append((name, read.reason))
        return bool(about)
    if is_first_owner:
        columns.marks.append((name, read.reason))
    elif not read.numbers:
        columns.telephone_marks.append((name, read.reason))
    return is_first_owner or not read.numbers


def _about(telephones: list[Telephone], read: _Heading) -> Iterator[Telephone]:
    """The telephones that a column says more of: of the same number and kind, else of the number."""
    one = ((), ("1",))
    same = [each for each in telephones if each.numbers == read.numbers]
    same = same or [each for each in telephones if read.numbers in one and each.numbers in one]
    # a mark on the first contact is one on all telephones of it
    same = same or [each for each in telephones if read.reason and each.numbers[: len(read.numbers)] == read.numbers]
    return iter([each for each in same if each.words == read.words] or same)


@cache
def _written_by_presets() -> frozenset[str]:
    """The headings that the bundled presets write."""
    return frozenset(plain_heading(heading) for name in bundled_presets() for heading in load_preset(name)[1].columns)
