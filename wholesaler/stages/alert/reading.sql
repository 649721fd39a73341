-- name: deliveries
-- Purpose: the announcements of a market, what needs somebody first, then the newest; none about what is suppressed.
SELECT
  id, channel, kind, subject, as_of, status AS state, attempts, last_error, delivered_to,
  created_at, sent_at, refused_at, payload ->> 'parcel_id' AS parcel_id, payload ->> 'address' AS address
FROM alert_deliveries
WHERE market = :market AND status = ANY(:states) AND (CAST(:channel AS text) IS NULL OR channel = :channel)
  AND NOT EXISTS (
    SELECT FROM suppressed_properties AS suppressed
    WHERE suppressed.market = :market AND alert_deliveries.kind = 'new_lead'
      AND suppressed.property_id::text = alert_deliveries.subject
  )
ORDER BY array_position(ARRAY['refused', 'pending', 'sent'], status), id DESC
LIMIT :limit;

-- name: states
-- Purpose: of each channel, how many announcements are in which state.
SELECT channel, status AS state, count(*) AS deliveries
FROM alert_deliveries
WHERE market = :market AND (CAST(:channel AS text) IS NULL OR channel = :channel)
  AND NOT EXISTS (
    SELECT FROM suppressed_properties AS suppressed
    WHERE suppressed.market = :market AND alert_deliveries.kind = 'new_lead'
      AND suppressed.property_id::text = alert_deliveries.subject
  )
GROUP BY channel, status
ORDER BY channel, status;
