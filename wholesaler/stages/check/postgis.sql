-- name: extensions
-- Purpose: which of some extensions are installed, in which version.
SELECT extname AS name, extversion AS version FROM pg_extension WHERE extname = ANY(:names) ORDER BY extname;

-- name: points
-- Purpose: of each table with locations, how many are invalid or empty, at the origin, or outside the market.
WITH points AS (
  SELECT 'properties' AS table_name, location::geometry AS point FROM properties
  WHERE market = :market AND location IS NOT NULL
  UNION ALL
  SELECT record, location::geometry FROM signal_records WHERE market = :market AND location IS NOT NULL
  UNION ALL
  SELECT 'property_records', location::geometry FROM property_records WHERE market = :market AND location IS NOT NULL
  UNION ALL
  SELECT 'geocode_cache', location::geometry FROM geocode_cache WHERE market = :market AND location IS NOT NULL
), judged AS (
  SELECT
    table_name,
    CASE
      WHEN ST_X(point) = 0 AND ST_Y(point) = 0 THEN 'at_origin'
      -- what is neither empty nor infinite is valid: most points need no more than this
      WHEN ST_X(point) BETWEEN :west AND :east AND ST_Y(point) BETWEEN :south AND :north THEN 'inside'
      WHEN ST_IsEmpty(point) OR NOT ST_IsValid(point) THEN 'invalid'
      ELSE 'outside'
    END AS verdict
  FROM points
  -- else each count below would judge anew
  OFFSET 0
)
SELECT
  table_name,
  count(*) FILTER (WHERE verdict = 'invalid') AS invalid,
  count(*) FILTER (WHERE verdict = 'at_origin') AS at_origin,
  count(*) FILTER (WHERE verdict = 'outside') AS outside
FROM judged
GROUP BY table_name
ORDER BY table_name;
