-- name: needed_since
-- Purpose: the day from which on the history tells what is new in any market: of each the newest one scored that lies
-- so many days before its last, since what was in A before that one only has left it for long enough. A market that was
-- not run for a while keeps its last days; one that has none of the days that are kept is given up. Each look is one
-- into an index.
WITH RECURSIVE markets AS (
  (SELECT market FROM lead_score_history ORDER BY market LIMIT 1)
  UNION ALL
  SELECT (
    SELECT history.market FROM lead_score_history AS history
    WHERE history.market > markets.market
    ORDER BY history.market
    LIMIT 1
  )
  FROM markets
  WHERE markets.market IS NOT NULL
)
SELECT min(needed.day) AS day
FROM markets
CROSS JOIN LATERAL (
  SELECT max(newest.snapshot_date) AS day FROM lead_score_history AS newest
  WHERE newest.market = markets.market AND NOT newest.backfilled
) AS last
CROSS JOIN LATERAL (
  SELECT coalesce(
    (SELECT max(before.snapshot_date) FROM lead_score_history AS before
      WHERE before.market = markets.market AND NOT before.backfilled
        AND before.snapshot_date <= last.day - CAST(:again_after AS integer)),
    (SELECT min(first.snapshot_date) FROM lead_score_history AS first
      WHERE first.market = markets.market AND NOT first.backfilled)
  ) AS day
) AS needed
WHERE last.day >= :before;

-- name: old_runs
-- Purpose: the rows of the run-tracking table that began before a day and that nothing asks for: of attempts that are
-- alike in what queries look for, the last one, and those for the last two days, stay; and the last that tells of each
-- source.
CREATE TEMPORARY TABLE old_runs ON COMMIT DROP AS
WITH runs AS (
  SELECT
    id, stage, source, status, as_of, started_at, stats,
    jsonb_build_array(
      stage, source, status, stats -> 'whole', stats -> 'complete', processed IS NULL,
      stats -> 'database_stats' IS NULL, stats -> 'tier_counts' IS NULL,
      (started_at AT TIME ZONE :zone)::date - as_of BETWEEN 0 AND 1
    ) AS alike
  FROM data_ingestion_runs
  WHERE market = :market
), ranked AS (
  SELECT
    id,
    dense_rank() OVER (PARTITION BY alike ORDER BY as_of DESC) AS days,
    row_number() OVER (PARTITION BY alike ORDER BY id DESC) AS written,
    row_number() OVER (PARTITION BY alike ORDER BY started_at DESC, id DESC) AS begun
  FROM runs
), told AS (
  SELECT DISTINCT ON (entry.key, runs.alike -> -1) runs.id
  FROM runs
  CROSS JOIN jsonb_each(runs.stats) AS entry
  WHERE runs.stage = 'ingest' AND runs.source IS NULL AND runs.status IN ('success', 'partial')
  ORDER BY entry.key ASC, runs.alike -> -1 ASC, runs.started_at DESC, runs.id DESC
)
SELECT runs.id
FROM runs
JOIN ranked ON ranked.id = runs.id
WHERE runs.started_at < :before AND runs.status <> 'running'
  AND ranked.days > 2 AND ranked.written > 1 AND ranked.begun > 1
  AND runs.id NOT IN (SELECT told.id FROM told);

-- name: count_old_runs
-- Purpose: how many they are.
SELECT count(*) FROM old_runs;

-- name: delete_old_runs
-- Purpose: delete them.
DELETE FROM data_ingestion_runs
WHERE market = :market AND id IN (SELECT old_runs.id FROM old_runs);

-- name: count_old_rejects
-- Purpose: how many rejected records have not come since a day; what is rejected now is active.
SELECT count(*)
FROM rejected_records
WHERE market = :market AND NOT is_active AND coalesce(last_seen_at, first_seen_at) < :before;

-- name: delete_old_rejects
-- Purpose: delete them.
DELETE FROM rejected_records
WHERE market = :market AND NOT is_active AND coalesce(last_seen_at, first_seen_at) < :before;
