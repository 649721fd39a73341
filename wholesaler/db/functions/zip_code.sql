-- A ZIP as published to its five digits: '1234' -> '01234', since numbers lose their zeros; '32801-1234', '328011234'
-- and '32801.0' -> '32801', '10011234' -> '01001'. Null for none, for one that nobody has, and for what is no ZIP.
--
-- One expression, so that the planner puts it in place. A migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_zip_code(written text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN written ~ '^[0-9]{5}$' THEN nullif(nullif(written, '00000'), '99999')
    WHEN written ~ '^\s*[0-9]{3,5}(\.0*)?(\D.*)?$'
      THEN nullif(nullif(lpad(substring(written FROM '[0-9]+'), 5, '0'), '00000'), '99999')
    WHEN written ~ '^\s*[0-9]{7,9}(\.0*)?\s*$'
      THEN nullif(nullif(left(lpad(substring(written FROM '[0-9]+'), 9, '0'), 5), '00000'), '99999')
  END
$$
