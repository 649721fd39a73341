-- name: stored
-- Purpose: the scores there are, as a side of the comparison.
CREATE TEMPORARY TABLE before ON COMMIT DROP AS
SELECT property_id, total_score, tier, excluded FROM lead_scores WHERE market = :market;

-- name: drop_unworkable
-- Purpose: what is confidential, suppressed or done with is in no comparison.
DELETE FROM {table} AS score
USING unworkable_properties AS unworkable
WHERE unworkable.market = :market AND unworkable.property_id = score.property_id;

-- name: tier_moves
-- Purpose: how many leads go from which tier to which. A lead of one side alone has no place on the other.
SELECT
  before.property_id IS NOT NULL AS was_lead, before.tier AS tier_before,
  after.property_id IS NOT NULL AS is_lead, after.tier, count(*) AS leads
FROM before
FULL JOIN after ON after.property_id = before.property_id
GROUP BY 1, 2, 3, 4
ORDER BY 1 DESC, 2 NULLS LAST, 3 DESC, 4 NULLS LAST;

-- name: changed_leads
-- Purpose: the leads that are in another tier, or excluded by one side only, the best first.
SELECT
  property.parcel_id, property.address, property.city, property.zip_code,
  after.tier, after.total_score, after.excluded,
  before.tier AS tier_before, before.total_score AS total_score_before, before.excluded AS excluded_before
FROM before
FULL JOIN after ON after.property_id = before.property_id
JOIN properties AS property
  ON property.market = :market AND property.id = coalesce(after.property_id, before.property_id)
WHERE (before.tier, before.excluded) IS DISTINCT FROM (after.tier, after.excluded)
ORDER BY after.total_score DESC NULLS LAST, before.total_score DESC, property.parcel_id;
