-- name: told
-- Purpose: what the last export to somebody told of each lead; of what was merged since the property that stands, which
-- goes before those that were merged into it.
SELECT DISTINCT ON (coalesce(property.merged_into, told.property_id))
  coalesce(property.merged_into, told.property_id) AS property_id, told.facts
FROM exported_leads AS told
JOIN properties AS property ON property.market = :market AND property.id = told.property_id
WHERE told.market = :market AND told.recipient = :recipient
ORDER BY coalesce(property.merged_into, told.property_id), property.merged_into NULLS FIRST, told.property_id;

-- name: last_export
-- Purpose: when somebody was given something last.
SELECT exported_at FROM lead_exports WHERE market = :market AND recipient = :recipient;

-- name: each_lead
-- Purpose: the leads of an export, a row each.
SELECT property_id, place, facts, told, ARRAY[property_id] AS members, lead_id AS lead_ids, 1 AS parcels
FROM export_selection
WHERE is_news;

-- name: best_of_owner
-- Purpose: of each owner and mailing address the best lead, and which are the others. Whose owner nobody knows stands
-- alone. The planner knows how many owners there are, and not how many leads have the first rank.
SELECT DISTINCT ON (owner)
  property_id, place, facts, told,
  array_agg(property_id) OVER own AS members,
  string_agg(lead_id, ' ') OVER own AS lead_ids,
  count(*) OVER own AS parcels
FROM export_selection
WHERE is_news
WINDOW own AS (PARTITION BY owner)
ORDER BY owner, total_score DESC, place;

-- name: leave_out
-- Purpose: that leads are not in the file, since they lack what it requires.
UPDATE export_selection SET is_written = false WHERE property_id = ANY(CAST(:ids AS bigint[]));

-- name: gone
-- Purpose: the leads that somebody was told of and that are none of theirs any more, and why; those that must not be
-- contacted are marked, to be counted alone.
SELECT
  told.property_id, property.market || ':' || property.parcel_id AS lead_id, property.parcel_id, property.address,
  property.city, property.zip_code,
  CASE WHEN score.tier IS NULL THEN 'no lead any more'
    WHEN status.status IN ('closed', 'dead') THEN status.status
    ELSE 'does not fit the filters any more' END AS reason,
  EXISTS (
    SELECT FROM suppressed_properties AS suppressed
    WHERE suppressed.market = :market AND suppressed.property_id = told.property_id
  ) AS is_suppressed
FROM export_told AS told
JOIN properties AS property ON property.market = :market AND property.id = told.property_id
LEFT JOIN lead_scores AS score ON score.market = :market AND score.property_id = told.property_id
LEFT JOIN lead_statuses AS status ON status.market = :market AND status.property_id = told.property_id
WHERE NOT EXISTS (SELECT FROM export_selection WHERE export_selection.property_id = told.property_id)
ORDER BY property.parcel_id;

-- name: forget_told
-- Purpose: what somebody was told before this export.
DELETE FROM exported_leads WHERE market = :market AND recipient = :recipient;

-- name: keep_told
-- Purpose: what this export tells of each lead.
INSERT INTO exported_leads (market, recipient, property_id, facts, exported_at)
SELECT :market, :recipient, property_id, facts, now() FROM export_selection WHERE is_written;

-- name: keep_export
-- Purpose: that there was an export.
INSERT INTO lead_exports (market, recipient, as_of, leads)
VALUES (:market, :recipient, :as_of, :leads)
ON CONFLICT (market, recipient) DO UPDATE
SET as_of = excluded.as_of, leads = excluded.leads, exported_at = now();

-- name: sources_as_of
-- Purpose: the last day for which each source was read to its end.
SELECT source, max(as_of) AS as_of
FROM data_ingestion_runs
WHERE market = :market AND stage = 'ingest' AND status IN ('success', 'partial', 'skipped')
GROUP BY source
ORDER BY source;
