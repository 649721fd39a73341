"""Deliveries remember the message to which a channel gave no answer, and in which run; a column gets a noun's name."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_deliveries"
down_revision = "20261126_address_characters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.alter_column("alert_deliveries", "told", new_column_name="delivered_to")
    op.add_column("alert_deliveries", sa.Column("message_id", sa.TEXT(), nullable=True))
    op.add_column("alert_deliveries", sa.Column("unanswered_in", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Go one step back."""
    op.drop_column("alert_deliveries", "unanswered_in")
    op.drop_column("alert_deliveries", "message_id")
    op.alter_column("alert_deliveries", "delivered_to", new_column_name="told")
