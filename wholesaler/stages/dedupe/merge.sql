-- name: unmerge
-- Purpose: a merged property whose number is on the roll now is a parcel of its own again.
UPDATE properties AS property
SET merged_into = NULL, merge_evidence = NULL, updated_at = now()
WHERE market = :market AND merged_into IS NOT NULL
  AND EXISTS (
    SELECT FROM parcels AS parcel
    WHERE parcel.market = :market AND parcel.parcel_id = property.parcel_id AND parcel.is_listed
  );

-- name: unflatten
-- Purpose: what was merged into a property that stands alone again comes back to it.
UPDATE properties AS loser
SET merged_into = winner.id, updated_at = now()
FROM properties AS winner
WHERE loser.market = :market AND winner.market = :market
  AND loser.merged_into <> winner.id AND winner.merged_into IS NULL
  AND winner.parcel_id = loser.merge_evidence ->> 'merged_into';

-- name: duplicates
-- Purpose: properties whose parcel number the roll does not know, and the one parcel of the roll that they are.
CREATE TEMPORARY TABLE duplicates ON COMMIT DROP AS
SELECT
  seeker.property_id AS id, decision.parcel_id AS winner_parcel_id, decision.rule,
  decision.evidence || jsonb_build_object('parcel_id', seeker.parcel_id, 'merged_into', decision.parcel_id) AS evidence
FROM property_decisions AS decision
JOIN seekers AS seeker USING (seeker);

-- name: create_winners
-- Purpose: the parcel of the roll that a duplicate belongs to, where it is no property yet.
INSERT INTO properties (market, parcel_id)
SELECT DISTINCT :market, winner_parcel_id
FROM duplicates
WHERE NOT EXISTS (
  SELECT FROM properties WHERE properties.market = :market AND properties.parcel_id = duplicates.winner_parcel_id
)
ON CONFLICT (market, parcel_id) DO NOTHING;

-- name: merge
-- Purpose: the duplicates become inactive and say what they were merged into and why.
UPDATE properties AS loser
SET is_active = false, merged_into = winner.id, merge_evidence = duplicates.evidence, updated_at = now()
FROM duplicates
JOIN properties AS winner ON winner.market = :market AND winner.parcel_id = duplicates.winner_parcel_id
WHERE loser.market = :market AND loser.id = duplicates.id AND loser.id <> winner.id AND winner.merged_into IS NULL;

-- name: flatten
-- Purpose: what was merged into a property that is merged now itself, follows it.
UPDATE properties AS loser
SET merged_into = winner.merged_into, updated_at = now()
FROM properties AS winner
WHERE loser.market = :market AND winner.market = :market
  AND loser.merged_into = winner.id AND winner.merged_into IS NOT NULL;

-- name: drop_merged
-- Purpose: what has just been merged is no second candidate for the records at its address.
DELETE FROM pairs
USING properties
WHERE properties.market = :market AND properties.parcel_id = pairs.parcel_id
  AND properties.merged_into IS NOT NULL AND NOT pairs.on_roll;

-- name: repoint_records
-- Purpose: the records of {table} matched by address, to the property of the parcel they were matched to, or to the one
-- that is merged into.
UPDATE {table} AS record
SET property_id = coalesce(property.merged_into, property.id)
FROM properties AS property
WHERE record.market = :market AND record.match_evidence IS NOT NULL
  AND property.market = :market AND property.parcel_id = record.match_evidence ->> 'parcel_id'
  AND record.property_id <> coalesce(property.merged_into, property.id);

-- name: undo
-- Purpose: a merged property stands alone again, and is not merged by the program any more.
UPDATE properties
SET merged_into = NULL, merge_evidence = NULL, never_merge = true, is_active = true, counted_radius_miles = NULL,
  updated_at = now()
WHERE market = :market AND parcel_id = ANY(:parcel_ids) AND merged_into IS NOT NULL
RETURNING parcel_id;
