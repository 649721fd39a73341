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
  SELECT source, count(*) AS records FROM signal_records WHERE market = :market AND is_active GROUP BY source
  UNION ALL
  SELECT source, count(*) FROM property_records WHERE market = :market AND is_active GROUP BY source
), rejected AS (
  SELECT source, count(*) AS records FROM rejected_records WHERE market = :market AND is_active GROUP BY source
)
SELECT source, coalesce(kept.records, 0) AS kept, coalesce(rejected.records, 0) AS rejected
FROM kept
FULL JOIN rejected USING (source)
ORDER BY source;

-- name: pending_alerts
-- Purpose: of each enabled channel, how many announcements wait for too long.
SELECT channel, count(*) AS pending
FROM alert_deliveries
WHERE market = :market AND status = 'pending' AND channel = ANY(:channels)
  AND created_at < now() - make_interval(hours => :hours)
GROUP BY channel
ORDER BY channel;

-- name: refused_alerts
-- Purpose: of each enabled channel, how many announcements it has refused for good of late.
SELECT channel, count(*) AS refused
FROM alert_deliveries
WHERE market = :market AND status = 'refused' AND channel = ANY(:channels)
  AND refused_at > now() - make_interval(days => :days)
GROUP BY channel
ORDER BY channel;
