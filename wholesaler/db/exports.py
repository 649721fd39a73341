"""What users have asked for and were given: saved filters, contacts that came back, what was exported to whom."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wholesaler.db.base import Base, MarketKey, Now, RowId


class SavedFilter(Base):
    """Filters of a list under a name, as ``wholesaler.leads.filters`` writes them."""

    __tablename__ = "saved_filters"

    market: Mapped[MarketKey]
    name: Mapped[str] = mapped_column(primary_key=True)
    filters: Mapped[dict[str, Any]]
    saved_at: Mapped[Now]


class LeadContact(Base):
    """What a skip tracer, a dialer or a person has found out about a lead: a telephone, an e-mail or a result.

    ``value``: a telephone as +14075550100, an e-mail in small letters, a result in its own words. ``label`` is what
    kind (Mobile), ``state`` what became of it (Correct, Wrong number), ``tag`` whatever else came with it.
    ``property_id`` is the property that the lead was then; merges are followed when it is read. ``source``: the file.
    """

    __tablename__ = "lead_contacts"
    __table_args__ = (
        PrimaryKeyConstraint("market", "id"),
        UniqueConstraint("market", "property_id", "kind", "value"),
        ForeignKeyConstraint(["market", "property_id"], ["properties.market", "properties.id"]),
        CheckConstraint("kind IN ('telephone', 'email', 'result')", name="kind"),
        Index("ix_lead_contacts_value", "kind", "value"),
    )

    market: Mapped[MarketKey]
    id: Mapped[RowId]
    property_id: Mapped[int]
    kind: Mapped[str]
    value: Mapped[str]
    label: Mapped[str | None]
    state: Mapped[str | None]
    tag: Mapped[str | None]
    place: Mapped[int]
    source: Mapped[str]
    imported_at: Mapped[Now]
    updated_at: Mapped[Now]


class LeadExport(Base):
    """The last export to somebody: ``recipient`` is the name after ``--to``, else that of the preset."""

    __tablename__ = "lead_exports"

    market: Mapped[MarketKey]
    recipient: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[date | None]
    leads: Mapped[int]
    exported_at: Mapped[Now]


class ExportedLead(Base):
    """What the last export has told of a lead, as far as a change of it is news: names and addresses as hashes."""

    __tablename__ = "exported_leads"

    market: Mapped[MarketKey]
    recipient: Mapped[str] = mapped_column(primary_key=True)
    property_id: Mapped[int] = mapped_column(primary_key=True)
    facts: Mapped[dict[str, Any]]
    exported_at: Mapped[datetime]
