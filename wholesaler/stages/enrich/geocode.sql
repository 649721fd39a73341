-- name: wanted
-- Purpose: the addresses of properties without a location that the geocoder has not been asked yet, or long ago; in
-- another order every day, so that what is late one day is not late every day.
SELECT address_key, address, city, zip_code
FROM (
  SELECT DISTINCT
    concat_ws('|', upper(property.address), upper(property.city), left(property.zip_code, 5)) AS address_key,
    property.address, property.city, left(property.zip_code, 5) AS zip_code
  FROM properties AS property
  WHERE property.market = :market AND property.is_active AND property.location IS NULL
    AND property.house_number IS NOT NULL AND (property.city IS NOT NULL OR property.zip_code IS NOT NULL)
    AND NOT EXISTS (
      SELECT FROM geocode_cache AS known
      WHERE known.market = :market
        AND known.address_key
          = concat_ws('|', upper(property.address), upper(property.city), left(property.zip_code, 5))
        AND (known.expires_at IS NULL OR known.expires_at > now())
    )
) AS asked
ORDER BY md5(address_key || :as_of), address, city, zip_code;

-- name: keep
-- Purpose: remember an answer, a miss too. A match is one only if it is the address that was asked for: the same house
-- number, the ZIP if one was asked for, and a street that says nothing else; '12 MAIN' may be '12 N MAIN ST', but
-- '12 N MAIN ST' neither '12 S MAIN ST' nor '12 N MAIN AVE'.
WITH answer AS (
  SELECT
    CAST(:matched_address AS text) AS matched_address, CAST(:zip_code AS text) AS zip_code,
    substring(:matched_address FROM '(\d{5})(-\d{4})?\s*$') AS matched_zip_code
), streets AS (
  SELECT
    asked.house_number = matched.house_number AS same_number,
    CASE WHEN length(asked.street) <= length(matched.street) THEN asked.street ELSE matched.street END AS shorter,
    CASE WHEN length(asked.street) <= length(matched.street) THEN matched.street ELSE asked.street END AS longer
  FROM answer,
    LATERAL wholesaler_standard_address(:address, :state) AS asked,
    LATERAL wholesaler_standard_address(split_part(answer.matched_address, ',', 1), :state) AS matched
), judged AS (
  SELECT :match = 'Match'
    AND coalesce(answer.zip_code = answer.matched_zip_code, true)
    AND coalesce((
      SELECT same_number AND longer ~ concat(
        '^((NORTH|SOUTH)?(EAST|WEST)? |(NORTH|SOUTH) )?', regexp_replace(shorter, '(\W)', '\\\1', 'g'),
        '( [A-Z]+)?( (NORTH|SOUTH)?(EAST|WEST)?)?$')
      FROM streets
    ), false) AS is_match
  FROM answer
)
INSERT INTO geocode_cache (market, address_key, match, match_type, matched_address, location, expires_at)
SELECT :market, :address_key,
  CASE WHEN is_match OR :match <> 'Match' THEN :match ELSE 'No_Match' END,
  :match_type, :matched_address,
  CASE WHEN is_match THEN ST_SetSRID(ST_MakePoint(:x, :y), 4326)::geography END,
  CASE WHEN NOT is_match THEN now() + make_interval(days => :miss_days) END
FROM judged
ON CONFLICT (market, address_key) DO UPDATE
SET match = excluded.match, match_type = excluded.match_type, matched_address = excluded.matched_address,
    location = excluded.location, geocoded_at = now(), expires_at = excluded.expires_at;

-- name: apply
-- Purpose: properties without a location take the geocoder's.
UPDATE properties AS property
SET location = known.location, location_source = 'census_geocoder', updated_at = now()
FROM geocode_cache AS known
WHERE property.market = :market AND property.is_active AND property.location IS NULL
  AND known.market = :market AND known.location IS NOT NULL
  AND known.address_key = concat_ws('|', upper(property.address), upper(property.city), left(property.zip_code, 5));
