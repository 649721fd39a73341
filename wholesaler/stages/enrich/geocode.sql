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
-- Purpose: remember an answer, a miss too.
INSERT INTO geocode_cache (market, address_key, match, match_type, matched_address, location, expires_at)
VALUES (:market, :address_key, :match, :match_type, :matched_address,
  ST_SetSRID(ST_MakePoint(:x, :y), 4326)::geography,
  CASE WHEN :match = 'Match' THEN NULL ELSE now() + make_interval(days => :miss_days) END)
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
