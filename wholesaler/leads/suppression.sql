-- name: given_lines
-- Purpose: what somebody wants suppressed, a line each, as it was read.
CREATE TEMPORARY TABLE given_lines (entry jsonb) ON COMMIT DROP;

-- name: given
-- Purpose: the same in columns. ``readings``: every parcel number that is meant; ``owner_keys``: all orders in which a
-- roll may write the owner.
CREATE TEMPORARY TABLE given_suppressions ON COMMIT DROP AS
SELECT given.*, CAST(NULL AS text) AS parcel_id, CAST(NULL AS text[]) AS owner_keys
FROM given_lines
CROSS JOIN LATERAL jsonb_to_record(given_lines.entry) AS given (
  line bigint, readings text[], telephones text[], owner_name text, mail_address text, mail_address_2 text,
  mail_city text, mail_state text, mail_zip text, mail_country text, with_owner boolean, reason text, note text
);

-- name: resolve_parcels
-- Purpose: the parcel that a number means; of several that it can mean the only one that there is.
UPDATE given_suppressions AS given
SET parcel_id = meant.parcel_id
FROM (
  SELECT reading.line, CASE WHEN count(*) = 1 THEN min(reading.parcel_id)
    WHEN count(*) FILTER (WHERE reading.is_known) = 1 THEN min(reading.parcel_id) FILTER (WHERE reading.is_known)
    END AS parcel_id
  FROM (
    SELECT
      given_suppressions.line, number.parcel_id,
      EXISTS (SELECT FROM properties WHERE market = :market AND properties.parcel_id = number.parcel_id)
        OR EXISTS (SELECT FROM parcels WHERE market = :market AND parcels.parcel_id = number.parcel_id) AS is_known
    FROM given_suppressions
    CROSS JOIN LATERAL unnest(given_suppressions.readings) AS number (parcel_id)
  ) AS reading
  GROUP BY reading.line
) AS meant
WHERE meant.line = given.line;

-- name: given_owners
-- Purpose: names and mailing addresses, in the shape of the roll's, to be brought to the form that is compared.
CREATE TEMPORARY TABLE merged_parcels ON COMMIT DROP AS
SELECT
  CAST(line AS text) AS parcel_id, owner_name, mail_address, mail_address_2, mail_city, mail_state, mail_zip,
  mail_country, CAST(NULL AS text) AS address, CAST(NULL AS text) AS city, CAST(NULL AS text) AS zip_code
FROM given_suppressions
WHERE owner_name IS NOT NULL AND mail_address IS NOT NULL;

-- name: owner_keys
-- Purpose: of each owner that was given all forms that are compared: as written; the last word in front, since rolls
-- write SMITH JOHN; without JR; and those of the roll at the same mailing address that hold all words of the name,
-- since rolls write SMITH JOHN A & MARY B. A name of one word is taken as it is.
WITH given AS MATERIALIZED (
  SELECT
    CAST(parcel_id AS bigint) AS line, owner_key, split_part(owner_key, '|', 1) AS name,
    substring(owner_key FROM '\|.*$') AS place
  FROM derived_owners
  WHERE owner_key IS NOT NULL
), parts AS MATERIALIZED (
  SELECT given.*, bare.name AS bare, substring(given.name FROM length(bare.name) + 1) AS suffix
  FROM given
  CROSS JOIN LATERAL (SELECT regexp_replace(given.name, ' (JR|SR|II|III|IV)$', '') AS name) AS bare
), forms AS (
  SELECT parts.line, concat(form.name, parts.place) AS owner_key
  FROM parts
  CROSS JOIN LATERAL (SELECT regexp_replace(parts.bare, '^(.*) (\S+)$', '\2 \1') AS name) AS turned
  CROSS JOIN LATERAL (
    VALUES (parts.name), (parts.bare), (turned.name), (turned.name || parts.suffix)
  ) AS form (name)
  UNION
  SELECT words.line, roll.owner_key
  FROM (
    SELECT
      line, place,
      ARRAY(SELECT part.word FROM string_to_table(bare, ' ') AS part (word) WHERE length(part.word) > 1) AS words
    FROM parts
  ) AS words
  JOIN parcels AS roll
    ON roll.market = :market AND substring(roll.owner_key FROM '\|.*$') = words.place
    AND words.words <@ string_to_array(split_part(roll.owner_key, '|', 1), ' ')
  WHERE cardinality(words.words) > 1
), gathered AS (
  SELECT
    forms.line,
    array_agg(forms.owner_key ORDER BY forms.owner_key <> given.owner_key, forms.owner_key) AS owner_keys
  FROM forms
  JOIN given ON given.line = forms.line
  GROUP BY forms.line
)
UPDATE given_suppressions AS suppression
SET owner_keys = gathered.owner_keys
FROM gathered
WHERE suppression.line = gathered.line;

-- name: parcel_owners
-- Purpose: the owners of the parcels that are to be suppressed with them, as the roll has them.
UPDATE given_suppressions AS given
SET owner_keys = array_append(given.owner_keys, parcel.owner_key)
FROM parcels AS parcel
WHERE given.with_owner AND parcel.market = :market AND parcel.parcel_id = given.parcel_id
  AND parcel.owner_key IS NOT NULL;

-- name: suppress
-- Purpose: what is not suppressed yet; returns how many of each kind are, and how many were given.
WITH given AS MATERIALIZED (
  SELECT :market AS market, 'parcel' AS kind, parcel_id AS value, '{}'::text[] AS owner_keys, reason, note, line,
    NULL AS owner_name, NULL AS mail_address
  FROM given_suppressions
  WHERE parcel_id IS NOT NULL
  UNION ALL
  SELECT '*', 'owner', owner_keys[1], owner_keys, reason, note, line, owner_name,
    nullif(concat_ws(', ', mail_address, mail_address_2, mail_city, concat_ws(' ', mail_state, mail_zip)), '')
  FROM given_suppressions
  WHERE cardinality(owner_keys) > 0
  UNION ALL
  SELECT '*', 'telephone', telephone.number, '{}', given_suppressions.reason, given_suppressions.note,
    given_suppressions.line, NULL, NULL
  FROM given_suppressions
  CROSS JOIN LATERAL unnest(given_suppressions.telephones) AS telephone (number)
), once AS (
  SELECT DISTINCT ON (kind, value) * FROM given ORDER BY kind, value, line
), added AS (
  INSERT INTO suppressions
    (market, kind, value, owner_keys, reason, note, owner_name, mail_address, source, suppressed_by)
  SELECT market, kind, value, owner_keys, reason, note, owner_name, mail_address, :source, :by
  FROM once
  ON CONFLICT (market, kind, value, event_id) DO NOTHING
  RETURNING kind
)
SELECT
  kinds.kind, (SELECT count(*) FROM once WHERE once.kind = kinds.kind) AS given,
  (SELECT count(*) FROM added WHERE added.kind = kinds.kind) AS added
FROM (VALUES ('parcel'), ('owner'), ('telephone')) AS kinds (kind);

-- name: unmatched
-- Purpose: how many of the parcels and owners that were given are none that is known.
SELECT
  count(*) FILTER (WHERE given.parcel_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM properties WHERE market = :market AND properties.parcel_id = given.parcel_id
  ) AND NOT EXISTS (
    SELECT FROM parcels WHERE market = :market AND parcels.parcel_id = given.parcel_id
  )) AS parcel,
  count(*) FILTER (WHERE given.owner_keys IS NOT NULL AND NOT EXISTS (
    SELECT
    FROM unnest(given.owner_keys) AS owner (owner_key)
    JOIN parcels AS roll ON roll.market = :market
      AND hashtextextended(roll.owner_key, 0) = hashtextextended(owner.owner_key, 0)
      AND roll.owner_key = owner.owner_key
  )) AS owner
FROM given_suppressions AS given;

-- name: given_places
-- Purpose: where the parcels that were given are, and whose. None that is confidential.
CREATE TEMPORARY TABLE given_places ON COMMIT DROP AS
SELECT
  given.line, given.parcel_id, given.with_owner, roll.owner_key,
  coalesce(property.merged_into, property.id) AS property_id,
  coalesce(property.address, roll.address) AS address, coalesce(property.city, roll.city) AS city
FROM given_suppressions AS given
LEFT JOIN properties AS property ON property.market = :market AND property.parcel_id = given.parcel_id
LEFT JOIN parcels AS roll ON roll.market = :market AND roll.parcel_id = given.parcel_id
WHERE given.parcel_id IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM confidential_parcels AS confidential
    WHERE confidential.market = :market AND confidential.parcel_id = given.parcel_id
  )
  AND NOT EXISTS (
    SELECT FROM confidential_properties AS confidential
    WHERE confidential.market = :market AND confidential.property_id = property.id
  );

-- name: given_parcels
-- Purpose: the parcels that were given; whether their owners were, and can be, told apart.
SELECT parcel_id, address, city, CASE WHEN with_owner THEN owner_key IS NOT NULL END AS owner
FROM given_places
ORDER BY line;

-- name: unlifted
-- Purpose: the parcels that were given and that are still on no list: by their owner, else by a status that ends the
-- work.
SELECT
  place.parcel_id, place.address, place.city, CASE WHEN held.is_held THEN 'owner' ELSE status.status END AS by
FROM given_places AS place
LEFT JOIN lead_statuses AS status
  ON status.market = :market AND status.property_id = place.property_id AND status.status IN ('closed', 'dead', 'dnc')
CROSS JOIN LATERAL (
  SELECT EXISTS (
    SELECT
    FROM suppressions AS suppression
    WHERE suppression.kind = 'owner' AND place.owner_key = ANY(suppression.owner_keys)
  ) AS is_held
) AS held
WHERE held.is_held OR status.status IS NOT NULL
ORDER BY place.line;

-- name: unresolved
-- Purpose: the lines of which the parcel number can mean two parcels, or the owner is nobody's name at no address.
SELECT line, readings, parcel_id IS NULL AND cardinality(readings) > 0 AS is_ambiguous
FROM given_suppressions
WHERE (parcel_id IS NULL AND cardinality(readings) > 0)
  OR (owner_keys IS NULL AND owner_name IS NOT NULL AND mail_address IS NOT NULL)
ORDER BY line;

-- name: count_workable
-- Purpose: how many leads of a market are shown.
SELECT count(*) FROM workable_leads WHERE market = :market;

-- name: lift
-- Purpose: what was given is suppressed no more, whoever has written it, a step to dnc too.
DELETE FROM suppressions AS suppression
USING given_suppressions AS given
WHERE (suppression.market = :market AND suppression.kind = 'parcel' AND suppression.value = given.parcel_id)
  OR (suppression.kind = 'owner' AND suppression.owner_keys && given.owner_keys)
  OR (suppression.kind = 'telephone' AND suppression.value = ANY(given.telephones))
RETURNING suppression.kind, suppression.value, suppression.reason, suppression.source;

-- name: list
-- Purpose: the suppressions that hold in a market, the newest first; none that is of a confidential parcel.
WITH page AS (
  SELECT *
  FROM suppressions AS suppression
  WHERE market IN (:named, '*') AND (CAST(:kind AS text) IS NULL OR kind = :kind)
    AND (CAST(:reason AS text) IS NULL OR reason = :reason)
    AND NOT (kind = 'parcel' AND EXISTS (
      SELECT FROM confidential_parcels AS confidential
      WHERE confidential.market = :named AND confidential.parcel_id = suppression.value
    ))
    AND NOT (kind = 'owner' AND source = 'status' AND EXISTS (
      SELECT
      FROM lead_status_events AS event
      JOIN confidential_properties AS confidential
        ON confidential.market = event.market AND confidential.property_id = event.property_id
      WHERE event.id = suppression.event_id
    ))
  ORDER BY suppressed_at DESC, id DESC
  LIMIT :limit
)
SELECT
  page.id, page.kind, page.value, coalesce(property.address, parcel.address) AS address,
  coalesce(property.city, parcel.city) AS city, page.owner_name, page.mail_address, page.reason, page.note, page.source,
  page.suppressed_at, page.suppressed_by
FROM page
LEFT JOIN properties AS property
  ON page.kind = 'parcel' AND property.market = page.market AND property.parcel_id = page.value
  AND property.id NOT IN (SELECT property_id FROM confidential_properties WHERE market = :named)
LEFT JOIN parcels AS parcel
  ON page.kind = 'parcel' AND parcel.market = page.market AND parcel.parcel_id = page.value
ORDER BY page.suppressed_at DESC, page.id DESC;

-- name: counts
-- Purpose: how many suppressions of each kind hold in a market.
SELECT kind, count(*) AS suppressions FROM suppressions WHERE market IN (:named, '*') GROUP BY kind;

-- name: telephones
-- Purpose: which of these telephones are suppressed.
SELECT DISTINCT value FROM suppressions WHERE market = '*' AND kind = 'telephone' AND value = ANY(:numbers);
