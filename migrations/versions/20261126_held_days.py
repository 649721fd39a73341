"""Days on which nobody was to hear of a lead: they are none on which it was told of.

Revision: 20261126_held_days, after 20261126_working
"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_held_days"
down_revision = "20261126_working"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward; no row is written."""
    held = sa.Column("held", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    op.add_column("lead_score_history", held)


def downgrade() -> None:
    """Go one step back."""
    op.drop_column("lead_score_history", "held")
