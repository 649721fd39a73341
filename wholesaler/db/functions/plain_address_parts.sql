-- What wholesaler_address_parts makes of the commonest addresses, in a tenth of the time: a number, words that end in a
-- type of street, perhaps a unit, perhaps city and state. '12 N MAIN ST # A, ORLANDO, FL' -> '12', 'N MAIN ST', '# A'.
-- Takes capitals; no row for any other form. A migration installs this text, frozen.
CREATE OR REPLACE FUNCTION wholesaler_plain_address_parts(capitals text)
RETURNS TABLE (house_number text, street text, unit text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT
    split_part(line.text, ' ', 1),
    substr(line.text, strpos(line.text, ' ') + 1, length(line.text) - strpos(line.text, ' ') - CASE line.unit_words
      WHEN 0 THEN 0
      WHEN 1 THEN length(split_part(line.text, ' ', -1)) + 1
      ELSE length(split_part(line.text, ' ', -1)) + length(split_part(line.text, ' ', -2)) + 2 END),
    CASE WHEN line.unit_words > 0 THEN '# ' || ltrim(split_part(line.text, ' ', -1), '#') END
  FROM (
    -- 2. How many words at its end are the unit: 0 '12 MAIN ST', 1 '12 MAIN ST #5', 2 '12 MAIN ST APT 5'; null for any
    -- other form.
    SELECT
      clause.text,
      CASE
        WHEN clause.text ~ ('[^A-Z0-9 #]|  | $|^[^1-9]|^\d+[^\d ]|^\d{7}|^99999|^\d+ (?:\d+ |#|[A-D] )| NO |[^ ]#'
          '|#.*[ #].*[ #]|^\d+ (?:AND|OR|TO|THRU|BLOCK|BLK|OF|REAR) '
          '| (?:APT|UNIT|STE|SUITE|BLDG|FL|LOT|RM|PH|TOWER) .* ')
        THEN NULL
        WHEN split_part(clause.text, ' ', -1) IN (
            'ST', 'AVE', 'DR', 'RD', 'LN', 'CT', 'CIR', 'WAY', 'PL', 'BLVD', 'TER', 'TRL', 'LOOP', 'CV', 'PKWY', 'RUN',
            'STREET', 'AVENUE', 'DRIVE', 'ROAD', 'LANE', 'COURT', 'CIRCLE', 'PLACE', 'TERRACE', 'TRAIL', 'COVE')
        THEN CASE
          WHEN split_part(clause.text, ' ', -2) NOT IN ('#', 'APT', 'APARTMENT', 'UNIT', 'STE', 'SUITE')
            AND strpos(clause.text, '#') = 0
          THEN 0 END
        WHEN split_part(clause.text, ' ', -1) !~ '^#?(?:[A-Z]?\d+[A-Z]?|[A-Z])$' THEN NULL
        WHEN split_part(clause.text, ' ', CASE WHEN split_part(clause.text, ' ', -1) LIKE '#%' THEN -2 ELSE -3 END)
          NOT IN ('ST', 'AVE', 'DR', 'RD', 'LN', 'CT', 'CIR', 'WAY', 'PL', 'BLVD', 'TER', 'TRL', 'LOOP', 'CV', 'PKWY',
            'STREET', 'AVENUE', 'DRIVE', 'ROAD', 'LANE', 'COURT', 'CIRCLE', 'PLACE', 'TERRACE')
        THEN NULL
        WHEN split_part(clause.text, ' ', -1) LIKE '#%' THEN 1
        WHEN split_part(clause.text, ' ', -2) IN ('#', 'APT', 'UNIT', 'STE') THEN 2
      END AS unit_words
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
    OFFSET 0
  ) AS line
  WHERE line.unit_words IS NOT NULL
$$
