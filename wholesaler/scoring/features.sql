-- name: features
-- Purpose: the features of every lead on the day, one row each, from the records of the sources given: those of the
-- market file that are not stale. What makes a lead is the same by all readings; by the second ones (:readings) a
-- signal may be listed and not count.
WITH parcel AS (
  -- the first readings know nothing of parcels: there the planner reads no table for this
  SELECT
    property.id AS property_id,
    parcels.owner_class, parcels.owner_parcels, parcels.homestead, parcels.mail_differs, parcels.is_land,
    parcels.value_to_median, parcels.comparable_value, parcels.comparable_count, parcels.comparable_low,
    parcels.comparable_high,
    CASE WHEN parcels.held_since <= :as_of THEN parcels.held_since END AS held_since
  FROM properties AS property
  JOIN parcels ON parcels.market = :market AND parcels.parcel_id = property.parcel_id
  WHERE property.market = :market AND property.is_active AND :readings >= 2
), tax_sale AS (
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
), notice AS (
  SELECT
    foreclosures.property_id, foreclosures.source, foreclosures.record_key, foreclosures.auction_date,
    foreclosures.recording_date, foreclosures.default_amount, foreclosures.opening_bid,
    (foreclosures.auction_date >= :as_of) IS TRUE AS is_ahead,
    -- the suit of an owner before, or one that has ended in an auction
    :readings >= 2 AND ((foreclosures.auction_date < :as_of) IS TRUE
      OR (foreclosures.auction_date IS NULL AND foreclosures.recording_date < parcel.held_since) IS TRUE) AS is_over
  FROM foreclosures
  LEFT JOIN parcel ON parcel.property_id = foreclosures.property_id
  WHERE foreclosures.market = :market AND foreclosures.is_active AND foreclosures.property_id IS NOT NULL
    AND foreclosures.source = ANY(:sources)
    AND (foreclosures.auction_date >= :as_of
      OR foreclosures.recording_date BETWEEN CAST(:as_of AS date) - :period_days AND :as_of)
), foreclosure AS (
  -- the nearest auction to come; where there is none, the newest filing of the period
  SELECT DISTINCT ON (property_id)
    property_id, is_ahead, is_over,
    CASE WHEN is_ahead THEN auction_date END AS auction_date,
    CASE WHEN NOT is_ahead AND NOT is_over THEN CAST(:as_of AS date) - recording_date END AS lis_pendens_days,
    CASE WHEN NOT is_over THEN nullif(default_amount, 0) END AS default_amount,
    CASE WHEN NOT is_over THEN nullif(opening_bid, 0) END AS opening_bid
  FROM notice
  ORDER BY property_id, NOT is_ahead, is_over, CASE WHEN is_ahead THEN auction_date END,
    recording_date DESC NULLS LAST, source, record_key
), own AS (
  -- one inspection that makes five cases is one day; undated cases together are another
  SELECT
    property_id,
    count(DISTINCT opened_date) + bool_or(opened_date IS NULL)::int AS days,
    CAST(:as_of AS date) - min(opened_date) AS oldest_days
  FROM code_violations
  WHERE market = :market AND is_active AND is_open AND property_id IS NOT NULL AND source = ANY(:sources)
    AND (opened_date <= :as_of) IS NOT FALSE AND :readings >= 2
  GROUP BY property_id
), event AS (
  SELECT
    distress_events.property_id, distress_events.signal, distress_events.event_date, distress_events.due_date,
    distress_events.amount, distress_events.years,
    -- what befell an owner before
    :readings >= 2
      AND distress_events.signal = ANY(ARRAY['probate', 'vacancy', 'eviction', 'bankruptcy'])
      AND (distress_events.event_date < parcel.held_since) IS TRUE AS is_over
  FROM distress_events
  LEFT JOIN parcel ON parcel.property_id = distress_events.property_id
  WHERE distress_events.market = :market AND distress_events.is_active AND distress_events.property_id IS NOT NULL
    AND distress_events.source = ANY(:sources)
    AND (distress_events.closed_date > :as_of) IS NOT FALSE AND (lower(distress_events.status) = 'closed') IS NOT TRUE
), signal AS (
  SELECT
    property_id, signal,
    count(*) FILTER (WHERE NOT is_over) AS events,
    CAST(:as_of AS date) - max(event_date) FILTER (WHERE NOT is_over AND event_date <= :as_of) AS days,
    sum(amount) FILTER (WHERE NOT is_over) AS amount,
    -- as published, else as many as there are years among the dates; there is one at least
    greatest(1, coalesce(
      trunc(max(years) FILTER (WHERE NOT is_over)),
      count(DISTINCT extract(YEAR FROM coalesce(event_date, due_date))) FILTER (WHERE NOT is_over))) AS years
  FROM event
  GROUP BY property_id, signal
), distress AS (
  SELECT
    signal.property_id,
    array_agg(signal.signal ORDER BY signal.signal) FILTER (WHERE fact.name = 'count') AS signals,
    count(*) FILTER (WHERE fact.name = 'count' AND signal.events > 0) AS signal_count,
    jsonb_object_agg(signal.signal || '_' || fact.name, fact.value)
      FILTER (WHERE signal.events > 0 AND fact.value IS NOT NULL) AS facts
  FROM signal
  CROSS JOIN LATERAL (
    VALUES ('count', signal.events), ('days', signal.days), ('amount', signal.amount), ('years', signal.years)
  ) AS fact (name, value)
  GROUP BY signal.property_id
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
    coalesce(foreclosure.opening_bid, foreclosure.default_amount) AS suit_debt,
    coalesce(foreclosure.opening_bid, foreclosure.default_amount, tax_sale.opening_bid) AS debt,
    foreclosure.is_ahead, foreclosure.is_over,
    own.days AS own_days, own.oldest_days AS oldest_open_violation_days,
    parcel.owner_class, parcel.owner_parcels, parcel.homestead, parcel.mail_differs, parcel.held_since,
    extract(YEAR FROM age(CAST(:as_of AS timestamp), parcel.held_since)) AS years_held,
    parcel.is_land, parcel.value_to_median, parcel.comparable_value, parcel.comparable_count, parcel.comparable_low,
    parcel.comparable_high,
    distress.signals AS events_listed, coalesce(distress.signal_count, 0) AS event_count, distress.facts
  FROM properties AS property
  LEFT JOIN tax_sale ON tax_sale.property_id = property.id
  LEFT JOIN foreclosure ON foreclosure.property_id = property.id
  LEFT JOIN roll ON roll.parcel_id = property.parcel_id
  LEFT JOIN own ON own.property_id = property.id
  LEFT JOIN parcel ON parcel.property_id = property.id
  LEFT JOIN distress ON distress.property_id = property.id
  WHERE property.market = :market AND property.is_active
), listed AS (
  SELECT
    *,
    tax_sale_date IS NOT NULL OR on_lands_available AS on_tax_list,
    coalesce(own_days > 0, own_open_violations > 0, false) AS has_open_violation
  FROM known
  WHERE tax_sale_date IS NOT NULL OR on_lands_available OR is_ahead IS NOT NULL
    OR coalesce(own_days, own_open_violations) > 0 OR events_listed IS NOT NULL
), estimated AS (
  SELECT
    *,
    CASE
      WHEN :readings >= 2 AND is_land THEN NULL
      WHEN :readings >= 2 AND comparable_count >= :comparables AND comparable_value > 0 THEN comparable_value
      ELSE total_mkt / :market_share_of_price
    END AS arv,
    CASE
      WHEN :readings >= 2 AND is_land THEN NULL
      ELSE greatest(:repair_minimum, living_area * (:repair_rate
        + CASE WHEN year_built < :old_before THEN :old_surcharge ELSE 0 END
        + CASE WHEN own_open_violations >= 1 THEN :violation_surcharge ELSE 0 END))
        + 0 * living_area
    END AS repairs
  FROM listed
), offered AS (
  SELECT *, :purchase_share * arv - repairs - :assignment_fee AS mao
  FROM estimated
)
SELECT
  property_id,
  array_cat(
    array_remove(ARRAY[
      CASE WHEN tax_sale_date IS NOT NULL THEN 'tax_deed_sale' END,
      CASE WHEN on_lands_available THEN 'lands_available' END,
      CASE WHEN is_ahead THEN 'foreclosure_auction' END,
      CASE WHEN NOT is_ahead THEN 'lis_pendens' END,
      CASE WHEN has_open_violation THEN 'open_code_violation' END], NULL),
    events_listed) AS signals,
  tax_sale_date, on_lands_available, auction_date, lis_pendens_days, default_amount,
  own_open_violations, nearby_violations, nearby_open_violations, nearest_violation_miles,
  on_tax_list::int + (is_ahead IS NOT NULL AND NOT is_over)::int + has_open_violation::int
    + CASE WHEN :readings >= 2 THEN event_count ELSE 0 END AS signal_count,
  has_location, total_mkt, total_assd, taxes, living_area, year_built,
  tax_sale_days, auction_days, market_to_assessed, tax_rate,
  round(arv, 2) AS arv, round(repairs, 2) AS repairs, round(mao, 2) AS mao, round(debt, 2) AS debt,
  -- what is owed to others than the tax collector is not known by the bid of a tax sale: it can show a loss only
  CASE WHEN :readings < 2 OR suit_debt IS NOT NULL OR round(mao - debt, 2) < 0 THEN round(mao - debt, 2) END AS spread,
  CASE WHEN :readings >= 2 THEN least(tax_sale_days, auction_days) END AS next_sale_days,
  CASE WHEN :readings >= 2 THEN coalesce(own_days, CASE WHEN own_open_violations = 0 THEN 0 END) END
    AS own_violation_days,
  oldest_open_violation_days,
  owner_class, owner_parcels, homestead, mail_differs, held_since, years_held, is_land, value_to_median,
  comparable_value, comparable_count, comparable_low, comparable_high,
  CASE WHEN :readings >= 2 THEN facts END AS events
FROM offered
