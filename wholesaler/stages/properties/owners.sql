-- name: owner_names
-- Purpose: each owner's name of the merged parcels once: in capitals, without punctuation but & and without what
-- stands behind C/O; the same with words of law spelled in one way; and what the rules call its owner. A phrase is
-- looked for only in the names that hold its longest word.
CREATE TEMPORARY TABLE owner_names ON COMMIT DROP AS
WITH published AS MATERIALIZED (
  SELECT owner_name, upper(owner_name) AS name
  FROM (
    SELECT DISTINCT owner_name
    FROM merged_parcels
    WHERE owner_name IS NOT NULL
  ) AS names
), owners AS MATERIALIZED (
  -- '.' and the apostrophes go, & stands alone, other punctuation is a blank
  SELECT
    owner_name,
    CASE WHEN name ~ '[^A-Z0-9 ]'
      THEN concat(' ', replace(translate(
        CASE WHEN name LIKE ANY (ARRAY['_%C/O%', '_% \% %'])
          THEN regexp_replace(name, '(\S)\s*(\mC/O\M|\s%\s).*$', '\1') ELSE name END,
        ',;:()[]{}"/\-*#%@!?_+=<>|~^$.''`', repeat(' ', 28)), '&', ' & '), ' ')
      ELSE concat(' ', name, ' ') END AS name
  FROM published
), words AS MATERIALIZED (
  SELECT
    owner_name,
    replace(CASE WHEN name ~ '\s\s|[\t\n\r]' THEN regexp_replace(name, '\s+', ' ', 'g') ELSE name END,
      ' AND ', ' & ') AS name
  FROM owners
), rules AS MATERIALIZED (
  SELECT rule.*
  FROM jsonb_to_recordset(CAST(:rules AS jsonb))
    AS rule (place int, word text, pattern text, behind_and text, exceptions text[])
), candidates AS MATERIALIZED (
  SELECT words.owner_name, words.name, rules.place, rules.pattern, rules.behind_and, rules.exceptions
  FROM words
  CROSS JOIN LATERAL string_to_table(words.name, ' ') AS part (word)
  JOIN rules ON rules.word = part.word
), verdicts AS MATERIALIZED (
  SELECT owner_name, min(place) AS place
  FROM candidates
  WHERE name LIKE pattern AND (behind_and IS NULL OR name NOT LIKE behind_and) AND NOT name LIKE ANY (exceptions)
  GROUP BY owner_name
), judged AS MATERIALIZED (
  SELECT
    words.owner_name, words.name, verdicts.place,
    CASE WHEN verdicts.place IS NOT NULL
      THEN string_to_array(btrim(regexp_replace(words.name, ' (JR|SR|II|III|IV) $', '')), ' ') END AS parts
  FROM words
  LEFT JOIN verdicts ON verdicts.owner_name = words.owner_name
)
SELECT
  owner_name,
  -- the same owner, whoever wrote the name down
  btrim(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(name,
    ' L L C ', ' LLC '), ' L P ', ' LP '), ' INCORPORATED ', ' INC '), ' CORPORATION ', ' CORP '), ' COMPANY ', ' CO '),
    ' LIMITED ', ' LTD '), ' ASSOCIATION ', ' ASSN '), ' ASSOC ', ' ASSN '), ' TRUSTEES ', ' TR '),
    ' TRUSTEE ', ' TR '),
    ' TTEE ', ' TR '), ' TRS ', ' TR ')) AS spelled_name,
  CASE
    WHEN btrim(name) = '' THEN NULL
    WHEN place IS NULL THEN CASE WHEN name ~ '^ ([0-9]|THE |\S+ $|\w{1,2} & \w{1,2} $)' THEN 'company' ELSE 'person' END
    -- MARY CHURCH, JAMES A COUNTY, NGUYEN HOA
    WHEN cardinality(parts) IN (2, 3) AND (cardinality(parts) = 2 OR length(parts[2]) = 1)
      AND parts[cardinality(parts)] = ANY(:surname)
      AND (parts[1] = ANY(:given) OR parts[1] = ANY(:given_and_county) AND parts[2] <> 'COUNTY') THEN 'person'
    WHEN (parts[1] = ANY(:vietnamese) OR parts[cardinality(parts)] = ANY(:vietnamese))
      AND NOT parts && CAST(:no_person AS text[]) THEN 'person'
    ELSE nullif((CAST(:classes AS text[]))[place], 'unknown')
  END AS owner_class
FROM judged;

-- name: situs_places
-- Purpose: each ZIP and city of situs addresses once, as published and standardised. Those count as the roll's that at
-- least one parcel in ten thousand has: a slip of the pen would make neighbours of all of another county.
CREATE TEMPORARY TABLE situs_places ON COMMIT DROP AS
WITH roll AS (
  SELECT zip_code, city, is_listed FROM merged_parcels
  UNION ALL
  SELECT zip_code, city, is_listed FROM parcels
  WHERE market = :market AND NOT EXISTS (SELECT FROM dirty_parcels WHERE dirty_parcels.parcel_id = parcels.parcel_id)
), published AS MATERIALIZED (
  SELECT
    coalesce(zip_code, '') AS zip_code, coalesce(city, '') AS city, wholesaler_zip_code(zip_code) AS standard_zip,
    wholesaler_city(city) AS standard_city, count(*) FILTER (WHERE is_listed) AS parcels
  FROM roll
  GROUP BY zip_code, city
)
SELECT
  *,
  standard_zip IS NOT NULL
    AND sum(parcels) OVER (PARTITION BY standard_zip) * 10000 >= greatest(sum(parcels) OVER (), 1) AS has_zip,
  standard_city IS NOT NULL
    AND sum(parcels) OVER (PARTITION BY standard_city) * 10000 >= greatest(sum(parcels) OVER (), 1) AS has_city
FROM published;

-- name: mailing_addresses
-- Purpose: each mailing address of the merged parcels once, taken apart: the street, or the PO box, and what tells
-- where that is. Lines that say in care of whom are left out; the street's line may hold city, state and ZIP too.
CREATE TEMPORARY TABLE mailing_addresses ON COMMIT DROP AS
WITH published AS MATERIALIZED (
  SELECT DISTINCT mail_address, mail_address_2, mail_city, mail_state, mail_zip, mail_country
  FROM merged_parcels
), trimmed AS MATERIALIZED (
  SELECT
    CAST((mail_address, mail_address_2, mail_city, mail_state, mail_zip, mail_country) AS text) AS published,
    CASE WHEN mail_address LIKE '%  %' THEN regexp_replace(btrim(upper(mail_address)), '\s+', ' ', 'g')
      ELSE nullif(btrim(upper(mail_address)), '') END AS line_1,
    CASE WHEN mail_address_2 LIKE '%  %' THEN regexp_replace(btrim(upper(mail_address_2)), '\s+', ' ', 'g')
      ELSE nullif(btrim(upper(mail_address_2)), '') END AS line_2,
    nullif(btrim(upper(mail_city), ' ,'), '') AS city,
    CASE WHEN length(mail_state) = 2 THEN upper(mail_state)
      ELSE nullif(btrim(regexp_replace(upper(mail_state), '[^[:alnum:]]+', ' ', 'g')), '') END AS state,
    upper(btrim(mail_zip)) AS zip,
    nullif(btrim(regexp_replace(upper(mail_country), '[^[:alnum:]]+', ' ', 'g')), '') AS country
  FROM published
), lines AS MATERIALIZED (
  -- of a line in care of somebody what begins with a number or a box
  SELECT
    published, city, state, zip, country,
    CASE WHEN line_1 ~ :care_of THEN substring(line_1 FROM :delivery) ELSE line_1 END AS line_1,
    CASE WHEN line_2 ~ :care_of THEN substring(line_2 FROM :delivery) ELSE line_2 END AS line_2
  FROM trimmed
), streets AS MATERIALIZED (
  SELECT
    published, city, state, zip, country,
    CASE
      WHEN line_1 IS NULL THEN line_2
      WHEN line_2 ~ :last_line AND city IS NULL THEN concat(line_1, ', ', line_2)
      -- the post delivers to the lower line, and to the street before the box
      WHEN line_1 !~ '^[0-9]' AND line_2 ~ '^[0-9]+ ?[A-Z0-9]* [A-Z]' THEN line_2
      WHEN line_1 !~ :begins_delivery AND line_2 ~ :begins_delivery THEN line_2
      WHEN line_2 ~ :unit THEN concat(line_1, ' ', line_2)
      WHEN line_2 ~ '^[0-9A-Z]{1,4}$' AND line_1 ~ '^[0-9]' THEN concat(line_1, ' # ', line_2)
      ELSE line_1
    END AS street
  FROM lines
), tails AS MATERIALIZED (
  -- '12 MAIN ST, ORLANDO, FL 32801' -> '12 MAIN ST, ORLANDO', 'FL', '32801'; the same of a city 'NEW YORK NY'
  SELECT
    streets.*,
    CASE WHEN street LIKE '%,%' OR (city IS NULL AND state IS NULL) THEN regexp_match(street, :tail) END AS street_tail,
    CASE WHEN state IS NULL THEN regexp_match(city, :tail) END AS city_tail
  FROM streets
), parts AS MATERIALIZED (
  SELECT
    published,
    CASE WHEN street_tail IS NULL THEN street
      WHEN street_tail[1] LIKE '%,%' THEN regexp_replace(street_tail[1], '\s*,[^,]*$', '')
      ELSE street_tail[1] END AS street,
    CASE WHEN city_tail IS NOT NULL THEN city_tail[1] WHEN city IS NULL AND street_tail[1] LIKE '%,%'
      THEN btrim(substring(street_tail[1] FROM '[^,]*$')) ELSE city END AS city,
    coalesce(state, city_tail[2], street_tail[2]) AS state,
    coalesce(zip, city_tail[3], street_tail[3]) AS zip,
    country
  FROM tails
), places AS MATERIALIZED (
  SELECT
    parts.published, parts.street, wholesaler_city(parts.city) AS city, wholesaler_zip_code(parts.zip) AS zip,
    coalesce(named.code, state.code) AS state,
    coalesce(parts.country = ANY(:domestic_names), false) AS is_domestic,
    parts.country ~ '^[A-Z]' AS has_country, parts.state = ANY(:foreign_names) AS has_foreign_state,
    parts.zip ~ '^[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]$' AS has_foreign_zip,
    CASE WHEN parts.street LIKE ANY (ARRAY['%BOX%', '%BX%', 'POB%']) THEN substring(parts.street FROM :box) END AS box
  FROM parts
  LEFT JOIN unnest(CAST(:codes AS text[])) AS state (code) ON state.code = parts.state
  LEFT JOIN unnest(CAST(:codes AS text[]), CAST(:names AS text[])) AS named (code, name) ON named.name = parts.state
), judged AS MATERIALIZED (
  SELECT
    published, street, city, zip, state, box,
    NOT is_domestic AND coalesce(
      has_foreign_zip OR has_foreign_state OR (has_country AND (state IS NULL OR zip IS NULL)), false) AS is_foreign
  FROM places
)
SELECT
  published, city, box IS NOT NULL AS is_box, is_foreign,
  CASE WHEN NOT is_foreign THEN zip END AS zip,
  CASE WHEN NOT is_foreign THEN state END AS state,
  CASE WHEN box IS NULL THEN street END AS address,
  'PO BOX ' || box AS box,
  substring(street FROM '^[NSEWnsew]? ?0*([0-9]+)') AS number
FROM judged
WHERE street IS NOT NULL OR city IS NOT NULL OR zip IS NOT NULL OR state IS NOT NULL OR is_foreign;

-- name: situs_addresses
-- Purpose: the situs addresses of the merged parcels that may be the mailing address too: with the same number.
CREATE TEMPORARY TABLE situs_addresses ON COMMIT DROP AS
SELECT DISTINCT parcels.address
FROM merged_parcels AS parcels
JOIN mailing_addresses AS mailing
  ON mailing.published = CAST((parcels.mail_address, parcels.mail_address_2, parcels.mail_city, parcels.mail_state,
    parcels.mail_zip, parcels.mail_country) AS text)
  AND mailing.number = substring(parcels.address FROM '^\s*[NSEWnsew]? ?0*([0-9]+)');

-- name: derived_owners
-- Purpose: of each merged parcel the class and the key of its owner, and how its mailing address differs.
CREATE TEMPORARY TABLE derived_owners ON COMMIT DROP AS
WITH roll AS (
  SELECT bool_or(has_zip) AS has_zips FROM situs_places
), mailing AS (
  SELECT
    mailing.*, standard.house_number, standard.street, standard.unit,
    CASE
      WHEN mailing.is_box THEN mailing.box
      WHEN standard.house_number IS NOT NULL
        THEN concat_ws(' ', standard.house_number, standard.street, '# ' || standard.unit)
      ELSE nullif(btrim(regexp_replace(mailing.address, '[^[:alnum:]]+', ' ', 'g')), '')
    END AS line,
    -- a box has often a ZIP of its own, at which nothing lies
    CASE WHEN mailing.zip IS NOT NULL AND roll.has_zips
      THEN EXISTS (SELECT FROM situs_places WHERE has_zip AND standard_zip = mailing.zip)
        OR (mailing.is_box AND mailing.state = :state
          AND EXISTS (SELECT FROM situs_places WHERE has_city AND standard_city = mailing.city))
      WHEN mailing.city IS NOT NULL
      THEN mailing.state = :state
        AND EXISTS (SELECT FROM situs_places WHERE has_city AND standard_city = mailing.city)
    END AS is_in_county
  FROM mailing_addresses AS mailing
  CROSS JOIN roll
  LEFT JOIN standard_addresses AS standard ON standard.market = :market AND standard.address = mailing.address
), compared AS (
  SELECT
    parcels.parcel_id, owner.owner_class, owner.spelled_name, mailing.line, mailing.zip, mailing.city, mailing.state,
    mailing.is_foreign, mailing.is_in_county,
    parcels.address IS NOT NULL AND mailing.line IS NOT NULL AS is_comparable,
    (
      (situs.house_number, situs.street) = (mailing.house_number, mailing.street)
        -- one list has the unit, the other has not: the same house
        AND coalesce(situs.unit = mailing.unit, true)
      OR upper(parcels.address) = mailing.address
    ) IS TRUE AND coalesce(
      place.standard_zip = mailing.zip OR place.standard_city = mailing.city,
      (place.standard_zip = mailing.zip) IS NULL AND (place.standard_city = mailing.city) IS NULL
    ) AS is_same
  FROM merged_parcels AS parcels
  LEFT JOIN owner_names AS owner ON owner.owner_name = parcels.owner_name
  LEFT JOIN mailing
    ON mailing.published = CAST((parcels.mail_address, parcels.mail_address_2, parcels.mail_city, parcels.mail_state,
      parcels.mail_zip, parcels.mail_country) AS text)
  LEFT JOIN situs_places AS place
    ON place.zip_code = coalesce(parcels.zip_code, '') AND place.city = coalesce(parcels.city, '')
  LEFT JOIN standard_addresses AS situs ON situs.market = :market AND situs.address = parcels.address
)
SELECT
  parcel_id, owner_class,
  CASE WHEN owner_class IS NOT NULL AND line IS NOT NULL
    THEN concat_ws('|', spelled_name, line, coalesce(zip, concat_ws(' ', city, state))) END AS owner_key,
  CASE
    -- whatever its ZIP is
    WHEN is_foreign OR state <> :state THEN 'out_of_state'
    WHEN is_same THEN 'same'
    WHEN is_in_county THEN CASE WHEN is_comparable THEN 'in_county' END
    WHEN NOT is_in_county AND state = :state THEN 'in_state'
  END AS mail_differs
FROM compared;

-- name: portfolios
-- Purpose: with a whole roll, how many of its parcels each owner has; without it nobody knows.
CREATE TEMPORARY TABLE portfolios ON COMMIT DROP AS
WITH owners AS (
  SELECT derived.owner_key
  FROM derived_owners AS derived
  JOIN merged_parcels ON merged_parcels.parcel_id = derived.parcel_id
  WHERE merged_parcels.is_listed
  UNION ALL
  SELECT owner_key
  FROM parcels
  WHERE market = :market AND is_listed
    AND NOT EXISTS (SELECT FROM dirty_parcels WHERE dirty_parcels.parcel_id = parcels.parcel_id)
)
SELECT owner_key, count(*) AS owner_parcels
FROM owners
WHERE owner_key IS NOT NULL AND :is_whole
GROUP BY owner_key;

-- name: count_portfolios
-- Purpose: the parcels that were not merged, and whose owner has more or fewer now.
WITH owners AS (
  SELECT parcels.parcel_id, portfolios.owner_parcels
  FROM parcels
  LEFT JOIN portfolios ON portfolios.owner_key = parcels.owner_key
  WHERE parcels.market = :market AND parcels.owner_parcels IS DISTINCT FROM portfolios.owner_parcels
    AND NOT EXISTS (SELECT FROM dirty_parcels WHERE dirty_parcels.parcel_id = parcels.parcel_id)
)
UPDATE parcels
SET owner_parcels = owners.owner_parcels
FROM owners
WHERE parcels.market = :market AND parcels.parcel_id = owners.parcel_id;

-- name: no_situs_places
-- Purpose: names and mailing addresses that no roll has given are compared with no place of the county.
CREATE TEMPORARY TABLE situs_places (
  zip_code text, city text, standard_zip text, standard_city text, parcels bigint, has_zip boolean, has_city boolean
) ON COMMIT DROP;
