-- name: size_before
-- Purpose: how many usable records the source had on the last day before this one, if that fetch was complete. A fetch
-- of everything says nothing about one of some parcels, nor the other way round.
SELECT CASE WHEN stats ->> 'complete' = 'true' THEN processed - coalesce(failed, 0) END
FROM data_ingestion_runs
WHERE market = :market AND stage = 'ingest' AND source = :source AND as_of < :as_of AND processed IS NOT NULL
  AND coalesce(stats ->> 'whole', 'true') = :whole
ORDER BY as_of DESC, started_at DESC
LIMIT 1;

-- name: out_of_scope_before
-- Purpose: how many records the source had at its last load that the market file did not want.
SELECT CAST(stats ->> 'out_of_scope' AS bigint)
FROM data_ingestion_runs
WHERE market = :market AND stage = 'ingest' AND source = :source AND processed IS NOT NULL
ORDER BY id DESC
LIMIT 1;
