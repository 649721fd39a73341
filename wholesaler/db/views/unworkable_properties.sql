-- Purpose: the properties that nobody works on, with the reason: suppressed ones, and those with a status that ends the
-- work. A dead lead is none of them while it has a signal that it did not have when it died.
CREATE VIEW unworkable_properties AS
SELECT market, property_id, parcel_id, reason FROM suppressed_properties
UNION ALL
SELECT status.market, member.id, member.parcel_id, status.status
FROM lead_statuses AS status
LEFT JOIN lead_scores AS score ON score.market = status.market AND score.property_id = status.property_id
CROSS JOIN LATERAL (
  SELECT id, parcel_id FROM properties WHERE market = status.market AND id = status.property_id
  UNION ALL
  SELECT id, parcel_id FROM properties WHERE market = status.market AND merged_into = status.property_id
) AS member
WHERE status.status IN ('closed', 'dnc')
  OR (status.status = 'dead' AND coalesce(score.signals <@ status.signals, true));
