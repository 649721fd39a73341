"""Deliveries remember the day on which a channel took them."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_deliveries"
down_revision = "20261123_initial"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.add_column("alert_deliveries", sa.Column("sent_for", sa.Date(), nullable=True))


def downgrade() -> None:
    """Go one step back."""
    op.drop_column("alert_deliveries", "sent_for")
