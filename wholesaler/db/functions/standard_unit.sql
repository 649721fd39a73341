-- What an address says of its unit to the form that is compared: 'APT 3-A', '# 3 A' -> '3A'.
--
-- APT, UNIT, SUITE, ROOM, TRAILER and # say nothing of the place and are left out; what tells kinds of place apart
-- stays, in full and in one order: 'UNIT 5 BLDG 2' -> 'BUILDING 2 UNIT 5', 'PH3' -> 'PENTHOUSE 3', '2ND FL' -> 'FLOOR
-- 2'. Null for a designator without a number. A migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_standard_unit(unit text)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(concat_ws(' ', parts.kinds,
    CASE WHEN parts.kinds IS NULL THEN parts.number ELSE 'UNIT ' || nullif(parts.number, '') END), '')
  FROM (
    -- 1. Numbers apart from words, no zeros in front. 'BLDG2 APT 03' -> 'BLDG 2 APT 3'
    SELECT
      CASE WHEN glued.words LIKE '%0%' THEN regexp_replace(glued.words, '\m0+(?=\d)', '', 'g')
        ELSE glued.words END AS words
    FROM (SELECT regexp_replace(concat(' ', unit, ' '), '( [A-Z]{2,}|#)(?=\d)', '\1 ', 'g') AS words) AS glued
    OFFSET 0
  ) AS apart
  CROSS JOIN LATERAL (
    -- 2. One word for one thing, # where it says nothing of the place. 'BLDG 2 APT 3' -> 'BUILDING 2 # 3'
    SELECT
      concat(' ', string_agg(coalesce(kinds.words ->> word.word, word.word), ' ' ORDER BY word.place), ' ') AS words
    FROM (
      SELECT vocabulary.words -> 'unit' AS words
      FROM (SELECT wholesaler_street_words() AS words OFFSET 0) AS vocabulary
      OFFSET 0
    ) AS kinds
    CROSS JOIN LATERAL string_to_table(apart.words, ' ') WITH ORDINALITY AS word (word, place)
    WHERE word.word <> ''
    OFFSET 0
  ) AS spelled
  CROSS JOIN LATERAL (
    -- 3. What tells kinds of place apart in brackets, with its number. 'BUILDING 2 # 3' -> ' [BUILDING 2] # 3'
    SELECT regexp_replace(
      CASE WHEN spelled.words LIKE '%FLOOR%'
        THEN regexp_replace(spelled.words, '(?<!#) (\d+)(?:ST|ND|RD|TH)? FLOOR (?![A-Z]?\d)', ' FLOOR \1 ')
        ELSE spelled.words END,
      ' (?:(BUILDING|CABANA|DEPARTMENT|DOCK|FLOOR|GARAGE|HANGAR|KEY|LOT|PARKING|PENTHOUSE|PIER|SLIP|SPACE|STOP'
      '|STORAGE|TOWER|WING)(?: #)*((?: [A-Z]{0,2}\d+[A-Z]?| [A-Z])(?: \d/\d+)?(?= ))?'
      '|(BASEMENT|FRONT|LOBBY|LOWER|OFFICE|REAR|SIDE|UPPER))(?= )', ' [\1\2\3]', 'g') AS words
    OFFSET 0
  ) AS marked
  CROSS JOIN LATERAL (
    -- 4. Those in the order of the alphabet, and the rest. 3-A, 3 A and 3A are one unit; between two numbers the gap
    -- stays, since 3-12 is not 31-2.
    SELECT
      CASE WHEN marked.words LIKE '%[%' THEN (
        SELECT string_agg(kind.match[1], ' ' ORDER BY kind.match[1])
        FROM regexp_matches(marked.words, '\[([^]]*)\]', 'g') AS kind (match)
      ) END AS kinds,
      regexp_replace(
        btrim(regexp_replace(marked.words, '(?: |\[[^]]*\]|#|(?<!\d)/|/(?!\d))+', ' ', 'g')),
        '^(\d+) ([A-Z])$|^([A-Z]) (\d+)$', '\1\2\3\4') AS number
    OFFSET 0
  ) AS parts
$$
