// Looks for everything that is wrong with a store, and for the points and paths that it hurts. Changes nothing.
import { findDamagedMarks } from '../store/collect/garbage-files.js';
import type { ObjectIndex } from '../store/index/object-index.js';
import { openSoundIndex } from '../store/index/open-sound-index.js';
import type { ObjectId } from '../store/object-id.js';
import { verifyOperationLog } from '../store/operations/verify-operation-log.js';
import { verifyRefLog } from '../store/refs/verify-ref-log.js';
import { findDamagedSettings, SETTINGS_COPY_NAME } from '../store/store-settings.js';
import type { StoreProblem } from '../store/verify/store-problem.js';
import { verifySegments } from '../store/verify/verify-index.js';
import { reportMissingPacks, verifyPacks } from '../store/verify/verify-packs.js';
import { findDamage, type HurtPoint } from './damage.js';
import { listAllPointRefs } from './points.js';
import type { Session } from './session.js';
import { verifyCaches } from './verify-caches.js';

export interface ExamineOptions {
  readonly data?: boolean;
  readonly onProgress?: (progress: { readonly bytes: number; readonly totalBytes: number }) => void;
  readonly signal?: AbortSignal;
}

export interface CheckedCounts {
  readonly points: number;
  readonly packs: number;
  readonly objects: number;
  readonly bytes: number;
}

/** What was found, before anything is repaired. */
export interface Findings {
  readonly index: ObjectIndex;
  readonly problems: readonly StoreProblem[];
  readonly hurt: readonly HurtPoint[];
  readonly checked: CheckedCounts;
}

const MOST_ATTEMPTS = 16;

export async function examineStore(session: Session, options: ExamineOptions): Promise<Findings> {
  const { store } = session;
  const refProblems = await verifyRefs(store);
  // Read before the index: what a point needs is in the index before there is a ref.
  const refs = refProblems.length > 0 ? [] : await listAllPointRefs(session);
  const { index, unsound, packs } = await verifyAllPacks(session, options);
  const segments = [...unsound].map(
    ([file, error]): StoreProblem => ({ code: error.code, file, message: error.message, lost: new Set() }),
  );
  const problems = [
    ...(await verifySettings(store)),
    ...refProblems,
    ...(await verifyLog(store)),
    ...segments,
    ...(await verifySegments(store, index)),
    ...packs.problems,
    ...(await verifyCaches(session)),
    ...(await verifyMarks(store)),
  ];
  const lost = new Set(packs.problems.flatMap((problem) => [...problem.lost]));
  const hurt = await findDamage(session, refs, { index, lost });
  problems.push(...unexplained(hurt, problems));
  return {
    index,
    problems,
    hurt,
    checked: {
      points: refs.length,
      packs: index.state.packs.size,
      objects: packs.objects,
      bytes: packs.bytes,
    },
  };
}

/** Other processes may merge packs meanwhile: then those that are new are verified as well. */
async function verifyAllPacks({ store }: Session, options: ExamineOptions) {
  const verified = new Set<string>();
  const total = { problems: [] as StoreProblem[], objects: 0, bytes: 0 };
  for (let attempt = 1; ; attempt++) {
    const { index, unsound } = await openSoundIndex(store);
    const { onProgress, signal } = options;
    const found = await verifyPacks(store, index, {
      ...{ verified, data: options.data ?? false },
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    });
    total.problems.push(...found.problems);
    total.objects += found.objects;
    total.bytes += found.bytes;
    if (found.vanished && attempt < MOST_ATTEMPTS) continue;
    total.problems.push(...reportMissingPacks(index));
    return { index, unsound, packs: total };
  }
}

async function verifyRefs(store: Session['store']): Promise<StoreProblem[]> {
  const problems = (await verifyRefLog(store)).map((problem) => ({ ...problem, lost: new Set<ObjectId>() }));
  if (problems.length > 0 || (await store.refs.read()).sequence > 0) return problems;
  const message = 'All refs are missing, and with them the names of the points.';
  return [{ code: 'REF_CORRUPT', file: 'refs', message, lost: new Set() }];
}

async function verifyLog(store: Session['store']): Promise<StoreProblem[]> {
  const broken = await verifyOperationLog(store);
  if (broken === undefined) return [];
  return [{ code: 'LOG_CORRUPT', file: broken.file, message: broken.message, lost: new Set() }];
}

async function verifyMarks(store: Session['store']): Promise<StoreProblem[]> {
  const message = 'A mark of garbage collection is damaged: nothing is removed for it.';
  const damaged = await findDamagedMarks(store);
  return damaged.map((file) => ({ code: 'STORE_CORRUPT', file, message, lost: new Set() }));
}

async function verifySettings(store: Session['store']): Promise<StoreProblem[]> {
  const message = "A copy of the store's settings is damaged or missing.";
  const damaged = new Set(await findDamagedSettings(store, store.settings));
  // Making a store begins its refs with one file, and may be interrupted before there is a copy of the settings; the
  // first save writes the copy before it adds to the refs.
  const isNew = (await store.backend.list('refs')).length <= 1;
  if (isNew && (await store.backend.size(SETTINGS_COPY_NAME)) === undefined)
    damaged.delete(SETTINGS_COPY_NAME);
  return [...damaged].map((file) => ({ code: 'STORE_CORRUPT', file, message, lost: new Set() }));
}

/** Objects that points need and no damaged file accounts for. */
function unexplained(hurt: readonly HurtPoint[], problems: readonly StoreProblem[]): StoreProblem[] {
  const explained = new Set(problems.flatMap(({ lost }) => [...lost]));
  const ids = new Set(
    hurt.flatMap(({ paths }) => paths.map(({ id }) => id)).filter((id) => !explained.has(id)),
  );
  if (ids.size === 0) return [];
  const message = `${ids.size} objects that points need are in no pack of the store.`;
  return [{ code: 'OBJECT_MISSING', file: 'packs', message, lost: ids }];
}
