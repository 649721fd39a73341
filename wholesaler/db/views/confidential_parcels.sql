-- Purpose: the parcels that the roll calls confidential: what they are is nobody's business outside the database. A
-- source that is stale, and whose other values are passed over, still says so.
CREATE VIEW confidential_parcels AS
SELECT market, parcel_id FROM parcels WHERE confidential
UNION ALL
SELECT market, parcel_id FROM property_records WHERE confidential AND is_active AND parcel_id IS NOT NULL;
