-- name: matches
-- Purpose: the parcel of each record without one: same number, street and unit, no contradiction in city or ZIP, and
-- near; only where exactly one parcel fits and no parcel of another unit is at that number. Without the roll's whole
-- answer one more may fit: what is matched is kept then, and what fits waits.
CREATE TEMPORARY TABLE matches ON COMMIT DROP AS
WITH pairs AS (
  SELECT
    record.source, record.record_key, address.parcel_id,
    record.house_number, record.street, record.unit, record.zip_code, record.city,
    (address.unit IS NOT DISTINCT FROM record.unit) AS same_unit,
    ST_Distance(address.point, record.point) AS metres
  FROM records_without_parcel AS record
  JOIN parcel_addresses AS address USING (house_number, street)
  -- a different town's street of the same name is another address
  WHERE (address.zip_code = record.zip_code OR address.zip_code IS NULL OR record.zip_code IS NULL)
    AND (ST_Distance(address.point, record.point) <= :near_metres
      OR ST_Distance(address.point, record.point) IS NULL
        AND (address.zip_code = record.zip_code OR address.city = record.city))
), candidates AS (
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
  record.record, record.source, record.record_key, record.is_signal,
  CASE
    WHEN NOT :roll_is_whole AND record.property_id IS NOT NULL THEN 'kept'
    WHEN record.house_number IS NULL THEN 'unreadable'
    WHEN candidates.fits THEN CASE WHEN :roll_is_whole THEN 'matched' ELSE 'waiting' END
    WHEN candidates.fits IS NOT NULL THEN 'ambiguous'
    ELSE 'unknown'
  END AS verdict,
  CASE WHEN candidates.fits THEN candidates.parcel_id END AS parcel_id,
  CASE WHEN candidates.fits THEN candidates.evidence END AS evidence
FROM records_without_parcel AS record
LEFT JOIN candidates USING (source, record_key);

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

-- name: point_records
-- Purpose: the records of {table} without parcel number to the property of the parcel they match, or to none; only
-- where that is different.
WITH match AS (
  SELECT
    matches.source, matches.record_key, coalesce(property.merged_into, property.id) AS property_id,
    CASE WHEN property.id IS NOT NULL THEN matches.evidence END AS evidence
  FROM matches
  LEFT JOIN properties AS property
    ON property.market = :market AND property.parcel_id = matches.parcel_id AND matches.verdict = 'matched'
  WHERE matches.record = '{table}'
)
UPDATE {table} AS record
SET property_id = match.property_id, match_evidence = match.evidence
FROM match
WHERE record.market = :market AND record.source = match.source AND record.record_key = match.record_key
  AND (record.property_id, record.match_evidence) IS DISTINCT FROM (match.property_id, match.evidence);

-- name: verdicts
-- Purpose: how many records without parcel number were matched, wait, were ambiguous, or are unknown to the roll.
SELECT verdict, count(*) AS records FROM matches GROUP BY verdict;
