-- name: status
-- Purpose: where somebody has got to with a lead, if anywhere.
SELECT status, next_date, amount, reason, note, changed_at, changed_by, event_id
FROM lead_statuses
WHERE market = :market AND property_id = :id;

-- name: steps
-- Purpose: all that was done with a lead, under whatever number, newest first; what was taken back too.
SELECT
  event.status, event.next_date, event.amount, event.reason, event.note, event.changed_at, event.changed_by,
  event.signals, event.tier, event.undone_at, event.undone_by, property.parcel_id
FROM properties AS property
JOIN lead_status_events AS event ON event.market = :market AND event.property_id = property.id
WHERE property.market = :market AND (property.id = :id OR property.merged_into = :id)
ORDER BY event.id DESC;

-- name: returned
-- Purpose: the signals of a dead lead that it did not have when it died: by them it is back.
SELECT ARRAY(SELECT unnest(score.signals) EXCEPT SELECT unnest(status.signals) ORDER BY 1) AS signals
FROM lead_statuses AS status
JOIN lead_scores AS score ON score.market = :market AND score.property_id = status.property_id
WHERE status.market = :market AND status.property_id = :id AND status.status = 'dead';

-- name: suppressed
-- Purpose: why nobody is to be contacted about a property, or a parcel that is none.
SELECT reason FROM suppressed_properties WHERE market = :market AND property_id = :id
UNION
SELECT suppression.reason
FROM suppressions AS suppression
WHERE (suppression.market = :market AND suppression.kind = 'parcel' AND suppression.value = :parcel_id)
  OR (suppression.kind = 'owner' AND (
    -- one key, looked up once and not for each suppression
    SELECT owner_key FROM parcels WHERE market = :market AND parcel_id = :parcel_id
  ) = ANY(suppression.owner_keys))
ORDER BY reason;

-- name: due
-- Purpose: the leads whose next date has come, the one that waits longest first, but for those that nobody works on. A
-- lead that has no signal any more is one too: a contract is closed after the sale is off.
SELECT
  status.parcel_id, property.address, property.city, property.zip_code, status.status, status.next_date,
  CAST(:day AS date) - status.next_date AS days_over, status.amount, status.note, status.changed_at, status.changed_by,
  score.tier, score.total_score, score.signals, score.tax_sale_date, score.auction_date
FROM lead_statuses AS status
JOIN properties AS property ON property.market = :market AND property.id = status.property_id
LEFT JOIN lead_scores AS score ON score.market = :market AND score.property_id = status.property_id
WHERE status.market = :market AND status.next_date <= :until
  AND NOT EXISTS (
    SELECT FROM unworkable_properties AS unworkable
    WHERE unworkable.market = :market AND unworkable.property_id = status.property_id
  )
ORDER BY status.next_date, score.total_score DESC NULLS LAST, status.parcel_id
LIMIT :limit;
