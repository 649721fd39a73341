"""What a roll says of owners, sales and use; parcels, which merge the roll's sources; events of distress.

Revision: 20261126_owners, after 20261126_rejects
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography
from sqlalchemy.dialects import postgresql

revision = "20261126_owners"
down_revision = "20261126_rejects"
branch_labels = None
depends_on = None

#: what the roll tells from now on, in the order of the table
ADDED: dict[str, Any] = {
    "mail_address": sa.Text, "mail_address_2": sa.Text, "mail_city": sa.Text, "mail_state": sa.Text,
    "mail_zip": sa.Text, "mail_country": sa.Text, "homestead": sa.Boolean, "confidential": sa.Boolean,
    "use_code": sa.Text, "beds": sa.Numeric, "baths": sa.Numeric, "units": sa.BigInteger, "sale_date": sa.Date,
    "sale_price": sa.Numeric, "sale_qualified": sa.Boolean, "legal_description": sa.Text,
}  # fmt: skip
#: and what it told before
KEPT: dict[str, Any] = {
    "owner_name": sa.Text, "co_owner_name": sa.Text, "zoning_code": sa.Text, "land_mkt": sa.Numeric,
    "building_mkt": sa.Numeric, "extra_features_mkt": sa.Numeric, "total_mkt": sa.Numeric, "total_assd": sa.Numeric,
    "total_exemptions": sa.Numeric, "taxable": sa.Numeric, "taxes": sa.Numeric, "living_area": sa.Numeric,
    "acreage": sa.Numeric, "year_built": sa.BigInteger,
}  # fmt: skip
DERIVED: dict[str, Any] = {
    "owner_class": sa.Text, "owner_key": sa.Text, "owner_parcels": sa.BigInteger, "mail_differs": sa.Text,
    "held_since": sa.Date, "is_land": sa.Boolean, "value_to_median": sa.Numeric, "comparable_value": sa.Numeric,
    "comparable_count": sa.BigInteger, "comparable_low": sa.Numeric, "comparable_high": sa.Numeric,
}  # fmt: skip
EVENT: dict[str, Any] = {
    "case_number": sa.Text, "event_date": sa.Date, "due_date": sa.Date, "closed_date": sa.Date, "status": sa.Text,
    "amount": sa.Numeric, "years": sa.Numeric, "party_name": sa.Text, "description": sa.Text,
}  # fmt: skip


def columns(types: dict[str, Any]) -> list[sa.Column[Any]]:
    """A nullable column of each type."""
    return [sa.Column(name, kind(), nullable=True) for name, kind in types.items()]


def point(name: str) -> sa.Column[Any]:
    """A place on the earth."""
    return sa.Column(name, Geography("POINT", srid=4326, spatial_index=False), nullable=True)


def text(*names: str) -> list[sa.Column[Any]]:
    """Texts that are never null."""
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def now(name: str) -> sa.Column[Any]:
    """An instant, by default the present one."""
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    """Go one step forward; no row of what there is is written."""
    for column in columns(ADDED):
        op.add_column("property_records", column)
    op.add_column("foreclosures", sa.Column("case_number", sa.Text(), nullable=True))
    op.create_table(
        "parcels",
        *text("market", "parcel_id"),
        *columns({"address": sa.Text, "city": sa.Text, "zip_code": sa.Text}),
        point("location"),
        *columns(KEPT | ADDED),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        *columns(DERIVED),
        now("updated_at"),
        sa.PrimaryKeyConstraint("market", "parcel_id", name=op.f("pk_parcels")),
    )
    op.create_table(
        "distress_events",
        *text("market", "source", "record_key", "signal"),
        *columns(EVENT),
        *columns({"parcel": sa.Text, "parcel_id": sa.Text, "property_id": sa.BigInteger}),
        sa.Column("match_evidence", postgresql.JSONB(), nullable=True),
        *columns({"address": sa.Text, "city": sa.Text, "zip_code": sa.Text}),
        point("location"),
        sa.Column("raw", postgresql.JSONB(), nullable=False),
        sa.Column("content_hash", sa.Uuid(), nullable=False),
        sa.Column("issues", postgresql.ARRAY(sa.TEXT()), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        now("first_seen_at"),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        now("updated_at"),
        sa.ForeignKeyConstraint(
            ["market", "property_id"],
            ["properties.market", "properties.id"],
            name=op.f("fk_distress_events_market_property_id"),
        ),
        sa.PrimaryKeyConstraint("market", "source", "record_key", name=op.f("pk_distress_events")),
    )
    op.create_index(
        "ix_distress_events_property_id",
        "distress_events",
        ["market", "property_id"],
        postgresql_where=sa.text("property_id IS NOT NULL"),
    )
    op.create_index("ix_distress_events_parcel_id", "distress_events", ["market", "parcel_id"])
    op.create_index(
        "ix_distress_events_issues", "distress_events", ["market"], postgresql_where=sa.text("issues IS NOT NULL")
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("distress_events")
    op.drop_table("parcels")
    op.drop_column("foreclosures", "case_number")
    for name in ADDED:
        op.drop_column("property_records", name)
