-- name: stages
-- Purpose: of each stage its newest attempt, and when it last did its work. An attempt counts that worked for the day
-- it began on, or the one before where it waited over midnight; for a day long ago it says nothing of the nights.
WITH nights AS (
  SELECT *
  FROM data_ingestion_runs
  WHERE market = :market AND source IS NULL AND status <> 'skipped'
    AND (started_at AT TIME ZONE :zone)::date - as_of BETWEEN 0 AND 1
), newest AS (
  SELECT DISTINCT ON (stage) stage, status, attempt, as_of, started_at, finished_at, warnings, error
  FROM nights
  ORDER BY stage ASC, started_at DESC, id DESC
), successes AS (
  SELECT stage, max(finished_at) AS finished_at
  FROM nights
  WHERE status IN ('success', 'partial')
  GROUP BY stage
)
SELECT newest.*, successes.finished_at AS last_success_at
FROM newest
LEFT JOIN successes USING (stage);

-- name: sources
-- Purpose: the same of each source, with what the newest ingest of it said of its records.
WITH nights AS (
  SELECT *
  FROM data_ingestion_runs
  WHERE market = :market AND stage = 'ingest'
    AND (started_at AT TIME ZONE :zone)::date - as_of BETWEEN 0 AND 1
), newest AS (
  SELECT DISTINCT ON (source) source, status, started_at, finished_at, error
  FROM nights
  WHERE source IS NOT NULL
  ORDER BY source ASC, started_at DESC, id DESC
), successes AS (
  SELECT source, max(finished_at) AS finished_at
  FROM nights
  WHERE source IS NOT NULL AND status IN ('success', 'partial')
  GROUP BY source
), loads AS (
  SELECT DISTINCT ON (entry.key) entry.key AS source, entry.value AS stats
  FROM nights
  CROSS JOIN jsonb_each(nights.stats) AS entry
  WHERE nights.source IS NULL AND nights.status IN ('success', 'partial')
  ORDER BY entry.key ASC, nights.started_at DESC, nights.id DESC
)
SELECT newest.*, successes.finished_at AS last_success_at, loads.stats
FROM newest
LEFT JOIN successes USING (source)
LEFT JOIN loads USING (source);

-- name: scores
-- Purpose: what score said of the two days it worked for last, the newer one first.
SELECT DISTINCT ON (as_of) as_of, stats
FROM data_ingestion_runs
WHERE market = :market AND stage = 'score' AND status IN ('success', 'partial') AND stats -> 'tier_counts' IS NOT NULL
  AND coalesce(stats ->> 'current', 'true') = 'true'
  AND (started_at AT TIME ZONE :zone)::date - as_of BETWEEN 0 AND 1
ORDER BY as_of DESC, started_at DESC, id DESC
LIMIT 2;

-- name: finished_days
-- Purpose: the days for which leads were scored, within some.
SELECT DISTINCT as_of
FROM data_ingestion_runs
WHERE market = :market AND stage = 'score' AND source IS NULL AND status IN ('success', 'partial')
  AND as_of BETWEEN :since AND :until;

-- name: unsent
-- Purpose: of each channel how many announcements wait or were refused for good, and since when.
SELECT channel, status, count(*) AS deliveries, min(coalesce(refused_at, created_at)) AS since
FROM alert_deliveries
WHERE market = :market AND status IN ('pending', 'refused') AND channel = ANY(:channels)
GROUP BY channel, status
ORDER BY channel, status;

-- name: database
-- Purpose: how large the database is, and what its server is.
SELECT pg_database_size(current_database()) AS size_bytes, current_setting('server_version') AS version;
