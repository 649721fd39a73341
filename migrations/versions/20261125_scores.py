"""Scores keep their features in columns, and the profile once a market in place of its sentences with every lead.

Revision: 20261125_scores, after 20261125_issues
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_scores"
down_revision = "20261125_issues"
branch_labels = None
depends_on = None

#: name, type, and the JSON it was in
FEATURES = (
    ("tax_sale_date", "date", "features"),
    ("on_lands_available", "boolean", "features"),
    ("auction_date", "date", "features"),
    ("lis_pendens_days", "bigint", "features"),
    ("default_amount", "numeric", "features"),
    ("own_open_violations", "bigint", "features"),
    ("nearby_violations", "bigint", "features"),
    ("nearby_open_violations", "bigint", "features"),
    ("nearest_violation_miles", "numeric", "features"),
    ("signal_count", "bigint", "features"),
    ("has_location", "boolean", "features"),
    ("total_mkt", "numeric", "features"),
    ("total_assd", "numeric", "features"),
    ("taxes", "numeric", "features"),
    ("living_area", "numeric", "features"),
    ("year_built", "bigint", "features"),
    ("tax_sale_days", "bigint", ""),
    ("auction_days", "bigint", ""),
    ("market_to_assessed", "numeric", ""),
    ("tax_rate", "numeric", ""),
    ("arv", "numeric", "deal"),
    ("repairs", "numeric", "deal"),
    ("mao", "numeric", "deal"),
    ("debt", "numeric", "deal"),
    ("spread", "numeric", "deal"),
)


def upgrade() -> None:
    """Go one step forward. One row a lead is rewritten, and by the next score again: a few seconds for 100,000."""
    op.create_table(
        "score_profiles",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("market", name=op.f("pk_score_profiles")),
    )
    added = ", ".join(f"ADD COLUMN {name} {kind}" for name, kind, _ in FEATURES)
    op.execute(f"ALTER TABLE lead_scores {added}")
    taken = ", ".join(f"{name} = ({place} ->> '{name}')::{kind}" for name, kind, place in FEATURES if place)
    op.execute(
        f"UPDATE lead_scores SET {taken}, tax_sale_days = (features ->> 'tax_sale_date')::date - as_of,"
        " auction_days = (features ->> 'auction_date')::date - as_of,"
        " market_to_assessed = (features ->> 'total_mkt')::numeric / nullif((features ->> 'total_assd')::numeric, 0),"
        " tax_rate = (features ->> 'taxes')::numeric / nullif((features ->> 'total_mkt')::numeric, 0)"
    )
    op.execute("ALTER TABLE lead_scores DROP COLUMN features, DROP COLUMN rules, DROP COLUMN deal")
    op.execute("ALTER TABLE lead_scores RESET (toast_tuple_target)")


def downgrade() -> None:
    """Go one step back. The sentences are gone: the next score of the former version writes them."""
    op.execute("DELETE FROM lead_scores")
    op.execute(
        "ALTER TABLE lead_scores ADD COLUMN features jsonb NOT NULL, ADD COLUMN rules jsonb NOT NULL,"
        " ADD COLUMN deal jsonb NOT NULL"
    )
    dropped = ", ".join(f"DROP COLUMN {name}" for name, _, _ in FEATURES)
    op.execute(f"ALTER TABLE lead_scores {dropped}")
    op.execute("ALTER TABLE lead_scores SET (toast_tuple_target = 8160)")
    op.drop_table("score_profiles")
