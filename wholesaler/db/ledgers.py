"""What the program remembers of its own work and its users': runs, geocodes, alerts, lead status, suppressions."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from wholesaler.db.base import Base, Flag, MarketKey, Now, PointLocation, RowId


class Run(Base):
    """One attempt of a stage, or of one source within the ingest stage."""

    __tablename__ = "data_ingestion_runs"
    __table_args__ = (
        PrimaryKeyConstraint("market", "id"),
        CheckConstraint("status IN ('running', 'success', 'partial', 'failure', 'skipped')", name="status"),
        Index("ix_data_ingestion_runs_started", "market", text("started_at DESC")),
        Index("ix_data_ingestion_runs_stage", "market", "stage", "source", "as_of"),
    )

    market: Mapped[MarketKey]
    id: Mapped[RowId]
    run_id: Mapped[UUID]
    stage: Mapped[str]
    source: Mapped[str | None]
    attempt: Mapped[int]
    status: Mapped[str]
    as_of: Mapped[date]
    started_at: Mapped[Now]
    finished_at: Mapped[datetime | None]
    processed: Mapped[int | None]
    inserted: Mapped[int | None]
    updated: Mapped[int | None]
    unchanged: Mapped[int | None]
    deactivated: Mapped[int | None]
    failed: Mapped[int | None]
    stats: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    warnings: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    error: Mapped[dict[str, Any] | None]
    host: Mapped[str]
    pid: Mapped[int]
    version: Mapped[str]


class RejectedRecord(Base):
    """A record that cannot be used, with the reason; ``is_active`` while the source still sends it."""

    __tablename__ = "rejected_records"
    __table_args__ = (
        PrimaryKeyConstraint("market", "id"),
        UniqueConstraint("market", "source", "content_hash", "reason"),
    )

    market: Mapped[MarketKey]
    id: Mapped[RowId]
    source: Mapped[str]
    content_hash: Mapped[UUID]
    reason: Mapped[str]
    raw: Mapped[dict[str, Any]]
    is_active: Mapped[Flag]
    first_seen_at: Mapped[Now]
    last_seen_at: Mapped[datetime | None]


class Geocode(Base):
    """An answer of the Census geocoder, kept; a miss is an answer too and is asked again after ``expires_at``."""

    __tablename__ = "geocode_cache"

    market: Mapped[MarketKey]
    address_key: Mapped[str] = mapped_column(primary_key=True)
    match: Mapped[str]
    match_type: Mapped[str | None]
    matched_address: Mapped[str | None]
    location: Mapped[PointLocation]
    geocoded_at: Mapped[Now]
    expires_at: Mapped[datetime | None]


class AlertDelivery(Base):
    """One thing to be said once on one channel: ``subject`` is a property's id, a stage's or a profile's name.

    ``as_of`` is the day it is about, ``sent_for`` the day of the run in which the channel took it, ``delivered_to`` the
    recipients that have it where a channel has several and some have not. ``message_id`` is the message that the
    channel may have, since it gave no answer, and ``unanswered_in`` the run that sent it last. What is refused is not
    sent again unless somebody asks for it.
    """

    __tablename__ = "alert_deliveries"
    __table_args__ = (
        PrimaryKeyConstraint("market", "id"),
        UniqueConstraint("market", "channel", "kind", "subject", "as_of"),
        CheckConstraint("status IN ('pending', 'sent', 'refused')", name="status"),
        CheckConstraint("kind IN ('new_lead', 'stage_failure', 'findings', 'profile_change')", name="kind"),
        Index("ix_alert_deliveries_pending", "market", "channel", "kind", postgresql_where=text("status = 'pending'")),
        Index("ix_alert_deliveries_refused", "market", "channel", postgresql_where=text("status = 'refused'")),
    )

    market: Mapped[MarketKey]
    id: Mapped[RowId]
    channel: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    as_of: Mapped[date]
    payload: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    status: Mapped[str] = mapped_column(server_default=text("'pending'"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    last_error: Mapped[str | None]
    created_at: Mapped[Now]
    sent_at: Mapped[datetime | None]
    sent_for: Mapped[date | None]
    delivered_to: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default=text("'{}'"))
    message_id: Mapped[str | None]
    unanswered_in: Mapped[UUID | None]
    refused_at: Mapped[datetime | None]


class Acknowledgement(Base):
    """A warning that somebody knows of: until that day it makes no exit code 3 and no message."""

    __tablename__ = "acknowledgements"

    market: Mapped[MarketKey]
    name: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[date]
    acknowledged_at: Mapped[Now]


class ToldFinding(Base):
    """A finding that people have been told of and that was still there when it was looked for last, on ``as_of``."""

    __tablename__ = "told_findings"

    market: Mapped[MarketKey]
    name: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[date]


class LeadStatusEvent(Base):
    """A step of a user's work with a lead; scoring never touches it.

    Without ``status`` it is a note and nothing else. ``signals``, ``tier``, ``total_score``, ``profile`` and the
    names of the ``rules`` that gave points are the lead's at that moment. A step that was taken back keeps its row.
    ``property_id`` is the property that the lead was then: what is merged since is found through
    ``properties.merged_into``, and an undo of the merge gives it back.
    """

    __tablename__ = "lead_status_events"
    __table_args__ = (
        PrimaryKeyConstraint("market", "id"),
        ForeignKeyConstraint(["market", "property_id"], ["properties.market", "properties.id"]),
        CheckConstraint(
            "status IN ('open', 'contacted', 'follow_up', 'offer', 'contract', 'closed', 'dead', 'dnc')", name="status"
        ),
        Index("ix_lead_status_events_property", "market", "property_id", text("changed_at DESC")),
    )

    market: Mapped[MarketKey]
    id: Mapped[RowId]
    property_id: Mapped[int]
    status: Mapped[str | None]
    note: Mapped[str | None]
    changed_at: Mapped[Now]
    changed_by: Mapped[str | None]
    next_date: Mapped[date | None]
    amount: Mapped[Decimal | None]
    reason: Mapped[str | None]
    signals: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default=text("'{}'"))
    tier: Mapped[str | None]
    total_score: Mapped[Decimal | None]
    profile: Mapped[str | None]
    rules: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default=text("'{}'"))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]


class ReturnedLead(Base):
    """A dead lead that came back: the step that it died by, since which day it is back, and by which new signals."""

    __tablename__ = "returned_leads"

    market: Mapped[MarketKey]
    event_id: Mapped[int] = mapped_column(primary_key=True)
    returned_on: Mapped[date]
    signals: Mapped[list[str]] = mapped_column(ARRAY(TEXT))


class Suppression(Base):
    """Whom nobody contacts any more: a parcel, an owner with a mailing address, or a telephone.

    ``value`` is what is compared: the canonical parcel number, the key of the owner (``parcels.owner_key``), the
    telephone as +14075550100. A parcel is one of its market; owners and telephones are suppressed in every one, and
    their ``market`` is ``*``. ``owner_keys`` are all orders in which a roll may write the name. ``owner_name`` and
    ``mail_address`` are as somebody has given them. ``event_id`` is the step to ``dnc`` that has written it, and 0
    where none has.
    """

    __tablename__ = "suppressions"
    __table_args__ = (
        PrimaryKeyConstraint("market", "id"),
        UniqueConstraint("market", "kind", "value", "event_id"),
        CheckConstraint("kind IN ('parcel', 'owner', 'telephone')", name="kind"),
        CheckConstraint("(kind = 'parcel') = (market <> '*')", name="market"),
        CheckConstraint(
            "reason IN ('dnc', 'do_not_mail', 'litigator', 'deceased', 'represented', 'sold', 'other')", name="reason"
        ),
    )

    market: Mapped[MarketKey]
    id: Mapped[RowId]
    kind: Mapped[str]
    value: Mapped[str]
    owner_keys: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default=text("'{}'"))
    owner_name: Mapped[str | None]
    mail_address: Mapped[str | None]
    reason: Mapped[str]
    note: Mapped[str | None]
    source: Mapped[str]
    event_id: Mapped[int] = mapped_column(server_default=text("0"))
    suppressed_at: Mapped[Now]
    suppressed_by: Mapped[str | None]
