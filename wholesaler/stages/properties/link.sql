-- name: create_properties
-- Purpose: one property for every parcel number with a signal.
INSERT INTO properties (market, parcel_id)
SELECT DISTINCT :market, signals.parcel_id
FROM signal_records AS signals
WHERE signals.market = :market AND signals.is_signal AND signals.parcel_id IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM properties WHERE properties.market = :market AND properties.parcel_id = signals.parcel_id
  )
ON CONFLICT (market, parcel_id) DO NOTHING;

-- name: link_records
-- Purpose: the records of {table} to the property of their parcel number, or to the one that was merged into.
UPDATE {table} AS record
SET property_id = coalesce(property.merged_into, property.id)
FROM properties AS property
WHERE record.market = :market AND property.market = :market
  AND property.parcel_id = record.parcel_id
  AND record.property_id IS DISTINCT FROM coalesce(property.merged_into, property.id);

-- name: refresh_activity
-- Purpose: a property is active while a signal points to it, and remembers when it was last.
WITH signals AS (
  SELECT DISTINCT property_id FROM signal_records WHERE market = :market AND is_signal
), activity AS (
  SELECT
    property.id, property.is_active AS was_active,
    signals.property_id IS NOT NULL AND property.merged_into IS NULL AS is_active
  FROM properties AS property
  LEFT JOIN signals ON signals.property_id = property.id
  WHERE property.market = :market
)
UPDATE properties AS property
SET is_active = activity.is_active,
    -- the violations around an inactive property are not kept count of
    counted_radius_miles = CASE WHEN NOT activity.is_active THEN property.counted_radius_miles END,
    last_seen_at = CASE WHEN activity.is_active THEN NULL ELSE now() END,
    updated_at = now()
FROM activity
WHERE property.market = :market AND property.id = activity.id AND activity.is_active <> activity.was_active;

-- name: join_rates
-- Purpose: of the parcels each source gives a signal for, the share that is on the appraiser's roll.
WITH signals AS (
  -- distinct after the join: of how many come out of a view's DISTINCT the planner knows nothing, and takes it for few
  SELECT DISTINCT signal.source, signal.parcel_id, parcel.parcel_id IS NOT NULL AS is_listed
  FROM signal_records AS signal
  LEFT JOIN parcels AS parcel
    ON parcel.market = :market AND parcel.parcel_id = signal.parcel_id AND parcel.is_listed
  WHERE signal.market = :market AND signal.is_signal AND signal.parcel_id IS NOT NULL
)
SELECT source, round(avg(is_listed::int), 4) AS rate
FROM signals
GROUP BY source;
