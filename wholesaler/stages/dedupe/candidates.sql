-- name: roll_is_whole
-- Purpose: whether the newest answers of what lists parcels are whole, of the day, and younger than the records they
-- were asked for; a parcel missing from any other may well be on the roll.
WITH answers AS (
  SELECT DISTINCT ON (roll.source) roll.id, roll.status, roll.as_of
  FROM data_ingestion_runs AS roll
  WHERE roll.market = :market AND roll.stage = 'ingest' AND roll.source = ANY(:listing_rolls)
    AND roll.status <> 'running'
  ORDER BY roll.source, roll.id DESC
)
SELECT
  count(*) > 0 AND count(*) = cardinality(CAST(:listing_rolls AS text[]))
  AND coalesce(bool_and(answers.status = 'success' AND answers.as_of = :as_of), false)
  AND NOT EXISTS (
    SELECT FROM data_ingestion_runs AS later
    WHERE later.market = :market AND later.stage = 'ingest' AND later.source <> ALL(:rolls)
      AND later.status IN ('success', 'partial') AND later.id > (SELECT min(id) FROM answers)
  )
FROM answers;

-- name: records_without_parcel
-- Purpose: active records without a usable parcel number.
CREATE TEMPORARY TABLE records_without_parcel ON COMMIT DROP AS
SELECT
  record, source, record_key, property_id, address, is_signal,
  CAST(NULL AS text) AS house_number, CAST(NULL AS text) AS street, CAST(NULL AS text) AS unit,
  lower(city) AS city, left(zip_code, 5) AS zip_code, ST_Transform(location::geometry, :projection) AS point
FROM signal_records
WHERE market = :market AND is_active AND parcel_id IS NULL AND address IS NOT NULL;

-- name: published_addresses
-- Purpose: every address a parcel is known by, as published: the roll's where it is on the roll, else the property's
-- own. Only those with a house number and a ZIP that somebody asks for; what has no ZIP may have any.
CREATE TEMPORARY TABLE published_addresses ON COMMIT DROP AS
WITH house_numbers AS (
  SELECT substring(address FROM '^\s*(\d+)') AS digits, zip_code FROM records_without_parcel
  UNION
  SELECT substring(house_number FROM '^(\d+)'), left(zip_code, 5) FROM properties
  WHERE market = :market AND is_active AND NOT never_merge AND house_number IS NOT NULL
    AND NOT EXISTS (
      SELECT FROM parcels AS parcel
      WHERE parcel.market = :market AND parcel.parcel_id = properties.parcel_id AND parcel.is_listed
    )
), all_addresses AS (
  SELECT
    parcel_id, address, city, zip_code, location, true AS on_roll,
    substring(address FROM '^\s*(\d+)') AS digits, left(zip_code, 5) AS zip
  FROM parcels
  WHERE market = :market AND is_listed AND address IS NOT NULL
  UNION ALL
  SELECT
    parcel_id, address, city, zip_code, location, false, substring(address FROM '^\s*(\d+)'), left(zip_code, 5)
  FROM properties
  WHERE market = :market AND is_active AND address IS NOT NULL
    AND NOT EXISTS (
      SELECT FROM parcels AS parcel
      WHERE parcel.market = :market AND parcel.parcel_id = properties.parcel_id AND parcel.is_listed
    )
)
SELECT parcel_id, address, city, zip_code, location, on_roll
FROM all_addresses
WHERE (digits, zip) IN (SELECT digits, zip_code FROM house_numbers WHERE zip_code IS NOT NULL)
  OR digits IN (SELECT digits FROM house_numbers WHERE zip_code IS NULL)
  OR zip IS NULL AND digits IN (SELECT digits FROM house_numbers);

-- name: standardise_records
-- Purpose: their standardised addresses to them.
UPDATE records_without_parcel AS record
SET house_number = standard.house_number, street = standard.street, unit = standard.unit
FROM standard_addresses AS standard
WHERE standard.market = :market AND standard.address = record.address;

-- name: parcel_addresses
-- Purpose: the same, standardised.
CREATE TEMPORARY TABLE parcel_addresses ON COMMIT DROP AS
SELECT
  published.parcel_id, standard.house_number, standard.street, standard.unit,
  lower(published.city) AS city, left(published.zip_code, 5) AS zip_code,
  ST_Transform(published.location::geometry, :projection) AS point, published.on_roll
FROM published_addresses AS published
JOIN standard_addresses AS standard ON standard.market = :market AND standard.address = published.address
WHERE standard.house_number IS NOT NULL;
