-- name: fetched_keys
-- Purpose: the number and the key of every usable record of a fetch.
CREATE TEMPORARY TABLE fetched_keys (ordinal bigint, record_key text) ON COMMIT DROP;

-- name: project
-- Purpose: coordinates of a projected CRS in degrees, in the order given; a 0 stays, and what cannot be of this market
-- is moved out of every market.
WITH envelope AS (
  SELECT ST_Expand(box, 0.2 * (ST_XMax(box) - ST_XMin(box))) AS box
  FROM (
    SELECT ST_Transform(ST_Segmentize(ST_MakeEnvelope(:west, :south, :east, :north, 4326), 0.1), :crs) AS box
  ) AS extent
), degrees AS (
  SELECT
    coordinates.x, coordinates.y, coordinates.position,
    CASE WHEN coordinates.x BETWEEN ST_XMin(envelope.box) AND ST_XMax(envelope.box)
      AND coordinates.y BETWEEN ST_YMin(envelope.box) AND ST_YMax(envelope.box)
      THEN ST_Transform(ST_SetSRID(ST_MakePoint(coordinates.x, coordinates.y), :crs), 4326) END AS point
  FROM unnest(CAST(:xs AS double precision[]), CAST(:ys AS double precision[])) WITH ORDINALITY
    AS coordinates (x, y, position), envelope
)
SELECT
  CASE WHEN x = 0 OR y = 0 THEN x ELSE coalesce(ST_X(point), 'Infinity') END AS x,
  CASE WHEN x = 0 OR y = 0 THEN y ELSE coalesce(ST_Y(point), 'Infinity') END AS y
FROM degrees
ORDER BY position;

-- name: duplicates
-- Purpose: of records with one key the first is kept, the others are rejected.
CREATE TEMPORARY TABLE duplicates ON COMMIT DROP AS
SELECT
  fetched_keys.ordinal, fetched_keys.record_key,
  'duplicate of ' || left(fetched_keys.record_key, 200) || ' in the same fetch' AS reason
FROM fetched_keys
JOIN (
  SELECT record_key, min(ordinal) AS ordinal FROM fetched_keys GROUP BY record_key HAVING count(*) > 1
) AS first ON first.record_key = fetched_keys.record_key AND first.ordinal <> fetched_keys.ordinal;

-- name: mark_duplicates
-- Purpose: the duplicates that are staged are rejects.
UPDATE staging SET reason = duplicates.reason FROM duplicates WHERE staging.ordinal = duplicates.ordinal;

-- name: reject_reasons
-- Purpose: how many of the records that cannot be used are duplicates, and lack a parcel number but have an address.
SELECT
  count(*) FILTER (WHERE reason LIKE 'duplicate of %') AS duplicates,
  count(*) FILTER (WHERE reason = 'no parcel number') AS numberless,
  count(*) FILTER (WHERE reason = 'no parcel number' AND to_jsonb(staging) ->> 'address' IS NOT NULL) AS addressed
FROM staging
WHERE reason IS NOT NULL;

-- name: rejects
-- Purpose: the records that cannot be used, each once with its reason. Of one that says it is confidential neither
-- reason nor record is kept, since somebody will look at them.
CREATE TEMPORARY TABLE rejects ON COMMIT DROP AS
SELECT content_hash, reason, is_confidential, min(ordinal) AS ordinal, count(*) AS times
FROM (
  SELECT
    ordinal, content_hash, is_confidential,
    CASE WHEN is_confidential THEN 'of a confidential parcel' ELSE reason END AS reason
  -- only a roll has the column, and only where its publisher has the field
  FROM staging
  CROSS JOIN LATERAL (
    SELECT coalesce(to_jsonb(staging) ->> 'confidential' = 'true', false) AS is_confidential
  ) AS said
  WHERE reason IS NOT NULL
) AS unusable
GROUP BY content_hash, reason, is_confidential;

-- name: index_rejects
-- Purpose: whatever the planner takes the stored ones for, each is looked up.
CREATE INDEX ON rejects (content_hash);

-- name: revive_rejects
-- Purpose: a rejected record that the source sends again is no history any more.
UPDATE rejected_records AS stored
SET is_active = true, last_seen_at = NULL
FROM rejects
WHERE stored.market = :market AND stored.source = :source AND NOT stored.is_active
  AND stored.content_hash = rejects.content_hash AND stored.reason = rejects.reason;

-- name: insert_rejects
-- Purpose: store the records that cannot be used; those that are stored already are not touched.
INSERT INTO rejected_records (market, source, content_hash, reason, raw)
SELECT
  :market, :source, rejects.content_hash, rejects.reason,
  CASE WHEN rejects.is_confidential THEN '{}' ELSE staging.raw END
FROM rejects
JOIN staging ON staging.ordinal = rejects.ordinal
WHERE NOT EXISTS (
  SELECT FROM rejected_records AS stored
  WHERE stored.market = :market AND stored.source = :source
    AND stored.content_hash = rejects.content_hash AND stored.reason = rejects.reason
);

-- name: scope_rejects
-- Purpose: what was rejected by all fetches of one source that did not ask for everything.
CREATE TEMPORARY TABLE IF NOT EXISTS scope_rejects (content_hash uuid, reason text) ON COMMIT DROP;

-- name: keep_scope_rejects
-- Purpose: what this fetch has rejected.
INSERT INTO scope_rejects SELECT content_hash, reason FROM rejects;

-- name: retire_rejects
-- Purpose: a rejected record that the source has corrected or dropped is kept as history.
UPDATE rejected_records AS stored
SET is_active = false, last_seen_at = now()
WHERE stored.market = :market AND stored.source = :source AND stored.is_active
  AND NOT EXISTS (
    SELECT FROM rejects WHERE rejects.content_hash = stored.content_hash AND rejects.reason = stored.reason
  );
