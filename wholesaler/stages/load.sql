-- name: project
-- Purpose: coordinates of a projected CRS to degrees; what cannot be of this market is moved out of every market.
WITH envelope AS (
  SELECT ST_Expand(box, 0.2 * (ST_XMax(box) - ST_XMin(box))) AS box
  FROM (
    SELECT ST_Transform(ST_Segmentize(ST_MakeEnvelope(:west, :south, :east, :north, 4326), 0.1), :crs) AS box
  ) AS projected
), located AS (
  SELECT
    staging.ordinal,
    CASE WHEN staging.x BETWEEN ST_XMin(envelope.box) AND ST_XMax(envelope.box)
      AND staging.y BETWEEN ST_YMin(envelope.box) AND ST_YMax(envelope.box)
      THEN ST_Transform(ST_SetSRID(ST_MakePoint(staging.x, staging.y), :crs), 4326) END AS point
  FROM staging, envelope
  WHERE staging.x <> 0 AND staging.y <> 0
)
UPDATE staging
SET x = coalesce(ST_X(located.point), 'Infinity'), y = coalesce(ST_Y(located.point), 'Infinity')
FROM located
WHERE located.ordinal = staging.ordinal;

-- name: location_issues
-- Purpose: what is wrong with the locations that cannot be used, and how often.
SELECT
  CASE
    WHEN x = 0 OR y = 0 THEN '0'
    WHEN x = 'Infinity' THEN 'outside of the market'
    WHEN x BETWEEN :south AND :north AND y BETWEEN :west AND :east THEN 'swapped (latitude first)'
    WHEN abs(x) > 180 OR abs(y) > 90 THEN 'not in degrees'
    ELSE 'outside of the market'
  END AS issue,
  count(*) AS times
FROM staging
WHERE reason IS NULL AND x IS NOT NULL
  AND NOT (x BETWEEN :west AND :east AND y BETWEEN :south AND :north)
GROUP BY issue
ORDER BY issue;

-- name: drop_locations
-- Purpose: a location that cannot be right is no location.
UPDATE staging
SET x = NULL, y = NULL
WHERE x IS NOT NULL AND NOT (x BETWEEN :west AND :east AND y BETWEEN :south AND :north);

-- name: mark_duplicates
-- Purpose: of records with one key the first is kept, the others are rejected.
WITH repeated AS (
  SELECT record_key, min(ordinal) AS first
  FROM staging
  WHERE reason IS NULL
  GROUP BY record_key
  HAVING count(*) > 1
)
UPDATE staging
SET reason = 'duplicate of ' || left(staging.record_key, 200) || ' in the same fetch'
FROM repeated
WHERE staging.reason IS NULL
  AND staging.record_key = repeated.record_key
  AND staging.ordinal <> repeated.first;

-- name: keep_rejects
-- Purpose: keep the records that cannot be used, each once with its reason; returns how many this fetch had.
WITH rejected AS (
  SELECT content_hash, reason, min(raw::text)::jsonb AS raw
  FROM staging
  WHERE reason IS NOT NULL
  GROUP BY content_hash, reason
), kept AS (
  INSERT INTO rejected_records AS known (market, source, content_hash, reason, raw)
  SELECT :market, :source, content_hash, reason, raw FROM rejected
  ON CONFLICT (market, source, content_hash, reason)
  DO UPDATE SET is_active = true, last_seen_at = NULL
  WHERE NOT known.is_active
)
SELECT count(*) FROM staging WHERE reason IS NOT NULL;

-- name: retire_rejects
-- Purpose: a rejected record that the source has corrected or dropped is kept as history.
UPDATE rejected_records AS known
SET is_active = false, last_seen_at = now()
WHERE known.market = :market AND known.source = :source AND known.is_active
  AND (known.reason, known.content_hash) NOT IN (SELECT reason, content_hash FROM staging WHERE reason IS NOT NULL);
