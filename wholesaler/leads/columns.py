"""The columns that a preset may name, and what each of them is for a lead."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, Text

from wholesaler.leads.contacts import Contacts
from wholesaler.leads.listing import COLUMNS
from wholesaler.leads.names import Owner, Person, split_owner
from wholesaler.leads.postal import Line, five_digits, read_mailing, situs_place
from wholesaler.leads.told import find_change

_NOBODY = Person("", "")
_NOWHERE = Line("")
_NO_CONTACTS = Contacts()
#: telephones and e-mails of a lead that have columns of their own
TELEPHONES, EMAILS = 5, 3
#: signals that say that taxes are owed
_TAXES = {"tax_delinquency", "tax_lien", "tax_deed_sale"}
#: the columns that say where the owner's mail goes
MAIL = ("mail_address", "mail_address_2", "mail_city", "mail_state", "mail_zip", "mail_country")
_OWNER = ("owner_name", "owner_class", "co_owner_name")

#: names and mailing addresses are asked for more than once, by other columns and of other leads
_split = lru_cache(1 << 14)(split_owner)
read = lru_cache(1 << 14)(read_mailing)


@dataclass(frozen=True)
class Known:
    """What other tables have of the leads at hand: delivery lines by address; contacts and reasons by property."""

    lines: dict[str, Line] = field(default_factory=dict)
    contacts: dict[int, Contacts] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)

    def line(self, address: str | None) -> Line:
        """The delivery line of an address."""
        return self.lines.get(address or "", _NOWHERE)


@dataclass(frozen=True, eq=False)
class Made:
    """Columns that are made of the same values of a lead: these make something, and each column is a part of it.

    ``needs`` names the values; of more than one ``make`` is given a tuple. Where it ``repeats``, the same values make
    the same for other leads.
    """

    needs: Sequence[str]
    make: Callable[[Known, Any], Any]
    columns: dict[str, Callable[[Any], Any]]
    repeats: bool = True


def _person(owner: Owner, place: int) -> Person:
    """One of the owners, or nobody."""
    return owner.persons[place] if place < len(owner.persons) else _NOBODY


def _contact(kind: str, place: int, part: str) -> Callable[[Contacts], Any]:
    return lambda contacts: contacts.part(kind, place, part)


def _itself(made: Any) -> Any:
    return made


def _is_occupied(homestead: bool | None, mail_differs: str | None) -> bool | None:
    """Whether the owner lives there; nothing where nobody knows."""
    return True if homestead else {"same": True, None: None}.get(mail_differs, False)


def _square_feet(acreage: Any) -> int | None:
    return None if acreage is None else round(Decimal(acreage) * 43560)


_PARTS = (
    Made(
        _OWNER,
        lambda _, owner: _split(*owner),
        {
            "first_name": lambda owner: _person(owner, 0).first,
            "last_name": lambda owner: _person(owner, 0).last,
            "suffix": lambda owner: _person(owner, 0).suffix,
            "owner_1_name": lambda owner: _person(owner, 0).whole or owner.company,
            "owner_1_last_name": lambda owner: _person(owner, 0).last or owner.company,
            "owner_2_first_name": lambda owner: _person(owner, 1).first,
            "owner_2_last_name": lambda owner: _person(owner, 1).last,
            "owner_2_name": lambda owner: _person(owner, 1).whole,
            "company": lambda owner: owner.company,
            "owner_kind": lambda owner: owner.kind,
            "addressee": lambda owner: owner.addressee,
        },
    ),
    Made(
        MAIL,
        lambda known, mail: (mailing := read(*mail), known.line(mailing.street)),
        {
            "mail_line": lambda mail: mail[1].whole,
            "mail_street": lambda mail: mail[1].street,
            "mail_unit": lambda mail: mail[1].unit,
            "mail_to_city": lambda mail: mail[0].city,
            "mail_to_state": lambda mail: mail[0].state,
            "mail_to_zip": lambda mail: mail[0].zip_code,
            "mail_to_country": lambda mail: mail[0].country or ("US" if mail[0].street else ""),
            "mail_last_line": lambda mail: mail[0].last_line,
        },
    ),
    Made(
        (*_OWNER, *MAIL),
        lambda _, values: _split(*values[: len(_OWNER)]).care_of or read(*values[len(_OWNER) :]).care_of,
        {"care_of": _itself},
        repeats=False,
    ),
    Made(
        ("address",),
        Known.line,
        {
            "situs_line": lambda line: line.whole,
            "situs_street": lambda line: line.street,
            "situs_unit": lambda line: line.unit,
        },
        repeats=False,
    ),
    Made(("city",), lambda _, city: situs_place(city), {"situs_city": _itself}),
    Made(("zip_code",), lambda _, zip_code: five_digits(zip_code), {"situs_zip": _itself}),
    Made(
        ("signals",),
        lambda _, signals: signals.split("; "),
        {
            "tax_delinquent": lambda signals: not _TAXES.isdisjoint(signals),
            "vacant": lambda signals: "vacancy" in signals,
        },
    ),
    Made(("homestead", "mail_differs"), lambda _, known: _is_occupied(*known), {"owner_occupied": _itself}),
    Made(("acreage",), lambda _, acreage: _square_feet(acreage), {"lot_square_feet": _itself}),
    Made(
        ("told", "facts"),
        lambda _, facts: find_change(*facts),
        {"change": lambda found: found[0], "what_changed": lambda found: "; ".join(found[1])},
        repeats=False,
    ),
    Made(
        ("property_id",),
        lambda known, number: known.contacts.get(number, _NO_CONTACTS),
        {
            "result": _contact("result", 0, "value"),
            **{
                f"phone{part and f'_{part}'}_{place + 1}": _contact("telephone", place, part or "value")
                for place in range(TELEPHONES)
                for part in ("", "type", "status", "tag")
            },
            **{f"email_{place + 1}": _contact("email", place, "value") for place in range(EMAILS)},
        },
        repeats=False,
    ),
    Made(("property_id",), lambda known, number: known.reasons.get(number, ""), {"reasons": _itself}, repeats=False),
    # what holds or does not is written in a preset's words
    *(
        Made((name,), lambda _, holds: holds, {name: _itself})
        for name, kind in COLUMNS.items()
        if isinstance(kind, Boolean)
    ),
)
MADE = {name: part for part in _PARTS for name in part.columns}
#: columns of the relation under another name
_OTHER_NAMES = {"score": "total_score"}
#: the same for all leads of an export
CONSTANT = ("county", "sources_as_of", "situs_state")
#: known only where leads are put together
_TOGETHER = ("lead_ids", "parcels")
_HIDDEN = {"property_id", "location", "owner_key"}
#: what a preset may name
NAMES = (
    *dict.fromkeys((*(name for name in COLUMNS if name not in _HIDDEN), *MADE, *_OTHER_NAMES, *CONSTANT, *_TOGETHER)),
)
_NOT_TEXT = {"lot_square_feet", "parcels", "score"}


def source_of(name: str) -> str:
    """The name under which the database has a column that is not made."""
    return _OTHER_NAMES.get(name, name)


def is_text(name: str) -> bool:
    """Whether a column has texts, and no numbers or dates."""
    if name in COLUMNS:
        return isinstance(COLUMNS[name], (Text, Boolean)) or name in {"signals", "events"}
    return name not in _NOT_TEXT


def needed(names: Sequence[str]) -> list[str]:
    """The columns that must be read for these."""
    return list(
        dict.fromkeys(part for name in names for part in (MADE[name].needs if name in MADE else [source_of(name)]))
    )


def needs_lines(names: Sequence[str], kind: str) -> bool:
    """Whether delivery lines of addresses of a kind are asked for: ``situs`` or ``mail``."""
    return any(f"{kind}_{part}" in names for part in ("line", "street", "unit"))


def needs_contacts(names: Sequence[str]) -> bool:
    """Whether telephones, e-mails or results are asked for."""
    return any(name in MADE and MADE[name] is MADE["result"] for name in names)
