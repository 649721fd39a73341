"""What the check finds is told once, until it is gone: the findings that people have been told of."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_told_findings"
down_revision = "20261126_refusals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "told_findings",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("market", "name", name=op.f("pk_told_findings")),
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("told_findings")
