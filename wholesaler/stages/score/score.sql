-- name: drop_confidential
-- Purpose: a confidential parcel is no lead, whatever is known of it.
DELETE FROM day_scores
WHERE property_id IN (SELECT property_id FROM confidential_properties WHERE market = :market);

-- name: note_returns
-- Purpose: since which day a dead lead is back, by signals that it did not have when it died; known once and for all.
INSERT INTO returned_leads (market, event_id, returned_on, signals)
SELECT
  :market, status.event_id, :as_of,
  ARRAY(SELECT unnest(score.signals) EXCEPT SELECT unnest(status.signals) ORDER BY 1)
FROM lead_statuses AS status
JOIN lead_scores AS score ON score.market = :market AND score.property_id = status.property_id
WHERE status.market = :market AND status.status = 'dead' AND NOT score.signals <@ status.signals
ON CONFLICT (market, event_id) DO NOTHING;

-- name: held_properties
-- Purpose: the properties that are suppressed, or that somebody is done with, by the scores of the day.
CREATE TEMPORARY TABLE held_properties ON COMMIT DROP AS
SELECT DISTINCT property_id FROM unworkable_properties WHERE market = :market AND :is_list;

-- name: drop_held_deliveries
-- Purpose: what was to be announced of properties that are suppressed by now, or that somebody is done with, never is.
DELETE FROM alert_deliveries
WHERE market = :market AND kind = 'new_lead' AND status IN ('pending', 'refused')
  AND subject IN (SELECT property_id::text FROM held_properties);

-- name: drop_former_leads
-- Purpose: a property without a signal on the day is no lead.
DELETE FROM lead_scores
WHERE market = :market
  AND NOT EXISTS (SELECT FROM day_scores WHERE day_scores.property_id = lead_scores.property_id);

-- name: drop_snapshots
-- Purpose: a day scored again keeps no snapshot of what is no lead any more.
DELETE FROM lead_score_history
WHERE market = :market AND snapshot_date = :as_of
  AND NOT EXISTS (SELECT FROM day_scores WHERE day_scores.property_id = lead_score_history.property_id);

-- name: update_snapshots
-- Purpose: a day scored again has the last score as its snapshot. A lead that was shown on that day was shown.
UPDATE lead_score_history AS snapshot
SET total_score = score.total_score, tier = score.tier, excluded = score.excluded, components = score.components,
    profile = score.profile, backfilled = :backfilled, held = snapshot.held AND held.property_id IS NOT NULL
FROM day_scores AS score
LEFT JOIN held_properties AS held ON held.property_id = score.property_id
WHERE snapshot.market = :market AND snapshot.property_id = score.property_id AND snapshot.snapshot_date = :as_of
  AND (
    snapshot.total_score, snapshot.tier, snapshot.excluded, snapshot.components, snapshot.profile, snapshot.backfilled,
    snapshot.held
  ) IS DISTINCT FROM (
    score.total_score, score.tier, score.excluded, score.components, score.profile, :backfilled,
    snapshot.held AND held.property_id IS NOT NULL
  );

-- name: insert_snapshots
-- Purpose: one snapshot a lead and day.
INSERT INTO lead_score_history
  (market, property_id, snapshot_date, total_score, tier, excluded, components, profile, backfilled, held)
SELECT
  market, property_id, as_of, total_score, tier, excluded, components, profile, :backfilled,
  property_id IN (SELECT held_properties.property_id FROM held_properties)
FROM day_scores AS score
WHERE NOT EXISTS (
  SELECT FROM lead_score_history AS snapshot
  WHERE snapshot.market = :market AND snapshot.property_id = score.property_id AND snapshot.snapshot_date = :as_of
);

-- name: was_listed
-- Purpose: whether a day was the current list once: then its history is what people were told.
SELECT EXISTS (
  SELECT FROM lead_score_history WHERE market = :market AND snapshot_date = :as_of AND NOT backfilled
);

-- name: day_tiers
-- Purpose: how many leads the day has in each tier; those that are excluded are in none.
SELECT tier, count(*) AS leads FROM day_scores GROUP BY tier;

-- name: day_before
-- Purpose: the day that was the list last before this one, the profile it was scored by, and how many leads it had in
-- each tier.
SELECT
  snapshot_date AS as_of, min(profile) AS profile,
  count(*) FILTER (WHERE tier = 'A') AS a, count(*) FILTER (WHERE tier = 'B') AS b,
  count(*) FILTER (WHERE tier = 'C') AS c, count(*) FILTER (WHERE tier = 'D') AS d
FROM lead_score_history
WHERE market = :market AND snapshot_date = (
  SELECT max(snapshot_date)
  FROM lead_score_history
  WHERE market = :market AND snapshot_date < :as_of AND NOT backfilled
) AND NOT backfilled
GROUP BY snapshot_date;

-- name: returns
-- Purpose: the dead leads that are back, since when and by what, and since when they had been dead.
CREATE TEMPORARY TABLE returns ON COMMIT DROP AS
SELECT status.property_id, returned.returned_on, returned.signals, status.changed_at
FROM lead_statuses AS status
JOIN returned_leads AS returned ON returned.market = :market AND returned.event_id = status.event_id
WHERE status.market = :market AND status.status = 'dead' AND returned.returned_on <= :as_of;

-- name: novelty
-- Purpose: a lead is new in some tiers when it was in none of them before, or had left them for long enough: the first
-- day scored after its last day in one lies at least so many days back. On the first day of another profile none is
-- new: which lead is in which tier is its doing, and cannot be told from what has happened. Days that never were the
-- list do not count, nor those on which nobody was to hear of the lead; of a dead lead that is back, only those since.
CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS
WITH days AS (
  SELECT DISTINCT snapshot_date
  FROM lead_score_history
  WHERE market = :market AND snapshot_date < :as_of AND NOT backfilled
), last_days AS (
  -- what was announced under the number of a merged property is not new under the other
  SELECT coalesce(property.merged_into, property.id) AS property_id, max(history.snapshot_date) AS last_day
  FROM lead_score_history AS history
  JOIN properties AS property ON property.market = :market AND property.id = history.property_id
  LEFT JOIN returns ON returns.property_id = coalesce(property.merged_into, property.id)
  WHERE history.market = :market AND history.tier = ANY(:tiers) AND history.snapshot_date < :as_of
    AND NOT history.backfilled AND NOT history.held AND coalesce(history.snapshot_date >= returns.returned_on, true)
  GROUP BY 1
)
SELECT score.property_id
FROM lead_scores AS score
LEFT JOIN last_days ON last_days.property_id = score.property_id
-- what is excluded has no tier
WHERE score.market = :market AND score.tier = ANY(:tiers) AND NOT :is_other_profile
  AND score.property_id NOT IN (SELECT held_properties.property_id FROM held_properties) AND (
  last_days.last_day IS NULL
  OR (SELECT min(days.snapshot_date) FROM days WHERE days.snapshot_date > last_days.last_day)
    <= CAST(:as_of AS date) - :again_after
);

-- name: mark_new
-- Purpose: which leads are new in tier A.
UPDATE lead_scores
SET is_new = NOT is_new
WHERE market = :market AND is_new <> (property_id IN (SELECT property_id FROM new_in_a));

-- name: announce_profile
-- Purpose: that the leads of a day are by another profile than before is said once on each enabled channel.
INSERT INTO alert_deliveries (market, channel, kind, subject, as_of, payload)
SELECT :market, channel.name, 'profile_change', :profile, :as_of, CAST(:payload AS jsonb)
FROM unnest(CAST(:channels AS text[])) AS channel (name)
ON CONFLICT (market, channel, kind, subject, as_of) DO NOTHING;

-- name: withdraw_profile
-- Purpose: a change of profile that was taken back on the same day, before anybody heard of it, is not announced.
DELETE FROM alert_deliveries
WHERE market = :market AND kind = 'profile_change' AND as_of = :as_of AND subject <> :profile
  AND status = 'pending' AND attempts = 0;

-- name: announce
-- Purpose: each new lead is to be announced once on each enabled channel, however often a day is scored; a dead one
-- that is back once more, since nobody has told of that.
INSERT INTO alert_deliveries (market, channel, kind, subject, as_of, payload)
SELECT
  :market, channel.name, 'new_lead', score.property_id::text, :as_of,
  jsonb_build_object(
    'parcel_id', property.parcel_id, 'address', property.address, 'city', property.city,
    'zip_code', property.zip_code, 'total_score', score.total_score, 'tier', score.tier, 'signals', score.signals,
    'reasons',
    CASE WHEN returns.property_id IS NULL THEN '[]' ELSE jsonb_build_array(format(
      'Dead since %2$s and back by a new signal, %1$s', replace(array_to_string(returns.signals, ', '), '_', ' '),
      to_char(returns.changed_at AT TIME ZONE :zone, 'FMDD Mon YYYY'))) END
    || (SELECT coalesce(jsonb_agg(rule ->> 'reason'), '[]') FROM jsonb_array_elements(lead_rules.rules) AS rule),
    'deal', jsonb_build_object('arv', score.arv, 'repairs', score.repairs, 'mao', score.mao, 'debt', score.debt,
      'spread', score.spread),
    'owner_name', parcel.owner_name, 'snapshot_date', score.as_of,
    'foreclosure', score.signals && ARRAY['foreclosure_auction', 'lis_pendens'], 'is_land', score.is_land,
    'is_first', CAST(:is_first AS boolean))
FROM lead_scores AS score
JOIN lead_rules ON lead_rules.property_id = score.property_id
JOIN properties AS property ON property.market = :market AND property.id = score.property_id
LEFT JOIN parcels AS parcel ON parcel.market = :market AND parcel.parcel_id = property.parcel_id
LEFT JOIN returns ON returns.property_id = score.property_id
CROSS JOIN unnest(CAST(:channels AS text[])) AS channel (name)
WHERE score.market = :market
  -- looked up in a list made once: a table that grows meanwhile would be read for each of tens of thousands
  AND (channel.name, score.property_id::text) NOT IN (
    SELECT delivery.channel, delivery.subject
    FROM alert_deliveries AS delivery
    LEFT JOIN returns AS returned ON returned.property_id::text = delivery.subject
    WHERE delivery.market = :market AND delivery.kind = 'new_lead'
      AND delivery.as_of > CAST(:as_of AS date) - :again_after
      AND coalesce(delivery.as_of >= returned.returned_on, true)
  )
ON CONFLICT (market, channel, kind, subject, as_of) DO NOTHING;

-- name: count_without_score
-- Purpose: active properties that are no lead on the day.
SELECT count(*)
FROM properties
WHERE market = :market AND is_active
  AND NOT EXISTS (SELECT FROM day_scores AS score WHERE score.property_id = properties.id);
