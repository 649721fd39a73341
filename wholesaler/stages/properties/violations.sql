-- name: current_states
-- Purpose: the violations that count otherwise on the day than they were counted last. Their state: 1 it exists on the
-- map, 2 within the period, 4 open, 8 open on its own parcel; 0 of a source that is stale on the day, or that the
-- market file does not have, whose violations count as not there.
CREATE TEMPORARY TABLE changed_violations ON COMMIT DROP AS
WITH states AS (
  SELECT
    source, record_key, property_id, location,
    CASE WHEN source = ANY(:sources) THEN
      (location IS NOT NULL)::int
      + CASE WHEN is_active AND opened_date BETWEEN CAST(:as_of AS date) - :period_days AND :as_of
          THEN 2 + 4 * is_open::int ELSE 0 END
      + 8 * (is_active AND coalesce(opened_date <= :as_of, false) AND is_open)::int
    ELSE 0 END::smallint AS state
  FROM code_violations
  WHERE market = :market
)
SELECT
  states.source, states.record_key, states.property_id, states.location, states.state,
  former.state AS counted_state, former.location AS counted_location, former.property_id AS counted_property_id
FROM states
LEFT JOIN counted_violations AS former
  ON former.market = :market AND former.source = states.source AND former.record_key = states.record_key
WHERE states.state IS DISTINCT FROM former.state
  OR states.property_id IS DISTINCT FROM former.property_id
  OR states.location::geometry IS DISTINCT FROM former.location::geometry;

-- name: dirty_properties
-- Purpose: the properties whose counts may have changed: moved, never counted, near a changed violation, or its owner.
-- Near is told by cells of a grid, a third of the reach wide, of degrees taken for metres, 3 % too far rather than too
-- short: however many violations have changed, there are no more cells than the map has.
CREATE TEMPORARY TABLE dirty_properties ON COMMIT DROP AS
WITH places AS (
  SELECT
    ST_X(place.point::geometry) * :metres_east AS x,
    ST_Y(place.point::geometry) * :metres_north AS y,
    (counted_state IS NULL OR (state & 1) <> (counted_state & 1)
      OR (location::geometry IS DISTINCT FROM (counted_location::geometry))) AS comes_or_goes
  FROM changed_violations
  CROSS JOIN LATERAL (VALUES (changed_violations.location), (changed_violations.counted_location)) AS place (point)
  WHERE place.point IS NOT NULL
), reaches AS (
  SELECT false AS far, 1.03 * :radius_metres / 3 AS side
  UNION ALL
  SELECT true, 1.03 * :furthest_metres / 3
), changed_cells AS (
  SELECT DISTINCT
    reaches.far, floor(places.x / reaches.side)::int AS cell_x, floor(places.y / reaches.side)::int AS cell_y
  FROM places
  JOIN reaches ON places.comes_or_goes OR NOT reaches.far
), dirty_cells AS (
  SELECT DISTINCT far, cell_x + east AS cell_x, cell_y + north AS cell_y
  FROM changed_cells
  CROSS JOIN generate_series(-4, 4) AS east
  CROSS JOIN generate_series(-4, 4) AS north
  -- of two cells so many apart the nearest points are within three
  WHERE greatest(abs(east) - 1, 0) ^ 2 + greatest(abs(north) - 1, 0) ^ 2 <= 9
), current_counts AS (
  SELECT
    id, coalesce(nearby_violations, 0) = 0 AS has_none,
    ST_X(location::geometry) * :metres_east AS x,
    ST_Y(location::geometry) * :metres_north AS y
  FROM properties
  -- the planner is not to see the market: of one that its statistics do not know it expects no row
  WHERE market = :market AND is_active AND counted_radius_miles = :radius_miles
    AND counted_location::geometry IS NOT DISTINCT FROM location::geometry
)
SELECT id
FROM properties
WHERE market = :market AND is_active
  AND (counted_radius_miles IS DISTINCT FROM :radius_miles
    OR counted_location::geometry IS DISTINCT FROM location::geometry)
UNION
SELECT current_counts.id
FROM current_counts
-- a violation that comes or goes decides within a mile whether anything is known at all, where none is within the
-- radius
JOIN reaches ON current_counts.has_none OR NOT reaches.far
JOIN dirty_cells ON dirty_cells.far = reaches.far
  AND dirty_cells.cell_x = floor(current_counts.x / reaches.side)::int
  AND dirty_cells.cell_y = floor(current_counts.y / reaches.side)::int
UNION
SELECT current_counts.id
FROM current_counts
JOIN (
  SELECT property_id AS id FROM changed_violations
  UNION
  SELECT counted_property_id FROM changed_violations
) AS owners USING (id);

-- name: scale
-- Purpose: how long a metre is on the plane, at the market's centre.
SELECT ST_Distance(ST_Transform(a, :projection), ST_Transform(b, :projection)) / ST_Distance(a::geography, b::geography)
FROM (
  SELECT ST_SetSRID(ST_MakePoint(:longitude, :latitude), 4326) AS a,
    ST_SetSRID(ST_MakePoint(:longitude + 0.01, :latitude + 0.01), 4326) AS b
) AS pair;

-- name: projected_violations
-- Purpose: the violations on the plane of the market's UTM zone, where distances are several times cheaper than on the
-- ellipsoid. Divided by the scale at the market's centre, lengths in a county are right to 1 in 10,000.
CREATE TEMPORARY TABLE projected_violations ON COMMIT DROP AS
SELECT
  property_id, point, ST_X(point) AS x, ST_Y(point) AS y,
  is_active AND coalesce(opened_date BETWEEN CAST(:as_of AS date) - :period_days AND :as_of, false) AS counts,
  is_open
FROM code_violations
CROSS JOIN LATERAL (SELECT ST_Transform(location::geometry, :projection) AS point LIMIT 1) AS projected
WHERE market = :market AND location IS NOT NULL AND source = ANY(:sources);

-- name: places
-- Purpose: the properties to be counted, on the same plane.
CREATE TEMPORARY TABLE places ON COMMIT DROP AS
SELECT property.id, property.location, point, ST_X(point) AS x, ST_Y(point) AS y
FROM properties AS property
JOIN dirty_properties USING (id)
CROSS JOIN LATERAL (SELECT ST_Transform(property.location::geometry, :projection) AS point LIMIT 1) AS projected
WHERE property.market = :market;

-- name: nearby
-- Purpose: the violations around each place, by a grid as wide as the radius: those within it lie in the nine cells
-- around. Joining cells by their numbers costs a third of searching an index place by place.
CREATE TEMPORARY TABLE nearby ON COMMIT DROP AS
WITH spread AS (
  SELECT
    floor(violation.x / (:radius_metres * :scale))::int + east AS cell_x,
    floor(violation.y / (:radius_metres * :scale))::int + north AS cell_y,
    violation.x, violation.y, violation.property_id, violation.is_open
  FROM projected_violations AS violation
  CROSS JOIN (VALUES (-1), (0), (1)) AS easting (east)
  CROSS JOIN (VALUES (-1), (0), (1)) AS northing (north)
  WHERE violation.counts
), pairs AS (
  SELECT places.id, spread.is_open, (spread.x - places.x) ^ 2 + (spread.y - places.y) ^ 2 AS square
  FROM places
  JOIN spread ON spread.cell_x = floor(places.x / (:radius_metres * :scale))::int
    AND spread.cell_y = floor(places.y / (:radius_metres * :scale))::int
  WHERE spread.property_id IS DISTINCT FROM places.id
)
SELECT
  id, count(*) AS total, count(*) FILTER (WHERE is_open) AS open_total, sqrt(min(square)) / :scale AS nearest
FROM pairs
WHERE square <= (:radius_metres * :scale) ^ 2
GROUP BY id;

-- name: count_violations
-- Purpose: own and nearby violations of every property that needs it, all at once.
WITH own AS (
  SELECT property_id, count(*) AS open_count
  FROM code_violations
  WHERE market = :market AND is_active AND opened_date <= :as_of AND is_open
    AND property_id IS NOT NULL AND source = ANY(:sources)
  GROUP BY property_id
), places_with_counts AS (
  SELECT
    places.id, places.location, own.open_count,
    coalesce(nearby.total, 0) AS total, coalesce(nearby.open_total, 0) AS open_total,
    round((nearby.nearest / 1609.344)::numeric, 4) AS nearest_miles,
    nearby.total > 0 OR EXISTS (
      SELECT FROM projected_violations AS violation
      WHERE ST_DWithin(violation.point, places.point, :coverage_metres * :scale)
    ) AS is_known
  FROM places
  LEFT JOIN own ON own.property_id = places.id
  LEFT JOIN nearby ON nearby.id = places.id
  -- else each use of is_known below would search anew
  OFFSET 0
), counts AS MATERIALIZED (
  SELECT
    id, location,
    CASE WHEN open_count > 0 THEN open_count WHEN is_known THEN 0 END AS own_open,
    CASE WHEN is_known THEN total END AS nearby,
    CASE WHEN is_known THEN open_total END AS nearby_open,
    CASE WHEN is_known THEN nearest_miles END AS nearest_miles
  FROM places_with_counts
)
UPDATE properties AS property
SET own_open_violations = counts.own_open,
    nearby_violations = counts.nearby,
    nearby_open_violations = counts.nearby_open,
    nearest_violation_miles = counts.nearest_miles,
    counted_location = counts.location,
    counted_radius_miles = :radius_miles,
    updated_at = now()
FROM counts
WHERE property.market = :market AND property.id = counts.id
  AND ((property.own_open_violations, property.nearby_violations, property.nearby_open_violations,
      property.nearest_violation_miles, property.counted_radius_miles)
    IS DISTINCT FROM
    (counts.own_open, counts.nearby, counts.nearby_open, counts.nearest_miles, CAST(:radius_miles AS numeric))
    OR property.counted_location::geometry IS DISTINCT FROM counts.location::geometry);

-- name: remember_states
-- Purpose: how the counts have taken each violation, so that the next run sees what is different.
INSERT INTO counted_violations (market, source, record_key, state, location, property_id)
SELECT :market, source, record_key, state, location, property_id
FROM changed_violations
ON CONFLICT (market, source, record_key)
DO UPDATE SET state = excluded.state, location = excluded.location, property_id = excluded.property_id;
