// What an attempt keeps on disk, so that it can be made ready again whatever becomes of the server: rows of both states of each
// database, and the functions.

import { closeSync, createReadStream, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOrder, readRows } from '../database/stored-rows.js';
import type { AttemptContext, StateReader } from '../state/state-adapter.js';
import { databasePaths, functionsPrefix } from './document-paths.js';
import type { FunctionLibrary } from './function-libraries.js';
import { writePieces } from './write-pieces.js';

export type StagedSide = 'from' | 'to';

/** Writes down the rows that a state has of a database. */
export async function stageRows(
  context: AttemptContext,
  {
    reader,
    database,
    side,
  }: { readonly reader: StateReader; readonly database: number; readonly side: StagedSide },
): Promise<void> {
  const paths = databasePaths(database);
  const segments = await readOrder(reader, paths);
  await writeDown(fileOf(context, database, side), readRows(reader, { segments, paths }));
}

export function hasStagedRows(context: AttemptContext, database: number, side: StagedSide): boolean {
  return existsSync(fileOf(context, database, side));
}

export function stagedRows(
  context: AttemptContext,
  database: number,
  side: StagedSide,
): AsyncIterable<Buffer> {
  return createReadStream(fileOf(context, database, side), { highWaterMark: PIECE_BYTES });
}

const PIECE_BYTES = 256 << 10;

function fileOf(context: AttemptContext, database: number, side: StagedSide): string {
  return join(context.staging(), `database-${database}.${side}`);
}

/** Writes down, and answers, the functions that a state has. */
export async function stageLibraries(
  context: AttemptContext,
  reader: StateReader,
): Promise<FunctionLibrary[]> {
  const libraries: FunctionLibrary[] = [];
  for (const path of await reader.list(functionsPrefix)) {
    const code = Buffer.from((await reader.read(path)) as Uint8Array);
    libraries.push({ name: path.slice(functionsPrefix.length + 1), code });
  }
  const texts = libraries.map(({ name, code }) => ({ name, code: code.toString('base64') }));
  await writeDown(librariesFile(context), [Buffer.from(JSON.stringify(texts))]);
  return libraries;
}

export function stagedLibraries(context: AttemptContext): FunctionLibrary[] {
  const texts = JSON.parse(readFileSync(librariesFile(context), 'utf8')) as { name: string; code: string }[];
  return texts.map(({ name, code }) => ({ name, code: Buffer.from(code, 'base64') }));
}

function librariesFile(context: AttemptContext): string {
  return join(context.staging(), 'functions.json');
}

async function writeDown(
  file: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  await writePieces(file, pieces);
  sync(file);
  sync(join(file, '..'));
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
