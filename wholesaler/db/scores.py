"""The scores of leads, by which profile, their history, and what people were told of them."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    PrimaryKeyConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from wholesaler.db.base import Base, MarketKey, Now, Score


class LeadScore(Base):
    """The newest score of a lead: a property with at least one signal on ``as_of``.

    No foreign key: it would lock every property every night, for half the time of writing the scores. Properties are
    never deleted, and the check ``inactive_leads`` would find a score without one.
    A lead that the profile excludes has no tier, and ``excluded`` says as what. ``components`` are the profile's own.
    The columns from ``tax_sale_date`` on are its features (``wholesaler/scoring/features.py``), those of its events of
    distress in one. With the profile they tell which rules fired, and why.
    """

    __tablename__ = "lead_scores"
    __table_args__ = (
        PrimaryKeyConstraint("market", "property_id"),
        CheckConstraint("tier IN ('A', 'B', 'C', 'D')", name="tier"),
        CheckConstraint("total_score BETWEEN 0 AND 100", name="total_score"),
    )

    market: Mapped[MarketKey]
    property_id: Mapped[int] = mapped_column(primary_key=True)
    as_of: Mapped[date]
    profile: Mapped[str]
    total_score: Mapped[Score]
    tier: Mapped[str | None]
    excluded: Mapped[str | None]
    components: Mapped[dict[str, Any]]
    signals: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    tax_sale_date: Mapped[date | None]
    on_lands_available: Mapped[bool | None]
    auction_date: Mapped[date | None]
    lis_pendens_days: Mapped[int | None]
    default_amount: Mapped[Decimal | None]
    own_open_violations: Mapped[int | None]
    nearby_violations: Mapped[int | None]
    nearby_open_violations: Mapped[int | None]
    nearest_violation_miles: Mapped[Decimal | None]
    signal_count: Mapped[int | None]
    has_location: Mapped[bool | None]
    total_mkt: Mapped[Decimal | None]
    total_assd: Mapped[Decimal | None]
    taxes: Mapped[Decimal | None]
    living_area: Mapped[Decimal | None]
    year_built: Mapped[int | None]
    tax_sale_days: Mapped[int | None]
    auction_days: Mapped[int | None]
    market_to_assessed: Mapped[Decimal | None]
    tax_rate: Mapped[Decimal | None]
    arv: Mapped[Decimal | None]
    repairs: Mapped[Decimal | None]
    mao: Mapped[Decimal | None]
    debt: Mapped[Decimal | None]
    spread: Mapped[Decimal | None]
    next_sale_days: Mapped[int | None]
    own_violation_days: Mapped[int | None]
    oldest_open_violation_days: Mapped[int | None]
    owner_class: Mapped[str | None]
    owner_parcels: Mapped[int | None]
    homestead: Mapped[bool | None]
    mail_differs: Mapped[str | None]
    held_since: Mapped[date | None]
    years_held: Mapped[int | None]
    is_land: Mapped[bool | None]
    value_to_median: Mapped[Decimal | None]
    comparable_value: Mapped[Decimal | None]
    comparable_count: Mapped[int | None]
    comparable_low: Mapped[Decimal | None]
    comparable_high: Mapped[Decimal | None]
    events: Mapped[dict[str, Any] | None]
    is_new: Mapped[bool] = mapped_column(server_default=text("false"))
    updated_at: Mapped[Now]


class ScoreProfile(Base):
    """The profile that a market's newest scores are by, whole.

    ``changed_on`` is the first day scored by it since another profile of this name was used.
    """

    __tablename__ = "score_profiles"

    market: Mapped[MarketKey]
    name: Mapped[str]
    definition: Mapped[dict[str, Any]]
    changed_on: Mapped[date | None]
    updated_at: Mapped[Now]


class LeadScoreSnapshot(Base):
    """The score of a lead on one day, kept; partitioned by month of ``snapshot_date``.

    ``backfilled``: the day was never the current list, since a later one was scored before it. Nobody was told of its
    leads, so that what is new is not told by it. ``held``: on that day the lead was suppressed, or somebody was done
    with it, so that nobody was to hear of it.
    """

    __tablename__ = "lead_score_history"
    __table_args__ = (
        PrimaryKeyConstraint("market", "property_id", "snapshot_date"),
        Index("ix_lead_score_history_day", "market", "snapshot_date", "tier"),
        {"postgresql_partition_by": "RANGE (snapshot_date)"},
    )

    market: Mapped[MarketKey]
    property_id: Mapped[int] = mapped_column(BigInteger(), primary_key=True)
    snapshot_date: Mapped[date] = mapped_column(primary_key=True)
    total_score: Mapped[Score]
    tier: Mapped[str | None]
    excluded: Mapped[str | None]
    components: Mapped[dict[str, Any]]
    profile: Mapped[str]
    backfilled: Mapped[bool] = mapped_column(server_default=text("false"))
    held: Mapped[bool] = mapped_column(server_default=text("false"))


class ToldLead(Base):
    """What people were told last of a lead that is watched: one that was announced, or that somebody works with.

    What is another today is news; then this is what it is today. ``follow_up`` and ``sale_ahead`` are the days that a
    follow-up and a sale were told for, ``told_on`` the day on which it was announced as new, ``changes`` how often news
    of it were told. No foreign key, as of the scores.
    """

    __tablename__ = "told_leads"
    __table_args__ = (PrimaryKeyConstraint("market", "property_id"),)

    market: Mapped[MarketKey]
    property_id: Mapped[int] = mapped_column(BigInteger(), primary_key=True)
    tier: Mapped[str | None]
    signals: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    tax_sale_date: Mapped[date | None]
    auction_date: Mapped[date | None]
    follow_up: Mapped[date | None]
    sale_ahead: Mapped[date | None]
    told_on: Mapped[date | None]
    changes: Mapped[int] = mapped_column(server_default=text("0"))


class SaleDate(Base):
    """The day of a lead's tax sale or auction, and how often it has become another or was called off (``sequence``)."""

    __tablename__ = "sale_dates"
    __table_args__ = (
        PrimaryKeyConstraint("market", "property_id", "kind"),
        CheckConstraint("kind IN ('tax_sale', 'auction')", name="kind"),
    )

    market: Mapped[MarketKey]
    property_id: Mapped[int] = mapped_column(BigInteger(), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
    sequence: Mapped[int] = mapped_column(server_default=text("0"))
    is_cancelled: Mapped[bool] = mapped_column(server_default=text("false"))
    changed_at: Mapped[Now]
