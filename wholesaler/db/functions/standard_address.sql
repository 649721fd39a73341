-- An address as published to the parts that are compared: '12 N Main St., # A' -> '12', NORTH, 'MAIN', STREET, null,
-- 'NORTH MAIN STREET', 'A'. Two addresses are one where house number, street and unit are the same.
--
-- For one address; stages/properties/addresses.sql does the same for many, with each street's and unit's text once. No
-- row for what cannot be read, since it would make two addresses one. No state writes addresses in a way of its own:
-- state is of no use. A migration installs this text, frozen; a test compares the newest copy with this file.
CREATE OR REPLACE FUNCTION wholesaler_standard_address(address text, state text)
RETURNS TABLE (
  house_number text, predirection text, street_name text, suffix text, postdirection text, street text, unit text
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT
    parts.house_number, street.predirection, street.street_name, street.suffix, street.postdirection, street.street,
    inside.unit
  FROM wholesaler_address_parts(address) AS parts
  CROSS JOIN LATERAL wholesaler_standard_street(parts.street) AS street
  CROSS JOIN LATERAL (SELECT wholesaler_standard_unit(parts.unit) AS unit OFFSET 0) AS inside
  WHERE parts.unit IS NULL OR inside.unit IS NOT NULL
$$
