-- What an address says of its street to the parts that are compared: 'N W 1st St' -> NORTHWEST, '1ST', STREET.
--
-- What says the same becomes one form, in words of USPS Publication 28 (wholesaler_street_words): 'SR 50' and 'STATE
-- ROUTE 50' are one road, ST JOHNS AVE is SAINT JOHNS AVENUE. What is different stays different: E ST is no EAST
-- STREET, PINE SPRING no PINE SPRINGS. No row for what is no street: a box, a lot of a plat, a corner of two streets.
--
-- street_name is the name with what stands before it; street the four parts in a row. Dear: once for each distinct
-- text. Takes what wholesaler_address_parts makes of an address. A migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_standard_street(written text)
RETURNS TABLE (predirection text, street_name text, suffix text, postdirection text, street text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT
    placed.predirection, placed.name, placed.suffix, placed.postdirection,
    concat_ws(' ', placed.predirection, placed.name, placed.suffix, placed.postdirection)
  FROM (
    -- 1. The words to look up, once a statement.
    SELECT
      kinds.words -> 'type' AS types, kinds.words -> 'place' AS places, kinds.words -> 'direction' AS directions,
      kinds.words -> 'number' AS numbers, kinds.words -> 'prefix' AS prefixes, kinds.words -> 'road' AS roads
    FROM (SELECT wholesaler_street_words() AS words OFFSET 0) AS kinds
    OFFSET 0
  ) AS words
  CROSS JOIN LATERAL (
    -- 2. Glued words apart, '17/92' to '17 92', no zeros in front. '05THST' -> '5TH ST', 'SR50' -> 'SR 50', '5 TH ST'
    -- -> '5TH ST', 'U S 441' -> 'US 441', 'MC COY RD' -> 'MCCOY RD'; and 'MAINST' where no word ends so.
    SELECT CASE
      WHEN written ~ '\d' THEN regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        regexp_replace(written,
        '(?<=\d)/(?=\d\d)|(?<=\d\d)/(?=\d)', ' ', 'g'),
        '\m0+(?=\d)', '', 'g'),
        '\m(US|SR|CR|FM|RM|RR|IH|I|HWY|RT|RTE|SH|CTH|N|S|E|W|NE|NW|SE|SW)(\d+(?:ST|ND|RD|TH|[A-Z])?)\M', '\1 \2', 'g'),
        '\m(\d+(?:ST|ND|RD|TH))([A-Z]{2,})\M', '\1 \2'),
        '\m(\d+) (ST|ND|RD|TH)(?= (?:ST|STREET|AVE?|AVENUE|RD|ROAD|DR|DRIVE|CT|COURT|PL|PLACE|LN|LANE|TER|WAY)\M)',
        '\1\2'),
        '\m(U|S|C|F|R|I) (S|R|M|H)(?= (?:\d+[A-Z]?|HIGHWAY|HWY|ROUTE|RTE|RT|ROAD|RD)\M)', '\1\2')
      WHEN strpos(written, ' ') = 0 THEN regexp_replace(written,
        '^([A-Z]{3,})(BLVD|BOULEVARD|PKWY|HWY|STREET|AVENUE|DRIVE|CIRCLE|TERRACE|DR|CIR|(?<=[BCDFGHKLMNPTVWXZ])ST'
        '|(?<=[DKMNP])AVE|(?<=[BCDFGHKLMNPRSTVWXZ])RD|(?<=[BCDFGHKMNPRSTVWXZ])LN|(?<=[BDFGHKLMPRSTW])CT)$', '\1 \2')
      WHEN written ~ '\m(?:MC|O) [A-Z]{4}' THEN regexp_replace(written,
        '\m(MC|O) (?!STREET|AVEN|DRIVE|ROAD|LANE|COURT|PLACE|TERR|BLVD|BOUL|EAST|WEST|NORTH|SOUTH)(?=[A-Z]{4})', '\1')
      ELSE written
    END AS text
    OFFSET 0
  ) AS apart
  CROSS JOIN LATERAL (
    -- 3. A numbered road in its parts: 'N US HWY ALT 17 92 S' -> {'N ', NULL, 'US HWY ', 'ALT', '17 92', NULL, ' S'}
    SELECT CASE
      WHEN apart.text ~ '\d|\m(?:AVENUE|AVE|AV|ROAD|RD|HIGHWAY|HWY|ROUTE|RTE|RT|CR|SR|CTH|COUNTY) [A-Z]{1,2}(?: |$)'
      THEN regexp_match(apart.text,
        '^((?:(?:[NSEW]|N[EW]|S[EW]|(?:NORTH|SOUTH)?(?:EAST|WEST)|NORTH|SOUTH|OLD|NEW) )*)'
        '(?:(ALT|ALTERNATE|BUS|BUSINESS) )?'
        '((?:[A-Z]+ ){1,4}?)(?:(?:NO|NUMBER) )?(?:(ALT|ALTERNATE|BUS|BUSINESS|BYP|BYPASS|TRUCK) )?'
        '(\d+[A-Z]?(?: (?:(?:AND|&) )?\d+[A-Z]?)?|A ?1 ?A|[A-Z]\d+[A-Z]?'
        '|(?!(?:DE|EL|LA|DU|LE|OF|TO|AT|IN|ON|ST|MT|FT|DR|LN|RD|RT|HW|HY|SR|CR|US|IH|FM|RM|NO|N[EW]|S[EW]|AV|PL|CT|CO'
        '|MC)\M)[A-Z]{1,2})(?= |$)(?: (ALT|ALTERNATE|BUS|BUSINESS|BYP|BYPASS|TRUCK)(?= |$))?((?: .*)?)$')
    END AS parts
    OFFSET 0
  ) AS road
  CROSS JOIN LATERAL (
    -- 4. What it is called, by one name: 'US HWY' -> US_HIGHWAY, 'CO RD' -> COUNTY_ROAD, 'KY HIGHWAY' -> STATE_ROAD. A
    -- state numbers its roads once, whatever it calls them.
    SELECT CASE WHEN road.parts IS NOT NULL THEN (
      SELECT coalesce(
        CASE WHEN road.parts[3] NOT IN ('ST ', 'CO ') AND (spelled.phrase <> 'RR' OR length(road.parts[5]) > 2)
          THEN words.roads ->> spelled.phrase END,
        CASE WHEN split_part(road.parts[3], ' ', 1) IN ('AL', 'AK', 'AZ', 'AR', 'CA', 'FL', 'GA', 'HI', 'ID', 'IL',
            'IN', 'IA', 'KS', 'KY', 'LA', 'ME', 'MD', 'MA', 'MI', 'MN', 'MS', 'MO', 'MT', 'NV', 'NH', 'NJ', 'NM', 'NY',
            'NC', 'ND', 'OH', 'OK', 'OR', 'PA', 'RI', 'SC', 'SD', 'TN', 'TX', 'UT', 'VT', 'VA', 'WA', 'WV', 'WI', 'WY',
            'FLORIDA', 'GEORGIA', 'TEXAS', 'KENTUCKY', 'ALABAMA', 'OHIO', 'TENNESSEE', 'MICHIGAN', 'ILLINOIS')
          AND (spelled.rest = '' AND length(road.parts[7]) < 4 OR spelled.rest IN ('HIGHWAY', 'ROUTE', 'ROAD')
            OR words.roads ->> spelled.rest = 'STATE_ROAD')
          AND ascii(road.parts[5]) < 65
        THEN 'STATE_ROAD' END)
      FROM (
        SELECT
          string_agg(CASE
            WHEN word.place = 1 AND word.word = 'ST' THEN 'STATE'
            WHEN word.place = 1 AND word.word IN ('CO', 'CNTY', 'CTY') THEN 'COUNTY'
            ELSE coalesce(words.types ->> word.word, word.word) END, '_' ORDER BY word.place) AS phrase,
          coalesce(string_agg(coalesce(words.types ->> word.word, word.word), '_' ORDER BY word.place)
            FILTER (WHERE word.place > 1), '') AS rest
        FROM string_to_table(rtrim(road.parts[3]), ' ') WITH ORDINALITY AS word (word, place)
      ) AS spelled
    ) END AS name
    OFFSET 0
  ) AS called
  CROSS JOIN LATERAL (
    -- 5. Names of several words as one word. 'N US HWY ALT 17 92 S' -> 'N US_HIGHWAY_17_92_ALTERNATE S'; 'DR M L KING
    -- JR DR' -> 'MARTIN_LUTHER_KING DR'; 'AVE DEL SOL' -> 'AVENIDA DEL SOL'; 'TWENTY FIRST ST' -> '21ST ST'; & is AND
    SELECT CASE
      WHEN called.name IS NOT NULL THEN concat(
        road.parts[1], called.name, '_', replace(replace(replace(
          CASE WHEN left(road.parts[5], 2) = 'A ' THEN replace(road.parts[5], ' ', '') ELSE road.parts[5] END,
          ' AND ', '_'), ' & ', '_'), ' ', '_'),
        CASE left(coalesce(road.parts[2], road.parts[4], road.parts[6]), 2)
          WHEN 'AL' THEN '_ALTERNATE' WHEN 'BU' THEN '_BUSINESS' WHEN 'BY' THEN '_BYPASS' WHEN 'TR' THEN '_TRUCK' END,
        CASE WHEN called.name LIKE '%MARKET_ROAD' THEN regexp_replace(road.parts[7], '^ (?:ROAD|RD)\M', '')
          ELSE road.parts[7] END)
      WHEN apart.text LIKE ANY (ARRAY['%KING%', '%MLK%', '%M L K%']) THEN regexp_replace(apart.text,
        '\m(?:(?:REV|REVEREND|DR|DOCTOR) )*(?:(?:MARTIN LUTHER|MARTIN L|M L|ML) KING|MARTINLUTHERKING|ML ?K|M L K'
        '|MLKING)(?: (?:JR|JUNIOR))?\M', 'MARTIN_LUTHER_KING')
      WHEN apart.text LIKE ANY (ARRAY['%KENNEDY%', '%JFK%']) THEN regexp_replace(apart.text,
        '\m(?:PRES |PRESIDENT )?(?:(?:JOHN F|J F|JF|JOHN FITZGERALD) KENNEDY|JFK)\M', 'JOHN_F_KENNEDY')
      WHEN apart.text LIKE ANY (ARRAY['%AV% DE%', '%AV% EL %', '%AV% LA%', '%AV% LOS %']) THEN regexp_replace(
        apart.text,
        '\m(?:AVENUE|AVE|AV|AVDA) (?=(?:DE|DEL|EL|LA|LAS|LOS) )', 'AVENIDA ')
      -- AVE SERENA, of one word that is no direction and no type: in English the name would stand before
      WHEN apart.text ~ '^(?:AVE?|AVDA|AVENUE) (?!NORTH|SOUTH|EAST|WEST|ROAD|PLACE|COURT|LANE|DRIVE|STREET)[A-Z]{4,}$'
      THEN concat('AVENIDA ', split_part(apart.text, ' ', 2))
      WHEN apart.text LIKE '%TY%'
        AND apart.text ~ 'TY ?(?:FIRST|SECOND|THIRD|FOURTH|FIFTH|SIXTH|SEVENTH|EIGHTH|NINTH)\M'
      THEN (
        SELECT replace(apart.text, tens.match[1],
          left(words.numbers ->> tens.match[2], 1) || (words.numbers ->> tens.match[3]))
        FROM regexp_match(apart.text,
          '((TWENTY|THIRTY|FORTY|FIFTY|SIXTY|SEVENTY|EIGHTY|NINETY) ?(\w+TH|FIRST|SECOND|THIRD))') AS tens (match)
      )
      ELSE replace(apart.text, '&', 'AND')
    END AS text
    OFFSET 0
  ) AS joined
  CROSS JOIN LATERAL (
    -- 6. Directions of two words as one, before a name or behind one. 'S E 5TH ST' -> {SE,5TH,ST}; N W ST is a street W
    SELECT CASE
      WHEN cardinality(front.parts) > 2 AND front.parts[cardinality(front.parts) - 1] IN ('N', 'S')
        AND front.parts[cardinality(front.parts)] IN ('E', 'W')
      THEN front.parts[:cardinality(front.parts) - 2]
        || concat(front.parts[cardinality(front.parts) - 1], front.parts[cardinality(front.parts)])
      ELSE front.parts
    END AS parts
    FROM (
      SELECT CASE
        WHEN (split.parts[1] IN ('N', 'S') AND split.parts[2] IN ('E', 'W')
            OR split.parts[1] IN ('NORTH', 'SOUTH') AND split.parts[2] IN ('EAST', 'WEST'))
          AND cardinality(split.parts) > 2 AND NOT words.types ? split.parts[3]
        THEN concat(split.parts[1], split.parts[2]) || split.parts[3:]
        ELSE split.parts
      END AS parts
      FROM (SELECT string_to_array(joined.text, ' ') AS parts) AS split
    ) AS front
    OFFSET 0
  ) AS listed
  CROSS JOIN LATERAL (
    -- 7. Whether there are directions. 'E ST' and 'N ST N' are streets of one letter.
    SELECT
      (words.directions ? listed.parts[1] AND cardinality(listed.parts) > 1 AND NOT (
        coalesce(words.types ->> listed.parts[2] IN (
          'STREET', 'AVENUE', 'PLACE', 'LANE', 'ROAD', 'DRIVE', 'COURT', 'TERRACE', 'WAY', 'BOULEVARD',
          'CIRCLE'), false)
        AND (cardinality(listed.parts) = 2 OR cardinality(listed.parts) = 3 AND words.directions ? listed.parts[3])
      ))::int AS before,
      (words.directions ? listed.parts[cardinality(listed.parts)])::int AS behind
    OFFSET 0
  ) AS directed
  CROSS JOIN LATERAL (
    -- 8. Direction, name and direction apart. {SE,5TH,ST} -> SOUTHEAST, {5TH,ST}
    SELECT
      CASE WHEN directed.before = 1 THEN words.directions ->> listed.parts[1] END AS predirection,
      CASE WHEN has.end = 1 THEN words.directions ->> listed.parts[cardinality(listed.parts)] END AS postdirection,
      listed.parts[1 + directed.before : cardinality(listed.parts) - has.end] AS body
    FROM (SELECT (directed.behind = 1 AND cardinality(listed.parts) - directed.before > 1)::int AS end) AS has
    OFFSET 0
  ) AS bodied
  CROSS JOIN LATERAL (
    -- 9. What the street is, behind its name. {5TH,ST} -> STREET
    SELECT CASE WHEN cardinality(bodied.body) > 1 THEN coalesce(
      words.types ->> bodied.body[cardinality(bodied.body)],
      words.places ->> bodied.body[cardinality(bodied.body)]) END AS suffix
    OFFSET 0
  ) AS typed
  CROSS JOIN LATERAL (
    -- 10. The words of the name in full. {OLD,ST,JOHNS} -> 'OLD SAINT JOHNS', {MAIN,ST} -> 'MAIN STREET' where an
    -- EXTENSION follows; titles of a person of two names and more, and JR, are left out; '42 ST' is '42ND STREET'.
    SELECT CASE
      WHEN cardinality(own.parts) = 1 AND ltrim(own.parts[1], '0123456789') = ''
        AND typed.suffix IN (
          'STREET', 'AVENUE', 'TERRACE', 'COURT', 'PLACE', 'LANE', 'DRIVE', 'WAY', 'CIRCLE', 'BOULEVARD')
      THEN own.parts[1] || CASE
        WHEN own.parts[1] LIKE '%1_' THEN 'TH' WHEN own.parts[1] LIKE '%1' THEN 'ST'
        WHEN own.parts[1] LIKE '%2' THEN 'ND' WHEN own.parts[1] LIKE '%3' THEN 'RD' ELSE 'TH' END
      ELSE (
        SELECT string_agg(spelled.word, ' ' ORDER BY spelled.place) FILTER (WHERE NOT (
          own.is_person AND spelled.place = 1 AND spelled.word IN ('DOCTOR', 'REVEREND')
          OR spelled.place = cardinality(own.parts) AND spelled.place > 2 AND spelled.word IN ('JR', 'JUNIOR')))
        FROM (
          SELECT
            part.place,
            CASE
              WHEN part.place < cardinality(own.parts) AND (part.place = 1 OR part.word IN ('ST', 'DR'))
                AND words.prefixes ? part.word THEN words.prefixes ->> part.word
              WHEN part.word IN ('LA', 'CI', 'CO') THEN part.word
              ELSE coalesce(words.numbers ->> part.word, words.types ->> part.word, words.places ->> part.word,
                replace(part.word, '_', ' '))
            END AS word
          FROM unnest(own.parts) WITH ORDINALITY AS part (word, place)
        ) AS spelled
      )
    END AS name
    FROM (
      SELECT
        names.parts,
        cardinality(names.parts) > 2 AND names.parts[1] IN ('DR', 'DOCTOR', 'REV', 'REVEREND')
          AND NOT words.types ?| names.parts[2:] AND NOT words.places ?| names.parts[2:]
          AND NOT names.parts && ARRAY['CHURCH', 'FARM', 'FARMS', 'HOUSE', 'SCHOOL'] AS is_person
      FROM (
        SELECT bodied.body[:cardinality(bodied.body) - (typed.suffix IS NOT NULL)::int] AS parts
      ) AS names
    ) AS own
    OFFSET 0
  ) AS named
  CROSS JOIN LATERAL (
    -- 11. A numbered road's direction stands before it, wherever it was written. 'US 441 N' -> NORTH, 'US HIGHWAY 441'
    SELECT
      named.name, typed.suffix,
      CASE WHEN moved.is_so THEN bodied.postdirection ELSE bodied.predirection END AS predirection,
      CASE WHEN NOT moved.is_so THEN bodied.postdirection END AS postdirection
    FROM (
      SELECT coalesce(called.name IN (
        'US_HIGHWAY', 'STATE_ROAD', 'INTERSTATE', 'FARM_TO_MARKET_ROAD', 'RANCH_TO_MARKET_ROAD', 'HIGHWAY', 'ROUTE'
      ), false) AND bodied.predirection IS NULL AND typed.suffix IS NULL AS is_so
    ) AS moved
    OFFSET 0
  ) AS placed
  -- 12. No street: a number, a box, a lot of a plat, a second name, a corner, two addresses.
  WHERE placed.name IS NOT NULL AND cardinality(listed.parts) <= 10
    AND (placed.name ~ '[A-Z]{2}|\d[A-Z]|[A-Z]\d'
      OR num_nonnulls(placed.predirection, placed.suffix, placed.postdirection) > 0)
    AND joined.text !~ (
      '\m(?:P ?O BOX|BOX \d\w*|R ?R \d\w*|RURAL ROUTE|H ?C \d\w*|BLK|BLOCK \d\w*|LOT \d\w*|TRACT \d\w*|AKA|FKA'
      '|UNKNOWN|UNASSIGNED|NO ADDRESS)\M|\w (?:APT|APARTMENT|UNIT) \w|^(?:NONE|TBD|LOT|BLOCK|UNIT|APT|BLDG)$|\mBOX$'
      '|\w (?:ST|STREET|AVE|AVENUE|RD|ROAD|DR|DRIVE|BLVD|LN|LANE|CT|COURT|WAY|PL)(?: [NSEW]| [NS][EW])?'
      ' (?:(?:AND|AT) |\d+ [A-Z]{2})')
$$
