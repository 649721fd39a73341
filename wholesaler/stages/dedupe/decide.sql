-- name: pairs
-- Purpose: every seeker beside every parcel with its number on its street, or on one that a rule takes for it; wherever
-- in the county, since what lies elsewhere can make it ambiguous. A property seeks a parcel of the roll.
-- ``door``: the unit is the same; none, where only the parcel has no unit; inside, where only it has one. Other units
-- are looked at where a rule is about them (rival_doors).
-- ``town``: whether ZIP, or else city, are the same, other or unknown; of the ZIP alone a city that is the same makes
-- unknown what is other.
-- ``bridges``: what has to be bridged, a bit for each: 0 nothing, else one rule's bit; two at once are refused.
-- ``is_possible``: it may be the place; ``is_candidate``: and it may be the address.
CREATE TEMPORARY TABLE pairs ON COMMIT DROP AS
WITH meetings AS (
  SELECT
    seeker.seeker, seeker.record, seeker.house_number, seeker.street, seeker.unit, seeker.city, seeker.zip_code,
    parcel.parcel_id, parcel.on_roll, parcel.street AS parcel_street, parcel.zip_code AS parcel_zip_code,
    bridges.rule, bridges.is_shorter,
    CASE
      WHEN coalesce(parcel.unit, '') = coalesce(seeker.unit, '') THEN 'same'
      WHEN parcel.unit IS NULL THEN 'none'
      ELSE 'inside'
    END AS door,
    CASE
      WHEN parcel.zip_code = seeker.zip_code THEN 'same'
      WHEN parcel.zip_code <> seeker.zip_code AND parcel.city = seeker.city THEN 'unknown'
      WHEN parcel.zip_code <> seeker.zip_code THEN 'other'
      WHEN parcel.city = seeker.city THEN 'same'
      WHEN parcel.city <> seeker.city THEN 'other'
      ELSE 'unknown'
    END AS town,
    coalesce(parcel.zip_code <> seeker.zip_code, false) AS other_zip_code,
    ST_Distance(parcel.location, seeker.location) AS metres
  FROM seekers AS seeker
  JOIN bridges ON bridges.street = seeker.street
  JOIN parcel_addresses AS parcel
    ON parcel.street = bridges.parcel_street AND parcel.house_number = seeker.house_number
  WHERE (parcel.on_roll OR seeker.record <> 'properties')
    AND (parcel.unit = seeker.unit OR parcel.unit IS NULL OR seeker.unit IS NULL)
)
SELECT
  meetings.*,
  CASE rule WHEN 'suffix_missing' THEN 1 WHEN 'space_differs' THEN 2 WHEN 'one_letter_differs' THEN 4 ELSE 0 END
    + CASE WHEN other_zip_code THEN 8 ELSE 0 END + CASE WHEN door = 'none' THEN 16 ELSE 0 END AS bridges,
  CASE
    WHEN metres IS NULL THEN town <> 'other'
    ELSE metres <= :near_metres AND (NOT other_zip_code OR 'place_over_zip_code' = ANY(:rules))
  END AS is_possible,
  door = 'same' OR (door = 'none' AND 'unit_at_single_parcel' = ANY(:rules)
    -- what is behind an address may be a city or another address
    AND unit
      ~ '^(BUILDING [A-Z]?\d{0,3} UNIT |FLOOR |PENTHOUSE )?([A-Z]{0,2}\d{1,4}[A-Z]?|[A-Z]{1,2})( [A-Z]?\d{0,4})?$'
  ) AS is_candidate
FROM meetings;

-- name: rival_suffixes
-- Purpose: the seekers with a suffix missing where streets of several suffixes have numbers of that hundred near: OAK
-- may be any of them. Without a place those of the county are near, but for other towns.
CREATE TEMPORARY TABLE rival_suffixes ON COMMIT DROP AS
WITH missing AS (
  SELECT DISTINCT
    seeker.seeker, left(seeker.digits, -2) AS hundred, seeker.city, seeker.zip_code, seeker.location,
    CASE WHEN pairs.is_shorter THEN own.street ELSE own.stem END AS stem,
    CASE WHEN NOT pairs.is_shorter THEN own.suffix END AS suffix
  FROM pairs
  JOIN seekers AS seeker USING (seeker)
  JOIN streets AS own ON own.street = seeker.street
  WHERE pairs.rule = 'suffix_missing' AND pairs.is_possible
), rivals AS (
  SELECT missing.*, street.street AS rival_street, street.suffix AS rival_suffix
  FROM missing
  JOIN streets AS street ON street.stem = missing.stem AND street.on_roll
), suffixes AS (
  SELECT seeker, suffix FROM missing WHERE suffix IS NOT NULL
  UNION
  SELECT seeker, rival_suffix
  FROM rivals
  WHERE EXISTS (
    SELECT FROM parcel_addresses AS parcel
    WHERE parcel.street = rivals.rival_street AND left(parcel.digits, -2) = rivals.hundred AND parcel.on_roll
      AND coalesce(ST_DWithin(parcel.location, rivals.location, :near_metres),
        coalesce(parcel.zip_code = rivals.zip_code, parcel.city = rivals.city, true))
  )
)
SELECT seeker
FROM suffixes
GROUP BY seeker
HAVING count(DISTINCT suffix) > 1;

-- name: rival_doors
-- Purpose: the seekers of a unit at an address that has no such parcel, but more than one: other units, other parcels,
-- or the house in the yard (12A, 12 1/2, 12-14).
CREATE TEMPORARY TABLE rival_doors ON COMMIT DROP AS
WITH without_door AS (
  SELECT seeker, parcel_id, parcel_street
  FROM pairs
  WHERE door = 'none' AND is_possible AND is_candidate
)
SELECT DISTINCT without_door.seeker
FROM without_door
JOIN seekers AS seeker USING (seeker)
JOIN parcel_addresses AS parcel ON parcel.street = without_door.parcel_street AND parcel.digits = seeker.digits
WHERE parcel.on_roll AND parcel.parcel_id <> without_door.parcel_id
  AND coalesce(ST_DWithin(parcel.location, seeker.location, :near_metres),
    coalesce(parcel.zip_code = seeker.zip_code, parcel.city = seeker.city, true));

-- name: decisions
-- Purpose: the parcel of each seeker of one kind, and by which rule, where it is the only one. Of several parcels one
-- counts that needs the least of what all the others need.
-- All in one pass over the pairs: a join of a part with the whole is planned for a row, and meets a hundred thousand.
CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS
WITH facts AS (
  SELECT
    pairs.*,
    bit_and(bridges) FILTER (WHERE is_possible AND is_candidate) OVER own AS least,
    bool_or(is_possible AND is_candidate AND is_shorter) OVER own AS may_lack_suffix,
    bool_or(is_possible AND door = 'inside') OVER own AS has_units,
    bool_or(NOT is_possible AND door = 'same' AND rule IS NULL AND town <> 'other') OVER own AS is_elsewhere,
    count(*) FILTER (WHERE door <> 'none') OVER own AS parcels_in_county,
    count(*) OVER own AS candidates
  FROM pairs
  WHERE (record = 'properties') = :of_properties
  WINDOW own AS (PARTITION BY seeker)
), nearest AS (
  SELECT facts.*, count(*) OVER (PARTITION BY seeker) AS parcels
  FROM facts
  WHERE is_possible AND is_candidate AND bridges = least
), decided AS (
  SELECT
    nearest.*,
    CASE bridges
      WHEN 0 THEN CASE WHEN metres IS NULL AND town <> 'same' THEN 'only_one_in_county' ELSE 'same_address' END
      WHEN 1 THEN 'suffix_missing' WHEN 2 THEN 'space_differs' WHEN 4 THEN 'one_letter_differs'
      WHEN 8 THEN CASE WHEN metres IS NULL THEN 'only_one_in_county' ELSE 'place_over_zip_code' END
      WHEN 16 THEN 'unit_at_single_parcel'
    END AS match_rule
  FROM nearest
  WHERE parcels = 1 AND NOT has_units
    -- of a property that is not on the roll nobody knows the street; and where the very address is known elsewhere, it
    -- and the place contradict each other
    AND (bridges = 0 OR on_roll AND NOT is_elsewhere)
    AND (bridges & 1 <> 0 OR NOT may_lack_suffix)
    -- read once, where NOT EXISTS would be asked for each
    AND (bridges & 1 = 0 OR seeker NOT IN (SELECT rival_suffixes.seeker FROM rival_suffixes))
    AND (bridges & 16 = 0 OR seeker NOT IN (SELECT rival_doors.seeker FROM rival_doors))
    AND (metres IS NOT NULL OR bridges = 0 AND town = 'same'
      OR on_roll AND CASE WHEN bridges & 16 = 0 THEN parcels_in_county ELSE candidates END = 1)
)
SELECT
  seeker, parcel_id, match_rule AS rule,
  jsonb_strip_nulls(jsonb_build_object(
    'rule', match_rule, 'parcel_id', parcel_id, 'house_number', house_number, 'street', street, 'unit', unit,
    'city', city, 'zip_code', zip_code, 'distance_metres', round(metres::numeric, 1), 'candidates', candidates,
    'bridged', CASE
      WHEN bridges IN (1, 2, 4) THEN jsonb_build_object('record', street, 'parcel', parcel_street)
      WHEN bridges = 8 THEN jsonb_build_object('record', zip_code, 'parcel', parcel_zip_code)
      WHEN bridges = 16 THEN jsonb_build_object('record', unit)
    END)) AS evidence
FROM decided
WHERE match_rule = ANY(:rules);
