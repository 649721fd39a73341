-- name: addresses_without_location
-- Purpose: the addresses of properties without a location that the geocoder has not been asked yet, or long ago, each
-- once however it is capitalised; in another order every day, so that what is late one day is not late every day.
-- Nobody is asked about a confidential parcel.
SELECT address_key, address, city, zip_code
FROM (
  SELECT DISTINCT ON (lookup.address_key) lookup.address_key, property.address, property.city, lookup.zip_code
  FROM properties AS property,
    LATERAL (
      SELECT
        concat_ws('|', upper(property.address), upper(property.city), left(property.zip_code, 5)) AS address_key,
        left(property.zip_code, 5) AS zip_code
    ) AS lookup
  WHERE property.market = :market AND property.is_active AND property.location IS NULL
    AND property.house_number IS NOT NULL AND (property.city IS NOT NULL OR property.zip_code IS NOT NULL)
    AND property.id NOT IN (SELECT property_id FROM confidential_properties WHERE market = :market)
    AND NOT EXISTS (
      SELECT FROM geocode_cache AS cached
      WHERE cached.market = :market AND cached.address_key = lookup.address_key
        AND (cached.expires_at IS NULL OR cached.expires_at > now())
    )
  ORDER BY lookup.address_key, property.address, property.city
) AS addresses
ORDER BY md5(address_key || :as_of);

-- name: keep
-- Purpose: remember answers, misses too. A match is one only if it is the address that was asked for: the same house
-- number, the ZIP if one was asked for, and a street that says nothing else; '12 MAIN' may be '12 N MAIN ST', but
-- '12 N MAIN ST' neither '12 S MAIN ST' nor '12 N MAIN AVE'. All answers in one statement: what addresses are read by
-- is prepared once a statement.
WITH answers AS (
  SELECT answer.*
  FROM jsonb_to_recordset(CAST(:answers AS jsonb)) AS answer (
    address_key text, address text, zip_code text, match text, match_type text, matched_address text,
    x float, y float
  )
), matches AS (
  SELECT
    answers.address_key, answers.zip_code, substring(matched_address FROM '(\d{5})(-\d{4})?\s*$') AS matched_zip_code,
    own.house_number, published.house_number AS matched_house_number,
    CASE WHEN length(own.street) <= length(published.street) THEN own.street ELSE published.street END AS shorter,
    CASE WHEN length(own.street) <= length(published.street) THEN published.street ELSE own.street END AS longer
  FROM answers,
    LATERAL wholesaler_standard_address(answers.address, :state) AS own,
    LATERAL wholesaler_standard_address(split_part(answers.matched_address, ',', 1), :state) AS published
  WHERE answers.match = 'Match'
), exact AS (
  SELECT address_key
  FROM matches
  WHERE house_number = matched_house_number
    AND coalesce(zip_code = matched_zip_code, true)
    AND longer ~ concat(
      '^((NORTH|SOUTH)?(EAST|WEST)? |(NORTH|SOUTH) )?', regexp_replace(shorter, '(\W)', '\\\1', 'g'),
      '( [A-Z]+)?( (NORTH|SOUTH)?(EAST|WEST)?)?$')
), verdicts AS (
  SELECT answers.*, exact.address_key IS NOT NULL AS is_exact
  FROM answers
  LEFT JOIN exact ON exact.address_key = answers.address_key
)
INSERT INTO geocode_cache (market, address_key, match, match_type, matched_address, location, expires_at)
SELECT
  :market, address_key,
  CASE WHEN match = 'Match' AND NOT is_exact THEN 'No_Match' ELSE match END,
  match_type, matched_address,
  CASE WHEN is_exact THEN ST_SetSRID(ST_MakePoint(x, y), 4326)::geography END,
  CASE WHEN NOT is_exact THEN now() + make_interval(days => :miss_days) END
FROM verdicts
ON CONFLICT (market, address_key) DO UPDATE
SET match = excluded.match, match_type = excluded.match_type, matched_address = excluded.matched_address,
    location = excluded.location, geocoded_at = now(), expires_at = excluded.expires_at;

-- name: apply
-- Purpose: properties without a location take the geocoder's.
UPDATE properties AS property
SET location = cached.location, location_source = 'census_geocoder', updated_at = now()
FROM geocode_cache AS cached
WHERE property.market = :market AND property.is_active AND property.location IS NULL
  AND cached.market = :market AND cached.location IS NOT NULL
  AND cached.address_key = concat_ws('|', upper(property.address), upper(property.city), left(property.zip_code, 5));
