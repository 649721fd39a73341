"""Deliveries that a channel has refused for good are told apart from those that wait."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_refusals"
down_revision = "20261126_matches"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.add_column("alert_deliveries", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
    _restrict("'pending', 'sent', 'refused'")
    op.create_index(
        "ix_alert_deliveries_refused",
        "alert_deliveries",
        ["market", "channel"],
        postgresql_where=sa.text("status = 'refused'"),
    )


def downgrade() -> None:
    """Go one step back: what was refused waits again."""
    op.drop_index("ix_alert_deliveries_refused", table_name="alert_deliveries")
    op.execute("UPDATE alert_deliveries SET status = 'pending' WHERE status = 'refused'")
    _restrict("'pending', 'sent'")
    op.drop_column("alert_deliveries", "refused_at")


def _restrict(states: str) -> None:
    op.drop_constraint(op.f("ck_alert_deliveries_status"), "alert_deliveries", type_="check")
    op.create_check_constraint(op.f("ck_alert_deliveries_status"), "alert_deliveries", f"status IN ({states})")
