-- name: at_address
-- Purpose: the properties at an address, or those they were merged into; without a unit those of all its units.
WITH asked AS MATERIALIZED (
  SELECT house_number, street, unit FROM wholesaler_standard_address(:written, :state)
), found AS (
  SELECT DISTINCT coalesce(property.merged_into, property.id) AS id
  FROM asked
  JOIN properties AS property
    ON property.market = :market AND property.house_number = asked.house_number AND property.street = asked.street
    AND coalesce(property.unit = asked.unit, asked.unit IS NULL)
)
SELECT
  property.id, property.parcel_id, property.address, property.city, property.zip_code,
  ST_Y(property.location::geometry) AS latitude, ST_X(property.location::geometry) AS longitude
FROM found
JOIN properties AS property ON property.market = :market AND property.id = found.id
ORDER BY property.parcel_id;

-- name: parcels_at_address
-- Purpose: the parcels of the roll at an address, where no signal ever named one.
WITH asked AS MATERIALIZED (
  SELECT house_number, street, unit FROM wholesaler_standard_address(:written, :state)
), written AS MATERIALIZED (
  SELECT standard.address
  FROM asked
  JOIN standard_addresses AS standard
    ON standard.market = :market AND standard.house_number = asked.house_number AND standard.street = asked.street
    AND coalesce(standard.unit = asked.unit, asked.unit IS NULL)
)
SELECT
  CAST(NULL AS bigint) AS id, parcel.parcel_id, parcel.address, parcel.city, parcel.zip_code,
  ST_Y(parcel.location::geometry) AS latitude, ST_X(parcel.location::geometry) AS longitude
FROM parcels AS parcel
WHERE parcel.market = :market AND parcel.address IN (SELECT address FROM written)
ORDER BY parcel.parcel_id;
