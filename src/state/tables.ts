// Single tables in the components of points: read, compared row by row, and put back alone.
import { checkAborted, isSavepointError, SavepointError } from '../../store/errors.js';
import { ObjectReader } from '../../store/object-reader.js';
import {
  isDocumentPath,
  type StateAdapter,
  type StateContext,
  type StateTables,
  type TableDifference,
} from '../composition.js';
import { requireUnguarded } from '../guard/require-unguarded.js';
import { logDone } from '../log-operation.js';
import type { ComponentRecord } from '../point-record.js';
import { type PointComponent, readComponents } from '../point-tree.js';
import { findPoint, type Point } from '../points.js';
import { parsePath } from '../selection.js';
import type { Session } from '../session.js';
import type { Stoppable } from '../stoppable.js';
import { documentSource, stateReader } from './state-reader.js';

/** Tables in the databases of points. A path is `COMPONENT:TABLE`, such as `app-db:public.accounts`. */
export interface SavepointTables {
  /** Whether a path is that of a table, and of no document or file. */
  has(point: string, path: string): Promise<boolean>;
  /** Its rows, as the database's own program writes them, one a line. */
  read(point: string, path: string, options?: Stoppable): AsyncGenerator<Uint8Array>;
  /** What differs between two points, or a point and `live`. Throws UNSUPPORTED where columns differ. */
  diff(sides: TableSides): Promise<TableDifference>;
  /** Makes the live table as the point has it, in one transaction; answers what that changed, or would with `dryRun`. */
  restore(point: string, path: string, options?: TableRestoreOptions): Promise<TableDifference>;
}

export interface TableSides extends Stoppable {
  readonly before: string;
  readonly after: string;
  readonly path: string;
}

export interface TableRestoreOptions {
  readonly dryRun?: boolean;
  /** The words of the command line, for the operation log. */
  readonly command?: readonly string[];
  /** Ends the work, with ABORTED, until its transaction is about to be committed: then nothing is changed. */
  readonly signal?: AbortSignal | undefined;
}

/** `COMPONENT` or `COMPONENT:DATABASE` of a point, and what it is to be called beside the one in use. */
export interface CopyRequest {
  readonly point: string;
  readonly path: string;
  readonly name: string;
}

/** Makes a database of a point anew under another name. Throws UNSUPPORTED where the component's kind can't, and ABORTED. */
export async function restoreBeside(
  session: Session,
  { point: text, path, name }: CopyRequest,
  { signal }: Stoppable = {},
): Promise<void> {
  checkAborted(signal);
  const objects = new ObjectReader(session.store, await session.store.openIndex());
  const source = documentSource(objects, session.store.format, { signal });
  const point = await findPoint(session, objects, text);
  const components = await readComponents(source, point);
  const selected = parsePath(components, path);
  const { record, ids } = components.get(selected.component) as PointComponent;
  const adapter = record.settings && (await session.adapters.get(record.kind, record.name));
  if (record.settings === undefined || adapter?.restoreBeside === undefined) {
    const tables = (await adapter?.tables?.list(stateReader(source, ids))) ?? [];
    throw notBeside(record, { point: point.name, table: tables.at(0) });
  }
  await requireUnguarded(session);
  const startedAt = new Date();
  const database = selected.path === '' ? undefined : selected.path;
  const reader = stateReader(source, ids);
  const context = contextOf(record.name, record.settings, signal);
  await untilAborted(signal, async () => adapter.restoreBeside?.({ database, name }, reader, context));
  await logDone(session, {
    ...{ kind: 'restore', startedAt, command: ['restore', point.name, path, '--as', name], outcome: 'done' },
    ...{ components: [record.name], after: { name: point.name, id: point.id } },
  });
}

function contextOf(
  component: string,
  settings: StateContext['settings'],
  signal: Stoppable['signal'],
): StateContext {
  return { component, settings, ...(signal === undefined ? {} : { signal }) };
}

/** For work that leaves nothing behind where it throws: whatever it throws because it was stopped, it was stopped. */
async function untilAborted<T>(signal: Stoppable['signal'], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    checkAborted(signal);
    throw error;
  }
}

function notBeside(
  { name, kind, category, settings }: ComponentRecord,
  { point, table }: { readonly point: string; readonly table: string | undefined },
): SavepointError {
  const withData = category === 'database' ? ' --with-data' : '';
  const [path, whole] = [`${name}:${table}`, `'savepoint rollback ${point} --component ${name}${withData}'`];
  const advice =
    settings === undefined
      ? `'savepoint restore ${point} ${name} --to DIR' puts its files elsewhere.`
      : table === undefined
        ? `It goes back in place only: ${whole}.`
        : `It goes back in place only, as a whole by ${whole}, or in single tables, as by 'savepoint restore ${point} ${path}'; 'savepoint cat ${point} ${path}' prints one.`;
  return new SavepointError(
    'UNSUPPORTED',
    `${name} is of the kind '${kind}', of which nothing can be made under another name. ${advice}`,
    { fields: { component: name, kind } },
  );
}

/** `COMPONENT:TABLE` of a point. */
export interface WantedTable {
  readonly point: string;
  readonly path: string;
}

interface FoundTable {
  readonly point: Point;
  readonly component: PointComponent;
  readonly tables: StateTables;
  readonly name: string;
  readonly reader: ReturnType<typeof stateReader>;
  readonly settings: StateContext['settings'];
}

/** Whether a path is that of a table, and of nothing else that a point has. */
export async function isTable(session: Session, wanted: WantedTable): Promise<boolean> {
  return (await findTable(session, wanted)) !== undefined;
}

/** Throws USAGE for the first of `paths` that is a table: none is restored as files are. */
export async function refuseTables(
  session: Session,
  { point, paths }: { readonly point: string; readonly paths: readonly string[] },
): Promise<void> {
  for (const path of paths) {
    if (!(await isTable(session, { point, path }))) continue;
    throw new SavepointError(
      'USAGE',
      `${path} is a table of a database, which goes back in place only, and by itself: 'savepoint restore ${point} ${path}'. To have it elsewhere, 'savepoint cat ${point} ${path}' prints it.`,
      { fields: { point, path } },
    );
  }
}

/** The rows, as the database's own program writes them. */
export async function* readTable(
  session: Session,
  wanted: WantedTable,
  { signal }: Stoppable = {},
): AsyncGenerator<Uint8Array> {
  checkAborted(signal);
  const { tables, name, reader } = await getTable(session, wanted, { signal });
  for await (const piece of tables.read(name, reader)) {
    checkAborted(signal);
    yield piece;
  }
}

/** What differs between two points, or a point and `live`. */
export async function diffTable(
  session: Session,
  { before, after, path, signal }: TableSides,
): Promise<TableDifference> {
  checkAborted(signal);
  const stored = before === 'live' ? after : before;
  const found = await getTable(session, { point: stored, path }, { signal });
  const other =
    before !== 'live' && after !== 'live'
      ? await getTable(session, { point: after, path }, { signal })
      : undefined;
  const sides =
    other === undefined
      ? {
          before: before === 'live' ? ('live' as const) : found.reader,
          after: after === 'live' ? ('live' as const) : found.reader,
        }
      : { before: found.reader, after: other.reader };
  return compare(found, sides, signal);
}

/** Makes the live table as the point has it; answers what that changed, or would with `dryRun`. */
export async function restoreTable(
  session: Session,
  wanted: WantedTable,
  { dryRun = false, command, signal }: TableRestoreOptions = {},
): Promise<TableDifference> {
  checkAborted(signal);
  const found = await getTable(session, wanted, { signal });
  const { tables, name, reader, settings, point, component } = found;
  if (dryRun) return compare(found, { before: 'live', after: reader }, signal);
  await requireUnguarded(session);
  const startedAt = new Date();
  const context = contextOf(component.record.name, settings, signal);
  // What it throws when it is stopped is its own to say: it alone knows whether it was too late.
  const difference = await tables.restore(name, reader, context);
  await logDone(session, {
    ...{ kind: 'restore', startedAt, command: command ?? ['restore', point.name, wanted.path] },
    ...{ components: [component.record.name], outcome: 'done', after: { name: point.name, id: point.id } },
  });
  return difference;
}

function compare(
  { tables, name, component, settings }: FoundTable,
  sides: Parameters<StateTables['compare']>[1],
  signal: Stoppable['signal'],
): Promise<TableDifference> {
  const context = contextOf(component.record.name, settings, signal);
  return untilAborted(signal, () => tables.compare(name, sides, context));
}

async function getTable(session: Session, wanted: WantedTable, options: Stoppable): Promise<FoundTable> {
  const found = await findTable(session, wanted, options);
  if (found !== undefined) return found;
  throw new SavepointError('PATH_NOT_FOUND', `Point ${wanted.point} has no table ${wanted.path}.`, {
    fields: { ...wanted },
  });
}

async function findTable(
  session: Session,
  { point: text, path }: WantedTable,
  { signal }: Stoppable = {},
): Promise<FoundTable | undefined> {
  if (!path.includes(':') || path.startsWith('/')) return undefined;
  const objects = new ObjectReader(session.store, await session.store.openIndex());
  const source = documentSource(objects, session.store.format, { signal });
  const point = await findPoint(session, objects, text);
  const components = await readComponents(source, point);
  const selected = parsePath(components, path);
  const component = components.get(selected.component) as PointComponent;
  const { settings, name, kind } = component.record;
  if (settings === undefined || selected.path === '' || isDocumentPath(selected.path)) return undefined;
  const adapter: StateAdapter = await session.adapters.get(kind, name);
  if (adapter.tables === undefined) return undefined;
  const reader = stateReader(source, component.ids);
  const found = { tables: adapter.tables, name: selected.path, reader, component, point, settings };
  return (await hasTable(found)) ? found : undefined;
}

async function hasTable({
  tables,
  name,
  reader,
}: Pick<FoundTable, 'tables' | 'name' | 'reader'>): Promise<boolean> {
  try {
    for await (const _ of tables.read(name, reader)) break;
    return true;
  } catch (error) {
    if (!isSavepointError(error, 'PATH_NOT_FOUND')) throw error;
    return false;
  }
}
