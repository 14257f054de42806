// Data that turns out corrupt: files that must keep their content and do not, or can't be read any more; and the store.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import type { TriggerRule } from '../configuration/configuration.js';
import type { Session } from '../session.js';
import { verify } from '../verify.js';
import type { Look } from './look.js';

export interface CorruptionBaseline {
  readonly kind: 'corruption';
  /** SHA-256 of each watched file, by its absolute path. */
  readonly files: Readonly<Record<string, string>>;
  readonly store: boolean;
  /** What was told of the store already. */
  readonly told?: string;
}

/** All regular files in and below the paths of the rule. Throws PATH_NOT_FOUND, PERMISSION_DENIED. */
export async function armCorruption(
  rule: TriggerRule & { readonly on: 'corruption' },
): Promise<CorruptionBaseline> {
  const files: Record<string, string> = {};
  for (const path of rule.paths) {
    for await (const file of filesBelow(path)) {
      const hash = await armFile(file, { isNamed: file === path });
      if (hash !== undefined) files[file] = hash;
    }
  }
  return { kind: 'corruption', files, store: rule.store };
}

/** Reads every watched file again, and looks through the store. */
export async function lookForCorruption(
  session: Session,
  baseline: CorruptionBaseline,
): Promise<Look<CorruptionBaseline>> {
  const complaints: string[] = [];
  const files: Record<string, string> = {};
  for (const [file, before] of Object.entries(baseline.files)) {
    const found = await hashOrComplain(file);
    if (found.complaint !== undefined) complaints.push(`${file} ${found.complaint}`);
    else if (found.hash !== before) complaints.push(`${file} has another content`);
    if (found.hash !== undefined) files[file] = found.hash;
  }
  const store = baseline.store ? await lookAtStore(session) : undefined;
  const isNews = store !== undefined && store !== baseline.told;
  if (isNews) complaints.push(store);
  return {
    reason: complaints.length === 0 ? undefined : describe(complaints),
    baseline: { ...baseline, files, ...(store === undefined ? {} : { told: store }) },
  };
}

const MOST_TOLD = 3;

function describe(complaints: readonly string[]): string {
  const more = complaints.length > MOST_TOLD ? ` and ${complaints.length - MOST_TOLD} more` : '';
  return complaints.slice(0, MOST_TOLD).join('; ') + more;
}

async function lookAtStore(session: Session): Promise<string | undefined> {
  const { sound, problems } = await verify(session);
  return sound ? undefined : `the store is damaged: ${problems[0].message}`;
}

async function* filesBelow(path: string): AsyncGenerator<string> {
  const status = await statOrFail(path);
  if (status.isFile()) yield path;
  if (!status.isDirectory()) return;
  for (const name of await readdir(path)) yield* filesBelow(join(path, name));
}

async function statOrFail(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    throw unwatchable(path, error);
  }
}

/** One that has just gone, below a directory that is named, was not meant to stay. */
async function armFile(
  file: string,
  { isNamed }: { readonly isNamed: boolean },
): Promise<string | undefined> {
  try {
    return await hashFile(file);
  } catch (error) {
    if (!isNamed && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unwatchable(file, error);
  }
}

async function hashOrComplain(file: string): Promise<{ hash?: string; complaint?: string }> {
  try {
    if (!(await lstat(file)).isFile()) return { complaint: 'is no file any more' };
    return { hash: await hashFile(file) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { complaint: code === 'ENOENT' ? 'is gone' : `can't be read (${code})` };
  }
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file)) hash.update(bytes);
  return hash.digest('hex');
}

function unwatchable(path: string, cause: unknown): SavepointError {
  const { code } = cause as NodeJS.ErrnoException;
  const isThere = code !== 'ENOENT' && code !== 'ENOTDIR';
  return new SavepointError(
    isThere ? 'PERMISSION_DENIED' : 'PATH_NOT_FOUND',
    `${path}, which the trigger 'corruption' watches, ${isThere ? `can't be read (${code})` : 'is not there'}. Correct the configuration, or mend that, and repeat.`,
    { fields: { path }, cause },
  );
}
