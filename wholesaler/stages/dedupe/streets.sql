-- name: streets
-- Purpose: every street that a parcel lies on or a seeker names, once. ``stem`` is the street without its suffix,
-- ``frame`` what stands around its name, ``compact`` the name without spaces, ``numbers`` those in the name.
CREATE TEMPORARY TABLE streets ON COMMIT DROP AS
WITH readings AS (
  SELECT street, predirection, street_name, suffix, postdirection, bool_or(on_roll) AS on_roll, false AS is_sought
  FROM parcel_addresses
  GROUP BY street, predirection, street_name, suffix, postdirection
  UNION ALL
  SELECT street, predirection, street_name, suffix, postdirection, false, true
  FROM seekers
  WHERE street IS NOT NULL
  GROUP BY street, predirection, street_name, suffix, postdirection
), parts AS (
  -- should one street be read in two ways, any one of them
  SELECT DISTINCT ON (street)
    street, predirection, street_name AS name, suffix, postdirection,
    bool_or(on_roll) OVER (PARTITION BY street) AS on_roll, bool_or(is_sought) OVER (PARTITION BY street) AS is_sought
  FROM readings
  ORDER BY street, predirection, street_name, suffix, postdirection
)
SELECT
  street, on_roll, is_sought, name, suffix,
  CASE WHEN suffix IS NOT NULL AND length(name) > 1 THEN concat_ws(' ', predirection, name, postdirection) END AS stem,
  concat_ws('/', coalesce(predirection, ''), coalesce(suffix, ''), coalesce(postdirection, '')) AS frame,
  replace(name, ' ', '') AS compact,
  regexp_replace(name, '\D+', ' ', 'g') AS numbers
FROM parts;

-- name: bridges
-- Purpose: the streets of parcels that may be the one a seeker names: itself (no ``rule``), and those of the roll that
-- a rule takes for it. ``is_shorter``: the seeker leaves something out.
CREATE TEMPORARY TABLE bridges ON COMMIT DROP AS
SELECT street, street AS parcel_street, CAST(NULL AS text) AS rule, false AS is_shorter
FROM streets
WHERE is_sought;

-- name: suffix_missing
-- Purpose: 'OAK' and 'OAK STREET': one of the two has no suffix, and all else is the same. That no other suffix is at
-- the place is looked at later (rival_suffixes).
INSERT INTO bridges
SELECT shorter.street, longer.street AS parcel_street, 'suffix_missing', true
FROM streets AS shorter
JOIN streets AS longer ON longer.stem = shorter.street
WHERE shorter.is_sought AND longer.on_roll
UNION ALL
SELECT longer.street, shorter.street AS parcel_street, 'suffix_missing', false
FROM streets AS shorter
JOIN streets AS longer ON longer.stem = shorter.street
WHERE longer.is_sought AND shorter.on_roll;

-- name: space_differs
-- Purpose: 'MAC ARTHUR BOULEVARD' and 'MACARTHUR BOULEVARD': all is the same but the spaces in the name, and no street
-- of the roll has the name that is sought: BLUERIDGE is not BLUE RIDGE where there are both. Not the space between two
-- numbers (17 92) or two letters (COUNTY ROAD D D), since 1792 and DD are others.
INSERT INTO bridges
WITH listed_names AS (
  SELECT DISTINCT name FROM streets WHERE on_roll
)
SELECT sought.street, listed.street AS parcel_street, 'space_differs', false
FROM streets AS sought
JOIN streets AS listed USING (frame, compact)
LEFT JOIN listed_names ON listed_names.name = sought.name
WHERE sought.is_sought AND listed_names.name IS NULL AND listed.on_roll AND sought.numbers = listed.numbers
  AND length(compact) > 3
  AND sought.name !~ '\m[A-Z] [A-Z]\M' AND listed.name !~ '\m[A-Z] [A-Z]\M';

-- name: near_names
-- Purpose: the names of the roll that differ by a letter from one that is sought and that no street of the roll has.
-- Such names are the same where the letter is left out of one or both, so that a join finds them: each name has as many
-- variants as letters. Numbers, words of one or two letters (AVENUE J, COUNTY ROAD DD, EL PRADO) and an S at the end
-- (LAKE, LAKES) are no spelling.
CREATE TEMPORARY TABLE near_names ON COMMIT DROP AS
WITH names AS (
  SELECT name, bool_or(on_roll) AS on_roll, bool_or(is_sought) AND NOT bool_or(on_roll) AS is_unknown
  FROM streets
  GROUP BY name
  HAVING length(name) BETWEEN 3 AND 60
), words AS (
  SELECT
    names.name, names.on_roll, written.word,
    CAST(sum(length(written.word) + 1) OVER (PARTITION BY names.name ORDER BY written.place) AS integer)
      - length(written.word) AS start
  FROM names
  CROSS JOIN regexp_split_to_table(names.name, ' ') WITH ORDINALITY AS written (word, place)
  WHERE names.on_roll OR names.is_unknown
), variants AS (
  SELECT
    words.name, words.on_roll, letter.place, length(words.word) AS word_length,
    substr(words.name, letter.place, 1) AS letter,
    left(words.name, letter.place - 1) || substr(words.name, letter.place + 1) AS remainder,
    (letter.place = words.start + length(words.word) - 1) AS is_last
  FROM words
  CROSS JOIN generate_series(words.start, words.start + length(words.word) - 1) AS letter (place)
  WHERE words.word ~ '^[A-Z]{3,}$'
)
SELECT sought.name, listed.name AS listed_name
FROM variants AS sought
JOIN variants AS listed USING (remainder)
WHERE NOT sought.on_roll AND listed.on_roll
  AND (sought.place = listed.place
    OR abs(sought.place - listed.place) = 1 AND sought.letter = listed.letter
      AND substr(remainder, least(sought.place, listed.place), 1) <> ' ')
UNION
SELECT sought.name, listed.name AS listed_name
FROM variants AS sought
JOIN names AS listed ON listed.name = sought.remainder
WHERE NOT sought.on_roll AND listed.on_roll AND sought.word_length > 3
  AND NOT (sought.is_last AND sought.letter = 'S')
UNION
SELECT sought.name, listed.name AS listed_name
FROM names AS sought
JOIN variants AS listed ON listed.remainder = sought.name
WHERE sought.is_unknown AND listed.on_roll AND listed.word_length > 3
  AND NOT (listed.is_last AND listed.letter = 'S');

-- name: one_letter_differs
-- Purpose: MAPEL STREET for MAPLE STREET: a letter more, less, other, or in its neighbour's place, in a name of five
-- letters or more, where no other street of the roll is as near in spelling.
INSERT INTO bridges
WITH spellings AS (
  SELECT
    sought.street, listed.street AS listed_street, listed.name AS listed_name,
    count(*) OVER (PARTITION BY sought.street) AS streets
  FROM near_names
  JOIN streets AS sought ON sought.name = near_names.name AND sought.is_sought
  JOIN streets AS listed ON listed.name = near_names.listed_name AND listed.on_roll AND listed.frame = sought.frame
)
SELECT street, listed_street, 'one_letter_differs', false
FROM spellings
WHERE streets = 1 AND length(regexp_replace(listed_name, '[^A-Z]', '', 'g')) >= 5;
