-- name: changed_addresses
-- Purpose: the active properties whose published address or location is another now, each from its best source
-- of those that the market file has.
CREATE TEMPORARY TABLE changed_addresses ON COMMIT DROP AS
WITH signals AS (
  SELECT
    property_id, source, record_key, address, city, zip_code, location, record,
    CASE record WHEN 'foreclosures' THEN 1 WHEN 'tax_sales' THEN 2 WHEN 'distress_events' THEN 3 ELSE 4 END
      AS address_rank,
    CASE record WHEN 'tax_sales' THEN 1 WHEN 'foreclosures' THEN 2 WHEN 'distress_events' THEN 3 ELSE 4 END
      AS location_rank,
    -- of several sources of one kind of record the first in the market file, whatever they are called
    array_position(CAST(:sources AS text[]), source) AS source_rank
  FROM signal_records
  WHERE market = :market AND is_active AND property_id IS NOT NULL AND source = ANY(:sources)
), best_addresses AS (
  SELECT DISTINCT ON (property_id) property_id, address, city, zip_code, source
  FROM signals
  WHERE address IS NOT NULL
  ORDER BY property_id, address_rank, source_rank, record_key
), best_points AS (
  SELECT DISTINCT ON (property_id) property_id, location, source, record
  FROM signals
  WHERE location IS NOT NULL
  ORDER BY property_id, location_rank, source_rank, record_key
), roll AS (
  -- of a parcel is not kept which of the roll's sources said what; where there is one, it was that
  SELECT
    parcel.parcel_id, parcel.address, parcel.city, parcel.zip_code, parcel.location,
    coalesce(addresses.source, (CAST(:rolls AS text[]))[1]) AS address_source,
    coalesce(places.source, (CAST(:rolls AS text[]))[1]) AS location_source
  FROM parcels AS parcel
  LEFT JOIN LATERAL (
    SELECT record.source
    FROM unnest(CAST(:rolls AS text[])) WITH ORDINALITY AS roll (source, rank)
    JOIN property_records AS record ON record.market = :market AND record.source = roll.source
      AND record.record_key = parcel.parcel_id AND record.is_active AND record.address IS NOT NULL
    ORDER BY roll.rank
    LIMIT 1
  ) AS addresses ON cardinality(CAST(:rolls AS text[])) > 1 AND parcel.address IS NOT NULL
  LEFT JOIN LATERAL (
    SELECT record.source
    FROM unnest(CAST(:rolls AS text[])) WITH ORDINALITY AS roll (source, rank)
    JOIN property_records AS record ON record.market = :market AND record.source = roll.source
      AND record.record_key = parcel.parcel_id AND record.is_active AND record.location IS NOT NULL
    ORDER BY roll.rank
    LIMIT 1
  ) AS places ON cardinality(CAST(:rolls AS text[])) > 1 AND parcel.location IS NOT NULL
  WHERE parcel.market = :market
), best AS (
  SELECT
    property.id,
    coalesce(roll.address, best_addresses.address) AS address,
    CASE WHEN roll.address IS NOT NULL THEN roll.address_source ELSE best_addresses.source END AS address_source,
    coalesce(roll.city, best_addresses.city) AS city,
    coalesce(roll.zip_code, best_addresses.zip_code) AS zip_code,
    -- a case's point says where an inspector stood, an event's what a geocoder made of its address: the roll's is
    -- better, a notice's own is best
    CASE WHEN best_points.record IN ('code_violations', 'distress_events')
      THEN coalesce(roll.location, best_points.location)
      ELSE coalesce(best_points.location, roll.location) END AS best_location,
    CASE WHEN roll.location IS NOT NULL
        AND (best_points.record IS NULL OR best_points.record IN ('code_violations', 'distress_events'))
      THEN roll.location_source ELSE best_points.source END AS best_location_source,
    property.address AS former_address, property.address_source AS former_address_source,
    property.city AS former_city, property.zip_code AS former_zip_code,
    property.location AS former_location, property.location_source AS former_location_source
  FROM properties AS property
  LEFT JOIN roll ON roll.parcel_id = property.parcel_id
  LEFT JOIN best_addresses ON best_addresses.property_id = property.id
  LEFT JOIN best_points ON best_points.property_id = property.id
  WHERE property.market = :market AND property.is_active
), candidates AS (
  SELECT
    best.*,
    -- a geocoded location stays until a record brings a better one, or the address it belongs to changes: what the
    -- geocoder was asked for is the street, the city and the ZIP (enrich/geocode.sql)
    (best.best_location IS NULL AND former_location_source = 'census_geocoder'
      AND (upper(former_address), upper(former_city), left(former_zip_code, 5))
        IS NOT DISTINCT FROM (upper(best.address), upper(best.city), left(best.zip_code, 5))) AS is_geocoded
  FROM best
), results AS (
  SELECT
    *,
    CASE WHEN is_geocoded THEN former_location ELSE best_location END AS location,
    CASE WHEN is_geocoded THEN former_location_source ELSE best_location_source END AS location_source
  FROM candidates
)
SELECT id, address, address_source, city, zip_code, location, location_source
FROM results
WHERE (address, address_source, city, zip_code, location_source)
    IS DISTINCT FROM
    (former_address, former_address_source, former_city, former_zip_code, former_location_source)
  OR location::geometry IS DISTINCT FROM former_location::geometry;

-- name: standardise
-- Purpose: every address is standardised once, when it is first seen; {table} is a temporary table that holds some. As
-- wholesaler_standard_address does it, but the text of each street and each unit is read once: it is dear, and a county
-- of 500,000 addresses has 15,000 streets.
INSERT INTO standard_addresses (
  market, address, house_number, predirection, street_name, suffix, postdirection, street, unit
)
WITH plain AS MATERIALIZED (
  SELECT new_addresses.address, part.house_number, part.street, part.unit
  FROM (
    SELECT missing.address, upper(missing.address) AS capitals
    FROM (
      SELECT DISTINCT address
      FROM {table} AS published
      WHERE address IS NOT NULL AND NOT EXISTS (
        SELECT FROM standard_addresses AS existing
        WHERE existing.market = :market AND existing.address = published.address
      )
    ) AS missing
    OFFSET 0  -- in capitals once
  ) AS new_addresses
  LEFT JOIN LATERAL wholesaler_plain_address_parts(new_addresses.capitals) AS part ON true
), parts AS MATERIALIZED (
  SELECT address, house_number, street, unit FROM plain WHERE street IS NOT NULL
  UNION ALL
  SELECT plain.address, part.house_number, part.street, part.unit
  FROM plain
  LEFT JOIN LATERAL wholesaler_address_parts(plain.address) AS part ON true
  WHERE plain.street IS NULL
), streets AS MATERIALIZED (
  SELECT written.street AS written, standard.*
  FROM (SELECT DISTINCT street FROM parts WHERE street IS NOT NULL) AS written
  CROSS JOIN LATERAL wholesaler_standard_street(written.street) AS standard
), units AS MATERIALIZED (
  SELECT written.unit AS written, wholesaler_standard_unit(written.unit) AS unit
  FROM (SELECT DISTINCT unit FROM parts WHERE unit IS NOT NULL) AS written
)
SELECT
  :market, parts.address,
  CASE WHEN streets.written IS NOT NULL THEN parts.house_number END,
  streets.predirection, streets.street_name, streets.suffix, streets.postdirection, streets.street,
  CASE WHEN streets.written IS NOT NULL THEN units.unit END
FROM parts
LEFT JOIN units ON units.written = parts.unit
LEFT JOIN streets ON streets.written = parts.street AND (parts.unit IS NULL OR units.unit IS NOT NULL);

-- name: refresh_addresses
-- Purpose: the changed addresses, as published and standardised, and locations to their properties.
UPDATE properties AS property
SET address = change.address,
    address_source = change.address_source,
    city = change.city,
    zip_code = change.zip_code,
    house_number = standard.house_number,
    street = standard.street,
    unit = standard.unit,
    location = change.location,
    location_source = change.location_source,
    updated_at = now()
FROM changed_addresses AS change
LEFT JOIN standard_addresses AS standard ON standard.market = :market AND standard.address = change.address
WHERE property.market = :market AND property.id = change.id;
