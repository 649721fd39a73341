-- name: orphans
-- Purpose: records of signals that point to no property, or to another than the one of their parcel number.
SELECT
  count(*) AS found,
  (array_agg(DISTINCT record.parcel_id ORDER BY record.parcel_id))[1:CAST(:examples AS int)] AS examples
FROM signal_records AS record
JOIN properties AS property ON property.market = :market AND property.parcel_id = record.parcel_id
WHERE record.market = :market AND record.property_id IS DISTINCT FROM coalesce(property.merged_into, property.id);

-- name: missing_properties
-- Purpose: parcel numbers with a signal that are no property.
SELECT
  count(DISTINCT signal.parcel_id) AS found,
  (array_agg(DISTINCT signal.parcel_id ORDER BY signal.parcel_id))[1:CAST(:examples AS int)] AS examples
FROM signal_records AS signal
WHERE signal.market = :market AND signal.is_signal AND signal.parcel_id IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM properties AS property WHERE property.market = :market AND property.parcel_id = signal.parcel_id
  );

-- name: unmerged_roll
-- Purpose: parcel numbers that are on the roll by its sources' records and not by the parcels, or the other way round.
WITH listed AS (
  SELECT record_key AS parcel_id
  FROM property_records
  WHERE market = :market AND is_active AND source = ANY(:listing_rolls)
), merged AS (
  SELECT parcel_id FROM parcels WHERE market = :market AND is_listed
), differences AS (
  SELECT DISTINCT coalesce(listed.parcel_id, merged.parcel_id) AS parcel_id
  FROM listed
  FULL JOIN merged USING (parcel_id)
  WHERE listed.parcel_id IS NULL OR merged.parcel_id IS NULL
)
SELECT
  count(*) AS found,
  (array_agg(parcel_id ORDER BY parcel_id))[1:CAST(:examples AS int)] AS examples
FROM differences;

-- name: parcels_of_nothing
-- Purpose: parcels of which no source of the roll has an active record, but for those that stay confidential.
SELECT
  count(*) AS found,
  (array_agg(parcel.parcel_id ORDER BY parcel.parcel_id))[1:CAST(:examples AS int)] AS examples
FROM parcels AS parcel
WHERE parcel.market = :market AND parcel.confidential IS NOT TRUE
  AND NOT EXISTS (
    SELECT FROM property_records AS record
    WHERE record.market = :market AND record.source = ANY(:rolls) AND record.record_key = parcel.parcel_id
      AND record.is_active
  );

-- name: records_of_merged
-- Purpose: records of signals that point to a property that was merged into another.
SELECT
  count(*) AS found,
  (array_agg(DISTINCT property.parcel_id ORDER BY property.parcel_id))[1:CAST(:examples AS int)] AS examples
FROM signal_records AS record
JOIN properties AS property ON property.market = :market AND property.id = record.property_id
WHERE record.market = :market AND property.merged_into IS NOT NULL;

-- name: hidden_signals
-- Purpose: properties that should be active, because an active signal points to them, and are not.
SELECT
  count(*) AS found,
  (array_agg(property.parcel_id ORDER BY property.parcel_id))[1:CAST(:examples AS int)] AS examples
FROM properties AS property
WHERE property.market = :market AND NOT property.is_active AND property.merged_into IS NULL
  AND EXISTS (
    SELECT FROM signal_records AS signal
    WHERE signal.market = :market AND signal.property_id = property.id AND signal.is_signal
  );

-- name: idle_properties
-- Purpose: properties that should be inactive, because no active signal points to them, and are not.
SELECT
  count(*) AS found,
  (array_agg(property.parcel_id ORDER BY property.parcel_id))[1:CAST(:examples AS int)] AS examples
FROM properties AS property
WHERE property.market = :market AND property.is_active
  AND NOT EXISTS (
    SELECT FROM signal_records AS signal
    WHERE signal.market = :market AND signal.property_id = property.id AND signal.is_signal
  );

-- name: duplicate_parcels
-- Purpose: parcel numbers that more than one property has.
WITH duplicates AS (
  SELECT parcel_id FROM properties WHERE market = :market GROUP BY parcel_id HAVING count(*) > 1
)
SELECT
  count(*) AS found,
  (array_agg(parcel_id ORDER BY parcel_id))[1:CAST(:examples AS int)] AS examples
FROM duplicates;

-- name: duplicate_places
-- Purpose: active properties that are not on the roll and lie within metres of another of the same standard address and
-- unit. Points outside the market are another check's matter, and cannot be projected.
WITH doubtful AS (
  SELECT property.id, property.house_number, property.street, coalesce(property.unit, '') AS unit
  FROM properties AS property
  LEFT JOIN parcels AS parcel
    ON parcel.market = :market AND parcel.parcel_id = property.parcel_id AND parcel.is_listed
  WHERE property.market = :market AND property.is_active AND NOT property.never_merge
    AND property.house_number IS NOT NULL AND property.street IS NOT NULL AND parcel.parcel_id IS NULL
), neighbours AS (
  SELECT
    property.parcel_id, property.house_number, property.street, coalesce(property.unit, '') AS unit,
    property.location::geometry AS point, doubtful.id IS NOT NULL AS is_doubtful,
    -- where there is no roll all are doubtful, and most stand alone
    count(*) OVER (PARTITION BY property.house_number, property.street, coalesce(property.unit, '')) AS at_address
  FROM properties AS property
  LEFT JOIN doubtful ON doubtful.id = property.id
  WHERE property.market = :market AND property.is_active
    AND (property.house_number, property.street, coalesce(property.unit, '')) IN (
      SELECT house_number, street, unit FROM doubtful
    )
    AND ST_X(property.location::geometry) BETWEEN :west AND :east
    AND ST_Y(property.location::geometry) BETWEEN :south AND :north
), points AS (
  -- a tower of flats at one point is one point: what is clustered stays small
  SELECT
    house_number, street, unit, point, count(*) AS properties,
    array_agg(parcel_id) FILTER (WHERE is_doubtful) AS doubtful
  FROM neighbours
  WHERE at_address > 1
  GROUP BY house_number, street, unit, point
), clusters AS (
  SELECT
    points.*,
    ST_ClusterDBSCAN(ST_Transform(point, :projection), :metres, 1)
      OVER (PARTITION BY house_number, street, unit) AS place
  FROM points
), place_sizes AS (
  SELECT doubtful, sum(properties) OVER (PARTITION BY house_number, street, unit, place) AS at_place
  FROM clusters
)
SELECT
  count(*) AS found,
  (array_agg(parcel_id ORDER BY parcel_id))[1:CAST(:examples AS int)] AS examples
FROM place_sizes
CROSS JOIN LATERAL unnest(doubtful) AS parcel_id
WHERE at_place > 1;

-- name: merges_nowhere
-- Purpose: properties merged into one that does not exist.
SELECT
  count(*) AS found,
  (array_agg(merged.parcel_id ORDER BY merged.parcel_id))[1:CAST(:examples AS int)] AS examples
FROM properties AS merged
LEFT JOIN properties AS winner ON winner.market = :market AND winner.id = merged.merged_into
WHERE merged.market = :market AND merged.merged_into IS NOT NULL AND winner.id IS NULL;

-- name: merges_on_roll
-- Purpose: merged properties whose number is on the roll: there they are parcels of their own.
SELECT
  count(*) AS found,
  (array_agg(merged.parcel_id ORDER BY merged.parcel_id))[1:CAST(:examples AS int)] AS examples
FROM properties AS merged
WHERE merged.market = :market AND merged.merged_into IS NOT NULL
  AND EXISTS (
    SELECT FROM parcels AS parcel
    WHERE parcel.market = :market AND parcel.parcel_id = merged.parcel_id AND parcel.is_listed
  );

-- name: merge_chains
-- Purpose: properties merged into one that was merged into a third: their records stop half-way.
SELECT
  count(*) AS found,
  (array_agg(merged.parcel_id ORDER BY merged.parcel_id))[1:CAST(:examples AS int)] AS examples
FROM properties AS merged
JOIN properties AS winner ON winner.market = :market AND winner.id = merged.merged_into
WHERE merged.market = :market AND winner.merged_into IS NOT NULL AND winner.merged_into <> merged.id
  AND merged.merged_into <> merged.id;

-- name: merge_circles
-- Purpose: properties whose merges lead back to themselves. Only merges into merged properties are followed.
WITH RECURSIVE links AS (
  SELECT merged.id, merged.merged_into
  FROM properties AS merged
  JOIN properties AS winner ON winner.market = :market AND winner.id = merged.merged_into
  WHERE merged.market = :market AND winner.merged_into IS NOT NULL
), paths AS (
  SELECT id, merged_into AS reached FROM links
  UNION
  SELECT paths.id, links.merged_into
  FROM paths
  JOIN links ON links.id = paths.reached
  WHERE paths.reached <> paths.id
)
SELECT
  count(*) AS found,
  (array_agg(property.parcel_id ORDER BY property.parcel_id))[1:CAST(:examples AS int)] AS examples
FROM paths
JOIN properties AS property ON property.market = :market AND property.id = paths.id
WHERE paths.reached = paths.id;
