-- name: last_ingest
-- Purpose: how the last attempt to load each source ended, and why not well.
SELECT DISTINCT ON (source)
  source, status, coalesce(error ->> 'message', warnings ->> -1) AS reason
FROM data_ingestion_runs
WHERE market = :market AND stage = 'ingest' AND source IS NOT NULL AND status IN ('success', 'partial', 'failure')
ORDER BY source, started_at DESC, id DESC;

-- name: rejected_shares
-- Purpose: of the records each source sends now, how many are kept and how many are rejected.
WITH kept AS (
  SELECT 'tax_sales' AS source, count(*) AS records FROM tax_sales WHERE market = :market AND is_active
  UNION ALL
  SELECT 'foreclosures', count(*) FROM foreclosures WHERE market = :market AND is_active
  UNION ALL
  SELECT 'code_violations', count(*) FROM code_violations WHERE market = :market AND is_active
  UNION ALL
  SELECT 'property_records', count(*) FROM property_records WHERE market = :market AND is_active
), rejected AS (
  SELECT source, count(*) AS records FROM rejected_records WHERE market = :market AND is_active GROUP BY source
)
SELECT kept.source, kept.records AS kept, coalesce(rejected.records, 0) AS rejected
FROM kept
LEFT JOIN rejected USING (source);

-- name: pending_alerts
-- Purpose: of each enabled channel, how many announcements wait for too long.
SELECT channel, count(*) AS pending
FROM alert_deliveries
WHERE market = :market AND status = 'pending' AND channel = ANY(:channels)
  AND created_at < now() - make_interval(hours => :hours)
GROUP BY channel
ORDER BY channel;
