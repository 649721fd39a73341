"""What has been counted and what has been standardised goes into narrow tables of its own.

Revision: 20261125_counts, after 20261125_scores
"""

import geoalchemy2
import sqlalchemy as sa
from alembic import op

revision = "20261125_counts"
down_revision = "20261125_scores"
branch_labels = None
depends_on = None


def _point() -> geoalchemy2.types.Geography:
    return geoalchemy2.types.Geography(geometry_type="POINT", srid=4326, spatial_index=False)


def upgrade() -> None:
    """Go one step forward. The next enrich counts every violation once more."""
    op.create_table(
        "counted_violations",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("location", _point(), nullable=True),
        sa.Column("property_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("market", "record_key", name=op.f("pk_counted_violations")),
    )
    op.create_table(
        "standard_addresses",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("house_number", sa.Text(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("market", "address", name=op.f("pk_standard_addresses")),
    )
    for column in ("counted_state", "counted_location", "counted_property_id"):
        op.drop_column("code_violations", column)
    # nobody looks for one place or one address: they are compared all at once, and the indexes slowed every write
    op.drop_index("ix_properties_location", table_name="properties")
    op.drop_index("ix_properties_market_house_number", table_name="properties")


def downgrade() -> None:
    """Go one step back."""
    op.create_index("ix_properties_location", "properties", ["location"], postgresql_using="gist")
    op.create_index("ix_properties_market_house_number", "properties", ["market", "house_number", "street"])
    op.add_column("code_violations", sa.Column("counted_state", sa.SmallInteger(), nullable=True))
    op.add_column("code_violations", sa.Column("counted_location", _point(), nullable=True))
    op.add_column("code_violations", sa.Column("counted_property_id", sa.BigInteger(), nullable=True))
    op.drop_table("standard_addresses")
    op.drop_table("counted_violations")
