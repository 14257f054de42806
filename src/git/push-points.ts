// Pushes points to a git repository behind a smart HTTP server, as tags, and the branch that leads to the latest. They are
// exported into a repository in the store's cache, which has only what is for this server; its last pack is sent.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import {
  type GitRemote,
  listRemoteRefs,
  pushRefs,
  type RefCommand,
  type RemoteRefs,
} from '../composition.js';
import { findPoints, listPointRefs } from '../points.js';
import type { Session } from '../session.js';
import { cacheNameOf, withCachedRepository } from './cached-repository.js';
import { exportPoints, type GitPoint } from './export-points.js';
import { isAncestor } from './is-ancestor.js';
import { type GitLogin, remoteOf } from './remote-of.js';
import { BRANCH, TAGS, tagNameOf } from './tag-name.js';

export interface GitPushOptions extends GitLogin {
  /** The points to be pushed; all where it is missing or empty. */
  readonly points?: readonly string[];
  /** Replace tags that have another value there, and the branch, too. */
  readonly force?: boolean;
  readonly onProgress?: (progress: GitPushProgress) => void;
  readonly signal?: AbortSignal;
}

export interface GitPushProgress {
  readonly phase: 'exporting' | 'sending';
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface PushedPoint {
  readonly name: string;
  /** Its id in the store. */
  readonly id: string;
  readonly tag: string;
  /** The id of the tag object there. */
  readonly tagId: string;
  readonly outcome: RefOutcome;
}

/** It came; was there already; or has taken the place of another one. */
export type RefOutcome = 'pushed' | 'present' | 'replaced';

export interface GitPushResult {
  /** Without a password. */
  readonly url: string;
  readonly objectFormat: ObjectFormat;
  readonly points: readonly PushedPoint[];
  /** What the branch `points` leads to; `kept` where it is ahead there. */
  readonly branch: { readonly commit: string; readonly outcome: RefOutcome | 'kept' };
}

/**
 * Pushes points. Throws POINT_NOT_FOUND, REMOTE_UNREACHABLE, REMOTE_NOT_FOUND, REMOTE_LOGIN_FAILED; REMOTE_CONFLICT where
 * something else has the name of a tag, or the branch has other commits: then nothing is sent; REMOTE_REFUSED where the
 * server takes not all of it: servers that can do so take all or nothing.
 */
export async function pushPoints(
  session: Session,
  address: string,
  options: GitPushOptions = {},
): Promise<GitPushResult> {
  const remote = remoteOf(address, options);
  const names = await namesOf(session, options.points ?? []);
  const known = await listRemoteRefs(remote, 'push');
  const all = new Set((await listPointRefs(session)).map(({ name }) => name));
  const isThere = (name: string) => known.refs.has(TAGS + tagNameOf(name, all));
  const cached = cacheNameOf(session, 'push', `${known.objectFormat} ${remote.url}`);
  return withCachedRepository(session, cached, async (directory) => {
    const context = { session, remote, known, options, directory };
    const first = await prepare(context, {
      there: names.filter(isThere),
      missing: names.filter((name) => !isThere(name)),
    });
    if (first.isWhole) return send(context, first);
    // What it lacks was exported before, and did not arrive, or is to replace something: it has to be in the last pack.
    rmSync(directory, { recursive: true, force: true });
    const equal = new Set(
      first.points.filter(({ outcome }) => outcome === 'present').map(({ name }) => name),
    );
    const again = {
      there: names.filter((name) => equal.has(name)),
      missing: names.filter((name) => !equal.has(name)),
    };
    return send(context, await prepare(context, again));
  });
}

async function namesOf(session: Session, points: readonly string[]): Promise<string[]> {
  const found = points.length === 0 ? await listPointRefs(session) : await findPoints(session, points);
  if (found.length > 0) return found.map(({ name }) => name);
  throw new SavepointError(
    'POINT_NOT_FOUND',
    "The store has no points yet; 'savepoint save PATH' makes one.",
  );
}

interface PushContext {
  readonly session: Session;
  readonly remote: GitRemote;
  readonly known: RemoteRefs;
  readonly options: GitPushOptions;
  readonly directory: string;
}

interface Prepared {
  readonly points: readonly PushedPoint[];
  readonly branch: GitPushResult['branch'];
  readonly commands: readonly RefCommand[];
  /** The pack's name; missing where nothing was new. */
  readonly pack: string | undefined;
  /** Whether the pack has all that the server lacks. */
  readonly isWhole: boolean;
}

/** Exports first what the server has, so that the next pack has only what it lacks. */
async function prepare(
  context: PushContext,
  names: { readonly there: readonly string[]; readonly missing: readonly string[] },
): Promise<Prepared> {
  const there = await exportNamed(context, names.there);
  const missing = await exportNamed(context, names.missing);
  const { known, options } = context;
  const commands: RefCommand[] = [];
  const conflicts: string[] = [];
  let isWhole = true;
  const place = (point: GitPoint, isNew: boolean): PushedPoint => {
    const { name, id, tag, tagId } = point;
    const ref = TAGS + tag;
    const from = known.refs.get(ref);
    const described = { name, id, tag, tagId };
    if (from === tagId) return { ...described, outcome: 'present' };
    if (from !== undefined && options.force !== true) conflicts.push(tag);
    commands.push({ ref, from, to: tagId });
    isWhole &&= isNew && point.outcome === 'added';
    return { ...described, outcome: from === undefined ? 'pushed' : 'replaced' };
  };
  const points = [
    ...(there?.points ?? []).map((point) => place(point, false)),
    ...(missing?.points ?? []).map((point) => place(point, true)),
  ];
  if (conflicts.length > 0) throw tagsTaken(context, conflicts);
  const branch = await placeBranch(context, (missing ?? there)?.head as ObjectId);
  if (branch.outcome === 'pushed' || branch.outcome === 'replaced')
    commands.push({ ref: BRANCH, from: known.refs.get(BRANCH), to: branch.commit });
  return { points, branch, commands, pack: missing?.pack, isWhole };
}

async function exportNamed({ session, directory, known, options }: PushContext, points: readonly string[]) {
  if (points.length === 0) return undefined;
  const { signal, onProgress } = options;
  return exportPoints(session, directory, {
    ...{ points, objectFormat: known.objectFormat },
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined
      ? {}
      : { onProgress: ({ bytes, totalBytes }) => onProgress({ phase: 'exporting', bytes, totalBytes }) }),
  });
}

async function placeBranch(
  { directory, known, options, remote }: PushContext,
  commit: ObjectId,
): Promise<{ readonly commit: ObjectId; readonly outcome: RefOutcome | 'kept' }> {
  const from = known.refs.get(BRANCH);
  if (from === undefined) return { commit, outcome: 'pushed' };
  if (from === commit) return { commit, outcome: 'present' };
  if (await isAncestor(directory, { of: commit, ancestor: from })) return { commit, outcome: 'pushed' };
  if (options.force === true) return { commit, outcome: 'replaced' };
  // Some points of many need not be the latest.
  if ((options.points ?? []).length > 0) return { commit: from, outcome: 'kept' };
  throw new SavepointError(
    'REMOTE_CONFLICT',
    `The branch 'points' at ${remote.url} has commits that the points here do not follow: another store, or an earlier state of this one, was pushed there. Nothing was sent. --force replaces it; or name the points to be pushed, and it stays.`,
    { fields: { url: remote.url, branch: 'points', commit: from } },
  );
}

async function send(context: PushContext, prepared: Prepared): Promise<GitPushResult> {
  const { remote, known, options, directory } = context;
  const { points, branch, commands, pack } = prepared;
  const result = { url: remote.url, objectFormat: known.objectFormat, points, branch };
  if (commands.length === 0) return result;
  const { signal, onProgress } = options;
  const refused = await pushRefs(remote, known, commands, {
    ...(pack === undefined ? {} : { pack: join(directory, 'objects/pack', `${pack}.pack`) }),
    onProgress: (sent) => onProgress?.({ phase: 'sending', ...sent }),
    signal,
  });
  if (refused.size === 0) return result;
  throw refusedRefs(remote, refused);
}

function tagsTaken({ remote }: PushContext, tags: readonly string[]): SavepointError {
  const list = tags.length > 10 ? `${tags.slice(0, 10).join(', ')}, …` : tags.join(', ');
  return new SavepointError(
    'REMOTE_CONFLICT',
    `Tags called ${list} are at ${remote.url} already, and are others. Nothing was sent. --force replaces them.`,
    { fields: { url: remote.url, tags } },
  );
}

function refusedRefs({ url }: GitRemote, refused: ReadonlyMap<string, string>): SavepointError {
  const list = [...refused].map(([ref, why]) => `${ref}: ${why}`);
  const refs = Object.fromEntries(refused);
  return new SavepointError(
    'REMOTE_REFUSED',
    `${url} did not take all of it: ${list.slice(0, 5).join('; ')}.`,
    {
      fields: { url, refs },
    },
  );
}
