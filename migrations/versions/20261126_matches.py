"""What records were matched by, and which matches were undone.

Revision: 20261126_matches, after 20261126_standard_form
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_matches"
down_revision = "20261126_standard_form"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward; no row is written."""
    op.create_table(
        "matched_rolls",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("stats", postgresql.JSONB(), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("market", name="pk_matched_rolls"),
    )
    op.create_table(
        "undone_matches",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=False),
        sa.Column("parcel_id", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("market", "source", "record_key", "parcel_id", name="pk_undone_matches"),
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("undone_matches")
    op.drop_table("matched_rolls")
