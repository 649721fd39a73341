"""Rejected records are told apart by their content as it is read now; those of the former reading come again.

Revision: 20261126_rejects, after 20261126_deliveries
"""

from alembic import op

revision = "20261126_rejects"
down_revision = "20261126_deliveries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward: the next ingest reads every record anew, and keeps those that cannot be used."""
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute("DELETE FROM rejected_records WHERE is_active")


def downgrade() -> None:
    """Go one step back: as before, the next ingest reads every record anew."""
    op.execute("DELETE FROM rejected_records WHERE is_active")
