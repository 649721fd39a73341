"""What the parcels were merged from and compared with; the roll's records are looked up by their key alone.

Revision: 20261126_parcels, after 20261126_sources
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography
from sqlalchemy.dialects import postgresql

revision = "20261126_parcels"
down_revision = "20261126_sources"
branch_labels = None
depends_on = None


def instant(name: str, *, nullable: bool = True) -> sa.Column[sa.DateTime]:
    """A moment."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Go one step forward; no row of what there is is written."""
    op.create_table(
        "merged_rolls",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("sources", postgresql.JSONB(), nullable=False),
        instant("merged_at", nullable=False),
        instant("changed_at", nullable=False),
        instant("counted_at"),
        instant("compared_at"),
        sa.Column("dwelling_median", sa.Numeric(), nullable=True),
        sa.Column("land_median", sa.Numeric(), nullable=True),
        sa.PrimaryKeyConstraint("market", name=op.f("pk_merged_rolls")),
    )
    op.create_table(
        "counted_sales",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("parcel_id", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("use_code", sa.Text(), nullable=False),
        sa.Column("living_area", sa.Numeric(), nullable=False),
        sa.Column("sale_price", sa.Numeric(), nullable=False),
        sa.Column("location", Geography("POINT", srid=4326, spatial_index=False), nullable=True),
        sa.PrimaryKeyConstraint("market", "parcel_id", name=op.f("pk_counted_sales")),
    )
    op.drop_index("ix_property_records_property_id", table_name="property_records")
    op.drop_index("ix_property_records_parcel_id", table_name="property_records")
    op.drop_constraint("fk_property_records_market_property_id", "property_records", type_="foreignkey")


def downgrade() -> None:
    """Go one step back."""
    op.execute(
        "UPDATE property_records AS record SET property_id = property.id FROM properties AS property"
        " WHERE property.market = record.market AND property.parcel_id = record.parcel_id"
        " AND record.property_id IS DISTINCT FROM property.id"
    )
    op.create_foreign_key(
        "fk_property_records_market_property_id",
        "property_records",
        "properties",
        ["market", "property_id"],
        ["market", "id"],
    )
    op.create_index("ix_property_records_parcel_id", "property_records", ["market", "parcel_id"])
    op.create_index(
        "ix_property_records_property_id",
        "property_records",
        ["market", "property_id"],
        postgresql_where=sa.text("property_id IS NOT NULL"),
    )
    op.drop_table("counted_sales")
    op.drop_table("merged_rolls")
