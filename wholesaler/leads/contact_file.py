"""What comes back from a skip tracer, a dialer or a CRM, as a file: the contacts of each line, and whom it says that
nobody is to contact."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wholesaler.errors import SourceError, UsageError
from wholesaler.leads.answers import GRAVEST, is_of_number_alone, read_answer, read_flag
from wholesaler.leads.contact_columns import Columns, read_columns
from wholesaler.leads.suppression import Entry, Unusable, standard_telephone
from wholesaler.leads.suppression_file import cell_text
from wholesaler.markets import Market
from wholesaler.markets.parcel import UnusableParcel
from wholesaler.sources.files.content import Plain
from wholesaler.sources.files.formats import open_reader
from wholesaler.sources.interface import UNREADABLE

_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]{2,}")
#: what people write where there is nothing
_NOTHING = {"", "-", "n/a", "na", "none", "null", "unknown", "not found", "no match"}
_LONGEST = 500
#: characters of an answer that is a word or two
_WORD = 40


@dataclass(frozen=True)
class Contact:
    """One contact of a line: ``kind`` and ``value`` as they are kept, and what kind, what became of it, what else."""

    kind: str
    value: str
    place: int
    label: str | None = None
    state: str | None = None
    tag: str | None = None


@dataclass(frozen=True)
class Line:
    """A line with its contacts; ``parcel_ids`` are the readings of the parcel numbers that it is about.

    ``forbidden``: the telephones, and the parcels with their owners, that by this line nobody is to contact.
    """

    number: int
    parcel_ids: tuple[str, ...]
    contacts: tuple[Contact, ...]
    forbidden: tuple[Entry, ...] = ()


@dataclass
class _Forbidden:
    """Whom a line says to leave alone, each for the gravest reason that it gives: telephones, and the lead's owner."""

    telephones: dict[str, tuple[str, str]] = field(default_factory=dict)
    owner: tuple[str, str] | None = None
    #: the columns whose answer is about one of the telephones alone
    answered: set[str] = field(default_factory=set)

    def telephone(self, number: str, reason: str, said: str) -> None:
        """One telephone."""
        self.telephones[number] = min(self.telephones.get(number, (reason, said)), (reason, said), key=_gravity)

    def lead(self, reason: str, said: str) -> None:
        """The lead and who owns it."""
        self.owner = min(self.owner or (reason, said), (reason, said), key=_gravity)

    def entries(self, line: int, leads: list[str]) -> Iterator[Entry]:
        """The same as they are suppressed."""
        for number, (reason, said) in self.telephones.items():
            yield Entry(line, telephones=(number,), reason=reason, note=said)
        if self.owner is not None:
            reason, said = self.owner
            yield from (Entry(line, parcel=lead, with_owner=True, reason=reason, note=said) for lead in leads)


def _gravity(said: tuple[str, str]) -> int:
    return GRAVEST.index(said[0])


class ContactFile:
    """A file of contacts; ``columns`` are known as soon as it is open.

    Raises :class:`UsageError` where there is no such file, it is no table, or no heading is known.
    """

    def __init__(self, path: Path, market: Market, unusable: Unusable) -> None:
        self._path, self._market, self._unusable = path, market, unusable
        try:
            self._reader = open_reader(Plain("the file", str(path), path), path.name, None, False)
            self.columns = read_columns(self._reader.fields)
        except (OSError, SourceError) as error:
            raise self._unreadable(error) from None
        _expect_columns(self.columns, self._reader.fields, path)

    def lines(self) -> Iterator[Line]:
        """The lines, with contacts where they are about a lead; what cannot be used is told, and stops nothing."""
        number = 1
        try:
            for page in self._reader.pages():
                for record in page.records:
                    number += 1
                    if UNREADABLE in record:
                        self._unusable.add("line", number, f"it is a {self._reader.unreadable_is}")
                        yield Line(number, (), ())
                    else:
                        yield self._line(record, number)
        except (OSError, SourceError) as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: OSError | SourceError) -> UsageError:
        path = self._path
        if isinstance(error, OSError):
            return UsageError(f"{path} cannot be read: {error.strerror or error}.", "Name a file that is there.")
        why = error.message.partition(" cannot be used: ")[2] or error.message
        return UsageError(f"{path} cannot be used: {why}", "Save the file as CSV with a line of headings.")

    def _line(self, record: dict[str, Any], number: int) -> Line:
        leads, parcels = self._leads(record, number)
        if not parcels:
            return Line(number, (), ())
        forbidden = self._forbidden(record, number)
        contacts = tuple(self._contacts(record, number, forbidden.answered))
        return Line(number, parcels, contacts, tuple(forbidden.entries(number, leads)))

    def _leads(self, record: dict[str, Any], number: int) -> tuple[list[str], tuple[str, ...]]:
        """The leads that a line is about as it names them, and their parcels in all readings; none of other markets."""
        columns, market = self.columns, self._market
        written = cell_text(record.get(columns.lead_ids)) if columns.lead_ids else None
        if written is None and columns.parcel:
            written = cell_text(record.get(columns.parcel))
        if written is None:
            self._unusable.add("line", number, "it names no lead")
            return [], ()
        leads: list[str] = []
        readings: list[str] = []
        for name in written.split() if ":" in written else [written]:
            key, colon, _ = name.rpartition(":")
            if colon and key != market.key:
                why = f"'{name[:80]}' is a lead of {key[:40]}, and not of {market.key}"
                self._unusable.add("other_market", number, why)
                continue
            try:
                readings += market.read_parcel(name)
                leads.append(name)
            except UnusableParcel as error:
                self._unusable.add("parcel", number, f"{error}")
        return leads, tuple(readings)

    def _contacts(self, record: dict[str, Any], number: int, answered: set[str]) -> Iterator[Contact]:
        """The contacts of a line; no answer that is about a telephone, which would come back beside the others."""
        place = 0
        for column in self.columns.telephones:
            written = cell_text(record.get(column.value)) or ""
            if written.casefold() in _NOTHING:
                continue
            if (telephone := standard_telephone(written)) is None:
                self._unusable.add("telephone", number, f"'{written[:40]}' is no telephone")
                continue
            parts = {part: _short(cell_text(record.get(name))) for part, name in column.parts.items()}
            yield Contact("telephone", telephone, place, **parts)
            place += 1
        for name in self.columns.emails:
            written = (cell_text(record.get(name)) or "").casefold().removeprefix("mailto:")
            if written in _NOTHING:
                continue
            if not _ADDRESS.fullmatch(written) or len(written) > 254:
                self._unusable.add("email", number, f"'{written[:40]}' is no e-mail address")
                continue
            yield Contact("email", written, place)
            place += 1
        # what was said stands behind what came of it
        for name in (*self.columns.results, *self.columns.notes):
            written = _short(cell_text(record.get(name))) or ""
            if written.casefold() not in _NOTHING and name not in answered:
                yield Contact("result", written, place)
                place += 1

    def _forbidden(self, record: dict[str, Any], number: int) -> _Forbidden:
        """Whom the line says that nobody is to contact."""
        found, columns = _Forbidden(), self.columns
        telephones = {column.value: standard_telephone(_cell(record, column.value)) for column in columns.telephones}
        known = [telephone for telephone in telephones.values() if telephone is not None]
        for column in columns.telephones:
            if (telephone := telephones[column.value]) is None:
                continue
            for name in (column.parts.get("state"), column.parts.get("tag")):
                for reason, said in _answers(record, name):
                    found.telephone(telephone, reason, said)
            for mark in column.marks:
                for reason, said in self._marks(record, mark, number):
                    found.telephone(telephone, reason, said)
        for mark in columns.telephone_marks:
            for reason, said in self._marks(record, mark, number):
                _forbid(found, known, reason, said, is_of_lead=False)
        for mark in columns.marks:
            for reason, said in self._marks(record, mark, number):
                _forbid(found, known, reason, said, is_of_lead=True)
        for name in (*columns.results, *columns.notes, *columns.others):
            is_of_number = is_of_number_alone(_cell(record, name)) and bool(known)
            for reason, said in _answers(record, name):
                if reason != "other":
                    _forbid(found, known, reason, said, is_of_lead=not is_of_number)
                elif known and len(telephones) == 1:  # of several nobody knows which one was wrong
                    found.telephone(known[0], reason, said)
                    is_of_number = True
            if is_of_number:
                found.answered.add(name)
        return found

    def _marks(self, record: dict[str, Any], mark: tuple[str, str], number: int) -> Iterator[tuple[str, str]]:
        """The reasons that a mark gives, and what it says; what is neither yes nor no is told."""
        name, asked = mark
        written = _cell(record, name)
        reasons = read_flag(written, asked)
        if reasons is None:
            self._unusable.add("mark", number, f"'{written[:40]}' in {name[:40]} is neither yes nor no")
        for reason in sorted(reasons or ()):
            yield reason, _said(name, written)


def _expect_columns(columns: Columns, fields: list[str], path: Path) -> None:
    """Raise :class:`UsageError` where a file has no column of a contact, or none that says whose."""
    is_of_contacts = columns.has_contacts or columns.has_marks
    if not is_of_contacts or not (columns.lead_ids or columns.parcel):
        missing = "a lead_id or a parcel number" if is_of_contacts else "a telephone, an e-mail or a result"
        raise UsageError(
            f"{path} has the headings {', '.join(fields[:12])}: none of them is {missing}.",
            "Call the columns lead_id, Phone 1, Phone Type 1, Phone 1 DNC, Email 1, Result.",
        )


def _forbid(found: _Forbidden, telephones: list[str], reason: str, said: str, *, is_of_lead: bool) -> None:
    """Leave a lead's owner alone, and on all telephones of the line; of its telephones alone only where it has any."""
    is_of_telephones = reason in {"dnc", "litigator"}
    if is_of_lead or not telephones or not is_of_telephones:
        found.lead(reason, said)
    for telephone in telephones if is_of_telephones else ():
        found.telephone(telephone, reason, said)


def _answers(record: dict[str, Any], name: str | None) -> Iterator[tuple[str, str]]:
    """The reasons that an answer gives, and the answer."""
    written = _cell(record, name) if name else ""
    for reason in sorted(read_answer(written)):
        yield reason, _said(name or "", written)


def _said(name: str, written: str) -> str:
    """Why somebody is left alone; a sentence tells of people, whom `leads forget` would not find beside a telephone."""
    return f"{name[:60]}: {written}" if len(written) <= _WORD else name[:60]


def _cell(record: dict[str, Any], name: str) -> str:
    return cell_text(record.get(name)) or ""


def _short(text: str | None) -> str | None:
    return text[:_LONGEST] if text else None
