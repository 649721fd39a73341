-- name: basis
-- Purpose: a hash of all that decides what is matched and merged, and of what came of it: records without parcel number
-- and what they point to, properties whose number the roll does not know, when the roll was written last, the standard
-- form, what was undone, and what the program and the market file say (``:rules``). Contents and not times of writing,
-- since a record that went and came back has lost its match.
WITH records AS (
  SELECT
    count(*) AS number,
    sum(hashtextextended(CAST(ROW(record, source, record_key, is_signal, property_id) AS text), 0)) AS keys,
    sum(hashtextextended(CAST(ROW(record, source, record_key, address, city, zip_code, location) AS text), 1)) AS places
  FROM signal_records
  WHERE market = :market AND is_active AND parcel_id IS NULL AND address IS NOT NULL
), unlisted AS (
  SELECT
    count(*) AS number,
    sum(hashtextextended(CAST(ROW(parcel_id, never_merge, address, city, zip_code, location) AS text), 2)) AS places
  FROM properties AS property
  WHERE market = :market AND is_active
    AND NOT EXISTS (
      SELECT FROM parcels AS parcel
      WHERE parcel.market = :market AND parcel.parcel_id = property.parcel_id AND parcel.is_listed
    )
)
SELECT
  records.number + unlisted.number AS seekers,
  md5(CAST(ROW(
    records.number, records.keys, records.places, unlisted.number, unlisted.places,
    (SELECT changed_at FROM merged_rolls WHERE market = :market),
    (SELECT string_agg(prosrc, '' ORDER BY prosrc) FROM pg_proc WHERE proname LIKE 'wholesaler\_%'),
    (SELECT ARRAY[count(*)::text, max(undone_at)::text] FROM undone_matches WHERE market = :market),
    CAST(:rules AS text)) AS text)) AS basis
FROM records
CROSS JOIN unlisted;

-- name: remember
-- Purpose: what was decided, and by what.
INSERT INTO matched_rolls (market, basis, stats)
VALUES (:market, :basis, CAST(:stats AS jsonb))
ON CONFLICT (market) DO UPDATE SET basis = excluded.basis, stats = excluded.stats, matched_at = now()
WHERE (matched_rolls.basis, matched_rolls.stats) IS DISTINCT FROM (excluded.basis, excluded.stats);
