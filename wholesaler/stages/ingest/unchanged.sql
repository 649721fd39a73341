-- name: last_load
-- Purpose: the last load of a source, if that was all of one version, read within the days before. A failed one may
-- have been killed between its commit and its word of it.
WITH last AS (
  SELECT status, processed, failed, stats, warnings
  FROM data_ingestion_runs
  WHERE market = :market AND stage = 'ingest' AND source = :source AND status <> 'running'
  ORDER BY id DESC
  LIMIT 1
)
SELECT
  processed, failed, warnings, stats ->> 'read_on' AS read_on, stats ->> 'newest' AS newest,
  stats ->> 'out_of_scope' AS out_of_scope, stats ->> 'superseded' AS superseded
FROM last
WHERE status = 'success' AND stats ->> 'version' = :version
  AND abs(CAST(:as_of AS date) - CAST(stats ->> 'read_on' AS date)) < :days;

-- name: last_whole_day
-- Purpose: the day of the last load that brought all that a source has.
SELECT as_of
FROM data_ingestion_runs
WHERE market = :market AND stage = 'ingest' AND source = :source AND status = 'success' AND stats ->> 'whole' = 'true'
ORDER BY id DESC
LIMIT 1;
