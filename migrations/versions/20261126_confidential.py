"""Functions for ZIPs and cities of mailing addresses, and views of what the roll calls confidential.

Revision: 20261126_confidential, after 20261126_parcels
"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_confidential"
down_revision = "20261126_parcels"
branch_labels = None
depends_on = None

#: ``wholesaler/db/functions/zip_code.sql`` of that time
ZIP_CODE = r"""
-- A ZIP as published to its five digits: '1234' -> '01234', since numbers lose their zeros; '32801-1234', '328011234'
-- and '32801.0' -> '32801', '10011234' -> '01001'. Null for none, for one that nobody has, and for what is no ZIP.
--
-- One expression, so that the planner puts it in place. A migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_zip_code(written text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN written ~ '^[0-9]{5}$' THEN nullif(nullif(written, '00000'), '99999')
    WHEN written ~ '^\s*[0-9]{3,5}(\.0*)?(\D.*)?$'
      THEN nullif(nullif(lpad(substring(written FROM '[0-9]+'), 5, '0'), '00000'), '99999')
    WHEN written ~ '^\s*[0-9]{7,9}(\.0*)?\s*$'
      THEN nullif(nullif(left(lpad(substring(written FROM '[0-9]+'), 9, '0'), 5), '00000'), '99999')
  END
$$
"""
#: ``wholesaler/db/functions/city.sql`` of that time
CITY = r"""
-- A city as published to the form that is compared: capitals, no punctuation, SAINT, FORT and MOUNT in full. Null for
-- none: rolls write UNINCORPORATED where there is none.
--
-- One expression, so that the planner puts it in place. A migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_city(written text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN upper(written) LIKE 'UNINC%' THEN NULL
    WHEN upper(written) LIKE ANY (ARRAY['ST%', 'FT%', 'MT%', ' %']) OR upper(written) ~ '[^A-Z ]|  '
      THEN nullif(ltrim(replace(replace(replace(
        concat('^', btrim(regexp_replace(upper(written), '[^[:alnum:]]+', ' ', 'g'))),
        '^ST ', 'SAINT '), '^FT ', 'FORT '), '^MT ', 'MOUNT '), '^'), '')
    ELSE nullif(upper(written), '')
  END
$$
"""
#: ``wholesaler/db/views/confidential_parcels.sql`` of that time
CONFIDENTIAL_PARCELS = """
-- Purpose: the parcels that the roll calls confidential: what they are is nobody's business outside the database. A
-- source that is stale, and whose other values are passed over, still says so.
CREATE VIEW confidential_parcels AS
SELECT market, parcel_id FROM parcels WHERE confidential
UNION ALL
SELECT market, parcel_id FROM property_records WHERE confidential AND is_active AND parcel_id IS NOT NULL;
"""
#: ``wholesaler/db/views/confidential_properties.sql`` of that time
CONFIDENTIAL_PROPERTIES = """
-- Purpose: the properties of confidential parcels, those merged into them, and those they were merged into. Whatever
-- leaves the database leaves these out.
CREATE VIEW confidential_properties AS
WITH standing AS (
  SELECT property.market, coalesce(property.merged_into, property.id) AS property_id
  FROM confidential_parcels AS parcel
  JOIN properties AS property ON property.market = parcel.market AND property.parcel_id = parcel.parcel_id
)
SELECT market, property_id FROM standing
UNION
SELECT member.market, member.id
FROM standing
JOIN properties AS member ON member.market = standing.market AND member.merged_into = standing.property_id;
"""


def upgrade() -> None:
    """Go one step forward; no row is written, and the indexes are of few."""
    for function in (ZIP_CODE, CITY):
        op.execute(sa.text(function.replace(":", r"\:")))
    op.create_index(
        "ix_parcels_confidential", "parcels", ["market", "parcel_id"], postgresql_where=sa.text("confidential")
    )
    op.create_index(
        "ix_property_records_confidential",
        "property_records",
        ["market", "parcel_id"],
        postgresql_where=sa.text("confidential AND is_active"),
    )
    op.execute(CONFIDENTIAL_PARCELS)
    op.execute(CONFIDENTIAL_PROPERTIES)


def downgrade() -> None:
    """Go one step back."""
    op.execute("DROP VIEW confidential_properties")
    op.execute("DROP VIEW confidential_parcels")
    op.drop_index("ix_property_records_confidential", "property_records")
    op.drop_index("ix_parcels_confidential", "parcels")
    op.execute("DROP FUNCTION wholesaler_city(text)")
    op.execute("DROP FUNCTION wholesaler_zip_code(text)")
