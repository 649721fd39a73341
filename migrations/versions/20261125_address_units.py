"""Tell units apart that the address standardiser takes for one: ``# A`` and ``# D``, ``APT 3-A`` and ``APT 3-D``.

Rows changed: the properties whose standard address is another now, and merges that rest on units that are different.
"""

from alembic import op

revision = "20261125_address_units"
down_revision = "20261123_initial"
branch_labels = None
depends_on = None


#: An address as published, to the parts that are compared: USPS words in full, unit without designator and punctuation.
STANDARD_ADDRESS = r"""
CREATE OR REPLACE FUNCTION wholesaler_standard_address(address text, state text)
RETURNS TABLE (house_number text, street text, unit text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT
    part.house_num,
    CASE WHEN last.word IS NULL OR found.building ~ 'J$' OR found.unit ~ 'J$' THEN found.street
      ELSE regexp_replace(found.street, 'J$', last.word) END,
    -- 3-A, 3 A and 3A are one unit; between two numbers the gap stays, since 3-12 is not 31-2
    regexp_replace(
      nullif(concat_ws(' ',
        regexp_replace(found.building, 'J$', coalesce(last.word, 'J')),
        apart.unit,
        regexp_replace(found.unit, 'J$', coalesce(last.word, 'J'))), ''),
      '^(\d+) ([A-Z])$|^([A-Z]) (\d+)$', '\1\2\3\4')
  FROM (
    -- The standardiser takes four times as long for each further word of some addresses: eleven are enough, and twelve
    -- have 23 characters at least.
    SELECT CASE WHEN length(address) < 23 OR address !~ '([[:alnum:]]+[^[:alnum:]]+){11}[[:alnum:]]' THEN
      btrim(regexp_replace(upper(address), '\s\s+|[\t\n\v\f\r]', ' ', 'g')) END AS address
    OFFSET 0
  ) AS written
  CROSS JOIN LATERAL (
    -- The standardiser drops letters of units that it knows as little words, and takes others for directions and types:
    -- a number or letter behind a designator is kept from it. Only behind a street: STE MARIE ST is one.
    SELECT CASE WHEN written.address LIKE ANY (ARRAY[
      '%#%', '%APARTMENT%', '%APT%', '%UNIT%', '%SUITE%', '%STE%', '%LOT%', '%TRAILER%', '%TRLR%'
    ]) THEN substring(
      substr(written.address, length(substring(written.address FROM '^\d\S* [[:alnum:]]+')) + 1)
      FROM '(?:#[^[:alnum:]]*(?=[A-Z]{1,2}\M|[A-Z]*\d)'
        '|\m(?:APARTMENT|APT|UNIT|SUITE|STE|LOT|TRAILER|TRLR)(?![A-Z])[^[:alnum:]]*(?:(?:NO|NUMBER)[^[:alnum:]]+)?'
        '(?=[A-Z]\M|[A-Z]*\d))'
        '(?!PH)[A-Z\d]+(?:[^[:alnum:]]+(?:[A-Z]*\d[A-Z\d]*|[A-Z])\M)*'
    ) END AS words
    OFFSET 0
  ) AS designated
  CROSS JOIN LATERAL (
    -- The standardiser reads leftovers of the address before where one ends in punctuation. Spelled out, it takes
    -- TERRACE for a unit behind GLEN or HEIGHTS.
    SELECT
      regexp_replace(regexp_replace(designated.words,
        '^(?:#|[A-Z]+)[^[:alnum:]]*(?:(?:NO|NUMBER)[^[:alnum:]]+)?', ''), '[^[:alnum:]]+', ' ', 'g') AS unit,
      regexp_replace(regexp_replace(
        CASE WHEN designated.words IS NULL THEN written.address
          ELSE replace(written.address, designated.words, ' ') END,
        '[^[:alnum:]]+$', ''), '\mTERRACE\M', 'TER', 'g') AS street
    OFFSET 0
  ) AS apart
  CROSS JOIN LATERAL (
    -- Little words at the end are dropped as well, or A read as ALTERNATE: a letter that means nothing stands for them.
    SELECT substring(right(apart.street, 7) FROM
      '[^A-Z](A|AT|AU|D|DE|DEL|DES|DI|DU|EL|ET|LA|LAS|LE|LES|LOS|NO|NUMBER|O|OF|ON|THE)$') AS word
    OFFSET 0
  ) AS last
  CROSS JOIN LATERAL standardize_address('us_lex', 'us_gaz', 'us_rules',
    CASE WHEN last.word IS NULL THEN apart.street ELSE left(apart.street, -length(last.word)) || 'J' END, state) AS part
  CROSS JOIN LATERAL (
    SELECT
      part.building,
      nullif(concat_ws(' ', part.predir, part.qual, part.pretype, part.name, part.suftype, part.sufdir), '') AS street,
      nullif(regexp_replace(
        part.unit, '^(#|APARTMENT|APT|UNIT|SUITE|STE|ROOM|RM|FLOOR|LOT|TRAILER)[ #]*', ''), '') AS unit
    OFFSET 0
  ) AS found
  WHERE part.house_num IS NOT NULL AND part.name IS NOT NULL
    -- Whatever else is lost on the way would make two addresses one: better none at all.
    AND part.box IS NULL AND part.ruralroute IS NULL
    AND (part.unit IS NULL OR found.unit IS NOT NULL OR apart.unit IS NOT NULL)
    AND (part.building IS NULL
      OR length(regexp_replace(apart.street, '\D', '', 'g'))
        <= length(regexp_replace(concat(part.house_num, found.street, found.building, found.unit), '\D', '', 'g')))
    AND (last.word IS NULL OR found.building ~ 'J$' OR found.unit ~ 'J$' OR found.street ~ 'J$')
$$
"""

#: As the first migration made it.
FORMER_STANDARD_ADDRESS = r"""
CREATE OR REPLACE FUNCTION wholesaler_standard_address(address text, state text)
RETURNS TABLE (house_number text, street text, unit text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT
    part.house_num,
    nullif(concat_ws(' ', part.predir, part.qual, part.pretype, part.name, part.suftype, part.sufdir), ''),
    nullif(concat_ws(' ', part.building, regexp_replace(
      part.unit, '^(#|APARTMENT|APT|UNIT|SUITE|STE|ROOM|RM|FLOOR|LOT|TRAILER)[ #]*', '')), '')
  FROM standardize_address('us_lex', 'us_gaz', 'us_rules',
    -- The standardiser takes four times as long for each further word of some addresses, and reads leftovers of the
    -- address before where one ends in punctuation. Spelled out, it takes TERRACE for a unit behind GLEN or HEIGHTS.
    CASE WHEN cardinality(regexp_split_to_array(btrim(address), '[^[:alnum:]]+')) <= 11 THEN
      regexp_replace(upper(regexp_replace(regexp_replace(address, '[^[:alnum:]]+$', ''), '\s+', ' ', 'g')),
        '\mTERRACE\M', 'TER', 'g')
    END, state) AS part
  WHERE part.house_num IS NOT NULL AND part.name IS NOT NULL
$$
"""

# enrich standardises an address again only when it is published otherwise, so what the function makes of the others
# now is stored here. The state is nothing to the parts that are kept.
STANDARDISE_ANEW = """
UPDATE properties AS property
SET house_number = standard.house_number, street = standard.street, unit = standard.unit, updated_at = now()
FROM properties AS published
LEFT JOIN LATERAL wholesaler_standard_address(published.address, '') AS standard ON true
WHERE property.market = published.market AND property.id = published.id AND published.address IS NOT NULL
  AND (property.house_number, property.street, property.unit)
    IS DISTINCT FROM (standard.house_number, standard.street, standard.unit)
"""

# Merges are looked at again only when the roll lists the number. The next ingest or dedupe points the records back to
# the property of their number, which makes it active.
SEPARATE_UNITS = """
UPDATE properties AS merged
SET merged_into = NULL, merge_evidence = NULL, updated_at = now()
FROM property_records AS roll
LEFT JOIN LATERAL wholesaler_standard_address(roll.address, '') AS standard ON true
WHERE merged.merged_into IS NOT NULL AND roll.is_active
  AND roll.market = merged.market AND roll.parcel_id = merged.merge_evidence ->> 'merged_into'
  AND (merged.house_number, merged.street, merged.unit)
    IS DISTINCT FROM (standard.house_number, standard.street, standard.unit)
"""


def upgrade() -> None:
    """Go one step forward."""
    _execute(STANDARD_ADDRESS)
    _execute(STANDARDISE_ANEW)
    _execute(SEPARATE_UNITS)


def downgrade() -> None:
    """Go one step back."""
    _execute(FORMER_STANDARD_ADDRESS)
    _execute(STANDARDISE_ANEW)


def _execute(statement: str) -> None:
    """A colon in a regular expression is no parameter's."""
    op.execute(statement.replace(":", r"\:"))
