-- name: create_properties
-- Purpose: one property for every parcel number with a signal (a closed violation is none).
INSERT INTO properties (market, parcel_id)
SELECT :market, parcel_id
FROM (
  SELECT parcel_id FROM tax_sales WHERE market = :market AND is_active
  UNION
  SELECT parcel_id FROM foreclosures WHERE market = :market AND is_active
  UNION
  SELECT parcel_id FROM code_violations WHERE market = :market AND is_active AND lower(status) = 'open'
) AS signals
WHERE parcel_id IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM properties WHERE properties.market = :market AND properties.parcel_id = signals.parcel_id
  )
ON CONFLICT (market, parcel_id) DO NOTHING;

-- name: link_tax_sales
-- Purpose: tax sales to the property of their parcel number, or to the one that property was merged into.
UPDATE tax_sales AS record
SET property_id = coalesce(property.merged_into, property.id)
FROM properties AS property
WHERE record.market = :market AND property.market = :market
  AND property.parcel_id = record.parcel_id
  AND record.property_id IS DISTINCT FROM coalesce(property.merged_into, property.id);

-- name: link_foreclosures
-- Purpose: foreclosures to the property of their parcel number, or to the one that property was merged into.
UPDATE foreclosures AS record
SET property_id = coalesce(property.merged_into, property.id)
FROM properties AS property
WHERE record.market = :market AND property.market = :market
  AND property.parcel_id = record.parcel_id
  AND record.property_id IS DISTINCT FROM coalesce(property.merged_into, property.id);

-- name: link_code_violations
-- Purpose: violations to the property of their parcel number, or to the one that property was merged into.
UPDATE code_violations AS record
SET property_id = coalesce(property.merged_into, property.id)
FROM properties AS property
WHERE record.market = :market AND property.market = :market
  AND property.parcel_id = record.parcel_id
  AND record.property_id IS DISTINCT FROM coalesce(property.merged_into, property.id);

-- name: refresh_activity
-- Purpose: a property is active while an active record with a signal points to it, and remembers when it was last.
WITH signals AS (
  SELECT property_id FROM tax_sales WHERE market = :market AND is_active
  UNION
  SELECT property_id FROM foreclosures WHERE market = :market AND is_active
  UNION
  SELECT property_id FROM code_violations WHERE market = :market AND is_active AND lower(status) = 'open'
), activity AS (
  SELECT property.id, signals.property_id IS NOT NULL AND property.merged_into IS NULL AS is_active
  FROM properties AS property
  LEFT JOIN signals ON signals.property_id = property.id
  WHERE property.market = :market
)
UPDATE properties AS property
SET is_active = activity.is_active,
    -- the violations around an inactive property are not kept count of
    counted_radius_miles = CASE WHEN NOT activity.is_active THEN property.counted_radius_miles END,
    last_seen_at = CASE WHEN activity.is_active THEN NULL ELSE now() END,
    updated_at = now()
FROM activity
WHERE property.market = :market AND property.id = activity.id AND property.is_active <> activity.is_active;

-- name: asked_parcels
-- Purpose: the parcels whose record on the roll is wanted.
CREATE TEMPORARY TABLE asked_parcels ON COMMIT DROP AS
SELECT parcel_id FROM properties WHERE market = :market AND (is_active OR merged_into IS NOT NULL);

-- name: addresses_without_parcel
-- Purpose: the addresses to search the roll for: of records without a usable parcel number, and of properties whose number
-- is not on the roll, which may be another's there. What was merged or undone is not asked for again.
WITH unlisted AS (
  SELECT parcel_id
  FROM properties
  WHERE market = :market AND is_active AND NOT merge_barred
    AND NOT EXISTS (
      SELECT FROM property_records AS roll
      WHERE roll.market = :market AND roll.parcel_id = properties.parcel_id AND roll.is_active
    )
), records AS (
  SELECT parcel_id, address, true AS is_signal
  FROM tax_sales WHERE market = :market AND is_active AND address IS NOT NULL
  UNION ALL
  SELECT parcel_id, address, true
  FROM foreclosures WHERE market = :market AND is_active AND address IS NOT NULL
  UNION ALL
  SELECT parcel_id, address, lower(status) = 'open'
  FROM code_violations WHERE market = :market AND is_active AND address IS NOT NULL
)
SELECT DISTINCT address
FROM records
WHERE parcel_id IS NULL AND is_signal OR parcel_id IN (SELECT parcel_id FROM unlisted);

-- name: abbreviated_words
-- Purpose: the words that lists write in several ways, alone or together (MLK), by the lexicon addresses are read with.
WITH entries AS (
  SELECT word, stdword FROM us_lex
  UNION
  SELECT word, stdword FROM us_gaz
)
SELECT DISTINCT regexp_split_to_table(word || ' ' || stdword, ' ')
FROM entries
WHERE word <> stdword OR stdword IN (SELECT stdword FROM entries WHERE word <> stdword);

-- name: join_rates
-- Purpose: of the parcels each source names, the share that is on the appraiser's roll.
WITH named AS (
  SELECT 'tax_sales' AS source, parcel_id FROM tax_sales WHERE market = :market AND is_active
  UNION
  SELECT 'foreclosures', parcel_id FROM foreclosures WHERE market = :market AND is_active
  UNION
  SELECT 'code_violations', parcel_id FROM code_violations
  WHERE market = :market AND is_active AND lower(status) = 'open'
)
SELECT named.source, round(avg((roll.parcel_id IS NOT NULL)::int), 4) AS rate
FROM named
LEFT JOIN (
  SELECT DISTINCT parcel_id FROM property_records WHERE market = :market AND is_active
) AS roll ON roll.parcel_id = named.parcel_id
WHERE named.parcel_id IS NOT NULL
GROUP BY named.source;
