-- name: count_medians
-- Purpose: the medians of the market value, of dwellings and of land; what is not known to be land is no land.
WITH medians AS (
  SELECT
    percentile_cont(0.5) WITHIN GROUP (ORDER BY total_mkt::double precision) FILTER (WHERE is_land IS NOT TRUE)
      AS dwelling,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY total_mkt::double precision) FILTER (WHERE is_land) AS land
  FROM parcels
  WHERE market = :market AND is_listed AND total_mkt > 0
)
UPDATE merged_rolls
SET dwelling_median = round(medians.dwelling::numeric, 2), land_median = round(medians.land::numeric, 2),
  counted_at = now()
FROM medians
WHERE merged_rolls.market = :market;

-- name: write_facts
-- Purpose: the market value of the parcels with a signal by the median of their kind; others have no such fact.
WITH signals AS (
  SELECT parcel_id FROM properties WHERE market = :market AND is_active
), facts AS (
  SELECT
    parcel.parcel_id,
    CASE WHEN signals.parcel_id IS NOT NULL AND :is_known AND parcel.total_mkt > 0
      THEN round(parcel.total_mkt / nullif(
        CASE WHEN parcel.is_land THEN merged.land_median ELSE merged.dwelling_median END, 0), 4)
    END AS value_to_median
  FROM parcels AS parcel
  JOIN merged_rolls AS merged ON merged.market = :market
  LEFT JOIN signals ON signals.parcel_id = parcel.parcel_id
  WHERE parcel.market = :market AND (signals.parcel_id IS NOT NULL OR parcel.value_to_median IS NOT NULL)
)
UPDATE parcels AS parcel
SET value_to_median = facts.value_to_median
FROM facts
WHERE parcel.market = :market AND parcel.parcel_id = facts.parcel_id
  AND parcel.value_to_median IS DISTINCT FROM facts.value_to_median;
