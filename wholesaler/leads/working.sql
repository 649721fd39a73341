-- name: step
-- Purpose: a step of somebody's work, or a note, with what the lead is at that moment.
INSERT INTO lead_status_events
  (market, property_id, status, next_date, amount, reason, note, changed_by, signals, tier, total_score, profile, rules)
SELECT
  :market, property.id, :status, CAST(:next_date AS date), CAST(:amount AS numeric), :reason, :note, :by,
  coalesce(score.signals, '{}'), score.tier, score.total_score, score.profile, CAST(:rules AS text[])
FROM properties AS property
LEFT JOIN lead_scores AS score ON score.market = :market AND score.property_id = property.id
WHERE property.market = :market AND property.id = :id
RETURNING id;

-- name: place
-- Purpose: where a property is.
SELECT address, city FROM properties WHERE market = :market AND id = :id;

-- name: further_leads
-- Purpose: how many further leads of the owner of a parcel are shown, by name and mailing address. What nobody works on
-- is read once, and only where there are such leads: an owner may have hundreds. The lead of the step itself is of it.
WITH unworkable AS MATERIALIZED (
  SELECT property_id FROM unworkable_properties WHERE market = :market
), others AS MATERIALIZED (
  SELECT score.property_id
  FROM parcels AS own
  JOIN parcels AS other
    ON other.market = :market AND hashtextextended(other.owner_key, 0) = hashtextextended(own.owner_key, 0)
    AND other.owner_key = own.owner_key
  JOIN properties AS property ON property.market = :market AND property.parcel_id = other.parcel_id
  JOIN lead_scores AS score ON score.market = :market AND score.property_id = property.id AND score.tier IS NOT NULL
  WHERE own.market = :market AND own.parcel_id = :parcel_id
)
SELECT count(*)
FROM others
WHERE NOT EXISTS (SELECT FROM unworkable WHERE unworkable.property_id = others.property_id);

-- name: suppress_parcel
-- Purpose: a lead that is not to be contacted any more is suppressed as a parcel.
INSERT INTO suppressions (market, kind, value, reason, source, event_id, suppressed_by)
VALUES (:market, 'parcel', :parcel_id, 'dnc', 'status', :event_id, :by);

-- name: suppress_owner
-- Purpose: and so is its owner, at the mailing address that the roll has, on whatever parcel.
INSERT INTO suppressions (market, kind, value, owner_keys, reason, source, event_id, suppressed_by)
SELECT '*', 'owner', owner_key, ARRAY[owner_key], 'dnc', 'status', :event_id, :by
FROM parcels
WHERE market = :market AND parcel_id = :parcel_id AND owner_key IS NOT NULL
RETURNING value;

-- name: take_back
-- Purpose: a step that is taken back keeps its row, and counts no more.
UPDATE lead_status_events
SET undone_at = now(), undone_by = :by
WHERE market = :market AND id = :event_id AND undone_at IS NULL
RETURNING status;

-- name: lift
-- Purpose: the suppressions that a step has written go with it.
DELETE FROM suppressions
WHERE event_id = :event_id
RETURNING kind, value;
