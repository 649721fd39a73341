-- name: outcomes
-- Purpose: what came of the leads that somebody worked on, by what they were when the work began: profile, tier,
-- signals and rules that gave points. Who closes has had a contract, an offer and a contact; who is only not to be
-- contacted had none. What was taken back never was, and what was merged is one lead.
WITH steps AS (
  SELECT coalesce(property.merged_into, property.id) AS property_id, event.id, event.status, event.amount
  FROM lead_status_events AS event
  JOIN properties AS property ON property.market = :market AND property.id = event.property_id
  WHERE event.market = :market AND event.undone_at IS NULL AND event.status <> 'open'
    AND coalesce(event.changed_at < CAST(:until AS timestamptz), true)
), leads AS (
  SELECT
    property_id, min(id) AS first_id, bool_or(status IN ('offer', 'contract', 'closed')) AS has_offer,
    bool_or(status IN ('contract', 'closed')) AS has_contract, bool_or(status = 'closed') AS is_closed,
    bool_or(status IN ('dead', 'dnc')) AS is_lost, bool_or(status <> 'dnc') AS is_contacted,
    (array_agg(amount ORDER BY id DESC) FILTER (WHERE amount IS NOT NULL))[1] AS amount
  FROM steps
  GROUP BY property_id
), judged AS MATERIALIZED (
  SELECT leads.*, beginning.tier, beginning.profile, beginning.signals, beginning.rules
  FROM leads
  JOIN lead_status_events AS beginning ON beginning.market = :market AND beginning.id = leads.first_id
), belonging AS (
  SELECT 'all' AS kind, 'all' AS name, property_id FROM judged
  UNION ALL
  SELECT 'profile', coalesce(profile, 'none'), property_id FROM judged
  UNION ALL
  SELECT 'tier', coalesce(tier, 'none'), property_id FROM judged
  UNION ALL
  SELECT 'signal', part.name, judged.property_id FROM judged CROSS JOIN LATERAL unnest(judged.signals) AS part (name)
  UNION ALL
  SELECT 'rule', part.name, judged.property_id FROM judged CROSS JOIN LATERAL unnest(judged.rules) AS part (name)
)
SELECT
  belonging.kind, belonging.name, count(*) FILTER (WHERE judged.is_contacted) AS contacted,
  count(*) FILTER (WHERE judged.has_offer) AS offers,
  count(*) FILTER (WHERE judged.has_contract) AS contracts, count(*) FILTER (WHERE judged.is_closed) AS closed,
  count(*) FILTER (WHERE judged.is_lost) AS lost,
  coalesce(sum(judged.amount) FILTER (WHERE judged.is_closed), 0) AS amount
FROM belonging
JOIN judged ON judged.property_id = belonging.property_id
GROUP BY belonging.kind, belonging.name
ORDER BY belonging.kind, contacted DESC, belonging.name;
