"""Events of distress are signals as the other kinds of record are, until they are closed.

Revision: 20261126_sources, after 20261126_owners
"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_sources"
down_revision = "20261126_owners"
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
UNION ALL
SELECT
  market, 'distress_events', source, record_key, parcel_id, property_id, address, city, zip_code, location,
  is_active, is_active AND is_open AS is_signal
FROM distress_events
"""
SIGNAL_RECORDS_BEFORE = """
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
    """Go one step forward. The table has no rows yet that the generated column would write anew."""
    is_open = sa.Computed("lower(COALESCE(status, ''::text)) <> 'closed'::text", persisted=True)
    op.add_column("distress_events", sa.Column("is_open", sa.Boolean(), is_open, nullable=False))
    op.execute("DROP VIEW signal_records")
    op.execute(SIGNAL_RECORDS)


def downgrade() -> None:
    """Go one step back."""
    op.execute("DROP VIEW signal_records")
    op.execute(SIGNAL_RECORDS_BEFORE)
    op.drop_column("distress_events", "is_open")
