-- name: days
-- Purpose: every day scored since a lead's first snapshot, oldest first, with the snapshot of the day if it was a lead.
-- What was merged into it was this parcel under another number; of two snapshots of a day its own counts. Each day is
-- one look into the index.
WITH RECURSIVE numbers AS (
  SELECT id, parcel_id FROM properties WHERE market = :market AND (id = :id OR merged_into = :id)
), snapshots AS (
  SELECT DISTINCT ON (history.snapshot_date)
    history.snapshot_date, history.total_score, history.tier, history.excluded, history.components, history.profile,
    history.backfilled, numbers.parcel_id
  FROM numbers
  JOIN lead_score_history AS history ON history.market = :market AND history.property_id = numbers.id
  ORDER BY history.snapshot_date ASC, numbers.id <> :id
), days AS (
  SELECT min(snapshot_date) AS day FROM snapshots
  UNION ALL
  SELECT (
    SELECT min(history.snapshot_date)
    FROM lead_score_history AS history
    WHERE history.market = :market AND history.snapshot_date > days.day
  )
  FROM days
  WHERE days.day IS NOT NULL
)
SELECT days.day, snapshots.*
FROM days
LEFT JOIN snapshots ON snapshots.snapshot_date = days.day
WHERE days.day IS NOT NULL
ORDER BY days.day;
