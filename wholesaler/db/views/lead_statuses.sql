-- Purpose: where a user has got to with each lead that was ever touched: its last step that was not taken back, and the
-- last note. What was done with a property follows it into the one it is merged into, and comes back with it; the later
-- of two steps counts. ``signals``: those of the lead when it was taken. ``event_id``: the step. Of the properties only
-- those that were merged are read, unless somebody asks for the parcel.
CREATE VIEW lead_statuses AS
WITH newest AS (
  SELECT
    event.market, coalesce(merged.merged_into, event.property_id) AS property_id,
    max(event.id) FILTER (WHERE event.status IS NOT NULL) AS step_id,
    max(event.id) FILTER (WHERE event.note IS NOT NULL) AS note_id,
    max(event.changed_at) AS changed_at
  FROM lead_status_events AS event
  LEFT JOIN properties AS merged
    ON merged.market = event.market AND merged.id = event.property_id AND merged.merged_into IS NOT NULL
  WHERE event.undone_at IS NULL
  GROUP BY event.market, coalesce(merged.merged_into, event.property_id)
)
SELECT
  newest.market, newest.property_id, property.parcel_id, coalesce(step.status, 'open') AS status, step.next_date,
  step.amount, step.reason, note.note, coalesce(step.changed_at, newest.changed_at) AS changed_at,
  coalesce(step.changed_by, note.changed_by) AS changed_by, step.signals, step.id AS event_id
FROM newest
LEFT JOIN properties AS property ON property.market = newest.market AND property.id = newest.property_id
LEFT JOIN lead_status_events AS step ON step.market = newest.market AND step.id = newest.step_id
LEFT JOIN lead_status_events AS note ON note.market = newest.market AND note.id = newest.note_id;
