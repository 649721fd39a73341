-- name: leads
-- Purpose: every lead of the newest scores with all that lists, exports and reports show of it: score, what its owner
-- and parcel are, what somebody has done with it. Who may see it is not asked here (``filters.py``). What of it is not
-- asked for is not read: no join leaves a lead out. ``came_back``: it was dead, and has a signal now that it did not
-- have then.
SELECT
  score.property_id, score.market || ':' || property.parcel_id AS lead_id, score.market, property.parcel_id,
  property.address, property.city, property.zip_code, property.location,
  ST_Y(property.location::geometry) AS latitude, ST_X(property.location::geometry) AS longitude,
  score.tier, score.total_score, score.excluded, score.is_new, score.signals, score.signal_count, score.as_of,
  score.profile,
  score.tax_sale_date, score.auction_date,
  score.as_of + coalesce(score.next_sale_days, least(
    CASE WHEN score.tax_sale_days >= 0 THEN score.tax_sale_days END,
    CASE WHEN score.auction_days >= 0 THEN score.auction_days END))::int AS next_sale_date,
  coalesce(score.next_sale_days, least(
    CASE WHEN score.tax_sale_days >= 0 THEN score.tax_sale_days END,
    CASE WHEN score.auction_days >= 0 THEN score.auction_days END)) AS days_left,
  score.total_mkt AS value, score.mao AS offer, score.spread, score.arv, score.repairs, score.debt,
  coalesce(score.owner_class, (
    SELECT roll.owner_class
    FROM properties AS own
    JOIN parcels AS roll ON roll.market = :market AND roll.parcel_id = own.parcel_id
    WHERE own.market = :market AND own.id = score.property_id
  )) AS owner_class,
  coalesce(score.mail_differs, (
    SELECT roll.mail_differs
    FROM properties AS own
    JOIN parcels AS roll ON roll.market = :market AND roll.parcel_id = own.parcel_id
    WHERE own.market = :market AND own.id = score.property_id
  )) AS mail_differs,
  coalesce(score.homestead, parcel.homestead) AS homestead,
  coalesce(score.owner_parcels, parcel.owner_parcels) AS owner_parcels,
  coalesce(score.held_since, parcel.held_since) AS held_since, score.years_held,
  coalesce(score.is_land, parcel.is_land) AS is_land,
  parcel.owner_name, parcel.co_owner_name, parcel.owner_key,
  parcel.mail_address, parcel.mail_address_2, parcel.mail_city, parcel.mail_state, parcel.mail_zip,
  parcel.mail_country,
  parcel.use_code, parcel.beds, parcel.baths, parcel.living_area, parcel.acreage, parcel.year_built,
  score.total_assd AS assessed_value, parcel.sale_date AS last_sale_date, parcel.sale_price AS last_sale_price,
  score.own_open_violations, score.nearby_open_violations, score.comparable_count, score.events,
  coalesce(status.status, 'open') AS status,
  coalesce(status.status = 'dead' AND NOT score.signals <@ status.signals, false) AS came_back,
  status.next_date, status.reason AS status_reason,
  status.amount, status.note, status.changed_at AS status_changed_at, status.changed_by AS status_changed_by
FROM lead_scores AS score
LEFT JOIN properties AS property ON property.market = :market AND property.id = score.property_id
LEFT JOIN parcels AS parcel ON parcel.market = :market AND parcel.parcel_id = property.parcel_id
LEFT JOIN lead_statuses AS status ON status.market = :market AND status.property_id = score.property_id
WHERE score.market = :market;

-- name: day_before
-- Purpose: the last day before another one that was scored as the list of its day.
SELECT max(snapshot_date)
FROM lead_score_history
WHERE market = :market AND snapshot_date < :day AND NOT backfilled;

-- name: around
-- Purpose: the properties within so many metres of a place. Asked before the leads are: of a place the planner expects
-- one property, and would look through all that was done and suppressed for each.
SELECT id
FROM properties
WHERE market = :market AND ST_DWithin(location, ST_GeogFromText(:point), :metres);

-- name: cities
-- Purpose: the cities that leads are in, those of most leads first.
SELECT max(property.city) AS city
FROM lead_scores AS score
JOIN properties AS property ON property.market = :market AND property.id = score.property_id
WHERE score.market = :market AND property.city IS NOT NULL AND NOT EXISTS (
  SELECT FROM confidential_properties AS confidential
  WHERE confidential.market = :market AND confidential.property_id = property.id
)
GROUP BY wholesaler_city(property.city)
ORDER BY count(*) DESC, city;
