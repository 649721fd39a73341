"""Records keep what is wrong with their values.

Revision: 20261125_issues, after 20261125_address_units
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_issues"
down_revision = "20261125_address_units"
branch_labels = None
depends_on = None

SOURCES = ("tax_sales", "foreclosures", "code_violations", "property_records")


def upgrade() -> None:
    """Go one step forward."""
    for table in SOURCES:
        op.add_column(table, sa.Column("issues", postgresql.ARRAY(sa.TEXT()), nullable=True))
        op.create_index(f"ix_{table}_issues", table, ["market"], postgresql_where=sa.text("issues IS NOT NULL"))


def downgrade() -> None:
    """Go one step back."""
    for table in SOURCES:
        op.drop_column(table, "issues")
