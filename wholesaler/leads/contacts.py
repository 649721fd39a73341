"""What is known of how a lead's owner can be reached: telephones, e-mails, and what came of it."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from wholesaler.db.bulk import copy_lines
from wholesaler.db.sql import statement
from wholesaler.documents import to_json
from wholesaler.errors import WholesalerError
from wholesaler.leads import suppression
from wholesaler.leads.suppression import EXAMPLES, Unusable
from wholesaler.markets import Market

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


def import_contacts(connection: Connection, market: Market, path: Path, by: str) -> dict[str, Any]:
    """Keep what a file has of telephones, e-mails and results, and suppress whom it says that nobody is to contact.

    What cannot be used is told, and stops nothing else. Returns, JSON-ready, the number of ``lines``, contacts
    ``added``, ``updated`` and ``unchanged``, of ``leads``, what is ``suppressed`` by it, what was dropped since it is
    suppressed, ``unknown`` lines (about no lead or record), ``unusable`` by kind, ``examples`` of these, and the
    ``unused_columns``. Raises :class:`UsageError` for a file that cannot be read, :class:`WholesalerError` where
    nothing of it can be used.
    """
    # the readers of files bring all sources with them, which who reads contacts does without
    from wholesaler.leads.contact_file import ContactFile

    unusable, lines = Unusable(), 0
    forbidden: list[suppression.Entry] = []
    file = ContactFile(path, market, unusable)

    def rows() -> Iterator[bytes]:
        nonlocal lines
        for line in file.lines():
            lines += 1
            forbidden.extend(line.forbidden)
            for contact in line.contacts:
                given = {"line": line.number, "parcel_ids": line.parcel_ids, **asdict(contact)}
                # JSON has no tabs and line breaks of its own; COPY reads its backslashes once more
                yield f"{to_json(given)}\n".replace("\\u0000", "").replace("\\", "\\\\").encode()

    connection.execute(statement(__package__, _FILE, "given_lines"))
    given = copy_lines(connection, "given_lines", ["contact"], rows())
    connection.execute(statement(__package__, _FILE, "given"))
    connection.execute(text("DROP TABLE given_lines; ANALYZE given_contacts"))
    # first, so that nothing is kept of whom the file itself says to leave alone
    suppressed = suppression.add_of_leads(connection, market, forbidden, unusable, source=path.name, by=by)
    parameters = {"market": market.key, "source": path.name}
    unknown = connection.execute(statement(__package__, _FILE, "unknown_lines"), parameters).one()
    counts = connection.execute(statement(__package__, _FILE, "keep"), parameters).mappings().one()
    examples = list(unusable.examples)
    if unknown.lines:
        examples.append({"line": unknown.first, "why": "no lead or record has this parcel number"})
    dropped = counts["suppressed_telephones"] + counts["suppressed_leads"]
    if file.columns.has_contacts and not counts["usable"] and not dropped and not forbidden:
        why = f" Line {examples[0]['line']}: {examples[0]['why']}." if examples else ""
        raise WholesalerError(
            f"Nothing in {path} is a contact of a lead of {market.name}.{why}", "Nothing was changed."
        )
    return {
        "file": str(path),
        "lines": lines,
        "contacts": given,
        "added": counts["added"],
        "updated": counts["updated"],
        "unchanged": counts["known"] - counts["added"] - counts["updated"],
        "repeated": counts["usable"] - counts["known"],
        "leads": counts["leads"],
        "suppressed": suppressed,
        "suppressed_telephones": counts["suppressed_telephones"],
        "suppressed_leads": counts["suppressed_leads"],
        "unknown": unknown.lines,
        "unusable": dict(unusable.counts),
        "examples": examples[:EXAMPLES],
        "unused_columns": file.columns.unused,
    }
