-- name: attach_records
-- Purpose: the appraiser's record to its own property; a merged property's record stays with the merged property.
UPDATE property_records AS record
SET property_id = property.id
FROM properties AS property
WHERE record.market = :market AND property.market = :market
  AND property.parcel_id = record.parcel_id
  AND record.property_id IS DISTINCT FROM property.id;

-- name: changed_addresses
-- Purpose: the active properties whose published address or location is another now, each from its best source
-- of those that the market file has.
CREATE TEMPORARY TABLE changed_addresses ON COMMIT DROP AS
WITH listed AS (
  SELECT
    property_id, source, record_key, address, city, zip_code, location, record,
    CASE record WHEN 'foreclosures' THEN 1 WHEN 'tax_sales' THEN 2 ELSE 3 END AS address_rank,
    CASE record WHEN 'tax_sales' THEN 1 WHEN 'foreclosures' THEN 2 ELSE 3 END AS location_rank
  FROM signal_records
  WHERE market = :market AND is_active AND property_id IS NOT NULL AND source = ANY(:sources)
), addressed AS (
  SELECT DISTINCT ON (property_id) property_id, address, city, zip_code, source
  FROM listed
  WHERE address IS NOT NULL
  ORDER BY property_id, address_rank, source, record_key
), placed AS (
  SELECT DISTINCT ON (property_id) property_id, location, source, record
  FROM listed
  WHERE location IS NOT NULL
  ORDER BY property_id, location_rank, source, record_key
), best AS (
  SELECT
    property.id,
    coalesce(roll.address, addressed.address) AS address,
    CASE WHEN roll.address IS NOT NULL THEN roll.source ELSE addressed.source END AS address_source,
    coalesce(roll.city, addressed.city) AS city,
    coalesce(roll.zip_code, addressed.zip_code) AS zip_code,
    -- a case's point says where an inspector stood: the roll's is better, a notice's own is best
    CASE WHEN placed.record = 'code_violations' THEN coalesce(roll.location, placed.location)
      ELSE coalesce(placed.location, roll.location) END AS best_location,
    CASE WHEN roll.location IS NOT NULL AND (placed.record IS NULL OR placed.record = 'code_violations')
      THEN roll.source ELSE placed.source END AS best_location_source,
    property.address AS former_address, property.address_source AS former_address_source,
    property.city AS former_city, property.zip_code AS former_zip_code,
    property.location AS former_location, property.location_source AS former_location_source
  FROM properties AS property
  LEFT JOIN property_records AS roll ON roll.market = :market AND roll.property_id = property.id AND roll.is_active
    AND roll.source = ANY(:sources)
  LEFT JOIN addressed ON addressed.property_id = property.id
  LEFT JOIN placed ON placed.property_id = property.id
  WHERE property.market = :market AND property.is_active
), settled AS (
  SELECT
    best.*,
    -- a geocoded location stays until a record brings a better one, or the address it belongs to changes: what the
    -- geocoder was asked for is the street, the city and the ZIP (enrich/geocode.sql)
    (best.best_location IS NULL AND former_location_source = 'census_geocoder'
      AND (upper(former_address), upper(former_city), left(former_zip_code, 5))
        IS NOT DISTINCT FROM (upper(best.address), upper(best.city), left(best.zip_code, 5))) AS is_geocoded
  FROM best
), located AS (
  SELECT
    *,
    CASE WHEN is_geocoded THEN former_location ELSE best_location END AS location,
    CASE WHEN is_geocoded THEN former_location_source ELSE best_location_source END AS location_source
  FROM settled
)
SELECT id, address, address_source, city, zip_code, location, location_source
FROM located
WHERE (address, address_source, city, zip_code, location_source)
    IS DISTINCT FROM
    (former_address, former_address_source, former_city, former_zip_code, former_location_source)
  OR location::geometry IS DISTINCT FROM former_location::geometry;

-- name: standardise
-- Purpose: every address is standardised once, when it is first seen; {table} is a temporary table that holds some.
INSERT INTO standard_addresses (market, address, house_number, street, unit)
SELECT :market, written.address, standard.house_number, standard.street, standard.unit
FROM (
  SELECT DISTINCT address
  FROM {table} AS given
  WHERE address IS NOT NULL AND NOT EXISTS (
    SELECT FROM standard_addresses AS known WHERE known.market = :market AND known.address = given.address
  )
) AS written
LEFT JOIN LATERAL wholesaler_standard_address(written.address, :state) AS standard ON true;

-- name: refresh_addresses
-- Purpose: the changed addresses, as published and standardised, and locations to their properties.
UPDATE properties AS property
SET address = changed.address,
    address_source = changed.address_source,
    city = changed.city,
    zip_code = changed.zip_code,
    house_number = standard.house_number,
    street = standard.street,
    unit = standard.unit,
    location = changed.location,
    location_source = changed.location_source,
    updated_at = now()
FROM changed_addresses AS changed
LEFT JOIN standard_addresses AS standard ON standard.market = :market AND standard.address = changed.address
WHERE property.market = :market AND property.id = changed.id;
