"""${message}

Rules: never lock a table for long (no rewrite of a large table; CREATE INDEX CONCURRENTLY in an autocommit block; a new
column is nullable or has a constant default); a migration that needs rows changed does it in batches; downgrade must work.

Revision: ${up_revision}, after ${down_revision}
"""

import geoalchemy2
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Go one step forward."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Go one step back."""
    ${downgrades if downgrades else "pass"}
