"""Findings of the check can be acknowledged for a while.

Revision: 20261126_acknowledgements, after 20261126_components
"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_acknowledgements"
down_revision = "20261126_components"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "acknowledgements",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("market", "name", name=op.f("pk_acknowledgements")),
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("acknowledgements")
