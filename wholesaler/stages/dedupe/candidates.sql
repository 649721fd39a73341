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
  count(*) = cardinality(CAST(:listing_rolls AS text[]))
  AND coalesce(bool_and(answers.status = 'success' AND answers.as_of = :as_of), false)
  AND NOT EXISTS (
    SELECT FROM data_ingestion_runs AS later
    WHERE later.market = :market AND later.stage = 'ingest' AND later.source <> ALL(:rolls)
      AND later.status IN ('success', 'partial') AND later.id > (SELECT min(id) FROM answers)
  )
FROM answers;

-- name: unread_addresses
-- Purpose: the addresses that the standard form has not been made of yet: of records without a usable parcel number, of
-- properties whose number the roll does not know, and of the whole roll.
CREATE TEMPORARY TABLE unread_addresses ON COMMIT DROP AS
WITH published AS (
  SELECT address FROM parcels WHERE market = :market AND is_listed
  UNION ALL
  SELECT address FROM properties WHERE market = :market AND is_active
  UNION ALL
  SELECT address FROM signal_records WHERE market = :market AND is_active AND parcel_id IS NULL
)
SELECT DISTINCT address
FROM published
WHERE address IS NOT NULL AND NOT EXISTS (
  SELECT FROM standard_addresses AS standard WHERE standard.market = :market AND standard.address = published.address
);

-- name: seekers
-- Purpose: what seeks its parcel: active records without a usable parcel number, and active properties whose number the
-- roll does not know (``record`` is properties). ``digits``: the number that 12, 12A and 12-14 begin with. What ends in
-- another state is not read; CT and LA are Court and Lane as well where no comma stands before.
CREATE TEMPORARY TABLE seekers ON COMMIT DROP AS
WITH published AS (
  SELECT
    record, source, record_key, property_id, CAST(NULL AS text) AS parcel_id, is_signal,
    address, city, zip_code, location
  FROM signal_records
  WHERE market = :market AND is_active AND parcel_id IS NULL AND address IS NOT NULL
  UNION ALL
  SELECT 'properties', NULL, NULL, id, parcel_id, true, address, city, zip_code, location
  FROM properties AS property
  WHERE market = :market AND is_active AND NOT never_merge AND address IS NOT NULL
    AND NOT EXISTS (
      SELECT FROM parcels AS parcel
      WHERE parcel.market = :market AND parcel.parcel_id = property.parcel_id AND parcel.is_listed
    )
), states AS MATERIALIZED (
  SELECT
    published.*,
    coalesce(
      substring(upper(address) FROM ',[^,]*\m([A-Z]{2})[ ,]*(?:\d{5}(?:-\d{4})?)?\s*$'),
      substring(upper(address) FROM '[ ,](?!CT|LA)([A-Z]{2})[ ,]+\d{5}(?:-\d{4})?\s*$')
    ) AS written_state
  FROM published
)
SELECT
  row_number() OVER () AS seeker,
  published.record, published.source, published.record_key, published.property_id, published.parcel_id,
  published.is_signal, standard.house_number,
  coalesce(substring(standard.house_number FROM '^\d+'), standard.house_number) AS digits,
  standard.street, standard.predirection, standard.street_name, standard.suffix, standard.postdirection, standard.unit,
  wholesaler_city(published.city) AS city,
  coalesce(wholesaler_zip_code(published.zip_code), CASE WHEN published.written_state = :state
    THEN substring(published.address FROM '(\d{5})(?:-\d{4})?\s*$') END) AS zip_code,
  published.location
FROM states AS published
LEFT JOIN standard_addresses AS standard ON standard.market = :market AND standard.address = published.address
  AND (published.written_state IS NULL OR published.written_state = :state OR published.written_state <> ALL(ARRAY[
    'AK', 'AL', 'AR', 'AZ', 'CA', 'CO', 'CT', 'DC', 'DE', 'FL', 'GA', 'HI', 'IA', 'ID', 'IL', 'IN', 'KS', 'KY', 'LA',
    'MA', 'MD', 'ME', 'MI', 'MN', 'MO', 'MS', 'MT', 'NC', 'ND', 'NE', 'NH', 'NJ', 'NM', 'NV', 'NY', 'OH', 'OK', 'OR',
    'PA', 'PR', 'RI', 'SC', 'SD', 'TN', 'TX', 'UT', 'VA', 'VT', 'WA', 'WI', 'WV', 'WY'
  ]));

-- name: parcel_addresses
-- Purpose: the address of every parcel in its standard form: the roll's where it is on the roll, else the
-- property's own.
CREATE TEMPORARY TABLE parcel_addresses ON COMMIT DROP AS
WITH published AS (
  SELECT parcel_id, address, city, zip_code, location, true AS on_roll
  FROM parcels
  WHERE market = :market AND is_listed
  UNION ALL
  SELECT parcel_id, address, city, zip_code, location, false
  FROM properties AS property
  WHERE market = :market AND is_active
    AND NOT EXISTS (
      SELECT FROM parcels AS parcel
      WHERE parcel.market = :market AND parcel.parcel_id = property.parcel_id AND parcel.is_listed
    )
)
SELECT
  published.parcel_id, published.on_roll, standard.house_number,
  coalesce(substring(standard.house_number FROM '^\d+'), standard.house_number) AS digits,
  standard.street, standard.predirection, standard.street_name, standard.suffix, standard.postdirection, standard.unit,
  wholesaler_city(published.city) AS city, wholesaler_zip_code(published.zip_code) AS zip_code, published.location
FROM published
JOIN standard_addresses AS standard ON standard.market = :market AND standard.address = published.address
WHERE standard.house_number IS NOT NULL;
