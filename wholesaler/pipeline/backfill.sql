-- name: copy_properties
-- Purpose: the parcels that were ever named, under their numbers; what is known of them comes from the day's records.
INSERT INTO properties (market, id, parcel_id, never_merge, is_active)
SELECT market, id, parcel_id, never_merge, false FROM {table} WHERE market = :market;

-- name: copy_roll_runs
-- Purpose: the roll that is there is that of the day.
INSERT INTO data_ingestion_runs
  (market, run_id, stage, source, attempt, status, as_of, started_at, finished_at, processed, failed, stats, host, pid,
    version)
SELECT DISTINCT ON (source)
  market, run_id, stage, source, attempt, status, :day, now(), now(), processed, failed, stats, host, pid, version
FROM {table}
WHERE market = :market AND stage = 'ingest' AND source = ANY(:rolls) AND status IN ('success', 'partial')
ORDER BY source ASC, id DESC;

-- name: keep_properties
-- Purpose: parcels that no other day has named, for the history to point to.
INSERT INTO {table} (market, id, parcel_id, is_active, last_seen_at)
OVERRIDING SYSTEM VALUE
SELECT market, id, parcel_id, false, now()
FROM properties AS property
WHERE market = :market
  AND EXISTS (
    SELECT FROM lead_score_history AS history
    WHERE history.market = :market AND history.property_id = property.id AND history.snapshot_date = :day
  )
  AND NOT EXISTS (SELECT FROM {table} AS known WHERE known.market = :market AND known.id = property.id);
