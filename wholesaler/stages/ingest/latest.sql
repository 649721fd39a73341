-- name: versions
-- Purpose: the number, the key and the rank of every usable record of a fetch whose newest record of a key stands.
CREATE TEMPORARY TABLE versions (ordinal bigint, record_key text, rank numeric) ON COMMIT DROP;

-- name: superseded
-- Purpose: the numbers of the records of whose key there is one of a higher rank; without a rank is the lowest.
SELECT ordinal
FROM (
  SELECT ordinal, rank, max(rank) OVER (PARTITION BY record_key) AS highest
  FROM versions
) AS ranked
WHERE highest > rank OR (rank IS NULL AND highest IS NOT NULL);
