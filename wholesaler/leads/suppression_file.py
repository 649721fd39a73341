"""A list of whom nobody is to contact, as a file: CSV in whatever encoding and with whatever headings people use."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wholesaler.errors import SourceError, UsageError
from wholesaler.leads.suppression import Entry, Unusable, read_reason
from wholesaler.sources.files.content import Plain
from wholesaler.sources.files.formats import open_reader
from wholesaler.sources.files.reader import Reader
from wholesaler.sources.interface import UNREADABLE

#: what is said of a column → the headings that people give it, in small letters with single blanks; the first counts
_HEADINGS = {
    "parcel": "lead id|parcel id|parcel|parcel number|parcel no|apn parcel id|apn|folio|folio number|pin|strap",
    "owner": "owner name|owner|owner 1 name|owner name 1|owner 1|full name|name|contact name|business name",
    "first": "owner first name|owner 1 first name|first name|firstname|first",
    "last": "owner last name|owner 1 last name|last name|lastname|last",
    "company": "company name|company|organization",
    "mail_address": "mailing address|mail address|owner mailing address|mailing address 1|mailing street|mail street",
    "mail_address_2": "mailing address 2|mailing unit|mail address 2|mailing address line 2",
    "mail_city": "mailing city|mail city|owner mailing city",
    "mail_state": "mailing state|mail state|owner mailing state",
    "mail_zip": "mailing zip|mail zip|mailing zip code|mailing zipcode|mailing zip 5|owner mailing zip",
    "mail_country": "mailing country|mail country",
    "address": "address|address 1|address line 1|street address|street",
    "address_2": "address 2|address line 2|unit",
    "city": "city",
    "state": "state",
    "zip": "zip|zip code|zipcode|zip 5|postal code",
    "country": "country",
    "reason": "reason|suppression reason",
    "note": "note|notes|comment|comments",
}
_TELEPHONE = re.compile(
    r"((contact|owner|cell|mobile|home|work) )?(phone|telephone|tel|mobile|cell|landline|wireless)"
    r"( \d+)?( number)?( \d+)?"
)
#: ="0123" keeps Excel from calculating, as does an apostrophe
_FORMULA = re.compile(r'="(.*)"')


def read_list(path: Path, reason: str, unusable: Unusable) -> Iterator[Entry]:
    """The lines of a file; ``reason`` is that of those that give none. Lines that are none are told.

    Raises :class:`UsageError` where there is no such file, it is no table, or no heading is known.
    """
    content = Plain("the list", str(path), path)
    try:
        reader = open_reader(content, path.name, None, False)
        columns, telephones = _columns(reader, path)
        line = 1
        for page in reader.pages():
            for record in page.records:
                line += 1
                if UNREADABLE in record:
                    unusable.add("line", line, f"it is a {reader.unreadable_is}")
                    continue
                yield _entry(record, columns, telephones, line, reason, unusable)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.", "Name a file that is there.") from None
    except SourceError as error:
        why = error.message.partition(" cannot be used: ")[2] or error.message
        raise UsageError(f"{path} cannot be used: {why}", "Save the list as CSV with a line of headings.") from None


def _columns(reader: Reader, path: Path) -> tuple[dict[str, str], list[str]]:
    """Which heading has what, and the headings of telephones."""
    named = {plain_heading(name): name for name in reversed(reader.fields)}
    columns = {}
    for what, headings in _HEADINGS.items():
        known = [named[heading] for heading in headings.split("|") if heading in named]
        if known:
            columns[what] = known[0]
    telephones = [name for name in reader.fields if _TELEPHONE.fullmatch(plain_heading(name))]
    if "mail_address" not in columns:
        for part in ("address", "address_2", "city", "state", "zip", "country"):
            if part in columns:
                columns[f"mail_{part}"] = columns[part]
    has_owner = "mail_address" in columns and not columns.keys().isdisjoint({"owner", "last", "company"})
    if not telephones and "parcel" not in columns and not has_owner:
        raise UsageError(
            f"{path} has the headings {', '.join(reader.fields[:12])}: none of them is a parcel number, a telephone, or"
            " a name with a mailing address.",
            "Call the columns Parcel, Phone, or Owner Name, Mailing Address, Mailing City, Mailing State, Mailing Zip.",
        )
    return columns, telephones


def _entry(
    record: dict[str, Any],
    columns: dict[str, str],
    telephones: list[str],
    line: int,
    reason: str,
    unusable: Unusable,
) -> Entry:
    cells = {what: cell_text(record.get(name)) for what, name in columns.items()}
    person = " ".join(filter(None, (cells.get("first"), cells.get("last")))) or None
    if written := cells.get("reason"):
        try:
            reason = read_reason(written)
        except UsageError:
            unusable.add("reason", line, f"'{written[:40]}' is no reason; '{reason}' is taken")
    return Entry(
        line=line,
        parcel=cells.get("parcel"),
        telephones=tuple(filter(None, (cell_text(record.get(name)) for name in telephones))),
        owner_name=cells.get("owner") or cells.get("company") or person,
        **{name: cells.get(name) for name in columns if name.startswith("mail_")},  # type: ignore[arg-type]
        reason=reason,
        note=cells.get("note"),
    )


def cell_text(value: Any) -> str | None:
    """A cell as text, without what keeps spreadsheets from calculating; null for nothing."""
    if value is None:
        return None
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).replace("\0", "")
    formula = _FORMULA.fullmatch(text.strip())
    return (formula[1] if formula else text.strip().removeprefix("'")).strip() or None


def plain_heading(heading: str) -> str:
    """A heading as it is compared: ``Phone_1 (2)`` → ``phone 1 2``, ``Contact1PhoneDNC`` → ``contact 1 phone dnc``."""
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", heading)
    return " ".join(re.findall(r"[a-z]+|[0-9]+", words.casefold()))
