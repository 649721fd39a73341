"""The columns that a preset may name, and what each of them is for a lead."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from wholesaler.leads.contacts import Contacts
from wholesaler.leads.listing import COLUMNS
from wholesaler.leads.names import Owner, Person, split_owner
from wholesaler.leads.postal import Line, Mailing, five_digits, read_mailing, situs_place

_NOBODY = Person("", "")
_NOWHERE = Line("")
#: telephones and e-mails of a lead that have columns of their own
TELEPHONES, EMAILS = 5, 3
#: signals that say that taxes are owed
_TAXES = {"tax_delinquency", "tax_lien", "tax_deed_sale"}


@dataclass
class Lead:
    """A row of the relation, with what is made of it; each only when a column asks for it."""

    row: Any
    state: str
    lines: dict[str, Line] = field(default_factory=dict)
    contacts: Contacts = field(default_factory=Contacts)
    reasons: str = ""
    change: str = ""
    changes: Sequence[str] = ()

    @cached_property
    def owner(self) -> Owner:
        """Who owns it."""
        return split_owner(self.row["owner_name"], self.row["owner_class"], self.row["co_owner_name"])

    @cached_property
    def mailing(self) -> Mailing:
        """Where the owner's mail goes."""
        row = self.row
        return read_mailing(
            row["mail_address"], row["mail_address_2"], row["mail_city"], row["mail_state"], row["mail_zip"],
            row["mail_country"],
        )  # fmt: skip

    @property
    def mail_line(self) -> Line:
        """The delivery line of the mail."""
        return self.lines.get(self.mailing.street, _NOWHERE)

    @property
    def situs_line(self) -> Line:
        """The delivery line of the parcel."""
        return self.lines.get(self.row["address"] or "", _NOWHERE)

    def person(self, place: int) -> Person:
        """One of the owners, or nobody."""
        persons = self.owner.persons
        return persons[place] if place < len(persons) else _NOBODY


def _of_row(name: str) -> Callable[[Lead], Any]:
    return lambda lead: lead.row[name]


def _contact(kind: str, place: int, part: str) -> Callable[[Lead], Any]:
    return lambda lead: lead.contacts.part(kind, place, part)


#: columns that are made of others, with those that they need of the relation
_OWNER = ("owner_name", "owner_class", "co_owner_name")
_MAIL = ("mail_address", "mail_address_2", "mail_city", "mail_state", "mail_zip", "mail_country")
_MADE: dict[str, tuple[Sequence[str], Callable[[Lead], Any]]] = {
    "first_name": (_OWNER, lambda lead: lead.person(0).first),
    "last_name": (_OWNER, lambda lead: lead.person(0).last),
    "suffix": (_OWNER, lambda lead: lead.person(0).suffix),
    "owner_1_name": (_OWNER, lambda lead: lead.person(0).whole or lead.owner.company),
    "owner_1_last_name": (_OWNER, lambda lead: lead.person(0).last or lead.owner.company),
    "owner_2_first_name": (_OWNER, lambda lead: lead.person(1).first),
    "owner_2_last_name": (_OWNER, lambda lead: lead.person(1).last),
    "owner_2_name": (_OWNER, lambda lead: lead.person(1).whole),
    "company": (_OWNER, lambda lead: lead.owner.company),
    "owner_kind": (_OWNER, lambda lead: lead.owner.kind),
    "addressee": (_OWNER, lambda lead: lead.owner.addressee),
    "care_of": ((*_OWNER, *_MAIL), lambda lead: lead.owner.care_of or lead.mailing.care_of),
    "situs_line": (("address",), lambda lead: lead.situs_line.whole),
    "situs_street": (("address",), lambda lead: lead.situs_line.street),
    "situs_unit": (("address",), lambda lead: lead.situs_line.unit),
    "situs_city": (("city",), lambda lead: situs_place(lead.row["city"])),
    "situs_state": ((), lambda lead: lead.state),
    "situs_zip": (("zip_code",), lambda lead: five_digits(lead.row["zip_code"])),
    "mail_line": (_MAIL, lambda lead: lead.mail_line.whole),
    "mail_street": (_MAIL, lambda lead: lead.mail_line.street),
    "mail_unit": (_MAIL, lambda lead: lead.mail_line.unit),
    "mail_to_city": (_MAIL, lambda lead: lead.mailing.city),
    "mail_to_state": (_MAIL, lambda lead: lead.mailing.state),
    "mail_to_zip": (_MAIL, lambda lead: lead.mailing.zip_code),
    "mail_to_country": (_MAIL, lambda lead: lead.mailing.country or ("US" if lead.mailing.street else "")),
    "mail_last_line": (_MAIL, lambda lead: lead.mailing.last_line),
    "signals": (("signals",), lambda lead: "; ".join(lead.row["signals"])),
    "reasons": ((), lambda lead: lead.reasons),
    "score": (("total_score",), lambda lead: lead.row["total_score"]),
    "tax_delinquent": (("signals",), lambda lead: not _TAXES.isdisjoint(lead.row["signals"])),
    "vacant": (("signals",), lambda lead: "vacancy" in lead.row["signals"]),
    "owner_occupied": (
        ("homestead", "mail_differs"),
        lambda lead: True if lead.row["homestead"] else {"same": True, None: None}.get(lead.row["mail_differs"], False),
    ),
    "lot_square_feet": (
        ("acreage",), lambda lead: None if lead.row["acreage"] is None else round(lead.row["acreage"] * 43560)
    ),
    "change": ((), lambda lead: lead.change),
    "what_changed": ((), lambda lead: "; ".join(lead.changes)),
    "result": ((), _contact("result", 0, "value")),
    **{
        f"phone{part and f'_{part}'}_{place + 1}": ((), _contact("telephone", place, part or "value"))
        for place in range(TELEPHONES)
        for part in ("", "type", "status", "tag")
    },
    **{f"email_{place + 1}": ((), _contact("email", place, "value")) for place in range(EMAILS)},
}  # fmt: skip
#: the same for all leads of an export, or known only where leads are put together
WHOLE = ("county", "sources_as_of", "lead_ids", "parcels")
#: what a preset may name
NAMES = (
    *dict.fromkeys(name for name in COLUMNS if name not in {"property_id", "location", "owner_key"}),
    *_MADE,
    *WHOLE,
)
NAMES = tuple(dict.fromkeys(NAMES))


def getter(name: str) -> Callable[[Lead], Any]:
    """What a column is for a lead."""
    return _MADE[name][1] if name in _MADE else _of_row(name)


def is_of_relation(name: str) -> bool:
    """Whether a column is one of the relation, as it is there."""
    return name in COLUMNS and name not in _MADE


def needed(names: Sequence[str]) -> list[str]:
    """The columns of the relation that must be read for these."""
    of_relation = [part for name in names for part in (_MADE[name][0] if name in _MADE else [name])]
    return list(dict.fromkeys(name for name in of_relation if name in COLUMNS))


def needs_lines(names: Sequence[str]) -> bool:
    """Whether delivery lines are asked for."""
    return any(name.startswith(("situs_", "mail_line", "mail_street", "mail_unit")) for name in names)


def needs_contacts(names: Sequence[str]) -> bool:
    """Whether telephones, e-mails or results are asked for."""
    return any(name.startswith(("phone_", "email_", "result")) for name in names)
