-- name: confidential
-- Purpose: those of some parcel numbers of which nothing may leave the database.
SELECT parcel_id FROM confidential_parcels WHERE market = :market AND parcel_id = ANY(:examples)
UNION
SELECT property.parcel_id
FROM confidential_properties AS confidential
JOIN properties AS property ON property.market = :market AND property.id = confidential.property_id
WHERE confidential.market = :market AND property.parcel_id = ANY(:examples);
