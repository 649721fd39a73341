-- name: was_loaded
-- Purpose: whether anything was ever loaded from a source of this name.
SELECT EXISTS (
  SELECT FROM data_ingestion_runs
  WHERE market = :market AND stage = 'ingest' AND source = :source AND status IN ('success', 'partial')
);

-- name: take_over_records
-- Purpose: the records of {table} from a source's former name to its present one, which may have its own of some.
UPDATE {table} AS record
SET source = :source
WHERE record.market = :market AND record.source = :was
  AND NOT EXISTS (
    SELECT FROM {table} AS present
    WHERE present.market = :market AND present.source = :source AND present.record_key = record.record_key
  );

-- name: take_over_rejects
-- Purpose: the rejected records of the former name, as far as the present one has not the same.
UPDATE rejected_records AS record
SET source = :source
WHERE record.market = :market AND record.source = :was
  AND NOT EXISTS (
    SELECT FROM rejected_records AS present
    WHERE present.market = :market AND present.source = :source
      AND present.content_hash = record.content_hash AND present.reason = record.reason
  );

-- name: take_over_undone_matches
-- Purpose: what was undone of the former name's records stays undone.
UPDATE undone_matches AS match
SET source = :source
WHERE match.market = :market AND match.source = :was
  AND NOT EXISTS (
    SELECT FROM undone_matches AS present
    WHERE present.market = :market AND present.source = :source
      AND present.record_key = match.record_key AND present.parcel_id = match.parcel_id
  );

-- name: take_over_runs
-- Purpose: the runs of the former name, by which a fetch is known to be unchanged, or as small as the one before.
UPDATE data_ingestion_runs
SET source = :source
WHERE market = :market AND stage = 'ingest' AND source = :was;

-- name: take_over_properties
-- Purpose: the addresses and locations that the former name gave are the present one's.
UPDATE properties
SET address_source = CASE WHEN address_source = :was THEN :source ELSE address_source END,
    location_source = CASE WHEN location_source = :was THEN :source ELSE location_source END
WHERE market = :market AND (address_source = :was OR location_source = :was);

-- name: sources_of_records
-- Purpose: the names of the sources that the records of {table} are from, each by one look into the key's index.
WITH RECURSIVE names AS (
  (SELECT source FROM {table} WHERE market = :market ORDER BY source LIMIT 1)
  UNION ALL
  SELECT (
    SELECT record.source FROM {table} AS record
    WHERE record.market = :market AND record.source > names.source
    ORDER BY record.source
    LIMIT 1
  )
  FROM names
  WHERE names.source IS NOT NULL
)
SELECT source FROM names WHERE source IS NOT NULL;

-- name: drop_records
-- Purpose: the records of {table} from one source are not published any more, as far as anybody can tell.
UPDATE {table}
SET is_active = false,
    last_seen_at = coalesce((
      SELECT max(finished_at) FROM data_ingestion_runs
      WHERE market = :market AND stage = 'ingest' AND source = :source AND status = 'success'
    ), updated_at),
    updated_at = now()
WHERE market = :market AND source = :source AND is_active;

-- name: drop_rejects
-- Purpose: what was rejected of sources that there are no more is history.
UPDATE rejected_records
SET is_active = false, last_seen_at = now()
WHERE market = :market AND is_active AND source <> ALL(:sources);
