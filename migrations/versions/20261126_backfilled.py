"""The history tells which days were written after a later one was scored: nobody was told of their leads.

Revision: 20261126_backfilled, after 20261126_matches
"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_backfilled"
down_revision = "20261126_told_findings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    column = sa.Column("backfilled", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    op.add_column("lead_score_history", column)


def downgrade() -> None:
    """Go one step back: what was written afterwards would be read as told."""
    op.execute("DELETE FROM lead_score_history WHERE backfilled")
    op.drop_column("lead_score_history", "backfilled")
