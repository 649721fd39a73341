-- name: signal_parcels
-- Purpose: the parcels with a signal, now or once, whose record on the roll is wanted.
CREATE TEMPORARY TABLE signal_parcels ON COMMIT DROP AS
SELECT parcel_id FROM properties WHERE market = :market AND (is_active OR merged_into IS NOT NULL);

-- name: addresses_without_parcel
-- Purpose: the addresses to search a source of the roll for: of records without a usable parcel number, and of
-- properties whose number it does not have, which may be another's there. What was merged or undone is not asked for
-- again.
WITH unlisted AS (
  SELECT parcel_id
  FROM properties
  WHERE market = :market AND is_active AND NOT never_merge
    AND NOT EXISTS (
      SELECT FROM property_records AS roll
      WHERE roll.market = :market AND roll.source = :source AND roll.record_key = properties.parcel_id
        AND roll.is_active
    )
)
SELECT DISTINCT address
FROM signal_records
WHERE market = :market AND is_active AND address IS NOT NULL
  AND (parcel_id IS NULL AND is_signal OR parcel_id IN (SELECT parcel_id FROM unlisted));

-- name: abbreviated_words
-- Purpose: the words that lists write in several ways, alone or together (MLK), by the lexicon addresses are read with.
WITH entries AS (
  SELECT word, stdword FROM us_lex
  UNION
  SELECT word, stdword FROM us_gaz
)
SELECT DISTINCT regexp_split_to_table(word || ' ' || stdword, ' ')
FROM entries
WHERE word <> stdword OR stdword IN (SELECT stdword FROM entries WHERE word <> stdword);
