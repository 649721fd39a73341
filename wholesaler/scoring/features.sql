-- name: features
-- Purpose: the features of every active property on the day, one row each, from the records of the sources given:
-- those of the market file that are not stale.
WITH tax_sale AS (
  SELECT
    property_id,
    min(sale_date) FILTER (WHERE sale_date >= :as_of AND is_sale) AS tax_sale_date,
    bool_or(lower(deed_status) = 'lands available') AS on_lands_available,
    (array_agg(opening_bid ORDER BY sale_date, source, record_key)
      FILTER (WHERE sale_date >= :as_of AND is_sale AND opening_bid > 0))[1] AS opening_bid
  FROM (
    SELECT *, lower(coalesce(deed_status, 'active sale')) = 'active sale' AS is_sale
    FROM tax_sales
    WHERE market = :market AND is_active AND property_id IS NOT NULL AND source = ANY(:sources)
  ) AS listed
  GROUP BY property_id
), foreclosure AS (
  -- the nearest auction to come; where there is none, the newest filing of the period
  SELECT DISTINCT ON (property_id)
    property_id,
    CASE WHEN auction_date >= :as_of THEN auction_date END AS auction_date,
    CASE WHEN auction_date >= :as_of THEN NULL ELSE CAST(:as_of AS date) - recording_date END AS lis_pendens_days,
    nullif(default_amount, 0) AS default_amount,
    nullif(opening_bid, 0) AS opening_bid
  FROM foreclosures
  WHERE market = :market AND is_active AND property_id IS NOT NULL AND source = ANY(:sources)
    AND (auction_date >= :as_of OR recording_date BETWEEN CAST(:as_of AS date) - :period_days AND :as_of)
  ORDER BY property_id, (auction_date >= :as_of) IS NOT TRUE,
    CASE WHEN auction_date >= :as_of THEN auction_date END, recording_date DESC NULLS LAST, source, record_key
), roll AS (
  SELECT
    parcel_id,
    nullif(total_mkt, 0) AS total_mkt,
    nullif(total_assd, 0) AS total_assd,
    taxes,
    -- vacant land has an area of 0: there is no house to repair or sell
    CASE WHEN living_area > 0 THEN living_area END AS living_area,
    nullif(year_built, 0) AS year_built
  FROM parcels
  WHERE market = :market
), known AS (
  SELECT
    property.id AS property_id,
    tax_sale.tax_sale_date,
    coalesce(tax_sale.on_lands_available, false) AS on_lands_available,
    foreclosure.auction_date,
    foreclosure.lis_pendens_days,
    foreclosure.default_amount,
    -- counted for the day from the sources that are not stale, and null where there is none (violations.sql)
    property.own_open_violations,
    property.nearby_violations,
    property.nearby_open_violations,
    property.nearest_violation_miles,
    property.location IS NOT NULL AS has_location,
    roll.total_mkt, roll.total_assd, roll.taxes, roll.living_area, roll.year_built,
    tax_sale.tax_sale_date - CAST(:as_of AS date) AS tax_sale_days,
    foreclosure.auction_date - CAST(:as_of AS date) AS auction_days,
    roll.total_mkt / roll.total_assd AS market_to_assessed,
    roll.taxes / roll.total_mkt AS tax_rate,
    coalesce(foreclosure.opening_bid, foreclosure.default_amount, tax_sale.opening_bid) AS debt
  FROM properties AS property
  LEFT JOIN tax_sale ON tax_sale.property_id = property.id
  LEFT JOIN foreclosure ON foreclosure.property_id = property.id
  LEFT JOIN roll ON roll.parcel_id = property.parcel_id
  WHERE property.market = :market AND property.is_active
), estimated AS (
  SELECT
    *,
    total_mkt / :market_share_of_price AS arv,
    greatest(:repair_minimum, living_area * (:repair_rate
      + CASE WHEN year_built < :old_before THEN :old_surcharge ELSE 0 END
      + CASE WHEN own_open_violations >= 1 THEN :violation_surcharge ELSE 0 END))
      + 0 * living_area AS repairs,
    (tax_sale_date IS NOT NULL OR on_lands_available)::int
      + (auction_date IS NOT NULL OR lis_pendens_days IS NOT NULL)::int
      + (coalesce(own_open_violations, 0) > 0)::int AS signal_count
  FROM known
), offered AS (
  SELECT *, :purchase_share * arv - repairs - :assignment_fee AS mao
  FROM estimated
  WHERE signal_count > 0
)
SELECT
  property_id, tax_sale_date, on_lands_available, auction_date, lis_pendens_days, default_amount,
  own_open_violations, nearby_violations, nearby_open_violations, nearest_violation_miles,
  signal_count, has_location, total_mkt, total_assd, taxes, living_area, year_built,
  tax_sale_days, auction_days, market_to_assessed, tax_rate,
  round(arv, 2) AS arv, round(repairs, 2) AS repairs, round(mao, 2) AS mao, round(debt, 2) AS debt,
  round(mao - debt, 2) AS spread
FROM offered
