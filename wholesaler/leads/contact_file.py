"""What comes back from a skip tracer, a dialer or a CRM, as a file: which heading has what, and what a line says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wholesaler.errors import SourceError, UsageError
from wholesaler.leads.suppression import Unusable, standard_telephone
from wholesaler.leads.suppression_file import cell_text, plain_heading
from wholesaler.markets import Market
from wholesaler.markets.parcel import UnusableParcel
from wholesaler.sources.files.content import Plain
from wholesaler.sources.files.formats import open_reader
from wholesaler.sources.files.reader import Reader
from wholesaler.sources.interface import UNREADABLE

_PARCEL = (
    "parcel id", "parcel", "apn", "apn parcel id", "parcel number", "parcel no", "folio", "folio number", "pin", "strap"
)  # fmt: skip
_DEVICE = r"(?:phone|telephone|tel|mobile|cell|landline|wireless)(?: number)?"
_WHOSE = r"(?:(?:contact|owner|cell|mobile|home|work|skip traced) )?"
_TELEPHONE = re.compile(rf"{_WHOSE}{_DEVICE}(?: (\d+))?(?: number)?")
_OF_TELEPHONE = {
    "label": re.compile(rf"{_WHOSE}{_DEVICE} (?:type(?: (\d+))?|(\d+) (?:line )?type)"),
    "state": re.compile(rf"{_WHOSE}{_DEVICE} (?:status(?: (\d+))?|(\d+) status)"),
    "tag": re.compile(rf"{_WHOSE}{_DEVICE} (?:tags?(?: (\d+))?|(\d+) tags?)"),
}
_EMAIL = re.compile(r"(?:(?:contact|owner) )?e ?mail(?: address)?(?: (\d+))?(?: address)?")
_RESULT = re.compile(r"(?:call |last )?(?:result|disposition|outcome)s?|call status")
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]{2,}")
#: what people write where there is nothing
_NOTHING = {"", "-", "n/a", "na", "none", "null", "unknown", "not found", "no match"}
_LONGEST = 500


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
    """A line with its contacts; ``parcel_ids`` are the readings of the parcel numbers that it is about."""

    number: int
    parcel_ids: tuple[str, ...]
    contacts: tuple[Contact, ...]


@dataclass(frozen=True)
class _Columns:
    lead_ids: str | None
    parcel: str | None
    telephones: dict[str, dict[str, str]]
    emails: tuple[str, ...]
    results: tuple[str, ...]


def read_contact_file(path: Path, market: Market, unusable: Unusable) -> Iterator[Line]:
    """The lines of a file, with contacts where they are about a lead; what cannot be used is told, and stops nothing.

    Raises :class:`UsageError` where there is no such file, it is no table, or no heading is known.
    """
    try:
        reader = open_reader(Plain("the file", str(path), path), path.name, None, False)
        columns = _columns(reader, path)
        number = 1
        for page in reader.pages():
            for record in page.records:
                number += 1
                parcels: tuple[str, ...] = ()
                if UNREADABLE in record:
                    unusable.add("line", number, f"it is a {reader.unreadable_is}")
                else:
                    parcels = _parcels(record, columns, market, number, unusable)
                yield Line(number, parcels, tuple(_contacts(record, columns, number, unusable)) if parcels else ())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.", "Name a file that is there.") from None
    except SourceError as error:
        why = error.message.partition(" cannot be used: ")[2] or error.message
        raise UsageError(f"{path} cannot be used: {why}", "Save the file as CSV with a line of headings.") from None


def _columns(reader: Reader, path: Path) -> _Columns:
    """Which heading has what."""
    plain = {plain_heading(name): name for name in reversed(reader.fields)}
    telephones: dict[str, dict[str, str]] = {}
    for heading, name in sorted(plain.items(), key=lambda known: reader.fields.index(known[1])):
        if found := _TELEPHONE.fullmatch(heading):
            telephones[found[1] or ""] = {**telephones.get(found[1] or "", {}), "value": name}
        for part, pattern in _OF_TELEPHONE.items():
            if found := pattern.fullmatch(heading):
                place = next(filter(None, found.groups()), "")
                telephones[place] = {**telephones.get(place, {}), part: name}
    columns = _Columns(
        lead_ids=plain.get("lead ids") or plain.get("lead id"),
        parcel=next((plain[heading] for heading in _PARCEL if heading in plain), None),
        telephones={place: parts for place, parts in telephones.items() if "value" in parts},
        emails=tuple(name for name in reader.fields if _EMAIL.fullmatch(plain_heading(name))),
        results=tuple(name for name in reader.fields if _RESULT.fullmatch(plain_heading(name))),
    )
    has_contact = columns.telephones or columns.emails or columns.results
    if not has_contact or not (columns.lead_ids or columns.parcel):
        missing = "a telephone, an e-mail or a result" if not has_contact else "a lead_id or a parcel number"
        raise UsageError(
            f"{path} has the headings {', '.join(reader.fields[:12])}: none of them is {missing}.",
            "Call the columns lead_id, Phone 1, Phone Type 1, Email 1, Result.",
        )
    return columns


def _parcels(
    record: dict[str, Any], columns: _Columns, market: Market, number: int, unusable: Unusable
) -> tuple[str, ...]:
    """The parcels that a line is about, in all readings; none where they are another market's, or nothing."""
    written = cell_text(record.get(columns.lead_ids)) if columns.lead_ids else None
    if written is None and columns.parcel:
        written = cell_text(record.get(columns.parcel))
    if written is None:
        unusable.add("line", number, "it names no lead")
        return ()
    readings: list[str] = []
    for name in written.split() if ":" in written else [written]:
        key, colon, _ = name.rpartition(":")
        if colon and key != market.key:
            unusable.add("other_market", number, f"'{name[:80]}' is a lead of {key[:40]}, and not of {market.key}")
            continue
        try:
            readings += market.read_parcel(name)
        except UnusableParcel as error:
            unusable.add("parcel", number, f"{error}")
    return tuple(readings)


def _contacts(record: dict[str, Any], columns: _Columns, number: int, unusable: Unusable) -> Iterator[Contact]:
    place = 0
    for parts in columns.telephones.values():
        cells = {part: cell_text(record.get(name)) for part, name in parts.items()}
        written = cells.pop("value") or ""
        if written.casefold() in _NOTHING:
            continue
        if (telephone := standard_telephone(written)) is None:
            unusable.add("telephone", number, f"'{written[:40]}' is no telephone")
            continue
        yield Contact("telephone", telephone, place, **{part: _short(cell) for part, cell in cells.items()})
        place += 1
    for name in columns.emails:
        written = (cell_text(record.get(name)) or "").casefold().removeprefix("mailto:")
        if written in _NOTHING:
            continue
        if not _ADDRESS.fullmatch(written) or len(written) > 254:
            unusable.add("email", number, f"'{written[:40]}' is no e-mail address")
            continue
        yield Contact("email", written, place)
        place += 1
    for name in columns.results:
        written = _short(cell_text(record.get(name))) or ""
        if written.casefold() not in _NOTHING:
            yield Contact("result", written, place)
            place += 1


def _short(text: str | None) -> str | None:
    return text[:_LONGEST] if text else None
