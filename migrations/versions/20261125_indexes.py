"""Records without a property need no entry in the index by property: most of a whole roll has none."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_indexes"
down_revision = "20261125_deliveries"
branch_labels = None
depends_on = None

_TABLES = ("tax_sales", "foreclosures", "code_violations", "property_records")


def upgrade() -> None:
    """Go one step forward."""
    for table in _TABLES:
        _recreate(table, postgresql_where=sa.text("property_id IS NOT NULL"))


def downgrade() -> None:
    """Go one step back."""
    for table in _TABLES:
        _recreate(table)


def _recreate(table: str, **options: sa.TextClause) -> None:
    op.drop_index(f"ix_{table}_property_id", table_name=table)
    op.create_index(f"ix_{table}_property_id", table, ["market", "property_id"], **options)
