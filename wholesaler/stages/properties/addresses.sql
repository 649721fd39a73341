-- name: standardise
-- Purpose: every address is standardised once, when it is first seen; {table} is a temporary table that holds some.
INSERT INTO standard_addresses (market, address, house_number, street, unit)
SELECT :market, written.address, standard.house_number, standard.street, standard.unit
FROM (
  SELECT DISTINCT address
  FROM {table} AS given
  WHERE address IS NOT NULL AND NOT EXISTS (
    SELECT FROM standard_addresses AS known WHERE known.market = :market AND known.address = given.address
  )
) AS written
LEFT JOIN LATERAL wholesaler_standard_address(written.address, :state) AS standard ON true;
