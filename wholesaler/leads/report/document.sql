-- name: leads
-- Purpose: the best leads that may be worked: where they lie, what the roll says of them, what was done with them.
WITH best AS (
  -- chosen by what orders them alone: the rest is read of these, not of every lead of the county
  SELECT workable.property_id, workable.came_back, score.total_score, property.parcel_id
  FROM workable_leads AS workable
  JOIN lead_scores AS score ON score.market = :market AND score.property_id = workable.property_id
  JOIN properties AS property ON property.market = :market AND property.id = workable.property_id
  WHERE workable.market = :market
  ORDER BY score.total_score DESC, property.parcel_id
  LIMIT :most
)
SELECT
  score.*,
  property.parcel_id, property.address, property.city, property.zip_code,
  ST_X(property.location::geometry) AS longitude, ST_Y(property.location::geometry) AS latitude,
  parcel.owner_name, parcel.co_owner_name, parcel.mail_address, parcel.mail_address_2, parcel.mail_city,
  parcel.mail_state, parcel.mail_zip, parcel.mail_country,
  parcel.use_code, parcel.beds, parcel.baths, parcel.units, parcel.acreage, parcel.sale_date, parcel.sale_price,
  working.status, working.next_date, working.amount, working.reason, working.note, best.came_back
FROM best
JOIN lead_scores AS score ON score.market = :market AND score.property_id = best.property_id
JOIN properties AS property ON property.market = :market AND property.id = best.property_id
LEFT JOIN parcels AS parcel ON parcel.market = :market AND parcel.parcel_id = best.parcel_id
LEFT JOIN lead_statuses AS working ON working.market = :market AND working.property_id = best.property_id
ORDER BY best.total_score DESC, best.parcel_id;

-- name: tiers
-- Purpose: how many leads that may be worked there are in each tier.
SELECT score.tier, count(*) AS leads
FROM workable_leads AS workable
JOIN lead_scores AS score ON score.market = :market AND score.property_id = workable.property_id
WHERE workable.market = :market
GROUP BY score.tier
ORDER BY score.tier;

-- name: days
-- Purpose: the newest days that were scored, the newest first. Each is one look into the index.
WITH RECURSIVE days AS (
  SELECT
    (SELECT max(history.snapshot_date) FROM lead_score_history AS history
      WHERE history.market = :market AND history.snapshot_date <= :day) AS day,
    1 AS number
  UNION ALL
  SELECT
    (SELECT max(history.snapshot_date) FROM lead_score_history AS history
      WHERE history.market = :market AND history.snapshot_date < days.day),
    days.number + 1
  FROM days
  WHERE days.day IS NOT NULL AND days.number < :most
)
SELECT day FROM days WHERE day IS NOT NULL ORDER BY day DESC;

-- name: snapshots
-- Purpose: the score of these leads on each of these days, as spans of days with the same score. What was merged into a
-- lead was it under another number; of two snapshots of a day its own counts.
WITH numbers AS (
  SELECT coalesce(merged_into, id) AS lead, id
  FROM properties
  WHERE market = :market AND (id = ANY(CAST(:ids AS bigint[])) OR merged_into = ANY(CAST(:ids AS bigint[])))
), days AS (
  SELECT day, number FROM unnest(CAST(:days AS date[])) WITH ORDINALITY AS listed (day, number)
), snapshots AS (
  SELECT DISTINCT ON (numbers.lead, days.number)
    numbers.lead, days.number, history.total_score
  FROM numbers
  JOIN lead_score_history AS history
    ON history.market = :market AND history.property_id = numbers.id
    AND history.snapshot_date BETWEEN :first AND :last
  JOIN days ON days.day = history.snapshot_date
  ORDER BY numbers.lead ASC, days.number ASC, numbers.id <> numbers.lead
), spans AS (
  SELECT
    lead, total_score, number,
    number - row_number() OVER (PARTITION BY lead, total_score ORDER BY number) AS span
  FROM snapshots
)
SELECT lead, min(number) - 1 AS first, max(number) - 1 AS last, total_score
FROM spans
GROUP BY lead, total_score, span
ORDER BY lead, min(number);

-- name: before
-- Purpose: what these leads were on the day scored before.
SELECT DISTINCT ON (coalesce(property.merged_into, property.id))
  coalesce(property.merged_into, property.id) AS lead, history.tier, history.excluded, history.total_score,
  history.components
FROM properties AS property
JOIN lead_score_history AS history
  ON history.market = :market AND history.property_id = property.id AND history.snapshot_date = :before
WHERE property.market = :market
  AND (property.id = ANY(CAST(:ids AS bigint[]))
    OR property.merged_into = ANY(CAST(:ids AS bigint[])))
ORDER BY coalesce(property.merged_into, property.id), property.merged_into NULLS FIRST;

-- name: gone
-- Purpose: what was a lead on the day scored before and is none now, best first; without what nobody is to be told of,
-- and what somebody has finished with.
SELECT
  property.parcel_id, property.address, property.city, property.zip_code, history.tier, history.total_score,
  count(*) OVER () AS total
FROM lead_score_history AS history
JOIN properties AS property
  ON property.market = :market AND property.id = history.property_id AND property.merged_into IS NULL
WHERE history.market = :market AND history.snapshot_date = :before AND history.tier IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM lead_scores AS score
    WHERE score.market = :market AND score.property_id = history.property_id AND score.tier IS NOT NULL
  )
  AND NOT EXISTS (
    SELECT FROM unworkable_properties AS unworkable
    WHERE unworkable.market = :market AND unworkable.property_id = history.property_id
  )
ORDER BY history.total_score DESC, property.parcel_id
LIMIT :most;

-- name: records
-- Purpose: what the lists say of these leads now, the newest records of each kind first; names apart, which not every
-- report may show. Text that people wrote about a case is left out: it may name anybody.
WITH records AS (
  SELECT
    property_id, 'tax_sales' AS kind, source, record_key, sale_date AS day, NULL AS case_number,
    jsonb_build_object(
      'tda_number', tda_number, 'sale_date', sale_date, 'deed_status', deed_status, 'opening_bid', opening_bid
    ) AS facts,
    CAST('{}' AS jsonb) AS names
  FROM tax_sales
  WHERE market = :market AND is_active AND property_id = ANY(CAST(:ids AS bigint[]))
  UNION ALL
  SELECT
    property_id, 'foreclosures', source, record_key, coalesce(auction_date, recording_date), case_number,
    jsonb_build_object(
      'case_number', case_number, 'record_type', record_type, 'recording_date', recording_date,
      'auction_date', auction_date, 'default_amount', default_amount, 'opening_bid', opening_bid
    ),
    jsonb_build_object('borrower_name', borrower_name, 'lender_name', lender_name, 'trustee_name', trustee_name)
  FROM foreclosures
  WHERE market = :market AND is_active AND property_id = ANY(CAST(:ids AS bigint[]))
  UNION ALL
  SELECT
    property_id, 'code_violations', source, record_key, opened_date, case_number,
    jsonb_build_object(
      'case_number', case_number, 'case_type', case_type, 'opened_date', opened_date, 'status', status
    ),
    CAST('{}' AS jsonb)
  FROM code_violations
  WHERE market = :market AND is_active AND is_open AND property_id = ANY(CAST(:ids AS bigint[]))
  UNION ALL
  SELECT
    property_id, 'distress_events', source, record_key, event_date, case_number,
    jsonb_build_object(
      'signal', signal, 'case_number', case_number, 'event_date', event_date, 'due_date', due_date, 'amount', amount,
      'years', years
    ),
    jsonb_build_object('party_name', party_name)
  FROM distress_events
  WHERE market = :market AND is_active AND is_open AND property_id = ANY(CAST(:ids AS bigint[]))
), numbered AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY property_id, kind ORDER BY day DESC NULLS LAST, source, record_key) AS number,
    count(*) OVER (PARTITION BY property_id, kind) AS total
  FROM records
)
SELECT
  property_id AS lead, kind, source, case_number, jsonb_strip_nulls(facts) AS facts, jsonb_strip_nulls(names) AS names,
  total
FROM numbered
WHERE number <= :most
ORDER BY property_id, array_position(ARRAY['tax_sales', 'foreclosures', 'distress_events', 'code_violations'], kind),
  number;
