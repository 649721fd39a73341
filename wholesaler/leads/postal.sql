-- name: standard_parts
-- Purpose: the parts of addresses in their standard form: those that are known as they are kept, others read now.
WITH written AS MATERIALIZED (
  SELECT address FROM unnest(CAST(:addresses AS text[])) AS written (address)
), known AS MATERIALIZED (
  SELECT
    standard.address, standard.house_number, standard.predirection, standard.street_name, standard.suffix,
    standard.postdirection, standard.street, standard.unit
  FROM written
  JOIN standard_addresses AS standard ON standard.market = :market AND standard.address = written.address
)
SELECT * FROM known
UNION ALL
SELECT
  written.address, standard.house_number, standard.predirection, standard.street_name, standard.suffix,
  standard.postdirection, standard.street, standard.unit
FROM written
CROSS JOIN LATERAL wholesaler_standard_address(written.address, :state) AS standard
WHERE NOT EXISTS (SELECT FROM known WHERE known.address = written.address);
