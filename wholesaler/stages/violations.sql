-- name: current_states
-- Purpose: how each violation counts on the day: 1 it exists on the map, 2 within the period, 4 open, 8 open on its own parcel.
CREATE TEMPORARY TABLE changed_violations ON COMMIT DROP AS
WITH states AS (
  SELECT
    record_key, property_id, location, counted_state, counted_location, counted_property_id,
    ((location IS NOT NULL)::int
      + CASE WHEN is_active AND opened_date BETWEEN CAST(:as_of AS date) - :period_days AND :as_of
          THEN 2 + 4 * (lower(coalesce(status, '')) = 'open')::int ELSE 0 END
      + 8 * (is_active AND opened_date <= :as_of AND lower(coalesce(status, '')) = 'open')::int
    )::smallint AS state
  FROM code_violations
  WHERE market = :market
)
SELECT *
FROM states
WHERE state IS DISTINCT FROM counted_state
  OR property_id IS DISTINCT FROM counted_property_id
  OR location::geometry IS DISTINCT FROM counted_location::geometry;

-- name: dirty_properties
-- Purpose: the properties whose counts may have changed: moved, never counted, near a changed violation, or its owner.
CREATE TEMPORARY TABLE dirty_properties ON COMMIT DROP AS
WITH places AS (
  SELECT
    place.point,
    -- a violation that comes or goes decides within a mile whether anything is known at all
    CASE WHEN counted_state IS NULL OR (state & 1) <> (counted_state & 1)
      OR location::geometry IS DISTINCT FROM counted_location::geometry
      THEN greatest(:coverage_metres, :radius_metres) ELSE :radius_metres END AS reach
  FROM changed_violations
  CROSS JOIN LATERAL (VALUES (changed_violations.location), (changed_violations.counted_location)) AS place (point)
  WHERE place.point IS NOT NULL
), counted AS (
  SELECT id, location
  FROM properties
  WHERE market = :market AND is_active AND counted_radius_miles = :radius_miles
    AND counted_location::geometry IS NOT DISTINCT FROM location::geometry
)
SELECT id
FROM properties
WHERE market = :market AND is_active
  AND (counted_radius_miles IS DISTINCT FROM :radius_miles
    OR counted_location::geometry IS DISTINCT FROM location::geometry)
UNION
SELECT counted.id FROM counted JOIN places ON ST_DWithin(counted.location, places.point, places.reach)
UNION
SELECT counted.id FROM counted
JOIN changed_violations ON counted.id IN (changed_violations.property_id, changed_violations.counted_property_id);

-- name: scale
-- Purpose: how long a metre is on the plane, at the market's centre.
SELECT ST_Distance(ST_Transform(a, :plane), ST_Transform(b, :plane)) / ST_Distance(a::geography, b::geography)
FROM (
  SELECT ST_SetSRID(ST_MakePoint(:longitude, :latitude), 4326) AS a,
    ST_SetSRID(ST_MakePoint(:longitude + 0.01, :latitude + 0.01), 4326) AS b
) AS pair;

-- name: plane
-- Purpose: the violations on the plane of the market's UTM zone, where distances are several times cheaper than on the
-- ellipsoid. Divided by the scale at the market's centre, lengths in a county are right to 1 in 10,000.
CREATE TEMPORARY TABLE plane ON COMMIT DROP AS
SELECT
  property_id,
  ST_Transform(location::geometry, :plane) AS point,
  is_active AND coalesce(opened_date BETWEEN CAST(:as_of AS date) - :period_days AND :as_of, false) AS counts,
  lower(coalesce(status, '')) = 'open' AS is_open
FROM code_violations
WHERE market = :market AND location IS NOT NULL;

-- name: count_violations
-- Purpose: own and nearby violations of every property that needs it, all at once.
WITH own AS (
  SELECT property_id, count(*) AS open_count
  FROM code_violations
  WHERE market = :market AND is_active AND opened_date <= :as_of AND lower(status) = 'open'
    AND property_id IS NOT NULL
  GROUP BY property_id
), places AS MATERIALIZED (
  SELECT property.id, property.location, ST_Transform(property.location::geometry, :plane) AS point
  FROM properties AS property
  JOIN dirty_properties USING (id)
  WHERE property.market = :market
), counted AS MATERIALIZED (
  SELECT
    places.id, places.location, own.open_count,
    nearby.total, nearby.open_total, nearby.nearest,
    nearby.total > 0 OR EXISTS (
      SELECT FROM plane WHERE ST_DWithin(plane.point, places.point, :coverage_metres * :scale)
    ) AS known
  FROM places
  LEFT JOIN own ON own.property_id = places.id
  CROSS JOIN LATERAL (
    SELECT
      count(*) AS total,
      count(*) FILTER (WHERE plane.is_open) AS open_total,
      min(ST_Distance(plane.point, places.point)) / :scale AS nearest
    FROM plane
    WHERE ST_DWithin(plane.point, places.point, :radius_metres * :scale)
      AND plane.counts AND plane.property_id IS DISTINCT FROM places.id
  ) AS nearby
)
UPDATE properties AS property
SET own_open_violations = CASE WHEN open_count > 0 THEN open_count WHEN known THEN 0 END,
    nearby_violations = CASE WHEN known THEN total END,
    nearby_open_violations = CASE WHEN known THEN open_total END,
    nearest_violation_miles = CASE WHEN known THEN round((nearest / 1609.344)::numeric, 4) END,
    counted_location = counted.location,
    counted_radius_miles = :radius_miles,
    updated_at = now()
FROM counted
WHERE property.market = :market AND property.id = counted.id
  AND ((property.own_open_violations, property.nearby_violations, property.nearby_open_violations,
      property.nearest_violation_miles, property.counted_radius_miles)
    IS DISTINCT FROM (
      CASE WHEN open_count > 0 THEN open_count WHEN known THEN 0 END,
      CASE WHEN known THEN total END,
      CASE WHEN known THEN open_total END,
      CASE WHEN known THEN round((nearest / 1609.344)::numeric, 4) END,
      CAST(:radius_miles AS numeric))
    OR property.counted_location::geometry IS DISTINCT FROM counted.location::geometry);

-- name: remember_states
-- Purpose: how the counts have taken each violation, so that the next run sees what is different.
UPDATE code_violations AS violation
SET counted_state = changed_violations.state,
    counted_location = changed_violations.location,
    counted_property_id = changed_violations.property_id
FROM changed_violations
WHERE violation.market = :market AND violation.record_key = changed_violations.record_key;
