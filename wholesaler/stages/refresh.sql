-- name: attach_records
-- Purpose: the appraiser's record to its own property; a merged property's record stays with the merged property.
UPDATE property_records AS record
SET property_id = property.id
FROM properties AS property
WHERE record.market = :market AND property.market = :market
  AND property.parcel_id = record.parcel_id
  AND record.property_id IS DISTINCT FROM property.id;

-- name: refresh_addresses
-- Purpose: every active property's published and standardised address and its location, best source first.
WITH candidates AS (
  SELECT property_id, record_key, address, city, zip_code, location, 'property_records' AS source,
    1 AS address_rank, 3 AS location_rank
  FROM property_records WHERE market = :market AND is_active AND property_id IS NOT NULL
  UNION ALL
  SELECT property_id, record_key, address, city, zip_code, location, 'foreclosures', 2, 2
  FROM foreclosures WHERE market = :market AND is_active AND property_id IS NOT NULL
  UNION ALL
  SELECT property_id, record_key, address, city, zip_code, location, 'tax_sales', 3, 1
  FROM tax_sales WHERE market = :market AND is_active AND property_id IS NOT NULL
  UNION ALL
  SELECT property_id, record_key, address, city, zip_code, location, 'code_violations', 4, 4
  FROM code_violations WHERE market = :market AND is_active AND property_id IS NOT NULL
), best AS (
  SELECT
    property_id,
    (array_agg(address ORDER BY address_rank, record_key) FILTER (WHERE address IS NOT NULL))[1] AS address,
    (array_agg(source ORDER BY address_rank, record_key) FILTER (WHERE address IS NOT NULL))[1] AS address_source,
    (array_agg(city ORDER BY address_rank, record_key) FILTER (WHERE city IS NOT NULL))[1] AS city,
    (array_agg(zip_code ORDER BY address_rank, record_key) FILTER (WHERE zip_code IS NOT NULL))[1] AS zip_code,
    (array_agg(location ORDER BY location_rank, record_key) FILTER (WHERE location IS NOT NULL))[1] AS location,
    (array_agg(source ORDER BY location_rank, record_key) FILTER (WHERE location IS NOT NULL))[1] AS location_source
  FROM candidates
  GROUP BY property_id
), changed AS (
  SELECT
    property.id, best.address, best.address_source, best.city, best.zip_code,
    -- a geocoded location stays until a record brings a better one, or the address it belongs to changes
    CASE WHEN best.location IS NULL AND property.location_source = 'census_geocoder'
      AND property.address IS NOT DISTINCT FROM best.address THEN property.location ELSE best.location END AS location,
    CASE WHEN best.location IS NULL AND property.location_source = 'census_geocoder'
      AND property.address IS NOT DISTINCT FROM best.address THEN 'census_geocoder' ELSE best.location_source
    END AS location_source
  FROM properties AS property
  JOIN best ON best.property_id = property.id
  WHERE property.market = :market AND property.is_active
)
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
FROM changed
LEFT JOIN LATERAL wholesaler_standard_address(changed.address, :state) AS standard ON true
WHERE property.market = :market AND property.id = changed.id
  AND ((property.address, property.address_source, property.city, property.zip_code, property.location_source)
      IS DISTINCT FROM
      (changed.address, changed.address_source, changed.city, changed.zip_code, changed.location_source)
    OR property.location::geometry IS DISTINCT FROM changed.location::geometry);

-- name: coverage
-- Purpose: what enrich reports of the market's active properties.
SELECT
  count(*) AS processed,
  count(*) FILTER (WHERE address IS NULL AND location IS NULL) AS failed,
  count(*) FILTER (WHERE EXISTS (
    SELECT FROM property_records AS record
    WHERE record.market = :market AND record.property_id = property.id AND record.is_active
  )) AS records_attached
FROM properties AS property
WHERE market = :market AND is_active;
