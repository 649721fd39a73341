-- A city as published to the form that is compared: capitals, no punctuation, SAINT, FORT and MOUNT in full. Null for
-- none: rolls write UNINCORPORATED where there is none.
--
-- One expression, and nothing in it that is only stable (as concat is), so that the planner puts it in place. A
-- migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_city(written text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN upper(written) LIKE 'UNINC%' THEN NULL
    WHEN upper(written) LIKE ANY (ARRAY['ST%', 'FT%', 'MT%', ' %']) OR upper(written) ~ '[^A-Z ]|  '
      THEN nullif(ltrim(replace(replace(replace(
        '^' || btrim(regexp_replace(upper(written), '[^[:alnum:]]+', ' ', 'g')),
        '^ST ', 'SAINT '), '^FT ', 'FORT '), '^MT ', 'MOUNT '), '^'), '')
    ELSE nullif(upper(written), '')
  END
$$
