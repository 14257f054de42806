// What there is in a PostgreSQL database: its tables with their columns and keys, sequences, extensions, large objects.
import type { PsqlSession } from './psql-session.js';
import { quoteQualified, quoteText } from './quote.js';

export interface TableRecord {
  readonly schema: string;
  readonly name: string;
  /** Those that hold data of their own, in order. */
  readonly columns: readonly string[];
  /** The columns of a unique index without NULL, of the primary key if there is one; none where there is no such index. */
  readonly key: readonly string[];
  /** Of a table that belongs to an extension: which of its rows are the user's. */
  readonly condition: string;
  /** On the server's disk. */
  readonly sizeBytes: number;
}

export interface SequenceRecord {
  readonly schema: string;
  readonly name: string;
  readonly value: string;
  readonly isCalled: boolean;
}

export interface Catalog {
  /** The largest first. */
  readonly tables: readonly TableRecord[];
  readonly sequences: readonly SequenceRecord[];
  readonly extensions: readonly { readonly name: string; readonly version: string }[];
  readonly hasLargeObjects: boolean;
}

/** In the session's transaction. */
export async function readCatalog(session: PsqlSession): Promise<Catalog> {
  const { count } = await session.row<{ count: number }>(
    'SELECT count(*) AS count FROM pg_largeobject_metadata',
  );
  return {
    tables: await session.rows<TableRecord>(TABLES),
    sequences: await readSequences(session),
    extensions: await session.rows(
      'SELECT extname AS name, extversion AS version FROM pg_extension ORDER BY extname COLLATE "C"',
    ),
    hasLargeObjects: count > 0,
  };
}

/** Relations with data of the user's: not the system's, not temporary, and of extensions only what they say is. */
function userRelations(kind: string, columns: string): string {
  return `
SELECT n.nspname AS schema, c.relname AS name, ${columns}, coalesce(x.condition, '') AS condition
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
  SELECT u.condition FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS u(relation, condition)
  WHERE u.relation = c.oid LIMIT 1) x ON true
WHERE c.relkind = '${kind}' AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND (x.condition IS NOT NULL OR NOT EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'))`;
}

/** A column that is computed from others is no part of the data, and so no part of a key. */
const KEY = `
(SELECT json_agg(a.attname ORDER BY k.position)
 FROM unnest(i.indkey) WITH ORDINALITY AS k(number, position)
 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
 WHERE k.position <= i.indnkeyatts
 HAVING bool_and(a.attnotnull AND a.attgenerated = '') AND count(*) = i.indnkeyatts)`;

const COLUMNS = `
c.relpages::bigint * current_setting('block_size')::int AS "sizeBytes",
coalesce((SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''), '[]') AS columns,
coalesce((SELECT found.key FROM (
  SELECT ${KEY} AS key, i.indisprimary, i.indnkeyatts, i.indexrelid FROM pg_index i
  WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL) found
  WHERE found.key IS NOT NULL
  ORDER BY found.indisprimary DESC, found.indnkeyatts, found.indexrelid LIMIT 1), '[]') AS key`;

const TABLES = `${userRelations('r', COLUMNS)}
ORDER BY c.relpages DESC, n.nspname COLLATE "C", c.relname COLLATE "C"`;

/** So many at once. */
const SEQUENCES_A_STATEMENT = 200;

async function readSequences(session: PsqlSession): Promise<SequenceRecord[]> {
  const names = await session.rows<{ schema: string; name: string }>(
    `${userRelations('S', 'c.oid')} ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`,
  );
  const found: SequenceRecord[] = [];
  for (let at = 0; at < names.length; at += SEQUENCES_A_STATEMENT) {
    const selects = names
      .slice(at, at + SEQUENCES_A_STATEMENT)
      .map(
        (each) =>
          `SELECT ${quoteText(each.schema)} AS schema, ${quoteText(each.name)} AS name, last_value::text AS value, is_called AS "isCalled" FROM ${quoteQualified(each)}`,
      );
    found.push(...(await session.rows<SequenceRecord>(selects.join(' UNION ALL '))));
  }
  return found;
}
