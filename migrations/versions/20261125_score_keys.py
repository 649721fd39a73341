"""Scores are written without looking up each property, and without an index that no command needs."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_score_keys"
down_revision = "20261125_indexes"
branch_labels = None
depends_on = None

_TABLES = ("lead_scores", "lead_score_history")


def upgrade() -> None:
    """Go one step forward."""
    op.drop_index("ix_lead_scores_rank", table_name="lead_scores")
    # every row is updated every night: with room in its page that touches no index
    op.execute("ALTER TABLE lead_scores SET (fillfactor = 50)")
    for table in _TABLES:
        op.drop_constraint(f"fk_{table}_market_property_id", table, type_="foreignkey")


def downgrade() -> None:
    """Go one step back."""
    for table in _TABLES:
        name = f"fk_{table}_market_property_id"
        op.create_foreign_key(name, table, "properties", ["market", "property_id"], ["market", "id"])
    op.create_index("ix_lead_scores_rank", "lead_scores", ["market", "tier", sa.text("total_score DESC")])
    op.execute("ALTER TABLE lead_scores RESET (fillfactor)")
