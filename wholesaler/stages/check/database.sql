-- name: rows_before
-- Purpose: how many rows a table had at the last check that counted it.
SELECT CAST(stats #>> ARRAY['database_stats', :table, 'rows'] AS bigint)
FROM data_ingestion_runs
WHERE market = :market AND stage = 'check' AND status IN ('success', 'partial', 'failure')
  AND stats #>> ARRAY['database_stats', :table, 'rows'] IS NOT NULL
ORDER BY started_at DESC, id DESC
LIMIT 1;
