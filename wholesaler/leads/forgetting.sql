-- name: members
-- Purpose: the properties and parcel numbers that a lead has, with all that is merged into it.
SELECT id, parcel_id
FROM properties
WHERE market = :market AND (id = :id OR merged_into = :id)
ORDER BY id;

-- name: written
-- Purpose: how publishers write the numbers and keys of the records of a lead, in {table}.
SELECT DISTINCT written.text
FROM {table} AS record
CROSS JOIN LATERAL unnest(ARRAY[record.parcel, record.record_key]) AS written (text)
WHERE record.market = :market
  AND (record.property_id = ANY(CAST(:ids AS bigint[]))
    OR record.parcel_id = ANY(:parcel_ids))
  AND length(written.text) > 3;

-- name: keep_suppressed
-- Purpose: who is left alone as an owner stays so as a parcel, since the owner is not known by name any more.
INSERT INTO suppressions (market, kind, value, reason, source)
SELECT parcel.market, 'parcel', parcel.parcel_id, min(suppression.reason), 'forget'
FROM parcels AS parcel
JOIN suppressions AS suppression ON suppression.kind = 'owner' AND parcel.owner_key = ANY(suppression.owner_keys)
WHERE parcel.market = :market AND parcel.parcel_id = ANY(:parcel_ids)
GROUP BY parcel.market, parcel.parcel_id
ON CONFLICT (market, kind, value, event_id) DO NOTHING;

-- name: suppressions
-- Purpose: what was given or said of a suppression goes; what it is compared by stays, or it would not hold.
UPDATE suppressions
SET owner_name = NULL, mail_address = NULL, note = NULL
WHERE coalesce(owner_name, mail_address, note) IS NOT NULL AND (
  (market = :market AND kind = 'parcel' AND value = ANY(:parcel_ids))
  OR (kind = 'owner' AND EXISTS (
    SELECT FROM parcels AS parcel
    WHERE parcel.market = :market AND parcel.parcel_id = ANY(:parcel_ids)
      AND parcel.owner_key = ANY(suppressions.owner_keys)
  ))
);

-- name: notes
-- Purpose: what was said goes, in steps that were taken back too; that there was a step stays.
UPDATE lead_status_events
SET note = NULL, reason = NULL
WHERE market = :market AND property_id = ANY(CAST(:ids AS bigint[])) AND coalesce(note, reason) IS NOT NULL;

-- name: contacts
-- Purpose: telephones, e-mails and results.
DELETE FROM lead_contacts WHERE market = :market AND property_id = ANY(CAST(:ids AS bigint[]));

-- name: deliveries
-- Purpose: names, mailing addresses and notes in what was announced of the lead, or is to be.
UPDATE alert_deliveries
SET payload = (
  SELECT jsonb_object_agg(part.key, CASE WHEN part.key ~ :personal THEN 'null' ELSE part.value END)
  FROM jsonb_each(alert_deliveries.payload) AS part (key, value)
)
WHERE market = :market AND kind NOT IN ('stage_failure', 'findings', 'profile_change')
  AND subject = ANY(:subjects) AND payload <> '{}';

-- name: rejects
-- Purpose: rejected records in which one of the numbers stands.
UPDATE rejected_records
SET raw = '{}'
WHERE market = :market AND CAST(raw AS text) LIKE ANY (:patterns);
