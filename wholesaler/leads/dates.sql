-- name: dates
-- Purpose: the days of sales and auctions of leads, and the follow-ups that somebody has set, as entries of a calendar:
-- those that are off too, so that a calendar that has them takes them out. Of all leads that are watched, or of some
-- properties; none of those that nobody works on. A step that is taken back counts twice: the number of an entry only
-- grows.
WITH asked AS (
  SELECT property_id FROM told_leads WHERE market = :market AND :watched
  UNION ALL
  SELECT property_id FROM lead_status_events WHERE market = :market AND :watched
  UNION
  SELECT one.id FROM unnest(CAST(:ids AS bigint[])) AS one (id)
), wanted AS (
  SELECT property.id AS property_id, property.parcel_id, property.address, property.city, property.zip_code
  FROM asked
  JOIN properties AS property ON property.market = :market AND property.id = asked.property_id
  WHERE property.merged_into IS NULL
    AND NOT EXISTS (
      SELECT FROM unworkable_properties AS unworkable
      WHERE unworkable.market = :market AND unworkable.property_id = property.id
    )
), steps AS (
  SELECT
    coalesce(property.merged_into, property.id) AS property_id,
    count(*) FILTER (WHERE event.status IS NOT NULL) + count(event.undone_at) - 1 AS sequence,
    max(greatest(event.changed_at, event.undone_at)) AS changed_at,
    (array_agg(event.next_date ORDER BY event.undone_at IS NOT NULL, event.id DESC)
      FILTER (WHERE event.next_date IS NOT NULL))[1] AS last_date
  FROM lead_status_events AS event
  JOIN properties AS property ON property.market = :market AND property.id = event.property_id
  WHERE event.market = :market
  GROUP BY coalesce(property.merged_into, property.id)
), entries AS (
  SELECT property_id, kind, day, sequence, changed_at, is_cancelled
  FROM sale_dates
  WHERE market = :market
  UNION ALL
  SELECT
    steps.property_id, 'follow_up', coalesce(status.next_date, steps.last_date), steps.sequence, steps.changed_at,
    status.next_date IS NULL
  FROM steps
  LEFT JOIN lead_statuses AS status ON status.market = :market AND status.property_id = steps.property_id
  WHERE steps.last_date IS NOT NULL
)
SELECT
  wanted.parcel_id, wanted.address, wanted.city, wanted.zip_code, entries.kind, entries.day, entries.sequence,
  entries.changed_at, entries.is_cancelled, wanted.property_id
FROM wanted
JOIN entries ON entries.property_id = wanted.property_id
-- a follow-up that is overdue stays; what else has passed is no entry to come
WHERE entries.day >= CAST(:as_of AS date) - :past OR (entries.kind = 'follow_up' AND NOT entries.is_cancelled)
ORDER BY entries.day, wanted.parcel_id, entries.kind;
