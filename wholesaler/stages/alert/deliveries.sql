-- name: pending_leads
-- Purpose: the new leads that a channel has still to take, best first, the best of each message with what is to be told
-- of them; in a chat, of the first day of a market, only a few. One that this run has sent without getting an answer
-- waits for the next run; one that nobody is to be contacted about by now, or that somebody is done with, is not sent.
SELECT
  id, payload ->> 'parcel_id' AS parcel_id, delivered_to, message_id, created_at, first.is_first,
  CASE WHEN row_number() OVER (
    PARTITION BY delivered_to, message_id, first.is_first
    ORDER BY (payload ->> 'total_score')::numeric DESC, payload ->> 'parcel_id', as_of DESC
  ) <= CASE WHEN first.is_first THEN :few ELSE :most END THEN payload END AS payload
FROM alert_deliveries
-- older rows do not say
CROSS JOIN LATERAL (SELECT :is_chat AND (payload ->> 'is_first')::boolean IS TRUE AS is_first) AS first
WHERE market = :market AND channel = :channel AND kind = 'new_lead' AND status = 'pending'
  AND unanswered_in IS DISTINCT FROM CAST(:run_id AS uuid)
  AND NOT EXISTS (
    SELECT FROM unworkable_properties AS unworkable
    WHERE unworkable.market = :market AND unworkable.property_id::text = alert_deliveries.subject
  )
ORDER BY (payload ->> 'total_score')::numeric DESC, payload ->> 'parcel_id', as_of DESC;

-- name: leads_of_the_day
-- Purpose: what a day's report file holds and is to hold, since it is written whole: the leads reported on that day
-- before, and those that are pending, whatever day they are of. A row without sent_for is older than that column.
SELECT
  id, payload ->> 'parcel_id' AS parcel_id, delivered_to, message_id, created_at, false AS is_first,
  CASE WHEN row_number() OVER (
    PARTITION BY delivered_to, message_id
    ORDER BY (payload ->> 'total_score')::numeric DESC, payload ->> 'parcel_id', as_of DESC
  ) <= :most THEN payload END AS payload
FROM alert_deliveries
WHERE market = :market AND channel = :channel AND kind = 'new_lead'
  AND (status = 'pending' OR coalesce(sent_for, as_of) = :as_of)
  AND NOT EXISTS (
    SELECT FROM unworkable_properties AS unworkable
    WHERE unworkable.market = :market AND unworkable.property_id::text = alert_deliveries.subject
  )
ORDER BY (payload ->> 'total_score')::numeric DESC, payload ->> 'parcel_id', as_of DESC;

-- name: pending_notices
-- Purpose: failures, findings and changes of profile that a channel has still to take.
SELECT id, kind, payload, delivered_to, message_id, created_at
FROM alert_deliveries
WHERE market = :market AND channel = :channel AND kind <> 'new_lead' AND status = 'pending'
  AND unanswered_in IS DISTINCT FROM CAST(:run_id AS uuid)
ORDER BY id;

-- name: mark_sent
-- Purpose: the channel has these; written at once, so that a crash repeats at most one message. The error is about
-- recipients that will never get them.
UPDATE alert_deliveries
SET status = 'sent', sent_at = now(), sent_for = :as_of, attempts = attempts + 1, last_error = :error
WHERE market = :market AND id = ANY(CAST(:ids AS bigint[])) AND status = 'pending';

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
    ON unworkable.market = :market AND unworkable.property_id::text = delivery.subject
  WHERE delivery.market = :market AND delivery.id = ANY(CAST(:ids AS bigint[])) AND delivery.kind = 'new_lead'
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
