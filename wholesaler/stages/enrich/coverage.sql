-- name: coverage
-- Purpose: what enrich reports of the market's active properties.
SELECT
  count(*) AS processed,
  count(*) FILTER (WHERE property.address IS NULL AND property.location IS NULL) AS failed,
  count(roll.property_id) AS records_attached
FROM properties AS property
LEFT JOIN property_records AS roll ON roll.market = :market AND roll.property_id = property.id AND roll.is_active
WHERE property.market = :market AND property.is_active;
