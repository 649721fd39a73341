-- name: seen
-- Purpose: the number and the key of every usable record of a fetch.
CREATE TEMPORARY TABLE seen (ordinal bigint, record_key text) ON COMMIT DROP;

-- name: project
-- Purpose: coordinates of a projected CRS in degrees, in the order given; a 0 stays, and what cannot be of this market
-- is moved out of every market.
WITH envelope AS (
  SELECT ST_Expand(box, 0.2 * (ST_XMax(box) - ST_XMin(box))) AS box
  FROM (
    SELECT ST_Transform(ST_Segmentize(ST_MakeEnvelope(:west, :south, :east, :north, 4326), 0.1), :crs) AS box
  ) AS projected
), located AS (
  SELECT
    given.x, given.y, given.position,
    CASE WHEN given.x BETWEEN ST_XMin(envelope.box) AND ST_XMax(envelope.box)
      AND given.y BETWEEN ST_YMin(envelope.box) AND ST_YMax(envelope.box)
      THEN ST_Transform(ST_SetSRID(ST_MakePoint(given.x, given.y), :crs), 4326) END AS point
  FROM unnest(CAST(:xs AS double precision[]), CAST(:ys AS double precision[])) WITH ORDINALITY
    AS given (x, y, position), envelope
)
SELECT
  CASE WHEN x = 0 OR y = 0 THEN x ELSE coalesce(ST_X(point), 'Infinity') END AS x,
  CASE WHEN x = 0 OR y = 0 THEN y ELSE coalesce(ST_Y(point), 'Infinity') END AS y
FROM located
ORDER BY position;

-- name: repeated
-- Purpose: of records with one key the first is kept, the others are rejected.
CREATE TEMPORARY TABLE repeated ON COMMIT DROP AS
SELECT seen.ordinal, seen.record_key, 'duplicate of ' || left(seen.record_key, 200) || ' in the same fetch' AS reason
FROM seen
JOIN (
  SELECT record_key, min(ordinal) AS ordinal FROM seen GROUP BY record_key HAVING count(*) > 1
) AS first ON first.record_key = seen.record_key AND first.ordinal <> seen.ordinal;

-- name: mark_duplicates
-- Purpose: those of the repeated records that are staged.
UPDATE staging SET reason = repeated.reason FROM repeated WHERE staging.ordinal = repeated.ordinal;

-- name: rejected
-- Purpose: the records that cannot be used, each once with its reason.
CREATE TEMPORARY TABLE rejected ON COMMIT DROP AS
SELECT content_hash, reason, min(ordinal) AS ordinal, count(*) AS times
FROM staging
WHERE reason IS NOT NULL
GROUP BY content_hash, reason;

-- name: index_rejected
-- Purpose: whatever the planner takes the kept ones for, each is looked up.
CREATE INDEX ON rejected (content_hash);

-- name: revive_rejects
-- Purpose: a rejected record that the source sends again is no history any more.
UPDATE rejected_records AS known
SET is_active = true, last_seen_at = NULL
FROM rejected
WHERE known.market = :market AND known.source = :source AND NOT known.is_active
  AND known.content_hash = rejected.content_hash AND known.reason = rejected.reason;

-- name: keep_rejects
-- Purpose: keep the records that cannot be used; those that are kept already are not touched.
INSERT INTO rejected_records (market, source, content_hash, reason, raw)
SELECT :market, :source, rejected.content_hash, rejected.reason, staging.raw
FROM rejected
JOIN staging ON staging.ordinal = rejected.ordinal
WHERE NOT EXISTS (
  SELECT FROM rejected_records AS known
  WHERE known.market = :market AND known.source = :source
    AND known.content_hash = rejected.content_hash AND known.reason = rejected.reason
);

-- name: retire_rejects
-- Purpose: a rejected record that the source has corrected or dropped is kept as history.
UPDATE rejected_records AS known
SET is_active = false, last_seen_at = now()
WHERE known.market = :market AND known.source = :source AND known.is_active
  AND NOT EXISTS (
    SELECT FROM rejected WHERE rejected.content_hash = known.content_hash AND rejected.reason = known.reason
  );
