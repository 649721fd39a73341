-- name: suppressed
-- Purpose: those of some parcel numbers that nobody is to read of: confidential ones, and suppressed ones.
SELECT parcel_id FROM confidential_parcels WHERE market = :market AND parcel_id = ANY(:examples)
UNION
SELECT parcel_id FROM suppressed_properties WHERE market = :market AND parcel_id = ANY(:examples)
UNION
SELECT value FROM suppressions WHERE market = :market AND kind = 'parcel' AND value = ANY(:examples);
