-- name: whole_sources
-- Purpose: the sources of the roll that were read whole, once or again, and those that have no record at all.
SELECT roll.source
FROM unnest(CAST(:sources AS text[])) AS roll (source)
WHERE EXISTS (
    SELECT FROM data_ingestion_runs AS run
    WHERE run.market = :market AND run.stage = 'ingest' AND run.source = roll.source AND run.status = 'success'
      AND run.stats ->> 'whole' = 'true'
  )
  OR NOT EXISTS (
    SELECT FROM property_records AS record
    WHERE record.market = :market AND record.source = roll.source AND record.is_active
  );

-- name: former_merge
-- Purpose: when the roll was merged last, and whether what has not changed since would be merged as it was then: of the
-- same sources, and by a clock that was not set back.
SELECT merged_at, sources = CAST(:source_order AS jsonb) AND merged_at < now() AS is_comparable
FROM merged_rolls
WHERE market = :market;

-- name: changed_parcels
-- Purpose: the parcels of which a record has changed since the last merge.
CREATE TEMPORARY TABLE dirty_parcels ON COMMIT DROP AS
SELECT DISTINCT record_key AS parcel_id
FROM property_records
WHERE market = :market AND updated_at > :merged_at;

-- name: all_parcels
-- Purpose: every parcel that a source of the roll names, and those merged before.
CREATE TEMPORARY TABLE dirty_parcels ON COMMIT DROP AS
SELECT record_key AS parcel_id
FROM property_records
WHERE market = :market AND is_active AND source = ANY(:sources)
UNION
SELECT parcel_id
FROM parcels
WHERE market = :market;

-- name: drop_former_parcels
-- Purpose: a parcel that no source of the roll names any more is none, but for one that stays confidential.
DELETE FROM parcels AS parcel
USING dirty_parcels
WHERE parcel.market = :market AND parcel.parcel_id = dirty_parcels.parcel_id
  AND NOT EXISTS (SELECT FROM merged_parcels WHERE merged_parcels.parcel_id = dirty_parcels.parcel_id);

-- name: remember_merge
-- Purpose: what was merged, and when; medians follow where a parcel was written.
INSERT INTO merged_rolls (market, sources, merged_at, changed_at)
VALUES (:market, CAST(:source_order AS jsonb), now(), now())
ON CONFLICT (market)
DO UPDATE SET sources = excluded.sources, merged_at = excluded.merged_at,
  changed_at = CASE WHEN :changed THEN excluded.changed_at ELSE merged_rolls.changed_at END;
