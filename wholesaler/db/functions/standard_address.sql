-- An address as published to the parts that are compared: house number, street with USPS words in full, unit without
-- designator and punctuation. '12 N Main St., # A' -> ('12', 'NORTH MAIN STREET', 'A').
--
-- No row for what cannot be compared: without a house number or street name, or where a part would be lost on the way,
-- since that would make two addresses one.
--
-- ASCII, since not every database can hold more. A migration installs this text, frozen; a test compares the newest
-- copy with this file (tests/db/test_standard_address.py).
CREATE OR REPLACE FUNCTION wholesaler_standard_address(address text, state text)
RETURNS TABLE (house_number text, street text, unit text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT
    part.house_num,
    CASE
      -- words that the standardiser takes for others come back: 'PINE SPRING' -> 'PINE SPRINGS' where that is
      -- published; in the order of what it costs, since most names are one word
      WHEN (part.name LIKE '% %' OR part.pretype IS NOT NULL OR part.suftype IN (
        'AIRPORT', 'BRIDGE', 'COMMONS', 'ESTATES', 'EXPRESSWAY', 'FORT', 'FRONT', 'HEIGHTS', 'LAKE', 'LANDING',
        'MANOR', 'MILE', 'MOUNTAIN', 'PAVILLION', 'PLAINS', 'SPRING', 'TOWERS', 'TRAIL', 'TURNPIKE'
      ) OR part.name IN (
        'AIRPORT', 'BRIDGE', 'COMMONS', 'ESTATES', 'EXPRESSWAY', 'FORT', 'FRONT', 'HEIGHTS', 'LAKE', 'LANDING',
        'MANOR', 'MILE', 'MOUNTAIN', 'PAVILLION', 'PLAINS', 'SPRING', 'TOWERS', 'TRAIL', 'TURNPIKE'
      )) AND separated.street LIKE ANY (ARRAY[
        '% AFLD%', '% AIR%', '% APRK%', '% BRIDGES%', '% COM%N%', '% EST%', '% EXPRESS%', '% FORTS%', '% FRONTAGE%',
        '% HEIGHT%', '% LAKES%', '% LAND%', '% LKS%', '% MANORS%', '% MILES%', '% MNRS%', '% MOUNTAINS%', '% MTNS%',
        '% PAVIL%', '% PLAIN%', '% PLN%', '% SPGS%', '% SPRINGS%', '% TOWER%', '% TRAILS%', '% TURN%', '% TWR%'
      ]) THEN (
        SELECT regexp_replace(
          string_agg(coalesce(own.word, standard.word), ' ' ORDER BY standard.place, own.word),
          'J$', CASE WHEN parsed.building ~ 'J$' OR parsed.unit ~ 'J$' THEN 'J' ELSE coalesce(last.word, 'J') END)
        FROM regexp_split_to_table(parsed.street, ' ') WITH ORDINALITY AS standard (word, place)
        LEFT JOIN (
          unnest(string_to_array(translate(separated.street, '.,', '  '), ' ')) AS written (word) JOIN (VALUES
          ('AFLD', 'AIRPORT', 'AIRFIELD'), ('AIRFIELD', 'AIRPORT', 'AIRFIELD'), ('AIRPARK', 'AIRPORT', 'AIRPARK'),
          ('AIRSTRIP', 'AIRPORT', 'AIRSTRIP'), ('AIRSTRP', 'AIRPORT', 'AIRSTRIP'), ('APRK', 'AIRPORT', 'AIRPARK'),
          ('BRIDGES', 'BRIDGE', 'BRIDGES'), ('COMMON', 'COMMONS', 'COMMON'), ('COMN', 'COMMONS', 'COMMON'),
          ('EST', 'ESTATES', 'ESTATE'), ('ESTATE', 'ESTATES', 'ESTATE'), ('EXPRESS', 'EXPRESSWAY', 'EXPRESS'),
          ('FORTS', 'FORT', 'FORTS'), ('FRONTAGE', 'FRONT', 'FRONTAGE'), ('HEIGHT', 'HEIGHTS', 'HEIGHT'),
          ('LAKES', 'LAKE', 'LAKES'), ('LAND', 'LANDING', 'LAND'), ('LANDINGS', 'LANDING', 'LANDINGS'),
          ('LKS', 'LAKE', 'LAKES'), ('MANORS', 'MANOR', 'MANORS'), ('MILES', 'MILE', 'MILES'),
          ('MNRS', 'MANOR', 'MANORS'), ('MOUNTAINS', 'MOUNTAIN', 'MOUNTAINS'), ('MTNS', 'MOUNTAIN', 'MOUNTAINS'),
          ('PAVILIONS', 'PAVILLION', 'PAVILIONS'), ('PAVILLIONS', 'PAVILLION', 'PAVILIONS'),
          ('PLAIN', 'PLAINS', 'PLAIN'), ('PLN', 'PLAINS', 'PLAIN'), ('SPGS', 'SPRING', 'SPRINGS'),
          ('SPRINGS', 'SPRING', 'SPRINGS'), ('TOWER', 'TOWERS', 'TOWER'), ('TRAILS', 'TRAIL', 'TRAILS'),
          ('TURN', 'TURNPIKE', 'TURN'), ('TWR', 'TOWERS', 'TOWER')
          ) AS own (written, standard, word) ON own.written = written.word
        ) ON own.standard = standard.word
      )
      -- and the word that J stands for: 'AVENUE J' -> 'AVENUE D'
      WHEN last.word IS NOT NULL AND (parsed.building ~ 'J$' OR parsed.unit ~ 'J$') IS NOT TRUE
      THEN regexp_replace(parsed.street, 'J$', last.word)
      ELSE parsed.street END,
    -- 3-A, 3 A and 3A are one unit; between two numbers the gap stays, since 3-12 is not 31-2
    regexp_replace(
      nullif(concat_ws(' ',
        regexp_replace(parsed.building, 'J$', coalesce(last.word, 'J')),
        separated.unit,
        regexp_replace(parsed.unit, 'J$', coalesce(last.word, 'J'))), ''),
      '^(\d+) ([A-Z])$|^([A-Z]) (\d+)$', '\1\2\3\4')
  FROM (
    -- 1. Typography to its letters: the fraction of '12{half} MAIN' apart, zero-width spaces away, curly quotes
    -- straight. The standardiser passes over what is not ASCII, so that 12 and a half would be 12; most addresses have
    -- nothing of the kind.
    SELECT CASE
      WHEN address !~ '[^\x01-\x7F]' THEN address
      WHEN getdatabaseencoding() = 'UTF8' THEN
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
          normalize(address, NFC),
          '[\u00AD\u200B-\u200F\u2060\uFEFF]', '', 'g'),
          '[\u00A0\u2000-\u200A\u202F\u205F\u3000]', ' ', 'g'),
          '[\u00B4\u02BC\u2018\u2019\u2032]', '''', 'g'),
          '[\u201C\u201D\u2033]', '"', 'g'),
          '[\u2010-\u2015\u2212]', '-', 'g'),
          '([\u00BC-\u00BE\u2150-\u215E])', ' \1 ', 'g')
    END AS address
    OFFSET 0
  ) AS typed
  CROSS JOIN LATERAL (
    -- 2. ASCII. 'CAF{e acute}' -> 'CAFE', full-width digits -> '12', '{half}' -> '1/2'; none for what has no such form
    -- (superscripts, circled digits, other scripts), nor for a letter by itself, which may be told from another by
    -- nothing but its accent ('AVENUE {n tilde}').
    SELECT CASE
      WHEN typed.address !~ '[^\x01-\x7F]' THEN typed.address
      WHEN typed.address !~ '[^\x01-\x7F\u00BC-\u00BE\u00C0-\u024F\u0300-\u036F\u1E00-\u1EFF\u2150-\u215E\uFF01-\uFF5E]'
        AND typed.address !~ '(?<![[:alnum:]])[\u00C0-\u024F\u1E00-\u1EFF](?![[:alnum:]])'
      THEN nullif(regexp_replace(regexp_replace(
        normalize(typed.address, NFKD), '[\u0300-\u036F]', '', 'g'), '\u2044', '/', 'g'), '')
    END AS address
    OFFSET 0
  ) AS folded
  CROSS JOIN LATERAL (
    -- 3. Capitals and single spaces. ' 12  n Main st ' -> '12 N MAIN ST'
    -- The standardiser takes four times as long for each further word of some addresses: eleven are enough, and twelve
    -- have 23 characters at least.
    SELECT CASE
      WHEN folded.address ~ '[^\x01-\x7F]' THEN NULL
      WHEN length(folded.address) < 23 OR folded.address !~ '([[:alnum:]]+[^[:alnum:]]+){11}[[:alnum:]]'
      THEN btrim(regexp_replace(upper(folded.address), '\s\s+|[\t\n\v\f\r]', ' ', 'g'))
    END AS address
    OFFSET 0
  ) AS spaced
  CROSS JOIN LATERAL (
    -- 4. A unit behind a designator. '12 MAIN ST APT 3-A' -> 'APT 3-A'
    -- The standardiser drops letters of units that it knows as little words, and takes others for directions and types:
    -- a number or letter behind a designator is kept from it. Only behind a street: STE MARIE ST is one.
    SELECT CASE WHEN spaced.address LIKE ANY (ARRAY[
      '%#%', '%APARTMENT%', '%APT%', '%UNIT%', '%SUITE%', '%STE%', '%LOT%', '%TRAILER%', '%TRLR%'
    ]) THEN substring(
      substr(spaced.address, length(substring(spaced.address FROM '^\d\S* [[:alnum:]]+')) + 1)
      FROM '(?:#[^[:alnum:]]*(?=[A-Z]{1,2}\M|[A-Z]*\d)'
        '|\m(?:APARTMENT|APT|UNIT|SUITE|STE|LOT|TRAILER|TRLR)(?![A-Z])[^[:alnum:]]*(?:(?:NO|NUMBER)[^[:alnum:]]+)?'
        '(?=[A-Z]\M|[A-Z]*\d))'
        '(?!PH)[A-Z\d]+(?:[^[:alnum:]]+(?:[A-Z]*\d[A-Z\d]*|[A-Z])\M)*'
    ) END AS words
    OFFSET 0
  ) AS designated
  CROSS JOIN LATERAL (
    -- 5. Unit and street apart. 'APT NO 3-A' -> '3 A', and '12 MAIN ST'; '5-1/2' -> '5 1/2', which is not '5-1-2'
    -- The standardiser reads leftovers of the address before where one ends in punctuation. Spelled out, it takes
    -- TERRACE for a unit behind GLEN or HEIGHTS.
    SELECT
      regexp_replace(regexp_replace(designated.words,
        '^(?:#|[A-Z]+)[^[:alnum:]]*(?:(?:NO|NUMBER)[^[:alnum:]]+)?', ''),
        '(?:[^[:alnum:]/]|(?<!\d)/|/(?!\d))+', ' ', 'g') AS unit,
      rtrim(
        CASE WHEN spaced.address LIKE '%TERRACE%' THEN regexp_replace(bare.address, '\mTERRACE\M', 'TER', 'g')
          ELSE bare.address END,
        ' !"#$%&''()*+,-./:;<=>?@[\]^_`{|}~') AS street
    FROM (
      SELECT CASE WHEN designated.words IS NULL THEN spaced.address
        ELSE replace(spaced.address, designated.words, ' ') END AS address
    ) AS bare
    OFFSET 0
  ) AS separated
  CROSS JOIN LATERAL (
    -- 6. A little word at the end. '12 AVENUE D' -> 'D'
    -- The standardiser drops these as well, or reads A as ALTERNATE: a letter that means nothing, J, stands for them.
    SELECT substring(right(separated.street, 7) FROM
      '[^A-Z](A|AT|AU|D|DE|DEL|DES|DI|DU|EL|ET|LA|LAS|LE|LES|LOS|NO|NUMBER|O|OF|ON|THE)$') AS word
    OFFSET 0
  ) AS last
  -- 7. The parts. '12 N AVENUE J' -> house_num 12, predir NORTH, pretype AVENUE, name J
  CROSS JOIN LATERAL standardize_address('us_lex', 'us_gaz', 'us_rules',
    CASE WHEN last.word IS NULL THEN separated.street
      ELSE left(separated.street, -length(last.word)) || 'J' END, state) AS part
  CROSS JOIN LATERAL (
    -- 8. One street, and a unit without its designator. 'NORTH', 'AVENUE', 'J' -> 'NORTH AVENUE J'; 'FLOOR 2' -> '2'
    SELECT
      part.building,
      nullif(concat_ws(' ', part.predir, part.qual, part.pretype,
        -- 'E ST' is one of the streets A to Z, 'EAST ST' is not
        CASE WHEN part.name IN ('NORTH', 'SOUTH', 'EAST', 'WEST') THEN (
          SELECT CASE WHEN min(place) FILTER (WHERE word = left(part.name, 1))
            < coalesce(min(place) FILTER (WHERE word = part.name), 99) THEN left(part.name, 1) ELSE part.name END
          FROM regexp_split_to_table(separated.street, '[^[:alnum:]]+') WITH ORDINALITY AS written (word, place)
        ) ELSE part.name END,
        part.suftype, part.sufdir), '') AS street,
      nullif(regexp_replace(
        part.unit, '^(#|APARTMENT|APT|UNIT|SUITE|STE|ROOM|RM|FLOOR|LOT|TRAILER)[ #]*', ''), '') AS unit
    OFFSET 0
  ) AS parsed
  WHERE part.house_num IS NOT NULL AND part.name IS NOT NULL
    -- 9. 0 and 99999 are how rolls write land without a number: '0 OAK ST' is every lot of Oak Street. 9999 is a number
    -- that houses have.
    AND (left(part.house_num, 1) NOT IN ('0', '9') OR part.house_num !~ '^(0+|9{5,})(?!\d)')
    -- 10. Whatever else is lost on the way would make two addresses one: better none at all. 'PO BOX 3', 'UNIT',
    -- 'E EAST ST', '12-14 E ST'
    AND part.box IS NULL AND part.ruralroute IS NULL AND left(part.name, 2) NOT IN ('1/', '3/', '5/', '7/')
    AND part.predir IS DISTINCT FROM part.name
    AND (part.unit IS NULL OR parsed.unit IS NOT NULL OR separated.unit IS NOT NULL)
    AND (separated.street NOT LIKE '%-%' OR part.name !~ '^\d+ (NORTH|SOUTH|EAST|WEST)$')
    AND (part.building IS NULL
      OR part.building NOT LIKE '%AIRPORT%' AND length(regexp_replace(separated.street, '\D', '', 'g'))
        <= length(regexp_replace(concat(part.house_num, parsed.street, parsed.building, parsed.unit), '\D', '', 'g')))
    AND (last.word IS NULL OR parsed.building ~ 'J$' OR parsed.unit ~ 'J$' OR parsed.street ~ 'J$')
$$
