// Calls a state adapter as a rollback does, without a store: for what its contract says of single calls.

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseJson } from '../../store/parse-json.js';
import {
  type JsonObject,
  type JsonValue,
  type RowsDocument,
  readLater,
  readRows,
  type SegmentEntry,
  type StateAdapter,
  type StatePlan,
  type StateProblem,
  type StateReader,
} from '../composition.js';

/** Documents in memory. */
export interface CapturedDocuments extends StateReader {
  readonly documents: ReadonlyMap<string, Uint8Array>;
  readonly problems: readonly StateProblem[];
}

/** Captures the state as it is. Throws where the adapter breaks its contract. */
export async function captureDocuments(
  adapter: StateAdapter,
  settings: JsonObject,
  { before, component = COMPONENT }: { readonly before?: StateReader; readonly component?: string } = {},
): Promise<CapturedDocuments> {
  const scratch = mkdtempSync(join(tmpdir(), 'savepoint-'));
  const documents = new Map<string, Uint8Array>();
  const problems: StateProblem[] = [];
  const put = (path: string, content: Uint8Array) => {
    if (!isSound(path)) throw new Error(`'${path}' can't be the path of a document.`);
    if (documents.has(path)) throw new Error(`The document '${path}' is there twice.`);
    documents.set(path, content);
  };
  try {
    const captured = adapter.capture({
      ...{ component, settings, previous: async () => before, scratch: () => scratch },
      report: (problem) => problems.push(problem),
    });
    const reading: Promise<void>[] = [];
    for await (const { path, content } of captured) {
      if (content === 'as-before') {
        const same = (await before?.list(path)) ?? [];
        for (const each of same) put(each, (await before?.read(each)) as Uint8Array);
      } else if (content instanceof Uint8Array) put(path, content);
      else if ('file' in content) put(path, readFileSync(content.file));
      else reading.push(readInto(content, (name, bytes) => put(`${path}/${name}`, bytes)));
    }
    await Promise.all(reading);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return { documents, problems, ...readerOf(documents) };
}

/** As a capture does, beside all else that the adapter hands out. */
async function readInto(
  { rows, onRead, onFailure }: RowsDocument['content'],
  put: (name: string, bytes: Uint8Array) => void,
): Promise<void> {
  try {
    const segments: SegmentEntry[] = [];
    const said = await readRows(rows, readLater, async ({ content, ...entry }) => {
      segments.push(entry);
      put(entry.name, Uint8Array.from(content));
    });
    onRead({ segments, said });
  } catch (error) {
    onFailure(error);
  }
}

/** What an adapter is told that its component is called. */
export const COMPONENT = 'conformance';

function isSound(path: string): boolean {
  const names = path.split('/');
  const areNames = names.length > 1 && names.every((name) => !['', '.', '..'].includes(name));
  return areNames && ['state', 'observed'].includes(names[0]);
}

/** Reads documents in memory. */
export function readerOf(documents: ReadonlyMap<string, Uint8Array>): StateReader {
  return {
    list: async (prefix) =>
      [...documents.keys()]
        .filter((path) => prefix === '' || path === prefix || path.startsWith(`${prefix}/`))
        .sort(),
    read: async (path) => documents.get(path),
    async id(path) {
      const content = documents.get(path);
      return content && createHash('sha256').update(`blob ${content.length}\0`).update(content).digest('hex');
    },
    async *stream(path) {
      const content = documents.get(path);
      if (content === undefined) throw new Error(`There is no document '${path}'.`);
      yield content;
    },
    async copyTo(path, file) {
      const content = documents.get(path);
      if (content === undefined) throw new Error(`There is no document '${path}'.`);
      writeFileSync(file, content, { flag: 'wx' });
    },
  };
}

/** What turns one state into another, as it is after a way through the journal. */
export async function planOf(
  adapter: StateAdapter,
  settings: JsonObject,
  { from, to }: { readonly from: CapturedDocuments; readonly to: CapturedDocuments },
): Promise<StatePlan> {
  const paths = [...new Set([...from.documents.keys(), ...to.documents.keys()])].sort();
  const changed = paths.filter((path) => !sameBytes(from.documents.get(path), to.documents.get(path)));
  const comparison = { from, to, changed, files: [], dependencies: [] };
  return adapter.compare(comparison, { component: COMPONENT, settings });
}

export function sameBytes(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return Buffer.compare(left, right) === 0;
}

/** What is the same after it was written down and read again. */
export function throughJournal<T>(value: T): T {
  return parseJson(JSON.stringify(value)) as T;
}

/** Stages what `plan` says and gives it to `work`, then discards it. */
export async function withStaged<T>(
  adapter: StateAdapter,
  settings: JsonObject,
  detail: {
    readonly plan: StatePlan;
    readonly states: { readonly from: CapturedDocuments; readonly to: CapturedDocuments };
    readonly work: (prepared: JsonValue, context: Parameters<StateAdapter['apply']>[1]) => Promise<T>;
  },
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'savepoint-'));
  const context = { component: COMPONENT, settings, attempt: 'conformance-1', staging: () => directory };
  try {
    const prepared = await adapter.stage(throughJournal(detail.plan.steps), { ...context, ...detail.states });
    return await detail.work(throughJournal(prepared), { ...context, done: () => undefined });
  } finally {
    await adapter.discard?.(context);
    rmSync(directory, { recursive: true, force: true });
  }
}
