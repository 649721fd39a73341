-- An address as published to three texts: its house number, what it says of the street, and what it says of the unit
-- (null for nothing). '0012 N.W. Main St., # A, Orlando, FL 32801' -> '12', 'NW MAIN ST', '# A'. What street and unit
-- mean is found out once for each distinct text (wholesaler_standard_street, wholesaler_standard_unit).
--
-- No row for what has no house number, names two, or holds what nobody writes in an address. ASCII, since not every
-- database can hold more. A migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_address_parts(address text)
RETURNS TABLE (house_number text, street text, unit text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT numbered.house_number, parted.street, parted.unit
  FROM (
    -- 1. Typography to its letters: the fraction of '12{half} MAIN' apart, zero-width spaces away, curly quotes
    -- straight. Most addresses have nothing of the kind. None is longer than 200 characters.
    SELECT CASE
      WHEN length(address) > 1000 THEN NULL
      WHEN octet_length(address) = length(address) THEN address
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
    -- 2. ASCII, in capitals. 'Caf{e acute}' -> 'CAFE', full-width digits -> '12', '{half}' -> '1/2'; none for what has
    -- no such form (superscripts, circled digits, other scripts), nor for a letter by itself, which may be told from
    -- another by nothing but its accent ('AVENUE {n tilde}').
    SELECT upper(CASE
      WHEN octet_length(typed.address) = length(typed.address) THEN typed.address
      WHEN typed.address !~ '[^\x01-\x7F\u00BC-\u00BE\u00C0-\u024F\u0300-\u036F\u1E00-\u1EFF\u2150-\u215E\uFF01-\uFF5E]'
        AND typed.address !~ '(?<![[:alnum:]])[\u00C0-\u024F\u1E00-\u1EFF](?![[:alnum:]])'
      THEN regexp_replace(regexp_replace(
        normalize(typed.address, NFKD), '[\u0300-\u036F]', '', 'g'), '\u2044', '/', 'g')
    END) AS address
    OFFSET 0
  ) AS folded
  CROSS JOIN LATERAL (
    -- 3. Whether there is more than capitals, digits and single spaces: most have that alone, or one # besides.
    SELECT folded.address ~ '[^A-Z0-9 ]|  |^ | $' AS is_rough
    OFFSET 0
  ) AS looks
  CROSS JOIN LATERAL (
    -- 4. Lines and clauses apart, what closes an address away, letters with dots together.
    -- '12 N.W. Main St;' -> '12 NW MAIN ST'. None for two numbers with a comma, two grid addresses, and what is no
    -- address: '=1+1'
    SELECT CASE
      WHEN NOT looks.is_rough THEN folded.address
      WHEN folded.address ~ '[^ -~\t\n\v\f\r]|[%$=+@<>?\\^|~{}!].*\w|\d\.\d|^\W*\d+[A-Z]?[ ]*,[ ]*\d'
        '|[,;][ ]*[NSEW]\d+ ?[NSEW]\d' THEN NULL
      ELSE (
        SELECT CASE WHEN dotted.address LIKE '%.%'
          THEN regexp_replace(dotted.address, '(?<=\m[A-Z])\.(?=[A-Z]\M)', '', 'g') ELSE dotted.address END
        FROM (
          SELECT CASE WHEN clauses.address LIKE '%,%'
            THEN regexp_replace(clauses.address, '(?<=^\d+[A-Z]?) *,+ *|,(?= *JR\M)', ' ')
            ELSE clauses.address END AS address
          FROM (
            SELECT rtrim(ltrim(translate(folded.address, E';\n\r\t\v\f', ',,,   '), ' ,.'''),
              ' !"$%&''()*+,-./:;<=>?@[\]^_`{|}~') AS address
          ) AS clauses
        ) AS dotted
      )
    END AS address
    OFFSET 0
  ) AS lines
  CROSS JOIN LATERAL (
    -- 5. City, state and ZIP away: from the first clause on that is neither unit, direction nor type of street; without
    -- commas, what stands between a type of street and a state. '12 MAIN ST, APT 3, ORLANDO, FL 32801' -> '12 MAIN ST
    -- APT 3'
    SELECT CASE WHEN lines.address LIKE '%,%' OR ends.has_state THEN coalesce(
      (regexp_match(CASE WHEN ends.has_state THEN lines.address END,
        -- the type stands behind a word that is no direction: ST CHARLES AVE is one street, and ST PETERSBURG a city
        '^(\S+ (?:(?:[NSEW]|N[EW]|S[EW]|NORTH|SOUTH|EAST|WEST|(?:NORTH|SOUTH)(?:EAST|WEST)) )?'
        '(?!(?:[NSEW]|N[EW]|S[EW]|NORTH|SOUTH|EAST|WEST) )(?:[^ ,]+ )+'
        '(?<! (?:ST|STREET|AVE|AVENUE|DR|DRIVE|RD|ROAD|LN|LANE|CT|COURT|BLVD|WAY) )'
        '(?:ST|STR|STRT|STRET|STREET|AV|AVE|AVEN|AVENU|AVN|AVNUE|AVENUE|DR|DRV|DRIV|DV|DRIVE|RD|ROAD|LN|LA|LANE|CT|CRT'
        '|COURT|CI|CIR|CIRC|CIRCL|CRCL|CRCLE|CIRCLE|BLVD|BL|BLV|BVD|BOUL|BOULV|BOULEVARD|PKWY|PKY|PKWAY|PWY|PARKWAY|HWY'
        '|HIGHWY|HIWAY|HWAY|HIGHWAY|WAY|WY|PL|PLC|PLACE|TER|TERR|TERRC|TERRACE|TRL|TRAIL|LOOP|LP|SQ|SQR|SQUARE|CV'
        '|COVE)\.?(?: (?:[NSEW]|N[EW]|S[EW]|NORTH|SOUTH|EAST|WEST|(?:NORTH|SOUTH)(?:EAST|WEST)))?'
        '(?: (?:#|APT|UNIT|STE|BLDG|FL)\.? ?(?:[A-Z]?\d+[A-Z]?|[A-Z])){0,2})'
        '(?: (?:(?:ST|FT|MT|EL|LA|LAS|LOS|SAN|NEW|DES|PORT)\.? )?[A-Z]{4,}(?: (?:[A-Z]{4,}|BAY|KEY|OAK)){0,2},? *'
        '(?:AR|AZ|CA|FL|GA|IA|IL|KS|KY|MA|MD|MI|MN|MO|MS|NC|NH|NJ|NM|NV|NY|OH|PA|RI|SC|TN|TX|UT|VA|WA|WI|WV)'
        '(?:,? *\d{5}(?:-\d{4})?)?)$'))[1],
      CASE WHEN lines.address LIKE '%,%' THEN replace(regexp_replace(lines.address,
        ',(?!\s*(?:'
        '|#[^,]*'
        '|(?!\d{5}(?:-\d{4})?\s*(?:,|$))\d[^,]*'
        '|(?:APT|APARTMENT|UNIT|SUITE|STE)\M[^,]*'
        '|(?:BLDG|BUILDING|FL|FLR|FLOOR|LOT|NO|PH|ROOM|RM|SLIP|SPACE|SPC|TOWER|TRAILER|TRLR)[ .#]*'
          '(?:[A-Z]?\d{1,4}[A-Z]?|[A-Z])(?:[ -][^,]*)?'
        '|(?:REAR|FRONT|FRNT|UPPER|UPPR|LOWER|LOWR|BASEMENT|BSMT|PENTHOUSE|PH|LOBBY|OFFICE)(?: [^,]*)?'
        '|(?:FIRST|SECOND|THIRD) (?:FL|FLR|FLOOR)'
        '|[A-Z]|N\.?[EW]\.?|S\.?[EW]\.?|NORTH|SOUTH|EAST|WEST|NORTHEAST|NORTHWEST|SOUTHEAST|SOUTHWEST'
        '|(?:ST|STREET|AVE|AVENUE|DR|DRIVE|RD|ROAD|LN|LANE|CT|COURT|CIR|CIRCLE|BLVD|WAY|PL|PLACE|TER|TERRACE)\.?'
        ')\s*(?:,|$)).*$', ''), ',', '  ') END,
      lines.address)
    ELSE lines.address END AS address
    FROM (
      SELECT right(lines.address, 3) IN (
          ' AR', ' AZ', ' CA', ' FL', ' GA', ' IA', ' IL', ' KS', ' KY', ' MA', ' MD', ' MI', ' MN', ' MO', ' MS',
          ' NC', ' NH', ' NJ', ' NM', ' NV', ' NY', ' OH', ' PA', ' RI', ' SC', ' TN', ' TX', ' UT', ' VA', ' WA',
          ' WI', ' WV')
        OR ascii(right(lines.address, 1)) BETWEEN 48 AND 57
          AND lines.address ~ '[ ,][A-Z]{2},? *\d{5}(?:-\d{4})?$' AS has_state
    ) AS ends
    OFFSET 0
  ) AS bare
  CROSS JOIN LATERAL (
    -- 6. Punctuation to what it means: # stands alone, '3-A' -> '3A', "O'BRIEN" -> 'OBRIEN'; a hyphen between numbers,
    -- the slash of a fraction and & stay for now.
    SELECT CASE
      WHEN NOT looks.is_rough THEN bare.address
      ELSE (
        SELECT btrim(regexp_replace(
          CASE WHEN marked.address LIKE '%-%' THEN regexp_replace(regexp_replace(marked.address,
            '(?<=\m[A-Z])-(?=\d+\M)|(?<=\d)-(?=[A-Z]\M)', '', 'g'), '(?<!\d)-|-(?!\d)', ' ', 'g')
          ELSE marked.address END,
          ' {2,}', ' ', 'g'))
        FROM (
          SELECT replace(replace(translate(
            CASE WHEN bare.address LIKE ANY (ARRAY['% - %', '% TO %', '% THRU %'])
              THEN regexp_replace(bare.address, '(?<=\d)\s+(?:-|TO|THRU)\s+(?=\d)', '-') ELSE bare.address END,
            '."()*_:[]''`', '         '), '#', ' # '), '&', ' & ') AS address
        ) AS marked
      )
    END AS address
    OFFSET 0
  ) AS plain
  CROSS JOIN LATERAL (
    -- 7. The first word, where it is a plain number and the street begins with a letter; and what stands behind.
    SELECT
      split_part(plain.address, ' ', 1) AS word,
      substr(plain.address, strpos(plain.address || ' ', ' ') + 1) AS remainder
    OFFSET 0
  ) AS first
  CROSS JOIN LATERAL (
    -- 8. Otherwise the number in its other forms, behind a unit that was written first: '123 1/2', '123-1/2', '123A',
    -- '0123', '100-102', of a grid 'N95W18000' and '4N275', glued '12MAIN ST'. 'APT 3 100 MAIN ST' -> '100', 'APT 3'
    SELECT
      CASE
        WHEN ltrim(first.word, '0123456789') = '' AND length(first.word) < 7 AND ascii(first.word) BETWEEN 49 AND 57
          AND ascii(first.remainder) BETWEEN 65 AND 90
        THEN ARRAY[first.word, NULL, NULL, NULL, first.remainder, NULL]
        WHEN plain.address ~ '^(?:[NSEW]? ?\d+ ?[NSEW] ?|[NSEW])\d+ '
        THEN (
          SELECT ARRAY[replace(grid.match[1], ' ', ''), NULL, NULL, grid.match[2], grid.match[3], NULL]
          FROM regexp_match(plain.address,
            '^([NS] ?\d+ ?[EW] ?\d+|[EW] ?\d+ ?[NS] ?\d+|\d+[NSEW]\d+|[NSEW]\d+)(?: (\d{1,2}/\d{1,2}))? ([A-Z0-9].*)$'
          ) AS grid (match)
        )
        ELSE (
          SELECT number.match || own.match[1]
          FROM regexp_match(plain.address,
            '^((?:#|APT|APARTMENT|UNIT|SUITE|STE|ROOM|RM) ?(?:# )?(?:[A-Z]?\d+[A-Z]?|[A-Z])) (\d.*)$') AS own (match)
          CROSS JOIN LATERAL regexp_match(coalesce(own.match[2], plain.address),
            '^0*(\d{1,6})(?:([A-Z])(?= ))?(?:-(\d{1,6}[A-Z]?)(?![/\d]))?(?:[ -](\d{1,2}/\d{1,2})(?!\d))?'
            '(?: |(?=N[EW]|S[EW]|[A-Z]{3}))(?!(?:ST|ND|RD|TH)(?:ST|AVE|RD|DR|PL|CT|LN|TER))(\S.*)$') AS number (match)
        )
      END AS parts
    OFFSET 0
  ) AS number
  CROSS JOIN LATERAL (
    -- 9. '12' and '1/2' -> '12 1/2', '12' and 'A MAIN ST' -> '12A'; what is left, with only blanks between words. No
    -- address has more than twelve.
    SELECT
      concat(number.parts[1], number.parts[2], left(street.text, lettered.is_so::int), '-' || number.parts[3],
        ' ' || number.parts[4]) AS house_number,
      number.parts[1] AS digits,
      substr(street.text, 1 + 2 * lettered.is_so::int) AS remainder,
      number.parts[6] AS unit
    FROM (
      SELECT CASE
        WHEN length(number.parts[5]) - length(replace(number.parts[5], ' ', '')) > 11 THEN NULL
        WHEN number.parts[5] LIKE ANY (ARRAY['%-%', '% NO %', '% NUMBER %'])
        THEN regexp_replace(translate(number.parts[5], '-', ' '),
          ' (RD|ROAD|HWY|HIGHWAY|RT|RTE|ROUTE) (?:NO|NUMBER) (?=\d)', ' \1 ')
        ELSE number.parts[5]
      END AS text
    ) AS street
    CROSS JOIN LATERAL (
      SELECT street.text LIKE '_ %' AND num_nonnulls(number.parts[2], number.parts[3], number.parts[4]) = 0
        AND street.text ~ ('^[A-D] (?!ST |STREET|AVE|ROAD|RD |LANE|DRIVE|COURT|PLACE)[A-Z]{3,}'
          ' (?:ST|STREET|AVE|AVENUE|DR|DRIVE|RD|ROAD|LN)$') AS is_so
    ) AS lettered
    OFFSET 0
  ) AS numbered
  CROSS JOIN LATERAL (
    SELECT split_part(numbered.remainder, ' ', -1) AS word, split_part(numbered.remainder, ' ', -2) AS before
    OFFSET 0
  ) AS last
  CROSS JOIN LATERAL (
    -- 10. The unit: from its designator on, from a word such as REAR, or the numbers and letters behind the street.
    -- Only behind a street: STE MARIE ST, RM 620 and UNIT RD are some. 'N MAIN ST E 5' -> ' 5', 'MAIN ST BLDG 2 # 5' ->
    -- ' BLDG 2 # 5'
    SELECT CASE
      WHEN length(last.word) > 1 AND last.word !~ '[\d#]'
        AND last.word NOT IN ('REAR', 'FRONT', 'FRNT', 'UPPER', 'UPPR', 'LOWER', 'LOWR', 'SIDE', 'BASEMENT', 'BSMT',
          'LOBBY', 'LBBY', 'OFFICE', 'OFC', 'PENTHOUSE', 'PH', 'FLOOR', 'FLR', 'FL', 'UNIT', 'APT', 'APARTMENT',
          'SUITE', 'STE', 'NO', 'GARAGE', 'GAR', 'UP', 'DN', 'DOWN')
        AND last.before NOT IN ('APT', 'APARTMENT', 'UNIT', 'SUITE', 'STE', '#')
        AND NOT looks.is_rough
      THEN ''
      ELSE coalesce(
        CASE WHEN numbered.remainder !~
          '^(?:[NSEW]|N[EW]|S[EW]|NORTH|SOUTH|EAST|WEST|(?:NORTH|SOUTH)(?:EAST|WEST)) [A-Z]+ \w+$'
        THEN substring(numbered.remainder FROM ' (?:'
          '#.*'
          '|(?:APT|APARTMENT|UNIT|SUITE|STE|ROOM|RM|NO|NUMBER|TRAILER|TRLR|LOT|SPACE|SPC|SLIP|DOCK|PIER|HANGAR|HNGR'
            '|BLDG|BLD|BUILDING|TOWER|TWR|WING|FLOOR|FLR|FL|PENTHOUSE|PH|DEPT|CABANA|GARAGE|STORAGE|PARKING|KEY|STOP)'
            '(?:\d| (?:NO |NUMBER |# )?(?:[A-Z]{0,3}\d|[A-Z](?: |$))).*'
          '|(?:APT|APARTMENT|UNIT|SUITE|STE) (?!(?:ST|RD|DR|LN|CT|PL|AV|WY|CV|LP)(?: |$))[A-Z]{2}(?: .*)?'
          '|(?:UNIT|APT|APARTMENT|SUITE|STE)'
          '|(?:(?:UNIT|APT|APARTMENT|SUITE|STE) )?(?:REAR|BASEMENT|BSMT|PENTHOUSE|PH|FRNT|UPPR|LOWR|LBBY|OFC)(?: .*)?'
          '|(?:\d{1,2}(?:ST|ND|RD|TH)?|FIRST|SECOND|THIRD|FOURTH) (?:FLOOR|FLR|FL)(?: .*)?'
          ')$') END,
        substring(numbered.remainder FROM
          '(?<=\w (?:ST|STREET|AVE|AVENUE|DR|DRIVE|RD|ROAD|LN|LANE|CT|COURT|CIR|CIRCLE|BLVD|WAY|PL|PLACE|TER|TERRACE)'
          '(?: [NSEW]| N[EW]| S[EW])?)'
          ' (?:FRONT|UPPER|LOWER|UP|DN|DOWN|SIDE|LOBBY|OFFICE|GARAGE|GAR|APT [A-Z]+|UNIT [A-Z]+|SUITE [A-Z]+'
          '|STE [A-Z]+)(?: .*)?$'),
        (
          SELECT regexp_replace(run.text, '^(?: [NSEW]\M)+', '')
          FROM (
            SELECT substring(numbered.remainder FROM
              '(?: (?:(?!\d+(?:ST|ND|RD|TH)\M)[A-Z]{0,2}\d+[A-Z]{0,2}|\d/\d|[A-Z]|&))+$') AS text
          ) AS run
          CROSS JOIN LATERAL (
            SELECT left(numbered.remainder, length(numbered.remainder) - length(run.text)) AS street
          ) AS before
          WHERE before.street ~ '[A-Z]{2}' AND before.street !~ (
            '(?:^|\s)(?:US|SR|CR|FM|RM|RR|SH|IH|HWY|HIGHWAY|HW|HY|ROUTE|RTE|RT|INTERSTATE|ALT|ALTERNATE|BUS|BUSINESS'
            '|(?:STATE|COUNTY|CO|ST|CNTY|CTY|MARKET|FARM|RANCH|TOWNSHIP|TWP|FOREST|PRIVATE|PARK|SERVICE|FM|RM)'
            ' (?:RD|ROAD))$'
            '|^(?:(?:[NSEW]|N[EW]|S[EW]|(?:NORTH|SOUTH)?(?:EAST|WEST)|NORTH|SOUTH|OLD|NEW) )*'
            '(?:AVENUE|AVE|AV|ROAD|RD|STREET|LOOP|SPUR'
            '|CALLE|CAMINO|VIA|PASEO|AVENIDA|FARM TO MARKET|COUNTY|STATE|FARM|CTH|[A-Z]{2}|NORTH|SOUTH|EAST|WEST'
            '|OLD|NEW)$')
            AND run.text !~ '^ (?:I|U S|S R|C R|F M|R M) \d'
        ),
        '')
    END AS unit
    OFFSET 0
  ) AS split
  CROSS JOIN LATERAL (
    -- 11. 'REAR MAIN ST' is the rear of a number of Main Street.
    SELECT
      CASE WHEN numbered.remainder LIKE 'REAR _% _%' THEN substr(street.text, 6) ELSE street.text END AS street,
      nullif(btrim(concat_ws(' ',
        numbered.unit, CASE WHEN numbered.remainder LIKE 'REAR _% _%' THEN 'REAR' END, split.unit)), '') AS unit
    FROM (SELECT left(numbered.remainder, length(numbered.remainder) - length(split.unit)) AS text) AS street
    OFFSET 0
  ) AS parted
  -- 12. 0 and 99999 are how rolls write land without a number: '0 OAK ST' is every lot of Oak Street. 9999 is a number
  -- that houses have. Of two numbers before the street nobody knows which it is, unless the second is the street's.
  WHERE parted.street <> '' AND length(folded.address) <= 200
    AND (left(numbered.digits, 1) NOT IN ('0', '9') OR numbered.digits !~ '^(0|9{5,}$)')
    AND split_part(parted.street, ' ', 1) NOT IN ('AND', 'OR', 'TO', 'THRU', 'BLK', 'OF')
    AND parted.street NOT LIKE 'BLOCK % %'
    AND (ascii(parted.street) BETWEEN 65 AND 90
      OR parted.street !~ ('^\d{3,} (?!(?:ST|STREET|AVE|AVENUE|TER|CT|PL|LN|DR|RD|WAY) (?:[NSEW]|N[EW]|S[EW])$)\S+ \S'
        '|^[^A-Z\d]|^\d+$'))
    AND (strpos(parted.street, '/') = 0 OR parted.street !~ '/(?!\d)|(?<!\d)/')
$$
