"""What is known of how a lead's owner can be reached: telephones, e-mails, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from wholesaler.db.sql import statement

_FILE = "contacts.sql"
_PARTS = {"type": "label", "status": "state", "tag": "tag", "value": "value"}


@dataclass
class Contacts:
    """The contacts of one lead by kind, the best first as their file had them."""

    by_kind: dict[str, list[Any]] = field(default_factory=dict)

    def part(self, kind: str, place: int, name: str) -> Any:
        """A part of the contact at a place: its value, type, status or tag; null where there is none."""
        known = self.by_kind.get(kind, [])
        if place >= len(known):
            return None
        value = known[place][_PARTS[name]]
        return shown_telephone(value) if kind == "telephone" and name == "value" else value

    def document(self) -> list[dict[str, Any]]:
        """All of them, as JSON."""
        names = ("kind", "value", "label", "state", "tag", "source", "updated_at")
        return [{name: row[name] for name in names} for kind in self.by_kind.values() for row in kind]


def shown_telephone(value: str) -> str:
    """A telephone as programs take it: ten digits; of another country with its +."""
    return value[2:] if value.startswith("+1") and len(value) == 12 else value


def read_contacts(connection: Connection, market: str, ids: Iterable[int]) -> dict[int, Contacts]:
    """The contacts of leads, by the ids of their properties; none of who has none."""
    rows = connection.execute(statement(__package__, _FILE, "of_leads"), {"market": market, "ids": list(ids)})
    found: dict[int, Contacts] = {}
    for row in rows.mappings():
        found.setdefault(row["property_id"], Contacts()).by_kind.setdefault(row["kind"], []).append(row)
    return found
