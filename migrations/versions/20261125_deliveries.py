"""Deliveries remember the day on which a channel took them, and which of several recipients have them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_deliveries"
down_revision = "20261125_counts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.add_column("alert_deliveries", sa.Column("sent_for", sa.Date(), nullable=True))
    told = sa.Column("told", postgresql.ARRAY(sa.TEXT()), server_default=sa.text("'{}'"), nullable=False)
    op.add_column("alert_deliveries", told)


def downgrade() -> None:
    """Go one step back."""
    op.drop_column("alert_deliveries", "told")
    op.drop_column("alert_deliveries", "sent_for")
