-- What wholesaler_address_parts makes of the commonest addresses, in a tenth of the time: a number, the words of a
-- street, perhaps a unit, perhaps city and state. '12 N MAIN ST # A, ORLANDO, FL' -> '12', 'N MAIN ST', '# A'.
-- Takes capitals; no row for any other form. A migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_plain_address_parts(capitals text)
RETURNS TABLE (house_number text, street text, unit text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT
    split_part(line.text, ' ', 1),
    left(line.behind, length(line.behind) - length(line.unit)),
    CASE WHEN line.unit <> '' THEN btrim(regexp_replace(line.unit, ' #(?=[^ ])', ' # ')) END
  FROM (
    -- 3. The unit with the blank before it: '' for '12 MAIN ST' and '12 SR 50 W', ' #5', ' APT 5', ' BLDG 2 APT 5';
    -- null where the words do not say what is one.
    SELECT
      words.text,
      words.behind,
      CASE
        WHEN words.last ~ '^#?(?:[A-Z]?\d+[A-Z]?|[A-Z])$'
          AND NOT (words.last IN ('N', 'S', 'E', 'W') AND words.is_typed)
          AND words.before NOT IN ('HWY', 'HIGHWAY', 'SR', 'CR', 'US')
          AND words.text !~ ' (?:STATE|COUNTY) (?:RD|ROAD) \d+$'
        THEN substring(words.text FROM
          '(?<= (?:ST|AVE|DR|RD|LN|CT|CIR|WAY|PL|BLVD|TER|TRL|LOOP|CV|PKWY|STREET|AVENUE|DRIVE|ROAD|LANE|COURT|CIRCLE'
          '|PLACE|TERRACE)(?: [NS][EW])?)(?: #[A-Z0-9]+|(?: BLDG [A-Z0-9]+)? (?:#|APT|UNIT|STE) [A-Z0-9]+)$')
        WHEN words.text LIKE ANY (ARRAY['%#%', '% BLDG %'])
          OR words.before IN ('APT', 'APARTMENT', 'UNIT', 'STE', 'SUITE')
        THEN NULL
        WHEN words.last IN ('N', 'S', 'E', 'W', 'NE', 'NW', 'SE', 'SW') THEN CASE WHEN words.is_typed THEN '' END
        WHEN words.last = 'CT' THEN CASE WHEN words.before ~ '^[A-Z0-9]{3}' THEN '' END
        WHEN words.last IN ('ST', 'DR', 'RD', 'LN', 'PL', 'CV')
          OR ascii(words.last) < 58 AND ltrim(words.last, '0123456789') = ''
          OR words.last ~ '^[A-Z]{3,}$' AND words.last NOT IN (
            'REAR', 'FRONT', 'FRNT', 'UPPER', 'UPPR', 'LOWER', 'LOWR', 'SIDE', 'BASEMENT', 'BSMT', 'LOBBY', 'LBBY',
            'OFFICE', 'OFC', 'PENTHOUSE', 'FLOOR', 'FLR', 'UNIT', 'APT', 'APARTMENT', 'SUITE', 'STE', 'GARAGE', 'GAR',
            'DOWN')
        THEN ''
      END AS unit
    FROM (
      -- 2. The words that decide. What is left out here has marks or numbers that are read with more care.
      SELECT
        clause.text,
        substr(clause.text, strpos(clause.text, ' ') + 1) AS behind,
        split_part(clause.text, ' ', -1) AS last,
        split_part(clause.text, ' ', -2) AS before,
        split_part(clause.text, ' ', -2) IN (
          'ST', 'AVE', 'DR', 'RD', 'LN', 'CT', 'CIR', 'WAY', 'PL', 'BLVD', 'TER', 'TRL') AS is_typed
      FROM (
        -- 1. City, state and ZIP away. '12 MAIN ST, ORLANDO, FL 32801' -> '12 MAIN ST'
        SELECT CASE
          WHEN strpos(capitals, ',') > 0
            AND capitals ~ '^[^,]+, ?[A-Z]{4,}(?: [A-Z]+)*(?:,? [A-Z]{2})?(?:,? \d{5}(?:-\d{4})?)?$'
            AND split_part(ltrim(split_part(capitals, ',', 2)), ' ', 1) NOT IN (
              'APARTMENT', 'BASEMENT', 'BLDG', 'BSMT', 'BUILDING', 'FIRST', 'FLOOR', 'FRNT', 'FRONT', 'LOBBY', 'LOWER',
              'LOWR', 'OFFICE', 'PENTHOUSE', 'REAR', 'ROOM', 'SECOND', 'SLIP', 'SPACE', 'SUITE', 'THIRD', 'TOWER',
              'TRAILER', 'TRLR', 'UNIT', 'UPPER', 'UPPR', 'NORTH', 'SOUTH', 'EAST', 'WEST', 'NORTHEAST', 'NORTHWEST',
              'SOUTHEAST', 'SOUTHWEST', 'STREET', 'AVENUE', 'DRIVE', 'ROAD', 'LANE', 'COURT', 'CIRCLE', 'BLVD', 'PLACE',
              'TERRACE')
          THEN split_part(capitals, ',', 1)
          ELSE capitals
        END AS text
        OFFSET 0
      ) AS clause
      WHERE clause.text !~ ('[^A-Z0-9 #]|  | $|^[^1-9]|^\d+[^\d ]|^\d{7}|^\d+$|^99999'
        '|^\d+ (?:\d+ |#|[A-D] |[NSEW]\d)| NO | [A-Z]{2,}\d|\d (?:TO|THRU) \d|[^ ]#|#.*[ #].*[ #]'
        '|^\d+ (?:AND|OR|TO|THRU|BLOCK|BLK|OF)(?: |$)| (?:APT|APARTMENT|UNIT|STE|SUITE) [^ ]+ '
        '| BLDG [^ ]+ (?:[^#AUS]|[^ ]+ [^ ]+ )| (?:LOT|RM|ROOM|TRAILER|TRLR|SPACE|SPC|SLIP|DOCK|PIER|HANGAR'
        '|HNGR|BLD|BUILDING|TOWER|TWR|WING|FLOOR|FLR|FL|PENTHOUSE|PH|DEPT|CABANA|GARAGE'
        '|STORAGE|PARKING|KEY|STOP|REAR|BASEMENT|BSMT|FRNT|UPPR|LOWR|LBBY|OFC|FRONT|UPPER|LOWER|UP|DN|DOWN'
        '|SIDE|LOBBY|OFFICE|GAR|NUMBER) ')
      OFFSET 0
    ) AS words
    OFFSET 0
  ) AS line
  WHERE line.unit IS NOT NULL
$$
