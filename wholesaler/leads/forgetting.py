"""Forget the people of a lead in the database: contacts, notes, names in records, parcels and what was announced.

That there was a lead, its scores and its statuses stay, and so does what keeps people from being contacted. A record
that its publisher sends unchanged stays as it is here, without names; one that changes comes with its names again.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, any_, literal, null, or_, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT

from wholesaler.db.base import Base
from wholesaler.db.sql import statement
from wholesaler.leads.reading import find_lead
from wholesaler.markets import Market
from wholesaler.markets.records import SIGNAL_KINDS

#: the columns of records and parcels that name people, tell where their mail goes, or what somebody said of them
PERSONAL = frozenset(
    {
        "owner_name", "co_owner_name", "mail_address", "mail_address_2", "mail_city", "mail_state", "mail_zip",
        "mail_country", "owner_key", "borrower_name", "trustee_name", "party_name", "description",
    }
)  # fmt: skip
#: the same in what was announced
_PERSONAL_KEYS = "^(co_)?owner|^mail|^borrower|^party|^contact|^telephone|^email|^note"
_FILE = "forgetting.sql"


@dataclass(frozen=True)
class Forgotten:
    """The lead whose people were forgotten: its parcel numbers, how publishers write them, and what was cleared."""

    parcel_id: str
    numbers: tuple[str, ...]
    written: frozenset[str]
    counts: dict[str, int]


def forget(connection: Connection, market: Market, named: str) -> Forgotten:
    """Forget the people of a lead, or of a parcel of the roll, and of all that is merged into it.

    Raises like :func:`wholesaler.leads.reading.find_lead`. The caller owns the transaction.
    """
    property_id, parcel_id = find_lead(connection, market, named)
    bound: dict[str, Any] = {"market": market.key, "id": property_id}
    members = connection.execute(statement(__package__, _FILE, "members"), bound).all()
    numbers = tuple(dict.fromkeys((parcel_id, *(member.parcel_id for member in members))))
    forms = {market.parcel.write(number, form) for number in numbers for form in ("canonical", *market.parcel.forms)}
    bound |= {"ids": [member.id for member in members], "parcel_ids": list(numbers), "personal": _PERSONAL_KEYS}
    bound["subjects"] = [str(member.id) for member in members]
    written = set(forms)
    for kind in SIGNAL_KINDS:
        written |= set(connection.scalars(statement(__package__, _FILE, "written", table=kind.table), bound))
    # a key that has no number of the lead in it may stand in any record
    digits = set(map(_digits, forms))
    named_by = [text for text in written if any(number in _digits(text) for number in digits)]
    bound["patterns"] = [f"%{_literal(text)}%" for text in named_by]
    counts = {}
    for name in ("keep_suppressed", "suppressions", "notes", "deliveries", "rejects", "contacts"):
        counts[name] = connection.execute(statement(__package__, _FILE, name), bound).rowcount
    for kind in SIGNAL_KINDS:
        counts[kind.table] = _clear(connection, Base.metadata.tables[kind.table], bound)
    for table in ("property_records", "parcels"):
        counts[table] = _clear(connection, Base.metadata.tables[table], bound)
    return Forgotten(parcel_id, numbers, frozenset(written), counts)


def _clear(connection: Connection, table: Table, bound: dict[str, Any]) -> int:
    """Clear the records of a lead: their personal columns, and the record as it came."""
    columns = table.columns
    values: dict[str, Any] = {name: null() for name in PERSONAL if name in columns}
    if "raw" in columns:
        values["raw"] = literal({}, JSONB)
    own = columns["parcel_id"] == any_(literal(bound["parcel_ids"], ARRAY(TEXT)))
    if "property_id" in columns:
        own = or_(own, columns["property_id"].in_(bound["ids"]))
    differs: list[ColumnElement[bool]] = [columns[name].is_not(None) for name in values if name != "raw"]
    differs += [columns["raw"] != literal({}, JSONB)] if "raw" in columns else []
    query = update(table).where(columns["market"] == bound["market"], own, or_(*differs)).values(values)
    return connection.execute(query).rowcount


def _digits(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _literal(text: str) -> str:
    """Text as LIKE takes it for itself."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
