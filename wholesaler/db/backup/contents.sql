-- name: own_tables
-- Purpose: the tables of the schema that have a name of ours, without those of extensions and without partitions.
SELECT relation.relname
FROM pg_class AS relation
WHERE relation.relnamespace = current_schema()::regnamespace AND relation.relname = ANY(:names)
  AND relation.relkind IN ('r', 'p') AND NOT relation.relispartition
  AND NOT EXISTS (
    SELECT FROM pg_depend AS dependency
    WHERE dependency.classid = 'pg_class'::regclass AND dependency.objid = relation.oid AND dependency.deptype = 'e'
  );

-- name: references
-- Purpose: which of these tables refer to which others.
SELECT own.relname AS "table", target.relname AS other
FROM pg_constraint AS reference
JOIN pg_class AS own ON own.oid = reference.conrelid
JOIN pg_class AS target ON target.oid = reference.confrelid
WHERE reference.contype = 'f' AND own.relnamespace = current_schema()::regnamespace AND own.oid <> target.oid
  AND own.relname = ANY(:names) AND target.relname = ANY(:names);

-- name: columns
-- Purpose: the columns of a table in their order, and the sequence of one that counts by itself.
SELECT
  attribute.attname AS name,
  attribute.attgenerated <> '' AS is_generated,
  pg_get_serial_sequence(quote_ident(:table), attribute.attname) AS counter
FROM pg_attribute AS attribute
WHERE attribute.attrelid = to_regclass(quote_ident(:table)) AND attribute.attnum > 0 AND NOT attribute.attisdropped
ORDER BY attribute.attnum;

-- name: own_functions
-- Purpose: the functions that migrations have made, as DROP FUNCTION names them.
SELECT function.oid::regprocedure::text
FROM pg_proc AS function
WHERE function.pronamespace = current_schema()::regnamespace AND function.proname LIKE 'wholesaler\_%';

-- name: own_views
-- Purpose: the views that migrations have made.
SELECT relation.relname
FROM pg_class AS relation
WHERE relation.relnamespace = current_schema()::regnamespace AND relation.relkind = 'v'
  AND relation.relname = ANY(:names);
