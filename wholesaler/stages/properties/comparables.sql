-- name: changed_sales
-- Purpose: the sales of the roll that count otherwise on the day than they were counted last; their state is 2 within
-- twelve months of the day, 1 within twenty-four. Where nothing says whether a sale was at arm's length, its price must
-- be at least half of the market value.
CREATE TEMPORARY TABLE changed_sales ON COMMIT DROP AS
WITH sales AS (
  SELECT
    parcel_id, use_code, living_area, sale_price, location,
    CASE WHEN sale_date >= CAST(:as_of AS date) - interval '12 months' THEN 2 ELSE 1 END::smallint AS state
  FROM parcels
  WHERE market = :market AND :is_known AND is_listed
    AND sale_date BETWEEN CAST(:as_of AS date) - interval '24 months' AND CAST(:as_of AS date)
    AND sale_price >= :lowest_price
    AND (sale_qualified OR sale_qualified IS NULL AND sale_price * 2 >= total_mkt)
    AND living_area > 0 AND use_code IS NOT NULL AND location IS NOT NULL
), former AS (
  SELECT parcel_id, use_code, living_area, sale_price, location, state
  FROM counted_sales
  WHERE market = :market
)
SELECT
  coalesce(sales.parcel_id, former.parcel_id) AS parcel_id,
  sales.use_code, sales.living_area, sales.sale_price, sales.location, sales.state,
  former.use_code AS former_use_code, former.living_area AS former_living_area, former.location AS former_location
FROM sales
FULL JOIN former ON former.parcel_id = sales.parcel_id
WHERE (sales.state, sales.use_code, sales.living_area, sales.sale_price, sales.location::geometry)
  IS DISTINCT FROM
  (former.state, former.use_code, former.living_area, former.sale_price, former.location::geometry);

-- name: drop_sales
-- Purpose: forget how a changed sale was counted.
DELETE FROM counted_sales AS counted
USING changed_sales
WHERE counted.market = :market AND counted.parcel_id = changed_sales.parcel_id;

-- name: keep_sales
-- Purpose: remember how a changed sale is counted now.
INSERT INTO counted_sales (market, parcel_id, state, use_code, living_area, sale_price, location)
SELECT :market, parcel_id, state, use_code, living_area, sale_price, location
FROM changed_sales
WHERE state IS NOT NULL;

-- name: subjects
-- Purpose: the parcels with a signal that can be compared, on the plane of the market's UTM zone in miles;
-- ``is_dirty``: never compared, or written by a merge since. Land has no living area to compare.
CREATE TEMPORARY TABLE subjects ON COMMIT DROP AS
SELECT
  parcel.parcel_id, parcel.use_code, parcel.living_area::double precision AS living_area,
  ST_X(point) / :metres AS x, ST_Y(point) / :metres AS y,
  parcel.comparable_count IS NULL OR merged.compared_at IS NULL OR parcel.updated_at > merged.compared_at
    OR merged.compared_at > now() AS is_dirty
FROM properties AS property
JOIN parcels AS parcel ON parcel.market = :market AND parcel.parcel_id = property.parcel_id
JOIN merged_rolls AS merged ON merged.market = :market
CROSS JOIN LATERAL (SELECT ST_Transform(parcel.location::geometry, :projection) AS point LIMIT 1) AS projected
WHERE property.market = :market AND property.is_active AND :is_known AND parcel.is_land IS NOT TRUE
  AND parcel.living_area > 0 AND parcel.use_code IS NOT NULL AND parcel.location IS NOT NULL;

-- name: dirty_subjects
-- Purpose: also those that a changed sale is or was comparable with.
WITH changes AS (
  SELECT
    side.use_code, side.living_area::double precision AS living_area,
    ST_X(point) / :metres AS x, ST_Y(point) / :metres AS y
  FROM changed_sales
  CROSS JOIN LATERAL (
    VALUES (changed_sales.use_code, changed_sales.living_area, changed_sales.location),
      (changed_sales.former_use_code, changed_sales.former_living_area, changed_sales.former_location)
  ) AS side (use_code, living_area, location)
  CROSS JOIN LATERAL (SELECT ST_Transform(side.location::geometry, :projection) AS point LIMIT 1) AS projected
  WHERE side.location IS NOT NULL
), cells AS (
  SELECT
    floor(x / :far_miles)::int + east AS cell_x, floor(y / :far_miles)::int + north AS cell_y,
    use_code, living_area
  FROM changes
  CROSS JOIN (VALUES (-1), (0), (1)) AS easting (east)
  CROSS JOIN (VALUES (-1), (0), (1)) AS northing (north)
)
UPDATE subjects
SET is_dirty = true
FROM cells
WHERE NOT subjects.is_dirty AND cells.use_code = subjects.use_code
  AND cells.cell_x = floor(subjects.x / :far_miles)::int AND cells.cell_y = floor(subjects.y / :far_miles)::int
  AND cells.living_area * 100 BETWEEN subjects.living_area * (100 - :percent)
    AND subjects.living_area * (100 + :percent);

-- name: sales
-- Purpose: the sales that count on the day, on the same plane, with their price per square foot.
CREATE TEMPORARY TABLE sales ON COMMIT DROP AS
SELECT
  parcel_id, use_code, living_area::double precision AS living_area,
  (sale_price / living_area)::double precision AS rate, state = 2 AS is_recent,
  ST_X(point) / :metres AS x, ST_Y(point) / :metres AS y
FROM counted_sales
CROSS JOIN LATERAL (SELECT ST_Transform(location::geometry, :projection) AS point LIMIT 1) AS projected
WHERE market = :market;

-- name: comparisons
-- Purpose: of each dirty subject the sales within some miles, of the same use and about the same living area: how many,
-- and the quartiles of their prices per square foot, of twelve months and of twenty-four. By a grid as wide as the
-- reach: those within it lie in the nine cells around.
CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS
WITH spread AS (
  SELECT
    floor(x / :miles)::int + east AS cell_x, floor(y / :miles)::int + north AS cell_y,
    parcel_id, use_code, living_area * (100 - :percent) AS smallest, living_area * (100 + :percent) AS largest, x, y
  FROM pending
  CROSS JOIN (VALUES (-1), (0), (1)) AS easting (east)
  CROSS JOIN (VALUES (-1), (0), (1)) AS northing (north)
), pairs AS (
  SELECT spread.parcel_id, sales.rate, sales.is_recent
  FROM spread
  JOIN sales ON sales.use_code = spread.use_code
    AND floor(sales.x / :miles)::int = spread.cell_x AND floor(sales.y / :miles)::int = spread.cell_y
  WHERE sales.living_area * 100 BETWEEN spread.smallest AND spread.largest
    AND (sales.x - spread.x) * (sales.x - spread.x) + (sales.y - spread.y) * (sales.y - spread.y)
      <= CAST(:miles AS double precision) * CAST(:miles AS double precision)
    AND sales.parcel_id <> spread.parcel_id
)
SELECT
  parcel_id, count(*) AS sales, count(*) FILTER (WHERE is_recent) AS recent_sales,
  percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY rate) AS rates,
  percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY rate) FILTER (WHERE is_recent) AS recent_rates
FROM pairs
GROUP BY parcel_id;

-- name: pending
-- Purpose: the subjects to be compared.
CREATE TEMPORARY TABLE pending ON COMMIT DROP AS
SELECT parcel_id, use_code, living_area, x, y FROM subjects WHERE is_dirty;

-- name: drop_settled
-- Purpose: where enough sales are near, no others are looked for.
DELETE FROM pending USING near_sales WHERE near_sales.parcel_id = pending.parcel_id AND near_sales.sales >= :least;

-- name: write_comparables
-- Purpose: the living area at the quartiles of the nearest and latest sales that are enough; else only how many.
WITH choices AS (
  SELECT
    subjects.parcel_id, subjects.living_area,
    CASE
      WHEN near_sales.recent_sales >= :least THEN near_sales.recent_sales
      WHEN near_sales.sales >= :least THEN near_sales.sales
      WHEN far_sales.recent_sales >= :least THEN far_sales.recent_sales
      ELSE coalesce(far_sales.sales, 0)
    END AS sales,
    CASE
      WHEN near_sales.recent_sales >= :least THEN near_sales.recent_rates
      WHEN near_sales.sales >= :least THEN near_sales.rates
      WHEN far_sales.recent_sales >= :least THEN far_sales.recent_rates
      WHEN far_sales.sales >= :least THEN far_sales.rates
    END AS rates
  FROM subjects
  LEFT JOIN near_sales ON near_sales.parcel_id = subjects.parcel_id
  LEFT JOIN far_sales ON far_sales.parcel_id = subjects.parcel_id
  WHERE subjects.is_dirty
), comparables AS (
  SELECT
    parcel_id, sales,
    round((rates[1] * living_area)::numeric, 2) AS low,
    round((rates[2] * living_area)::numeric, 2) AS median,
    round((rates[3] * living_area)::numeric, 2) AS high
  FROM choices
)
UPDATE parcels AS parcel
SET comparable_value = comparables.median, comparable_count = comparables.sales,
  comparable_low = comparables.low, comparable_high = comparables.high
FROM comparables
WHERE parcel.market = :market AND parcel.parcel_id = comparables.parcel_id
  AND (parcel.comparable_value, parcel.comparable_count, parcel.comparable_low, parcel.comparable_high)
    IS DISTINCT FROM (comparables.median, comparables.sales, comparables.low, comparables.high);

-- name: drop_comparables
-- Purpose: what cannot be compared any more, or has no signal any more, has no comparables.
UPDATE parcels AS parcel
SET comparable_value = NULL, comparable_count = NULL, comparable_low = NULL, comparable_high = NULL
WHERE market = :market AND comparable_count IS NOT NULL
  AND NOT EXISTS (SELECT FROM subjects WHERE subjects.parcel_id = parcel.parcel_id);

-- name: remember_comparison
-- Purpose: when the comparables were brought up to date.
UPDATE merged_rolls SET compared_at = now() WHERE market = :market;
