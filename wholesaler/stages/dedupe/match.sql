-- name: matches
-- Purpose: what becomes of each record without parcel number. Without the roll's whole answer one more parcel may fit:
-- what is matched is kept then, and what fits waits. What was undone is never the same match again.
CREATE TEMPORARY TABLE matches ON COMMIT DROP AS
WITH known AS (
  SELECT DISTINCT seeker FROM pairs WHERE is_possible
)
SELECT
  seeker.record, seeker.source, seeker.record_key, seeker.is_signal, verdict.verdict, decision.rule,
  CASE WHEN verdict.verdict IN ('matched', 'waiting') THEN decision.parcel_id END AS parcel_id,
  CASE WHEN verdict.verdict IN ('matched', 'waiting') THEN decision.evidence END AS evidence
FROM seekers AS seeker
LEFT JOIN record_decisions AS decision USING (seeker)
LEFT JOIN known USING (seeker)
LEFT JOIN undone_matches AS undone
  ON undone.market = :market AND undone.source = seeker.source AND undone.record_key = seeker.record_key
    AND undone.parcel_id = decision.parcel_id
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN NOT :roll_is_whole AND seeker.property_id IS NOT NULL THEN 'kept'
    WHEN seeker.house_number IS NULL THEN 'unreadable'
    WHEN undone.parcel_id IS NOT NULL THEN 'undone'
    WHEN decision.parcel_id IS NOT NULL THEN CASE WHEN :roll_is_whole THEN 'matched' ELSE 'waiting' END
    WHEN known.seeker IS NOT NULL THEN 'ambiguous'
    ELSE 'unknown'
  END AS verdict
) AS verdict
WHERE seeker.record <> 'properties';

-- name: create_matched_properties
-- Purpose: a parcel that is known by the roll alone becomes a property when a signal is found to be its own.
INSERT INTO properties (market, parcel_id)
SELECT DISTINCT :market, parcel_id
FROM matches
WHERE verdict = 'matched' AND is_signal
  AND NOT EXISTS (
    SELECT FROM properties WHERE properties.market = :market AND properties.parcel_id = matches.parcel_id
  )
ON CONFLICT (market, parcel_id) DO NOTHING;

-- name: point_records
-- Purpose: the records of {table} without parcel number to the property of the parcel they match, or to none; only
-- where that is different.
WITH match AS (
  SELECT
    matches.source, matches.record_key, coalesce(property.merged_into, property.id) AS property_id,
    CASE WHEN property.id IS NOT NULL THEN matches.evidence END AS evidence
  FROM matches
  LEFT JOIN properties AS property
    ON property.market = :market AND property.parcel_id = matches.parcel_id AND matches.verdict = 'matched'
  WHERE matches.record = '{table}'
)
UPDATE {table} AS record
SET property_id = match.property_id, match_evidence = match.evidence
FROM match
WHERE record.market = :market AND record.source = match.source AND record.record_key = match.record_key
  AND (record.property_id, record.match_evidence) IS DISTINCT FROM (match.property_id, match.evidence);

-- name: verdicts
-- Purpose: how many records without parcel number were matched, wait, were ambiguous, or are unknown to the roll, and
-- by which rule.
SELECT verdict, CASE WHEN verdict = 'matched' THEN rule END AS rule, count(*) AS records
FROM matches
GROUP BY 1, 2;

-- name: undo_matches
-- Purpose: the records of {table} that were matched by address to one of these parcels, or the one record that is
-- named, are of no property any more, and never of that parcel again.
WITH matched AS (
  SELECT source, record_key, match_evidence ->> 'parcel_id' AS parcel_id
  FROM {table}
  WHERE market = :market AND match_evidence IS NOT NULL
    AND CASE WHEN CAST(:source AS text) IS NOT NULL THEN source = :source AND record_key = :record_key
      ELSE match_evidence ->> 'parcel_id' = ANY(:parcel_ids) END
), undone AS (
  INSERT INTO undone_matches (market, source, record_key, parcel_id)
  SELECT :market, source, record_key, parcel_id FROM matched
  ON CONFLICT DO NOTHING
)
UPDATE {table} AS record
SET property_id = NULL, match_evidence = NULL
FROM matched
WHERE record.market = :market AND record.source = matched.source AND record.record_key = matched.record_key
RETURNING matched.source, matched.record_key, matched.parcel_id;
