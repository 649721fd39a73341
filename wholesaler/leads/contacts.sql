-- name: of_leads
-- Purpose: what is known of how leads can be reached, also from before a merge, each once; without telephones that are
-- suppressed by now.
SELECT
  coalesce(property.merged_into, property.id) AS property_id, contact.kind, contact.value,
  min(contact.label) AS label, min(contact.state) AS state, min(contact.tag) AS tag,
  min(contact.source) AS source, max(contact.updated_at) AS updated_at
FROM lead_contacts AS contact
JOIN properties AS property ON property.market = contact.market AND property.id = contact.property_id
WHERE contact.market = :market
  AND (property.id = ANY(CAST(:ids AS bigint[]))
    OR property.merged_into = ANY(CAST(:ids AS bigint[])))
  AND NOT EXISTS (
    SELECT FROM suppressions AS suppression
    WHERE contact.kind = 'telephone' AND suppression.market = '*' AND suppression.kind = 'telephone'
      AND suppression.value = contact.value
  )
GROUP BY coalesce(property.merged_into, property.id), contact.kind, contact.value
ORDER BY property_id, contact.kind, min(contact.place), contact.value;

-- name: given_lines
-- Purpose: where the contacts of a file are put, as they are read.
CREATE TEMPORARY TABLE given_lines (contact jsonb NOT NULL) ON COMMIT DROP;

-- name: given
-- Purpose: the contacts of a file, in columns.
CREATE TEMPORARY TABLE given_contacts ON COMMIT DROP AS
SELECT contact.*
FROM given_lines
CROSS JOIN LATERAL jsonb_to_record(given_lines.contact) AS contact (
  line bigint, parcel_ids text[], kind text, value text, label text, state text, tag text, place bigint
);

-- name: unknown_lines
-- Purpose: how many lines name a parcel that no record has, and the first of them.
SELECT count(DISTINCT line) AS lines, min(line) AS first
FROM given_contacts
WHERE NOT EXISTS (
  SELECT FROM properties WHERE properties.market = :market AND properties.parcel_id = ANY(given_contacts.parcel_ids)
);

-- name: keep
-- Purpose: contacts that are not known yet, or of which more is known now, each once; but none of suppressed telephones
-- and none of parcels that must not be contacted.
WITH found AS (
  SELECT
    given_contacts.*, property.id AS property_id,
    EXISTS (
      SELECT FROM suppressions AS suppression
      WHERE given_contacts.kind = 'telephone' AND suppression.market = '*' AND suppression.kind = 'telephone'
        AND suppression.value = given_contacts.value
    ) AS is_suppressed,
    EXISTS (
      SELECT FROM suppressed_properties AS suppressed
      WHERE suppressed.market = :market AND suppressed.property_id = property.id
    ) AS is_hidden
  FROM given_contacts
  JOIN properties AS property ON property.market = :market AND property.parcel_id = ANY(given_contacts.parcel_ids)
), chosen AS (
  SELECT DISTINCT ON (property_id, kind, value) property_id, kind, value, label, state, tag, place
  FROM found
  WHERE NOT is_suppressed AND NOT is_hidden
  ORDER BY property_id, kind, value, line
), kept AS (
  INSERT INTO lead_contacts AS contact (market, property_id, kind, value, label, state, tag, place, source)
  SELECT :market, property_id, kind, value, label, state, tag, place, :source FROM chosen
  ON CONFLICT (market, property_id, kind, value) DO UPDATE
  SET
    label = coalesce(excluded.label, contact.label), state = coalesce(excluded.state, contact.state),
    tag = coalesce(excluded.tag, contact.tag), source = excluded.source, updated_at = now()
  WHERE (coalesce(excluded.label, contact.label), coalesce(excluded.state, contact.state),
    coalesce(excluded.tag, contact.tag)) IS DISTINCT FROM (contact.label, contact.state, contact.tag)
  RETURNING xmax = 0 AS is_new
)
SELECT
  (SELECT count(*) FROM kept WHERE is_new) AS added,
  (SELECT count(*) FROM kept WHERE NOT is_new) AS updated,
  (SELECT count(*) FROM chosen) AS known,
  (SELECT count(*) FROM found WHERE is_suppressed) AS suppressed_telephones,
  (SELECT count(DISTINCT line) FROM found WHERE is_hidden) AS suppressed_leads,
  (SELECT count(*) FROM found WHERE NOT is_suppressed AND NOT is_hidden) AS usable,
  (SELECT count(DISTINCT property_id) FROM chosen) AS leads;
