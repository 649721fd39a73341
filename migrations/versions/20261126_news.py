"""What changes about a lead is told once: what people were told of it last, and how often its days have moved.

Revision: 20261126_news, after 20261126_held_days
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_news"
down_revision = "20261126_held_days"
branch_labels = None
depends_on = None

FORMER_KINDS = "'new_lead', 'stage_failure', 'findings', 'profile_change'"


def upgrade() -> None:
    """Go one step forward: of the leads that were announced, what they are now is what people know."""
    op.create_table(
        "told_leads",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("property_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("signals", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("tax_sale_date", sa.Date(), nullable=True),
        sa.Column("auction_date", sa.Date(), nullable=True),
        sa.Column("follow_up", sa.Date(), nullable=True),
        sa.Column("sale_ahead", sa.Date(), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("changes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("market", "property_id", name=op.f("pk_told_leads")),
    )
    op.create_table(
        "sale_dates",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("property_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('tax_sale', 'auction')", name=op.f("ck_sale_dates_kind")),
        sa.PrimaryKeyConstraint("market", "property_id", "kind", name=op.f("pk_sale_dates")),
    )
    op.execute(
        """
        INSERT INTO told_leads (market, property_id, tier, signals, tax_sale_date, auction_date)
        SELECT market, property_id, tier, signals, tax_sale_date, auction_date
        FROM lead_scores
        WHERE (market, property_id::text) IN (SELECT market, subject FROM alert_deliveries WHERE kind = 'new_lead')
        """
    )
    op.execute(
        """
        INSERT INTO sale_dates (market, property_id, kind, day)
        SELECT score.market, score.property_id, sale.kind, sale.day
        FROM lead_scores AS score
        CROSS JOIN LATERAL (VALUES ('tax_sale', score.tax_sale_date), ('auction', score.auction_date))
          AS sale (kind, day)
        WHERE sale.day IS NOT NULL
        """
    )
    _restrict(f"{FORMER_KINDS}, 'lead_news', 'sign_of_life'")


def downgrade() -> None:
    """Go one step back: news that were not sent yet are not sent."""
    op.execute("DELETE FROM alert_deliveries WHERE kind IN ('lead_news', 'sign_of_life')")
    _restrict(FORMER_KINDS)
    op.drop_table("sale_dates")
    op.drop_table("told_leads")


def _restrict(kinds: str) -> None:
    op.drop_constraint(op.f("ck_alert_deliveries_kind"), "alert_deliveries", type_="check")
    op.create_check_constraint(op.f("ck_alert_deliveries_kind"), "alert_deliveries", f"kind IN ({kinds})")
