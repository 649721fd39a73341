-- name: scored_day
-- Purpose: the day of the scores there are, all of which are of one day: not the newest day when an earlier one was
-- made the list after it. A day without any lead leaves no score; then the last run that made a list tells.
SELECT coalesce(
  (SELECT as_of FROM lead_scores WHERE market = :market ORDER BY property_id LIMIT 1),
  (SELECT as_of
    FROM data_ingestion_runs
    WHERE market = :market AND stage = 'score' AND status IN ('success', 'partial')
      AND coalesce(stats ->> 'current', 'true') = 'true'
    ORDER BY started_at DESC, id DESC
    LIMIT 1)
) AS as_of;

-- name: tiers
-- Purpose: how many leads a day had in each tier. What the profile excludes is in none.
SELECT tier, count(*) AS leads
FROM lead_score_history
WHERE market = :market AND snapshot_date = :day AND tier IS NOT NULL
GROUP BY tier;

-- name: find
-- Purpose: the properties with one of these parcel numbers, or those they were merged into.
SELECT id, parcel_id
FROM properties
WHERE market = :market AND id IN (
  SELECT coalesce(merged_into, id) FROM properties WHERE market = :market AND parcel_id = ANY(:parcel_ids)
);

-- name: find_parcels
-- Purpose: the parcels with one of these numbers that the roll's sources know.
SELECT parcel_id
FROM parcels
WHERE market = :market AND parcel_id = ANY(:parcel_ids);

-- name: is_confidential
-- Purpose: whether nothing of a property, or of a parcel without one, may leave the database.
SELECT EXISTS (SELECT FROM confidential_properties WHERE market = :market AND property_id = :id)
  OR EXISTS (SELECT FROM confidential_parcels WHERE market = :market AND parcel_id = :parcel_id);

-- name: confidential_parcels
-- Purpose: the parcel numbers that the roll calls confidential.
SELECT parcel_id FROM confidential_parcels WHERE market = :market;

-- name: lead
-- Purpose: one property with its newest score.
SELECT
  property.parcel_id, property.address, property.city, property.zip_code,
  score.*, property.is_active,
  ST_X(property.location::geometry) AS longitude, ST_Y(property.location::geometry) AS latitude,
  property.location_source, property.address_source,
  (SELECT coalesce(jsonb_agg(merged.merge_evidence ORDER BY merged.parcel_id), '[]') FROM properties AS merged
    WHERE merged.market = :market AND merged.merged_into = property.id) AS merged
FROM properties AS property
LEFT JOIN lead_scores AS score ON score.market = :market AND score.property_id = property.id
WHERE property.market = :market AND property.id = :id;

-- name: parcel
-- Purpose: a parcel of the roll that no signal ever named, as a property without a score.
SELECT
  parcel.parcel_id, parcel.address, parcel.city, parcel.zip_code,
  score.*, false AS is_active,
  ST_X(parcel.location::geometry) AS longitude, ST_Y(parcel.location::geometry) AS latitude,
  NULL AS location_source, NULL AS address_source, CAST('[]' AS jsonb) AS merged
FROM parcels AS parcel
LEFT JOIN lead_scores AS score ON false
WHERE parcel.market = :market AND parcel.parcel_id = :parcel_id;

-- name: history
-- Purpose: the snapshots of a lead, newest first.
SELECT snapshot_date, total_score, tier
FROM lead_score_history
WHERE market = :market AND property_id = :id
ORDER BY snapshot_date DESC;

-- name: rejects
-- Purpose: the records that cannot be used now, with their reasons.
SELECT source, reason, raw, first_seen_at
FROM rejected_records
WHERE market = :market AND is_active
ORDER BY source, reason, id
LIMIT :limit;

-- name: rejects_by_source
-- Purpose: how many records of each source cannot be used now.
SELECT source, count(*) AS records
FROM rejected_records
WHERE market = :market AND is_active
GROUP BY source
ORDER BY source;

-- name: rejects_total
-- Purpose: how many records cannot be used now.
SELECT count(*) FROM rejected_records WHERE market = :market AND is_active;

-- name: markets
-- Purpose: the markets that anything was ever run for, with how many leads each has now.
SELECT
  run.market,
  (SELECT count(*) FROM lead_scores AS score WHERE score.market = run.market AND score.tier IS NOT NULL) AS leads
FROM data_ingestion_runs AS run
GROUP BY run.market
ORDER BY run.market;
