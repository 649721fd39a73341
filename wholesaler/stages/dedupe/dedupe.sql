-- name: roll_is_whole
-- Purpose: whether the roll's newest answer is whole, of the day, and younger than the records it was asked for; a parcel
-- missing from any other may well be on the roll.
SELECT coalesce((
  SELECT roll.status = 'success' AND roll.as_of = :as_of AND NOT EXISTS (
    SELECT FROM data_ingestion_runs AS later
    WHERE later.market = :market AND later.stage = 'ingest' AND later.source <> 'property_records'
      AND later.status IN ('success', 'partial') AND later.id > roll.id
  )
  FROM data_ingestion_runs AS roll
  WHERE roll.market = :market AND roll.stage = 'ingest' AND roll.source = 'property_records'
    AND roll.status <> 'running'
  ORDER BY roll.id DESC
  LIMIT 1
), false);

-- name: unmerge
-- Purpose: a merged property whose number is on the roll now is a parcel of its own again.
UPDATE properties AS merged
SET merged_into = NULL, merge_evidence = NULL, updated_at = now()
WHERE market = :market AND merged_into IS NOT NULL
  AND EXISTS (
    SELECT FROM property_records AS roll
    WHERE roll.market = :market AND roll.parcel_id = merged.parcel_id AND roll.is_active
  );

-- name: unflatten
-- Purpose: what was merged into a property that stands alone again comes back to it.
UPDATE properties AS earlier
SET merged_into = winner.id, updated_at = now()
FROM properties AS winner
WHERE earlier.market = :market AND winner.market = :market
  AND earlier.merged_into <> winner.id AND winner.merged_into IS NULL
  AND winner.parcel_id = earlier.merge_evidence ->> 'merged_into';

-- name: written
-- Purpose: every address a parcel is known by, as published: the roll's where it is on the roll, else the property's own.
-- Only those with a house number that somebody asks for.
CREATE TEMPORARY TABLE written ON COMMIT DROP AS
WITH wanted AS (
  SELECT DISTINCT substring(address FROM '^\s*(\d+)') AS digits FROM unmatched
  UNION
  SELECT DISTINCT substring(house_number FROM '^(\d+)') FROM properties
  WHERE market = :market AND is_active AND NOT merge_barred AND house_number IS NOT NULL
    AND NOT EXISTS (
      SELECT FROM property_records AS roll
      WHERE roll.market = :market AND roll.parcel_id = properties.parcel_id AND roll.is_active
    )
), every AS (
  SELECT parcel_id, address, city, zip_code, location, true AS on_roll
  FROM property_records
  WHERE market = :market AND is_active AND address IS NOT NULL
  UNION ALL
  SELECT parcel_id, address, city, zip_code, location, false
  FROM properties
  WHERE market = :market AND is_active AND address IS NOT NULL
    AND NOT EXISTS (
      SELECT FROM property_records AS roll
      WHERE roll.market = :market AND roll.parcel_id = properties.parcel_id AND roll.is_active
    )
)
SELECT every.*
FROM every
JOIN wanted ON wanted.digits = substring(every.address FROM '^\s*(\d+)');

-- name: addresses
-- Purpose: the same, standardised.
CREATE TEMPORARY TABLE addresses ON COMMIT DROP AS
SELECT
  written.parcel_id, standard.house_number, standard.street, standard.unit,
  lower(written.city) AS city, left(written.zip_code, 5) AS zip_code,
  ST_Transform(written.location::geometry, :plane) AS point, written.on_roll
FROM written
JOIN standard_addresses AS standard ON standard.market = :market AND standard.address = written.address
WHERE standard.house_number IS NOT NULL;

-- name: unmatched
-- Purpose: active records without a usable parcel number.
CREATE TEMPORARY TABLE unmatched ON COMMIT DROP AS
SELECT
  source, record_key, property_id, address, is_signal,
  CAST(NULL AS text) AS house_number, CAST(NULL AS text) AS street, CAST(NULL AS text) AS unit,
  lower(city) AS city, left(zip_code, 5) AS zip_code, ST_Transform(location::geometry, :plane) AS point
FROM (
  SELECT 'tax_sales' AS source, record_key, property_id, address, city, zip_code, location, true AS is_signal
  FROM tax_sales WHERE market = :market AND is_active AND parcel_id IS NULL AND address IS NOT NULL
  UNION ALL
  SELECT 'foreclosures', record_key, property_id, address, city, zip_code, location, true
  FROM foreclosures WHERE market = :market AND is_active AND parcel_id IS NULL AND address IS NOT NULL
  UNION ALL
  SELECT 'code_violations', record_key, property_id, address, city, zip_code, location,
    lower(coalesce(status, '')) = 'open'
  FROM code_violations WHERE market = :market AND is_active AND parcel_id IS NULL AND address IS NOT NULL
) AS records;

-- name: standardise_unmatched
-- Purpose: their standardised addresses to them.
UPDATE unmatched
SET house_number = standard.house_number, street = standard.street, unit = standard.unit
FROM standard_addresses AS standard
WHERE standard.market = :market AND standard.address = unmatched.address;

-- name: matches
-- Purpose: the parcel of each record without one: same number, street and unit, no contradiction in city or ZIP, and near;
-- only where exactly one parcel fits and no parcel of another unit is at that number. Without the roll's whole answer one
-- more may fit: what is matched is kept then, and what fits waits.
CREATE TEMPORARY TABLE matches ON COMMIT DROP AS
WITH pairs AS (
  SELECT
    record.source, record.record_key, address.parcel_id,
    record.house_number, record.street, record.unit, record.zip_code, record.city,
    address.unit IS NOT DISTINCT FROM record.unit AS same_unit,
    ST_Distance(address.point, record.point) AS metres
  FROM unmatched AS record
  JOIN addresses AS address USING (house_number, street)
  -- a different town's street of the same name is another address
  WHERE (address.zip_code = record.zip_code OR address.zip_code IS NULL OR record.zip_code IS NULL)
    AND (ST_Distance(address.point, record.point) <= :near_metres
      OR ST_Distance(address.point, record.point) IS NULL
        AND (address.zip_code = record.zip_code OR address.city = record.city))
), counted AS (
  SELECT
    source, record_key,
    count(DISTINCT parcel_id) FILTER (WHERE same_unit) = 1
      AND (bool_and(unit IS NOT NULL) OR count(DISTINCT parcel_id) = 1) AS fits,
    (array_agg(parcel_id ORDER BY metres NULLS LAST) FILTER (WHERE same_unit))[1] AS parcel_id,
    (array_agg(jsonb_strip_nulls(jsonb_build_object(
      'rule', 'address_and_location', 'house_number', house_number, 'street', street, 'unit', unit,
      'city', city, 'zip_code', zip_code, 'distance_metres', round(metres::numeric, 1), 'parcel_id', parcel_id))
      ORDER BY metres NULLS LAST) FILTER (WHERE same_unit))[1] AS evidence
  FROM pairs
  GROUP BY source, record_key
)
SELECT
  record.source, record.record_key, record.is_signal,
  CASE
    WHEN NOT :roll_is_whole AND record.property_id IS NOT NULL THEN 'kept'
    WHEN record.house_number IS NULL THEN 'unreadable'
    WHEN counted.fits THEN CASE WHEN :roll_is_whole THEN 'matched' ELSE 'waiting' END
    WHEN counted.fits IS NOT NULL THEN 'ambiguous'
    ELSE 'unknown'
  END AS verdict,
  CASE WHEN counted.fits THEN counted.parcel_id END AS parcel_id,
  CASE WHEN counted.fits THEN counted.evidence END AS evidence
FROM unmatched AS record
LEFT JOIN counted USING (source, record_key);

-- name: create_matched_properties
-- Purpose: a parcel that is known by the roll alone becomes a property when a signal is found to be its own.
INSERT INTO properties (market, parcel_id)
SELECT DISTINCT :market, parcel_id
FROM matches
WHERE verdict = 'matched' AND is_signal
  AND NOT EXISTS (
    SELECT FROM properties WHERE properties.market = :market AND properties.parcel_id = matches.parcel_id
  )
ON CONFLICT (market, parcel_id) DO NOTHING;

-- name: point_tax_sales
-- Purpose: records without parcel number to the property found for them, or to none; only where that is different.
WITH found AS (
  SELECT matches.record_key, coalesce(property.merged_into, property.id) AS property_id,
    CASE WHEN property.id IS NOT NULL THEN matches.evidence END AS evidence
  FROM matches
  LEFT JOIN properties AS property
    ON property.market = :market AND property.parcel_id = matches.parcel_id AND matches.verdict = 'matched'
  WHERE matches.source = 'tax_sales'
)
UPDATE tax_sales AS record
SET property_id = found.property_id, match_evidence = found.evidence
FROM found
WHERE record.market = :market AND record.record_key = found.record_key
  AND (record.property_id, record.match_evidence) IS DISTINCT FROM (found.property_id, found.evidence);

-- name: point_foreclosures
-- Purpose: records without parcel number to the property found for them, or to none; only where that is different.
WITH found AS (
  SELECT matches.record_key, coalesce(property.merged_into, property.id) AS property_id,
    CASE WHEN property.id IS NOT NULL THEN matches.evidence END AS evidence
  FROM matches
  LEFT JOIN properties AS property
    ON property.market = :market AND property.parcel_id = matches.parcel_id AND matches.verdict = 'matched'
  WHERE matches.source = 'foreclosures'
)
UPDATE foreclosures AS record
SET property_id = found.property_id, match_evidence = found.evidence
FROM found
WHERE record.market = :market AND record.record_key = found.record_key
  AND (record.property_id, record.match_evidence) IS DISTINCT FROM (found.property_id, found.evidence);

-- name: point_code_violations
-- Purpose: records without parcel number to the property found for them, or to none; only where that is different.
WITH found AS (
  SELECT matches.record_key, coalesce(property.merged_into, property.id) AS property_id,
    CASE WHEN property.id IS NOT NULL THEN matches.evidence END AS evidence
  FROM matches
  LEFT JOIN properties AS property
    ON property.market = :market AND property.parcel_id = matches.parcel_id AND matches.verdict = 'matched'
  WHERE matches.source = 'code_violations'
)
UPDATE code_violations AS record
SET property_id = found.property_id, match_evidence = found.evidence
FROM found
WHERE record.market = :market AND record.record_key = found.record_key
  AND (record.property_id, record.match_evidence) IS DISTINCT FROM (found.property_id, found.evidence);

-- name: duplicates
-- Purpose: properties whose parcel number the roll does not know, and the one parcel of the roll at the same address and
-- place. Two parcels of the roll are never one; nor are different units, or anything in a building of several.
CREATE TEMPORARY TABLE duplicates ON COMMIT DROP AS
WITH losers AS (
  SELECT property.id, address.*
  FROM addresses AS address
  JOIN properties AS property ON property.market = :market AND property.parcel_id = address.parcel_id
  WHERE NOT address.on_roll AND property.is_active AND NOT property.merge_barred
), pairs AS (
  SELECT
    losers.id, losers.parcel_id, losers.house_number, losers.street, losers.unit, roll.parcel_id AS winner,
    roll.unit IS NOT DISTINCT FROM losers.unit AS same_unit,
    ST_Distance(roll.point, losers.point) AS metres
  FROM losers
  JOIN addresses AS roll USING (house_number, street)
  WHERE roll.on_roll
    AND (roll.zip_code = losers.zip_code OR roll.zip_code IS NULL OR losers.zip_code IS NULL)
    AND ST_Distance(roll.point, losers.point) <= :near_metres
), single AS (
  SELECT id
  FROM pairs
  GROUP BY id
  HAVING count(DISTINCT winner) FILTER (WHERE same_unit) = 1
    AND (count(DISTINCT winner) = 1 OR bool_and(unit IS NOT NULL))
)
SELECT
  pairs.id, pairs.winner AS winner_parcel_id,
  jsonb_strip_nulls(jsonb_build_object(
    'rule', 'not_on_roll_same_address', 'parcel_id', pairs.parcel_id, 'merged_into', pairs.winner,
    'house_number', pairs.house_number, 'street', pairs.street, 'unit', pairs.unit,
    'distance_metres', round(pairs.metres::numeric, 1))) AS evidence
FROM pairs
JOIN single USING (id)
WHERE pairs.same_unit;

-- name: create_winners
-- Purpose: the parcel of the roll that a duplicate belongs to, where it is no property yet.
INSERT INTO properties (market, parcel_id)
SELECT DISTINCT :market, winner_parcel_id
FROM duplicates
WHERE NOT EXISTS (
  SELECT FROM properties WHERE properties.market = :market AND properties.parcel_id = duplicates.winner_parcel_id
)
ON CONFLICT (market, parcel_id) DO NOTHING;

-- name: merge
-- Purpose: the duplicates become inactive and say what they were merged into and why.
UPDATE properties AS loser
SET is_active = false, merged_into = winner.id, merge_evidence = duplicates.evidence, updated_at = now()
FROM duplicates
JOIN properties AS winner ON winner.market = :market AND winner.parcel_id = duplicates.winner_parcel_id
WHERE loser.market = :market AND loser.id = duplicates.id AND loser.id <> winner.id AND winner.merged_into IS NULL;

-- name: flatten
-- Purpose: what was merged into a property that is merged now itself, follows it.
UPDATE properties AS earlier
SET merged_into = winner.merged_into, updated_at = now()
FROM properties AS winner
WHERE earlier.market = :market AND winner.market = :market
  AND earlier.merged_into = winner.id AND winner.merged_into IS NOT NULL;

-- name: repoint_matched
-- Purpose: records found by address, to the property of the parcel found or the one that property is merged into.
WITH tax_sale AS (
  UPDATE tax_sales AS record SET property_id = coalesce(found.merged_into, found.id)
  FROM properties AS found
  WHERE record.market = :market AND record.match_evidence IS NOT NULL
    AND found.market = :market AND found.parcel_id = record.match_evidence ->> 'parcel_id'
    AND record.property_id <> coalesce(found.merged_into, found.id)
), violation AS (
  UPDATE code_violations AS record SET property_id = coalesce(found.merged_into, found.id)
  FROM properties AS found
  WHERE record.market = :market AND record.match_evidence IS NOT NULL
    AND found.market = :market AND found.parcel_id = record.match_evidence ->> 'parcel_id'
    AND record.property_id <> coalesce(found.merged_into, found.id)
)
UPDATE foreclosures AS record SET property_id = coalesce(found.merged_into, found.id)
FROM properties AS found
WHERE record.market = :market AND record.match_evidence IS NOT NULL
  AND found.market = :market AND found.parcel_id = record.match_evidence ->> 'parcel_id'
  AND record.property_id <> coalesce(found.merged_into, found.id);

-- name: drop_merged_addresses
-- Purpose: what has just been merged is no second candidate at its address.
DELETE FROM addresses
USING properties
WHERE properties.market = :market AND properties.parcel_id = addresses.parcel_id
  AND properties.merged_into IS NOT NULL AND NOT addresses.on_roll;

-- name: summary
-- Purpose: how many records without parcel number were matched, wait, were ambiguous, or are unknown to the roll.
SELECT verdict, count(*) AS records FROM matches GROUP BY verdict;

-- name: undo
-- Purpose: a merged property stands alone again, and is not merged by the program any more.
UPDATE properties
SET merged_into = NULL, merge_evidence = NULL, merge_barred = true, is_active = true, counted_radius_miles = NULL,
  updated_at = now()
WHERE market = :market AND parcel_id = ANY(:parcel_ids) AND merged_into IS NOT NULL
RETURNING parcel_id;
