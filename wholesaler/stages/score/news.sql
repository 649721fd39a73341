-- name: note_dates
-- Purpose: the days of sales and auctions that are another than yesterday, or again there.
INSERT INTO sale_dates (market, property_id, kind, day)
SELECT :market, score.property_id, sale.kind, sale.day
FROM lead_scores AS score
CROSS JOIN LATERAL (VALUES ('tax_sale', score.tax_sale_date), ('auction', score.auction_date)) AS sale (kind, day)
WHERE score.market = :market AND sale.day IS NOT NULL
ON CONFLICT (market, property_id, kind) DO UPDATE
SET day = excluded.day, is_cancelled = false, sequence = sale_dates.sequence + 1, changed_at = now()
WHERE (sale_dates.day, sale_dates.is_cancelled) IS DISTINCT FROM (excluded.day, false);

-- name: cancel_dates
-- Purpose: a day to come that no list has any more is off; not where the list that had it is stale and says nothing.
UPDATE sale_dates
SET is_cancelled = true, sequence = sequence + 1, changed_at = now()
WHERE market = :market AND NOT is_cancelled AND day >= :as_of
  AND NOT EXISTS (
    SELECT FROM lead_scores AS score
    WHERE score.market = :market AND score.property_id = sale_dates.property_id
      AND CASE sale_dates.kind WHEN 'tax_sale' THEN score.tax_sale_date ELSE score.auction_date END IS NOT NULL
  )
  AND NOT EXISTS (
    SELECT FROM tax_sales AS record
    WHERE record.market = :market AND record.property_id = sale_dates.property_id AND sale_dates.kind = 'tax_sale'
      AND record.is_active AND record.sale_date = sale_dates.day AND record.source <> ALL(:sources)
  )
  AND NOT EXISTS (
    SELECT FROM foreclosures AS record
    WHERE record.market = :market AND record.property_id = sale_dates.property_id AND sale_dates.kind = 'auction'
      AND record.is_active AND record.auction_date = sale_dates.day AND record.source <> ALL(:sources)
  );

-- name: follow_merges
-- Purpose: what people know of a property that was merged since, they know of the one it was merged into.
INSERT INTO told_leads
  (market, property_id, tier, signals, tax_sale_date, auction_date, follow_up, sale_ahead, told_on, changes)
SELECT DISTINCT ON (property.merged_into)
  :market, property.merged_into, told.tier, told.signals, told.tax_sale_date, told.auction_date, told.follow_up,
  told.sale_ahead, told.told_on, told.changes
FROM told_leads AS told
JOIN properties AS property ON property.market = :market AND property.id = told.property_id
WHERE told.market = :market AND property.merged_into IS NOT NULL
ORDER BY property.merged_into, told.property_id
ON CONFLICT (market, property_id) DO NOTHING;

-- name: lead_facts
-- Purpose: what is so today of every lead that is watched: of those that people were told of, that are in a tier that
-- is announced, or that somebody works with; none of those that nobody works on. {table} has the leads that are new.
CREATE TEMPORARY TABLE lead_facts ON COMMIT DROP AS
WITH watched AS (
  SELECT told.property_id
  FROM told_leads AS told
  JOIN properties AS property ON property.market = :market AND property.id = told.property_id
  WHERE told.market = :market AND property.merged_into IS NULL
  UNION
  SELECT score.property_id FROM lead_scores AS score WHERE score.market = :market AND score.tier = ANY(:tiers)
  UNION
  SELECT status.property_id
  FROM lead_statuses AS status
  WHERE status.market = :market AND (status.status <> 'open' OR status.next_date IS NOT NULL)
)
SELECT
  watched.property_id, score.tier, score.excluded, score.total_score, coalesce(score.signals, '{}') AS signals,
  score.tax_sale_date, score.auction_date,
  CASE WHEN status.next_date <= :as_of THEN status.next_date END AS follow_up,
  (SELECT min(sale.day) FROM (VALUES (score.tax_sale_date), (score.auction_date)) AS sale (day)
    WHERE sale.day BETWEEN :as_of AND CAST(:as_of AS date) + :ahead) AS sale_ahead,
  coalesce(status.status, 'open') <> 'open' AS is_worked,
  {table}.property_id IS NOT NULL AS is_new
FROM watched
LEFT JOIN lead_scores AS score ON score.market = :market AND score.property_id = watched.property_id
LEFT JOIN lead_statuses AS status ON status.market = :market AND status.property_id = watched.property_id
LEFT JOIN {table} ON {table}.property_id = watched.property_id
WHERE NOT EXISTS (
  SELECT FROM unworkable_properties AS unworkable
  WHERE unworkable.market = :market AND unworkable.property_id = watched.property_id
);

-- name: begin_to_watch
-- Purpose: what people are told of a new lead, or know of one that is watched from today on. On a day that is scored
-- again a lead is new no longer. That a sale is near is told with a new lead; of one that somebody works with it is
-- news.
INSERT INTO told_leads AS told (market, property_id, tier, signals, tax_sale_date, auction_date, sale_ahead, told_on)
SELECT
  :market, property_id, tier, signals, tax_sale_date, auction_date,
  CASE WHEN is_new OR NOT is_worked THEN sale_ahead END, CASE WHEN is_new THEN CAST(:as_of AS date) END
FROM lead_facts
WHERE is_new OR NOT EXISTS (
  SELECT FROM told_leads AS known WHERE known.market = :market AND known.property_id = lead_facts.property_id
)
ON CONFLICT (market, property_id) DO UPDATE
SET tier = excluded.tier, signals = excluded.signals, tax_sale_date = excluded.tax_sale_date,
    auction_date = excluded.auction_date, sale_ahead = coalesce(excluded.sale_ahead, told.sale_ahead),
    told_on = excluded.told_on
WHERE excluded.told_on IS NOT NULL AND told.told_on IS DISTINCT FROM excluded.told_on;

-- name: lost_signals
-- Purpose: what has become of each signal that people know of and that is none today. ``unknown``: a list that is stale
-- still has it; ``past``: its day has come; ``over``: it is listed and counts no more; ``closed``; ``window``: it is
-- missing where not everything was asked for; ``gone``: it is missing.
CREATE TEMPORARY TABLE lost_signals ON COMMIT DROP AS
WITH lost AS (
  SELECT
    facts.property_id, signal.name AS signal,
    CASE signal.name WHEN 'tax_deed_sale' THEN told.tax_sale_date WHEN 'foreclosure_auction' THEN told.auction_date END
      AS day,
    CASE
      WHEN signal.name IN ('tax_deed_sale', 'lands_available') THEN 'tax_sales'
      WHEN signal.name IN ('foreclosure_auction', 'lis_pendens') THEN 'foreclosures'
      WHEN signal.name = 'open_code_violation' THEN 'code_violations'
      ELSE 'distress_events'
    END AS record
  FROM lead_facts AS facts
  JOIN told_leads AS told ON told.market = :market AND told.property_id = facts.property_id
  CROSS JOIN LATERAL unnest(told.signals) AS signal (name)
  WHERE signal.name <> ALL(facts.signals)
), listed AS (
  SELECT lost.property_id, lost.signal, record.source, record.is_active, record.is_signal
  FROM lost
  JOIN signal_records AS record
    ON record.market = :market AND record.property_id = lost.property_id AND record.record = lost.record
  LEFT JOIN distress_events AS event
    ON event.market = :market AND event.source = record.source AND event.record_key = record.record_key
    AND record.record = 'distress_events'
  WHERE event.signal IS NULL OR event.signal = lost.signal
)
SELECT
  lost.property_id, lost.signal, lost.record,
  CASE
    WHEN lost.day < :as_of THEN 'past'
    WHEN bool_or(listed.is_active AND listed.is_signal AND listed.source <> ALL(:sources)) THEN 'unknown'
    WHEN bool_or(listed.is_active AND listed.is_signal) THEN 'over'
    WHEN bool_or(listed.is_active) THEN 'closed'
    WHEN bool_and(listed.source = ANY(:windowed)) THEN 'window'
    ELSE 'gone'
  END AS fate
FROM lost
LEFT JOIN listed ON listed.property_id = lost.property_id AND listed.signal = lost.signal
GROUP BY lost.property_id, lost.signal, lost.record, lost.day;

-- name: lead_news
-- Purpose: what people know of each lead that is watched, what is so today, and whether the difference is news. Of what
-- a stale list says, what they know stays. Another profile's tiers are no news. Of a lead that is in no tier that is
-- announced, and that nobody works with, only that it is back is.
CREATE TEMPORARY TABLE lead_news ON COMMIT DROP AS
WITH fates AS (
  SELECT
    property_id,
    coalesce(jsonb_object_agg(signal, fate) FILTER (WHERE fate <> 'unknown'), '{}') AS fates,
    coalesce(array_agg(signal) FILTER (WHERE fate = 'unknown'), '{}') AS unknown
  FROM lost_signals
  GROUP BY property_id
), known AS (
  SELECT
    facts.property_id, facts.excluded, facts.total_score, facts.is_worked, coalesce(fates.fates, '{}') AS fates,
    told.tier AS told_tier, told.signals AS told_signals, told.tax_sale_date AS told_tax_sale_date,
    told.auction_date AS told_auction_date, told.follow_up AS told_follow_up, told.sale_ahead AS told_sale_ahead,
    told.changes,
    CASE WHEN fates.unknown <> '{}' THEN told.tier ELSE facts.tier END AS tier,
    facts.signals || coalesce(fates.unknown, '{}') AS signals,
    CASE WHEN 'tax_deed_sale' = ANY(fates.unknown) THEN told.tax_sale_date ELSE facts.tax_sale_date END
      AS tax_sale_date,
    CASE WHEN 'foreclosure_auction' = ANY(fates.unknown) THEN told.auction_date ELSE facts.auction_date END
      AS auction_date,
    facts.follow_up, facts.sale_ahead
  FROM lead_facts AS facts
  JOIN told_leads AS told ON told.market = :market AND told.property_id = facts.property_id
  LEFT JOIN fates ON fates.property_id = facts.property_id
), judged AS (
  SELECT
    *,
    coalesce(CASE WHEN :is_other_profile THEN tier ELSE told_tier END = ANY(:tiers), false) AS was_in,
    coalesce(tier = ANY(:tiers), false) AS is_in
  FROM known
)
SELECT
  *,
  was_in <> is_in
    OR (follow_up IS NOT NULL AND follow_up IS DISTINCT FROM told_follow_up)
    OR ((was_in OR is_in OR is_worked) AND (
      NOT (signals @> told_signals AND signals <@ told_signals)
      OR (tax_sale_date <> told_tax_sale_date) IS TRUE
      OR (auction_date <> told_auction_date) IS TRUE
    ))
    OR ((is_in OR is_worked) AND sale_ahead IS NOT NULL AND sale_ahead IS DISTINCT FROM told_sale_ahead) AS is_news
FROM judged;

-- name: announce_news
-- Purpose: news of a lead are to be told once on each channel of people; on one that is yet to hear of the lead only
-- that a follow-up is due. The number behind the property tells the news of a lead apart.
INSERT INTO alert_deliveries (market, channel, kind, subject, as_of, payload)
SELECT
  :market, channel.name, 'lead_news', concat(news.property_id, ' ', news.changes + 1), :as_of,
  jsonb_build_object(
    'parcel_id', property.parcel_id, 'address', property.address,
    'city', property.city, 'zip_code', property.zip_code, 'total_score', news.total_score,
    'excluded', news.excluded, 'fates', news.fates, 'as_of', CAST(:as_of AS date),
    'before', jsonb_build_object('in_tiers', news.was_in, 'tier', news.told_tier, 'signals', news.told_signals,
      'tax_sale_date', news.told_tax_sale_date, 'auction_date', news.told_auction_date,
      'follow_up', news.told_follow_up, 'sale_ahead', news.told_sale_ahead),
    'now', jsonb_build_object('in_tiers', news.is_in, 'tier', news.tier, 'signals', news.signals,
      'tax_sale_date', news.tax_sale_date, 'auction_date', news.auction_date,
      'follow_up', coalesce(news.follow_up, news.told_follow_up),
      'sale_ahead', coalesce(news.sale_ahead, news.told_sale_ahead)))
FROM lead_news AS news
JOIN properties AS property ON property.market = :market AND property.id = news.property_id
CROSS JOIN unnest(CAST(:channels AS text[])) AS channel (name)
WHERE news.is_news AND ((news.follow_up <> coalesce(news.told_follow_up, 'infinity')) IS TRUE OR NOT EXISTS (
  SELECT
  FROM alert_deliveries AS delivery
  WHERE delivery.market = :market AND delivery.channel = channel.name AND delivery.kind = 'new_lead'
    AND delivery.subject = news.property_id::text AND delivery.status = 'pending'
    AND delivery.message_id IS NULL AND delivery.delivered_to = '{}'
));

-- name: drop_outdated
-- Purpose: a lead that is in no tier that is announced any more before a channel has heard of it is not announced
-- there.
DELETE FROM alert_deliveries AS delivery
USING lead_news AS news
WHERE delivery.market = :market AND delivery.kind = 'new_lead' AND delivery.status = 'pending'
  AND delivery.message_id IS NULL AND delivery.delivered_to = '{}'
  AND news.property_id::text = delivery.subject AND NOT news.is_in AND NOT :is_other_profile;

-- name: remember
-- Purpose: what is so today is what people know now.
UPDATE told_leads AS told
SET tier = news.tier, signals = news.signals, tax_sale_date = news.tax_sale_date, auction_date = news.auction_date,
    follow_up = coalesce(news.follow_up, told.follow_up), sale_ahead = coalesce(news.sale_ahead, told.sale_ahead),
    changes = told.changes + news.is_news::int
FROM lead_news AS news
WHERE told.market = :market AND told.property_id = news.property_id
  AND (told.tier, told.signals, told.tax_sale_date, told.auction_date, told.follow_up, told.sale_ahead)
    IS DISTINCT FROM (
      news.tier, news.signals, news.tax_sale_date, news.auction_date, coalesce(news.follow_up, told.follow_up),
      coalesce(news.sale_ahead, told.sale_ahead));
