-- name: pending_leads
-- Purpose: the new leads that a channel has still to take, best first: the best of each message, a row each with what
-- is to be told of them, and all others of it in one row without. In a chat the first day of a market names only a few.
-- What this run has sent without getting an answer waits for the next run; what nobody is to be contacted about by now,
-- or that somebody is done with, is not sent.
WITH pending AS (
  SELECT
    id, subject, payload, delivered_to, message_id, created_at, as_of, first.is_first,
    row_number() OVER (
      PARTITION BY delivered_to, message_id, first.is_first
      ORDER BY (payload ->> 'total_score')::numeric DESC, payload ->> 'parcel_id', as_of DESC
    ) AS place
  FROM alert_deliveries
  -- older rows do not say
  CROSS JOIN LATERAL (SELECT :is_chat AND (payload ->> 'is_first')::boolean IS TRUE AS is_first) AS first
  WHERE market = :market AND channel = :channel AND kind = 'new_lead' AND status = 'pending'
    AND unanswered_in IS DISTINCT FROM CAST(:run_id AS uuid)
    AND NOT EXISTS (
      SELECT FROM unworkable_properties AS unworkable
      WHERE unworkable.market = :market AND unworkable.property_id::text = alert_deliveries.subject
    )
),

placed AS (
  SELECT *, CASE WHEN place <= CASE WHEN is_first THEN :few ELSE :most END THEN place END AS place_in_message
  FROM pending
)

SELECT
  delivered_to, message_id, is_first, array_agg(id ORDER BY place) AS ids,
  array_agg(subject::bigint ORDER BY place) AS properties,
  min(payload::text) FILTER (WHERE place_in_message IS NOT NULL)::jsonb AS payload, min(created_at) AS created_at
FROM placed
GROUP BY delivered_to, message_id, is_first, place_in_message
ORDER BY min(place);

-- name: pending_news
-- Purpose: the news of leads that people know that a channel has still to take, and the signs of life, oldest first.
SELECT
  id, kind, payload, delivered_to, message_id, created_at,
  CASE kind WHEN 'lead_news' THEN split_part(subject, ' ', 1)::bigint END AS property_id
FROM alert_deliveries
WHERE market = :market AND channel = :channel AND kind IN ('lead_news', 'sign_of_life') AND status = 'pending'
  AND unanswered_in IS DISTINCT FROM CAST(:run_id AS uuid)
  AND NOT EXISTS (
    SELECT FROM unworkable_properties AS unworkable
    WHERE unworkable.market = :market AND unworkable.property_id::text = split_part(alert_deliveries.subject, ' ', 1)
  )
ORDER BY id;

-- name: present_leads
-- Purpose: what is known now of leads that are to be told of: where they are, what they score, whose they are, what was
-- done with them, and a case by which they can be looked up.
SELECT
  property.id AS property_id, property.parcel_id, property.address, property.city, property.zip_code,
  ST_Y(property.location::geometry) AS latitude, ST_X(property.location::geometry) AS longitude,
  score.as_of, score.total_score, score.tier, score.signals,
  score.arv, score.repairs, score.mao, score.debt, score.spread,
  score.tax_sale_date, score.auction_date, coalesce(score.is_land, parcel.is_land) AS is_land,
  parcel.owner_name, parcel.owner_class, parcel.mail_differs,
  concat_ws(', ', nullif(concat_ws(' ', parcel.mail_address, parcel.mail_address_2), ''), parcel.mail_city,
    nullif(concat_ws(' ', parcel.mail_state, parcel.mail_zip), '')) AS mail,
  status.status, status.next_date, status.amount, coalesce(
    (SELECT case_number FROM foreclosures
      WHERE market = :market AND property_id = property.id AND is_active AND case_number IS NOT NULL
      ORDER BY source, record_key LIMIT 1),
    (SELECT case_number FROM code_violations
      WHERE market = :market AND property_id = property.id AND is_active AND case_number IS NOT NULL
      ORDER BY source, record_key LIMIT 1),
    (SELECT case_number FROM distress_events
      WHERE market = :market AND property_id = property.id AND is_active AND case_number IS NOT NULL
      ORDER BY source, record_key LIMIT 1)
  ) AS case_number
FROM properties AS property
LEFT JOIN parcels AS parcel ON parcel.market = :market AND parcel.parcel_id = property.parcel_id
LEFT JOIN lead_scores AS score ON score.market = :market AND score.property_id = property.id
LEFT JOIN lead_statuses AS status ON status.market = :market AND status.property_id = property.id
WHERE property.market = :market AND property.id = ANY(CAST(:ids AS bigint[]));

-- name: failed_sources
-- Purpose: the sources of which the newest attempt for the day has failed.
SELECT source
FROM (
  SELECT DISTINCT ON (source) source, status
  FROM data_ingestion_runs
  WHERE market = :market AND stage = 'ingest' AND source IS NOT NULL AND as_of = :as_of AND status <> 'skipped'
  ORDER BY source ASC, started_at DESC, id DESC
) AS newest
WHERE status = 'failure'
ORDER BY source;

-- name: announce_life
-- Purpose: a channel that has nothing to take, and took nothing for so many days, is told that all is well.
INSERT INTO alert_deliveries (market, channel, kind, subject, as_of, payload)
SELECT :market, channel.name, 'sign_of_life', 'alert', :as_of, jsonb_build_object('since', last.day)
FROM unnest(CAST(:channels AS text[])) AS channel (name)
CROSS JOIN LATERAL (
  SELECT max(coalesce(sent_for, as_of)) FILTER (WHERE status = 'sent') AS day, bool_or(status = 'pending') AS waits
  FROM alert_deliveries
  WHERE market = :market AND channel = channel.name
) AS last
WHERE last.waits IS NOT TRUE AND (last.day <= CAST(:as_of AS date) - :days OR last.day IS NULL)
ON CONFLICT (market, channel, kind, subject, as_of) DO NOTHING;

-- name: pending_notices
-- Purpose: failures, findings and changes of profile that a channel has still to take.
SELECT id, kind, payload, delivered_to, message_id, created_at
FROM alert_deliveries
WHERE market = :market AND channel = :channel AND kind IN ('stage_failure', 'findings', 'profile_change')
  AND status = 'pending'
  AND unanswered_in IS DISTINCT FROM CAST(:run_id AS uuid)
ORDER BY id;

-- name: mark_sent
-- Purpose: the channel has these; written at once, so that a crash repeats at most one message. The error is about
-- recipients that will never get them. Returns the number of new leads among them.
WITH sent AS (
  UPDATE alert_deliveries
  SET status = 'sent', sent_at = now(), sent_for = :as_of, attempts = attempts + 1, last_error = :error
  WHERE market = :market AND id = ANY(CAST(:ids AS bigint[])) AND status = 'pending'
  RETURNING kind
)

SELECT count(*) FILTER (WHERE kind = 'new_lead') AS new_leads FROM sent;

-- name: mark_refused
-- Purpose: remember why the channel did not take these; they stay pending.
UPDATE alert_deliveries
SET attempts = attempts + 1, last_error = :error
WHERE market = :market AND id = ANY(CAST(:ids AS bigint[])) AND status = 'pending';

-- name: mark_refused_for_good
-- Purpose: the channel will not take these as they are; they are not sent again unless somebody asks for it.
UPDATE alert_deliveries
SET status = 'refused', refused_at = now(), attempts = attempts + 1, last_error = :error
WHERE market = :market AND id = ANY(CAST(:ids AS bigint[])) AND status = 'pending';

-- name: give_up
-- Purpose: a channel that takes nothing, and will not until somebody changes it, is not sent the same for ever.
UPDATE alert_deliveries
SET status = 'refused', refused_at = now(), last_error = :error
WHERE market = :market AND channel = :channel AND status = 'pending'
  AND created_at <= now() - make_interval(days => :days);

-- name: reopen
-- Purpose: what was refused for good is to be sent once more.
UPDATE alert_deliveries
SET status = 'pending', refused_at = NULL
WHERE market = :market AND channel = ANY(:channels) AND status = 'refused';

-- name: mark_unanswered
-- Purpose: the channel may have these, since it gave no answer; they stay pending for the next run, which sends them
-- together again, as the same message.
UPDATE alert_deliveries
SET message_id = :message_id, unanswered_in = CAST(:run_id AS uuid), attempts = attempts + 1, last_error = :error
WHERE market = :market AND id = ANY(CAST(:ids AS bigint[])) AND status = 'pending';

-- name: mark_delivered_in_part
-- Purpose: some recipients have these; they stay pending for the others alone.
UPDATE alert_deliveries
SET delivered_to = delivered_to || CAST(:recipients AS text[]), attempts = attempts + 1, last_error = :error
WHERE market = :market AND id = ANY(CAST(:ids AS bigint[])) AND status = 'pending';

-- name: are_unworkable
-- Purpose: whether one of these is about a property that is suppressed by now, or that somebody is done with.
SELECT EXISTS (
  SELECT
  FROM alert_deliveries AS delivery
  JOIN unworkable_properties AS unworkable
    ON unworkable.market = :market AND unworkable.property_id::text = split_part(delivery.subject, ' ', 1)
  WHERE delivery.market = :market AND delivery.id = ANY(CAST(:ids AS bigint[]))
    AND delivery.kind IN ('new_lead', 'lead_news')
);

-- name: announce_notice
-- Purpose: a failure or finding is announced once for each stage, day and channel.
INSERT INTO alert_deliveries (market, channel, kind, subject, as_of, payload)
SELECT :market, channel.name, :kind, :subject, :as_of, CAST(:payload AS jsonb)
FROM unnest(CAST(:channels AS text[])) AS channel (name)
ON CONFLICT (market, channel, kind, subject, as_of) DO NOTHING;

-- name: count_notices
-- Purpose: how many notices of a kind there are of a day.
SELECT count(DISTINCT subject) FROM alert_deliveries WHERE market = :market AND kind = :kind AND as_of = :as_of;

-- name: count_unsent
-- Purpose: of each channel, how many new leads it has still to take, and how many it has refused for good.
SELECT
  channel, count(*) FILTER (WHERE status = 'pending') AS pending, count(*) FILTER (WHERE status = 'refused') AS refused
FROM alert_deliveries
WHERE market = :market AND kind = 'new_lead' AND status IN ('pending', 'refused') AND channel = ANY(:channels)
  AND NOT EXISTS (
    SELECT FROM unworkable_properties AS unworkable
    WHERE unworkable.market = :market AND unworkable.property_id::text = alert_deliveries.subject
  )
GROUP BY channel;
