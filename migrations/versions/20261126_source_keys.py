"""A record is known by its market, its source and its key: a market may have several sources of one kind of record.

Revision: 20261126_source_keys, after 20261125_score_keys
"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_source_keys"
down_revision = "20261125_score_keys"
branch_labels = None
depends_on = None

#: each table, and the one source that its rows were from until now
SOURCES = {
    "tax_sales": "tax_sales",
    "foreclosures": "foreclosures",
    "code_violations": "code_violations",
    "property_records": "property_records",
    "counted_violations": "code_violations",
}


def upgrade() -> None:
    """Go one step forward: a source was named like its table."""
    op.execute("SET LOCAL statement_timeout = 0")  # an index over millions of rows takes what it takes
    for table, source in SOURCES.items():
        # a default is written into no row, so that this is done at once however many there are
        op.add_column(table, sa.Column("source", sa.Text(), nullable=False, server_default=source))
        op.alter_column(table, "source", server_default=None)
        op.drop_constraint(f"pk_{table}", table, type_="primary")
        op.create_primary_key(f"pk_{table}", table, ["market", "source", "record_key"])


def downgrade() -> None:
    """Go one step back. What a former version cannot tell apart is dropped; the next ingest reads the source again."""
    op.execute("SET LOCAL statement_timeout = 0")
    for table, source in SOURCES.items():
        op.execute(sa.text(f"DELETE FROM {table} WHERE source <> :source").bindparams(source=source))
        op.drop_constraint(f"pk_{table}", table, type_="primary")
        op.create_primary_key(f"pk_{table}", table, ["market", "record_key"])
        op.drop_column(table, "source")
