-- name: recent_runs
-- Purpose: the newest attempts with all that was written down of them, those of a day where one is asked for.
SELECT
  id, run_id, stage, source, attempt, status, as_of, started_at, finished_at, processed, inserted, updated, unchanged,
  deactivated, failed, stats, warnings, error, host, pid, version,
  round(extract(EPOCH FROM coalesce(finished_at, now()) - started_at), 1) AS seconds
FROM data_ingestion_runs
WHERE market = :market AND (CAST(:day AS date) IS NULL OR as_of = CAST(:day AS date))
ORDER BY started_at DESC, id DESC
LIMIT :limit;
