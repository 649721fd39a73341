"""Scores by components of whatever names, leads that are excluded, what more is known of them, changes of profile.

Revision: 20261126_components, after 20261126_confidential
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_components"
down_revision = "20261126_confidential"
branch_labels = None
depends_on = None

COMPONENTS = ("distress", "value", "location", "urgency")
FEATURES: dict[str, Any] = {
    "next_sale_days": sa.BigInteger, "own_violation_days": sa.BigInteger, "oldest_open_violation_days": sa.BigInteger,
    "owner_class": sa.Text, "owner_parcels": sa.BigInteger, "homestead": sa.Boolean, "mail_differs": sa.Text,
    "held_since": sa.Date, "years_held": sa.BigInteger, "is_land": sa.Boolean, "value_to_median": sa.Numeric,
    "comparable_value": sa.Numeric, "comparable_count": sa.BigInteger, "comparable_low": sa.Numeric,
    "comparable_high": sa.Numeric, "events": postgresql.JSONB,
}  # fmt: skip
KINDS = ("new_lead", "stage_failure", "findings")


def allow(kinds: tuple[str, ...]) -> None:
    """The kinds of delivery that there may be."""
    op.drop_constraint(op.f("ck_alert_deliveries_kind"), "alert_deliveries", type_="check")
    named = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_alert_deliveries_kind"), "alert_deliveries", f"kind IN ({named})")


def upgrade() -> None:
    """Go one step forward. Every snapshot there is gets written anew, once and without the bloat of an update."""
    op.execute("SET LOCAL statement_timeout = 0")
    pairs = ", ".join(f"'{name}', trim_scale({name})" for name in COMPONENTS)
    first, *others = COMPONENTS
    for table in ("lead_scores", "lead_score_history"):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {first} TYPE jsonb USING jsonb_build_object({pairs})")
        op.alter_column(table, first, new_column_name="components")
        op.execute(f"ALTER TABLE {table} {', '.join(f'DROP COLUMN {name}' for name in others)}")
        op.alter_column(table, "tier", nullable=True)
        op.add_column(table, sa.Column("excluded", sa.Text(), nullable=True))
    for name, kind in FEATURES.items():
        op.add_column("lead_scores", sa.Column(name, kind(), nullable=True))
    op.add_column("score_profiles", sa.Column("changed_on", sa.Date(), nullable=True))
    allow((*KINDS, "profile_change"))


def downgrade() -> None:
    """Go one step back. What a former version has no word for goes: excluded leads, other components, their digests."""
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute("DELETE FROM alert_deliveries WHERE kind = 'profile_change'")
    allow(KINDS)
    op.drop_column("score_profiles", "changed_on")
    op.execute(f"ALTER TABLE lead_scores {', '.join(f'DROP COLUMN {name}' for name in FEATURES)}")
    for table in ("lead_scores", "lead_score_history"):
        op.execute(f"DELETE FROM {table} WHERE tier IS NULL")
        op.drop_column(table, "excluded")
        op.alter_column(table, "tier", nullable=False)
        added = (f"ADD COLUMN {name} numeric(5, 2) NOT NULL DEFAULT 0" for name in COMPONENTS)
        op.execute(f"ALTER TABLE {table} {', '.join(added)}")
        taken = (f"{name} = coalesce((components ->> '{name}')::numeric, 0)" for name in COMPONENTS)
        op.execute(f"UPDATE {table} SET {', '.join(taken)}")
        op.execute(f"ALTER TABLE {table} {', '.join(f'ALTER COLUMN {name} DROP DEFAULT' for name in COMPONENTS)}")
        op.drop_column(table, "components")
    # a former version cannot read what it does not know; its next score writes a profile again
    op.execute("DELETE FROM score_profiles WHERE name <> 'v1'")
