"""What a signal is, and what an open violation, is written once; a merge that was undone is never made again.

Revision: 20261126_signals, after 20261126_source_keys
"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_signals"
down_revision = "20261126_source_keys"
branch_labels = None
depends_on = None

SIGNAL_RECORDS = """
CREATE VIEW signal_records AS
SELECT
  market, 'tax_sales' AS record, source, record_key, parcel_id, property_id, address, city, zip_code, location,
  is_active, is_active AS is_signal
FROM tax_sales
UNION ALL
SELECT
  market, 'foreclosures', source, record_key, parcel_id, property_id, address, city, zip_code, location,
  is_active, is_active AS is_signal
FROM foreclosures
UNION ALL
SELECT
  market, 'code_violations', source, record_key, parcel_id, property_id, address, city, zip_code, location,
  is_active, is_active AND is_open AS is_signal
FROM code_violations
"""


def upgrade() -> None:
    """Go one step forward. The generated column writes the table of violations anew."""
    op.execute("SET LOCAL statement_timeout = 0")
    is_open = sa.Computed("lower(COALESCE(status, ''::text)) = 'open'::text", persisted=True)
    op.add_column("code_violations", sa.Column("is_open", sa.Boolean(), is_open, nullable=False))
    op.alter_column("properties", "merge_barred", new_column_name="never_merge")
    op.execute(SIGNAL_RECORDS)


def downgrade() -> None:
    """Go one step back."""
    op.execute("DROP VIEW signal_records")
    op.alter_column("properties", "never_merge", new_column_name="merge_barred")
    op.drop_column("code_violations", "is_open")
