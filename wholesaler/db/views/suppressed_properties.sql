-- Purpose: the properties that nobody is contacted about, each once, with a reason: by their parcel, by their owner and
-- mailing address, or since the roll calls their parcel confidential; those merged into them too, and those they were
-- merged into. The number of the owner's key is what is indexed.
CREATE VIEW suppressed_properties AS
WITH held AS (
  SELECT property.market, coalesce(property.merged_into, property.id) AS property_id, suppression.reason
  FROM suppressions AS suppression
  JOIN properties AS property ON property.market = suppression.market AND property.parcel_id = suppression.value
  WHERE suppression.kind = 'parcel'
  UNION ALL
  SELECT property.market, coalesce(property.merged_into, property.id), suppression.reason
  FROM suppressions AS suppression
  CROSS JOIN LATERAL unnest(suppression.owner_keys) AS owner (owner_key)
  JOIN parcels AS parcel
    ON hashtextextended(parcel.owner_key, 0) = hashtextextended(owner.owner_key, 0)
    AND parcel.owner_key = owner.owner_key
  JOIN properties AS property ON property.market = parcel.market AND property.parcel_id = parcel.parcel_id
  WHERE suppression.kind = 'owner'
  UNION ALL
  SELECT market, property_id, 'confidential' FROM confidential_properties
)
SELECT held.market, member.id AS property_id, member.parcel_id, min(held.reason) AS reason
FROM held
CROSS JOIN LATERAL (
  SELECT id, parcel_id FROM properties WHERE market = held.market AND id = held.property_id
  UNION ALL
  SELECT id, parcel_id FROM properties WHERE market = held.market AND merged_into = held.property_id
) AS member
GROUP BY held.market, member.id, member.parcel_id;
