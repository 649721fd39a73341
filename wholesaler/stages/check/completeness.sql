-- name: coverage
-- Purpose: how many properties there are, and what the active ones lack.
SELECT
  count(*) AS properties,
  count(*) FILTER (WHERE is_active) AS active,
  count(*) FILTER (WHERE is_active AND address IS NULL) AS without_address,
  count(*) FILTER (WHERE is_active AND location IS NULL) AS without_location
FROM properties
WHERE market = :market;

-- name: null_scores
-- Purpose: leads of whose score a part is missing, is no number from 0 to 100, or has no signal behind it.
SELECT
  count(*) AS found,
  (array_agg(property.parcel_id ORDER BY property.parcel_id))[1:CAST(:examples AS int)] AS examples
FROM lead_scores AS score
JOIN properties AS property ON property.market = :market AND property.id = score.property_id
WHERE score.market = :market
  AND (
    (score.total_score BETWEEN 0 AND 100) IS NOT TRUE
    OR score.components = '{}'
    -- of JSON, null is less than any number, and what else is no number is not to be compared
    OR (score.components @? 'strict $.* ? (!(@ >= 0 && @ <= 100) || (@ >= 0) is unknown)') IS NOT FALSE
    OR (cardinality(score.signals) > 0) IS NOT TRUE
    -- a signal may be listed and not count
    OR (score.signal_count >= 0) IS NOT TRUE
  );

-- name: invalid_tiers
-- Purpose: leads whose tier is none of the profile's, those without one that are not excluded, and the other way round.
SELECT
  count(*) AS found,
  (array_agg(property.parcel_id ORDER BY property.parcel_id))[1:CAST(:examples AS int)] AS examples
FROM lead_scores AS score
JOIN properties AS property ON property.market = :market AND property.id = score.property_id
WHERE score.market = :market
  AND ((score.tier = ANY(:tiers)) IS TRUE) = (score.excluded IS NOT NULL);

-- name: inactive_leads
-- Purpose: leads whose property is inactive (sold, redeemed, merged) or gone, which no foreign key forbids.
SELECT
  count(*) AS found,
  (array_agg(coalesce(property.parcel_id, 'property ' || score.property_id) ORDER BY property.parcel_id))
    [1:CAST(:examples AS int)] AS examples
FROM lead_scores AS score
LEFT JOIN properties AS property ON property.market = :market AND property.id = score.property_id
WHERE score.market = :market AND property.is_active IS NOT TRUE;

-- name: missing_snapshots
-- Purpose: leads whose newest score is not in the history. All scores are of one day, so that one partition is read.
WITH day AS (
  SELECT max(as_of) AS as_of FROM lead_scores WHERE market = :market
), snapshots AS (
  SELECT property_id
  FROM lead_score_history
  WHERE market = :market AND snapshot_date = (SELECT as_of FROM day)
)
SELECT
  count(*) AS found,
  (array_agg(property.parcel_id ORDER BY property.parcel_id))[1:CAST(:examples AS int)] AS examples
FROM lead_scores AS score
JOIN properties AS property ON property.market = :market AND property.id = score.property_id
LEFT JOIN snapshots ON snapshots.property_id = score.property_id
WHERE score.market = :market AND score.as_of = (SELECT as_of FROM day) AND snapshots.property_id IS NULL;
