-- Purpose: the leads that lists, exports, reports and messages show unless asked for others: of a tier, not suppressed,
-- and with a status that does not end the work. ``came_back``: it was dead, and has a signal now that it did not have
-- then.
CREATE VIEW workable_leads AS
SELECT score.market, score.property_id, coalesce(status.status = 'dead', false) AS came_back
FROM lead_scores AS score
LEFT JOIN lead_statuses AS status ON status.market = score.market AND status.property_id = score.property_id
WHERE score.tier IS NOT NULL AND coalesce(
  status.status NOT IN ('closed', 'dnc', 'dead') OR (status.status = 'dead' AND NOT score.signals <@ status.signals),
  true
) AND NOT EXISTS (
  SELECT FROM suppressed_properties AS suppressed
  WHERE suppressed.market = score.market AND suppressed.property_id = score.property_id
);
