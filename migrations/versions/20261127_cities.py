"""The form of a city is written so that the planner puts it in place: the same form, in a quarter of the time.

Revision: 20261127_cities, after 20261126_exports
"""

from alembic import op

revision = "20261127_cities"
down_revision = "20261126_exports"
branch_labels = None
depends_on = None

#: ``wholesaler/db/functions/city.sql`` of that time
CITY = r"""
-- A city as published to the form that is compared: capitals, no punctuation, SAINT, FORT and MOUNT in full. Null for
-- none: rolls write UNINCORPORATED where there is none.
--
-- One expression, and nothing in it that is only stable (as concat is), so that the planner puts it in place. A
-- migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_city(written text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN upper(written) LIKE 'UNINC%' THEN NULL
    WHEN upper(written) LIKE ANY (ARRAY['ST%', 'FT%', 'MT%', ' %']) OR upper(written) ~ '[^A-Z ]|  '
      THEN nullif(ltrim(replace(replace(replace(
        '^' || btrim(regexp_replace(upper(written), '[^[:alnum:]]+', ' ', 'g')),
        '^ST ', 'SAINT '), '^FT ', 'FORT '), '^MT ', 'MOUNT '), '^'), '')
    ELSE nullif(upper(written), '')
  END
$$
"""


def upgrade() -> None:
    """Go one step forward."""
    _execute(CITY)


def downgrade() -> None:
    """Go one step back: ``concat`` takes the place of ``||``."""
    written = "btrim(regexp_replace(upper(written), '[^[:alnum:]]+', ' ', 'g'))"
    _execute(CITY.replace(f"'^' || {written}", f"concat('^', {written})"))


def _execute(statement: str) -> None:
    # a colon is no parameter
    op.execute(statement.replace(":", r"\:"))
