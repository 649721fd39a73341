-- Purpose: the properties of confidential parcels, those merged into them, and those they were merged into. Whatever
-- leaves the database leaves these out.
CREATE VIEW confidential_properties AS
WITH standing AS (
  SELECT property.market, coalesce(property.merged_into, property.id) AS property_id
  FROM confidential_parcels AS parcel
  JOIN properties AS property ON property.market = parcel.market AND property.parcel_id = parcel.parcel_id
)
SELECT market, property_id FROM standing
UNION
SELECT member.market, member.id
FROM standing
JOIN properties AS member ON member.market = standing.market AND member.merged_into = standing.property_id;
