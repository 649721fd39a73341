-- name: coverage
-- Purpose: what enrich reports of the market's active properties.
SELECT
  count(*) AS processed,
  count(*) FILTER (WHERE property.address IS NULL AND property.location IS NULL) AS failed,
  count(parcel.parcel_id) AS records_attached
FROM properties AS property
LEFT JOIN parcels AS parcel
  ON parcel.market = :market AND parcel.parcel_id = property.parcel_id AND parcel.is_listed
WHERE property.market = :market AND property.is_active;
