"""Properties, parcels and source records: the tables the stages fill, in the order they fill them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from wholesaler.db.base import Base, Flag, MarketKey, Now, PointLocation, RowId


class Property(Base):
    """One real-world parcel. ``id`` is ours; ``parcel_id`` is the market's canonical parcel number."""

    __tablename__ = "properties"
    __table_args__ = (
        PrimaryKeyConstraint("market", "id"),
        UniqueConstraint("market", "parcel_id"),
        ForeignKeyConstraint(["market", "merged_into"], ["properties.market", "properties.id"]),
        CheckConstraint("merged_into IS NULL OR NOT is_active", name="merged_is_inactive"),
        Index("ix_properties_merged_into", "market", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    )

    market: Mapped[MarketKey]
    id: Mapped[RowId]
    parcel_id: Mapped[str]
    address: Mapped[str | None]
    city: Mapped[str | None]
    zip_code: Mapped[str | None]
    address_source: Mapped[str | None]
    house_number: Mapped[str | None]
    street: Mapped[str | None]
    unit: Mapped[str | None]
    location: Mapped[PointLocation]
    location_source: Mapped[str | None]
    own_open_violations: Mapped[int | None]
    nearby_violations: Mapped[int | None]
    nearby_open_violations: Mapped[int | None]
    nearest_violation_miles: Mapped[Decimal | None]
    counted_location: Mapped[PointLocation]
    counted_radius_miles: Mapped[Decimal | None]
    is_active: Mapped[Flag]
    merged_into: Mapped[int | None]
    merge_evidence: Mapped[dict[str, Any] | None]
    never_merge: Mapped[bool] = mapped_column(server_default=text("false"))
    first_seen_at: Mapped[Now]
    last_seen_at: Mapped[datetime | None]
    updated_at: Mapped[Now]


class SourceRecord:
    """What every record of a public source has beside its own columns.

    ``source`` is the name that the market file gives the source, ``record_key`` what tells its records apart.
    ``parcel`` is the number as published, ``parcel_id`` its canonical form (null where the source gives none),
    ``property_id`` the property it was found to belong to and ``match_evidence`` why, where the number did not say so.
    ``issues`` say which values could not be used. ``last_seen_at`` is set when a complete fetch no longer contains the
    record.
    """

    market: Mapped[MarketKey]
    source: Mapped[str] = mapped_column(primary_key=True)
    record_key: Mapped[str] = mapped_column(primary_key=True)
    parcel: Mapped[str | None]
    parcel_id: Mapped[str | None]
    property_id: Mapped[int | None]
    match_evidence: Mapped[dict[str, Any] | None]
    address: Mapped[str | None]
    city: Mapped[str | None]
    zip_code: Mapped[str | None]
    location: Mapped[PointLocation]
    raw: Mapped[dict[str, Any]]
    content_hash: Mapped[UUID]
    issues: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))
    is_active: Mapped[Flag]
    first_seen_at: Mapped[Now]
    last_seen_at: Mapped[datetime | None]
    updated_at: Mapped[Now]

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        table: str = cls.__tablename__  # type: ignore[attr-defined]
        joins: tuple[Any, ...] = ()
        # the roll's records are looked up by their key, which is the parcel number: the largest table has no others
        if table != "property_records":
            joins = (
                ForeignKeyConstraint(["market", "property_id"], ["properties.market", "properties.id"]),
                Index(
                    f"ix_{table}_property_id",
                    "market",
                    "property_id",
                    postgresql_where=text("property_id IS NOT NULL"),
                ),
                Index(f"ix_{table}_parcel_id", "market", "parcel_id"),
            )
        return (*joins, Index(f"ix_{table}_issues", "market", postgresql_where=text("issues IS NOT NULL")))


class TaxSale(SourceRecord, Base):
    """A tax deed application on the sale list (s. 197.502, F.S.)."""

    __tablename__ = "tax_sales"

    tda_number: Mapped[str | None]
    sale_date: Mapped[date | None]
    deed_status: Mapped[str | None]
    opening_bid: Mapped[Decimal | None]


class Foreclosure(SourceRecord, Base):
    """A lis pendens or a notice of foreclosure sale (s. 45.031, F.S.)."""

    __tablename__ = "foreclosures"

    case_number: Mapped[str | None]
    borrower_name: Mapped[str | None]
    record_type: Mapped[str | None]
    property_type: Mapped[str | None]
    trustee_name: Mapped[str | None]
    lender_name: Mapped[str | None]
    recording_date: Mapped[date | None]
    entered_date: Mapped[date | None]
    auction_date: Mapped[date | None]
    transfer_date: Mapped[date | None]
    default_amount: Mapped[Decimal | None]
    opening_bid: Mapped[Decimal | None]
    transfer_amount: Mapped[Decimal | None]


class RollColumns:
    """What a roll says of a parcel. Money in dollars, ``living_area`` in square feet, ``acreage`` in acres."""

    owner_name: Mapped[str | None]
    co_owner_name: Mapped[str | None]
    mail_address: Mapped[str | None]
    mail_address_2: Mapped[str | None]
    mail_city: Mapped[str | None]
    mail_state: Mapped[str | None]
    mail_zip: Mapped[str | None]
    mail_country: Mapped[str | None]
    homestead: Mapped[bool | None]
    confidential: Mapped[bool | None]
    use_code: Mapped[str | None]
    zoning_code: Mapped[str | None]
    land_mkt: Mapped[Decimal | None]
    building_mkt: Mapped[Decimal | None]
    extra_features_mkt: Mapped[Decimal | None]
    total_mkt: Mapped[Decimal | None]
    total_assd: Mapped[Decimal | None]
    total_exemptions: Mapped[Decimal | None]
    taxable: Mapped[Decimal | None]
    taxes: Mapped[Decimal | None]
    living_area: Mapped[Decimal | None]
    acreage: Mapped[Decimal | None]
    year_built: Mapped[int | None]
    beds: Mapped[Decimal | None]
    baths: Mapped[Decimal | None]
    units: Mapped[int | None]
    sale_date: Mapped[date | None]
    sale_price: Mapped[Decimal | None]
    sale_qualified: Mapped[bool | None]
    legal_description: Mapped[str | None]


class PropertyRecord(SourceRecord, RollColumns, Base):
    """A record of one of the sources of the property appraiser's roll.

    Its ``record_key`` is the canonical parcel number, since a source of the roll has one record of a parcel. Properties
    know it through ``parcels``, so that it points to none.
    """

    __tablename__ = "property_records"


Index(
    "ix_property_records_confidential",
    PropertyRecord.market,
    PropertyRecord.parcel_id,
    postgresql_where=text("confidential AND is_active"),
)


class Parcel(RollColumns, Base):
    """A parcel of the roll: its sources' records merged, column by column, and what follows from them.

    ``is_listed``: it is on the roll now. ``owner_key`` is the same for parcels with the same owner and mailing address,
    ``owner_parcels`` their number. ``held_since`` is the day of the last sale at a price. ``value_to_median`` is the
    market value by the median of the county's parcels of the same kind (dwelling or land). ``comparable_value`` is the
    living area at the median price per square foot of ``comparable_count`` sales nearby, ``comparable_low`` and
    ``comparable_high`` at its quartiles. ``owner_parcels``, ``value_to_median`` and the comparables compare a parcel
    with the others of the county: they are kept for those with a signal, and null without a whole roll.
    """

    __tablename__ = "parcels"
    __table_args__ = (
        Index("ix_parcels_confidential", "market", "parcel_id", postgresql_where=text("confidential")),
        # by number, since names and addresses would make it the largest of the database
        Index("ix_parcels_owner", "market", text("hashtextextended(owner_key, 0)")),
    )

    market: Mapped[MarketKey]
    parcel_id: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str | None]
    city: Mapped[str | None]
    zip_code: Mapped[str | None]
    location: Mapped[PointLocation]
    is_listed: Mapped[bool]
    owner_class: Mapped[str | None]
    owner_key: Mapped[str | None]
    owner_parcels: Mapped[int | None]
    mail_differs: Mapped[str | None]
    held_since: Mapped[date | None]
    is_land: Mapped[bool | None]
    value_to_median: Mapped[Decimal | None]
    comparable_value: Mapped[Decimal | None]
    comparable_count: Mapped[int | None]
    comparable_low: Mapped[Decimal | None]
    comparable_high: Mapped[Decimal | None]
    updated_at: Mapped[Now]


class MergedRoll(Base):
    """What the parcels of a market were merged from, and when.

    ``sources``: the roll's sources in order, each as [name, whether it was stale, whether its parcels are on the roll,
    whether it was ever read whole]. ``changed_at``: when a merge last wrote a parcel; ``counted_at``: when the medians
    were counted; ``compared_at``: when the comparables were. ``dwelling_median`` and ``land_median`` are of the market
    value.
    """

    __tablename__ = "merged_rolls"

    market: Mapped[MarketKey]
    sources: Mapped[list[Any]]
    merged_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    counted_at: Mapped[datetime | None]
    compared_at: Mapped[datetime | None]
    dwelling_median: Mapped[Decimal | None]
    land_median: Mapped[Decimal | None]


class MatchedRoll(Base):
    """What a market's records were matched by last, so that nothing is decided again while all of it is as it was.

    ``basis``: a hash of records, properties, roll, rules and what came of them (``dedupe/basis.sql``); ``stats``: the
    counts of that run.
    """

    __tablename__ = "matched_rolls"

    market: Mapped[MarketKey]
    basis: Mapped[str]
    stats: Mapped[dict[str, Any]]
    matched_at: Mapped[Now]


class UndoneMatch(Base):
    """A record that was matched to a parcel by its address, wrongly as somebody said: never the same match again."""

    __tablename__ = "undone_matches"

    market: Mapped[MarketKey]
    source: Mapped[str] = mapped_column(primary_key=True)
    record_key: Mapped[str] = mapped_column(primary_key=True)
    parcel_id: Mapped[str] = mapped_column(primary_key=True)
    undone_at: Mapped[Now]


class CountedSale(Base):
    """How the comparables have taken a sale of the roll, so that only what is different is compared again.

    ``state``: 2 within twelve months of the day, 1 within twenty-four.
    """

    __tablename__ = "counted_sales"

    market: Mapped[MarketKey]
    parcel_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[int] = mapped_column(SmallInteger)
    use_code: Mapped[str]
    living_area: Mapped[Decimal]
    sale_price: Mapped[Decimal]
    location: Mapped[PointLocation]


class CodeViolation(SourceRecord, Base):
    """A code enforcement case; ``is_open`` says what counts as an open one, everywhere."""

    __tablename__ = "code_violations"

    case_number: Mapped[str | None]
    opened_date: Mapped[date | None]
    resolved_date: Mapped[date | None]
    status: Mapped[str | None]
    # in the server's own spelling, so that a comparison of models and schema finds them the same
    is_open: Mapped[bool] = mapped_column(Computed("lower(COALESCE(status, ''::text)) = 'open'::text", persisted=True))
    case_type: Mapped[str | None]
    description: Mapped[str | None]


class DistressEvent(SourceRecord, Base):
    """A sign of distress that needs no date, since being listed is the sign: ``signal`` says of what.

    ``is_open``: its status is not Closed. It is open on a day if it is and was not closed by then (``closed_date``).
    ``years``: for how many taxes are due.
    """

    __tablename__ = "distress_events"

    signal: Mapped[str]
    case_number: Mapped[str | None]
    event_date: Mapped[date | None]
    due_date: Mapped[date | None]
    closed_date: Mapped[date | None]
    status: Mapped[str | None]
    is_open: Mapped[bool] = mapped_column(
        Computed("lower(COALESCE(status, ''::text)) <> 'closed'::text", persisted=True)
    )
    amount: Mapped[Decimal | None]
    years: Mapped[Decimal | None]
    party_name: Mapped[str | None]
    description: Mapped[str | None]


class CountedViolation(Base):
    """How the counts on the properties have taken a case, so that only what is different is counted again."""

    __tablename__ = "counted_violations"

    market: Mapped[MarketKey]
    source: Mapped[str] = mapped_column(primary_key=True)
    record_key: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[int] = mapped_column(SmallInteger)
    location: Mapped[PointLocation]
    property_id: Mapped[int | None]


class StandardAddress(Base):
    """An address as published, and its parts in a standard form: each is read once; nulls for what cannot be read.

    ``street_name`` is the name with what stands before it (``STATE ROAD 50``); ``street`` joins the four parts before
    it, and is what two addresses share.
    """

    __tablename__ = "standard_addresses"

    market: Mapped[MarketKey]
    address: Mapped[str] = mapped_column(primary_key=True)
    house_number: Mapped[str | None]
    predirection: Mapped[str | None]
    street_name: Mapped[str | None]
    suffix: Mapped[str | None]
    postdirection: Mapped[str | None]
    street: Mapped[str | None]
    unit: Mapped[str | None]


#: the table of each kind of record
SOURCE_MODELS: dict[str, type[TaxSale | Foreclosure | CodeViolation | DistressEvent | PropertyRecord]] = {
    model.__tablename__: model for model in (TaxSale, Foreclosure, CodeViolation, DistressEvent, PropertyRecord)
}
