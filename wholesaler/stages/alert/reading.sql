-- name: deliveries
-- Purpose: the announcements of a market, what needs somebody first, then the newest; none about what is suppressed.
SELECT
  id, channel, kind, subject, as_of, status AS state, attempts, last_error, delivered_to,
  created_at, sent_at, refused_at, payload ->> 'parcel_id' AS parcel_id, payload ->> 'address' AS address
FROM alert_deliveries
WHERE market = :market AND status = ANY(:states) AND (CAST(:channel AS text) IS NULL OR channel = :channel)
  AND NOT EXISTS (
    SELECT FROM suppressed_properties AS suppressed
    WHERE suppressed.market = :market AND alert_deliveries.kind IN ('new_lead', 'lead_news')
      AND suppressed.property_id::text = split_part(alert_deliveries.subject, ' ', 1)
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
    WHERE suppressed.market = :market AND alert_deliveries.kind IN ('new_lead', 'lead_news')
      AND suppressed.property_id::text = split_part(alert_deliveries.subject, ' ', 1)
  )
GROUP BY channel, status
ORDER BY channel, status;
