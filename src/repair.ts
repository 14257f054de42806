// Mends what `verify` found: derived files are made anew, refs are put together from what is left of them and from the
// points' own tags, damaged packs are replaced by what can be read of them. Nothing that can be read is removed.
import type { Backend } from '../store/backend.js';
import { type ErrorCode, isSavepointError } from '../store/errors.js';
import type { ObjectIndex } from '../store/index/object-index.js';
import { openSoundIndex } from '../store/index/open-sound-index.js';
import type { ObjectId } from '../store/object-id.js';
import { ObjectReader } from '../store/object-reader.js';
import { parseTag } from '../store/objects/commit-and-tag.js';
import { kindNumber } from '../store/pack/record.js';
import { rebuildRefLog } from '../store/refs/rebuild-ref-log.js';
import { listRefFiles } from '../store/refs/ref-files.js';
import { salvageRefs } from '../store/refs/salvage-refs.js';
import { repairSettings } from '../store/store-settings.js';
import { reindex, repairPacks } from '../store/verify/repair-packs.js';
import type { StoreProblem } from '../store/verify/store-problem.js';
import { FileStatCaches } from './composition.js';
import type { Findings } from './examine-store.js';
import { parseTagMessage } from './point-record.js';
import { POINTS, SAFETY_POINTS } from './points.js';
import type { Session } from './session.js';

const MARKS = 'garbage/';

/** What only a newer version can read is left alone, and so is what isn't there. */
const DAMAGED_PACK: readonly ErrorCode[] = ['PACK_CORRUPT', 'BLOCK_CORRUPT', 'OBJECT_CORRUPT'];

/** What was done about each problem that something could be done about. */
export async function repairStore(session: Session, findings: Findings): Promise<Map<StoreProblem, string>> {
  const { store } = session;
  const done = new Map<StoreProblem, string>();
  const note = (problems: readonly StoreProblem[], text: string) => {
    for (const problem of problems) done.set(problem, text);
  };
  const settings = findings.problems.filter(
    ({ code, file }) => code === 'STORE_CORRUPT' && !file.startsWith(MARKS),
  );
  if (settings.length > 0) await repairSettings(store, store.settings);
  note(settings, 'written anew from the other copy');
  const packs = findings.problems.filter(
    ({ file, code }) => file.startsWith('packs/') && DAMAGED_PACK.includes(code),
  );
  await mendPacks(session, packs, done);
  const indexes = findings.problems.filter(({ file }) => file.startsWith('index/'));
  if (indexes.length > 0) for (const { file } of indexes) await store.backend.remove(file);
  const { unindexedPacks, missingPacks } = findings.index.state;
  // Packs that are lost are named no more: else every save would look for what was only in them.
  if (indexes.length + unindexedPacks.length + missingPacks.length > 0) {
    await reindex(store, { without: new Set(), added: [] });
  }
  note(indexes, 'rebuilt from the packs');
  // A stat cache vouches for contents that may be among what is lost.
  if (findings.problems.some(({ lost }) => lost.size > 0)) await new FileStatCaches(store).dropAll();
  const caches = findings.problems.filter(({ file }) => file.startsWith('cache/'));
  for (const { file } of caches) await store.backend.remove(file);
  note(caches, 'removed; it is made anew when it is needed');
  const marks = findings.problems.filter(({ file }) => file.startsWith(MARKS));
  for (const { file } of marks) await store.backend.remove(file);
  note(marks, "removed; the next 'savepoint gc' marks anew");
  const refs = findings.problems.filter(({ file }) => file.startsWith('refs'));
  if (refs.length > 0) note(refs, await mendRefs(session, refs));
  return done;
}

async function mendPacks(
  session: Session,
  problems: readonly StoreProblem[],
  done: Map<StoreProblem, string>,
): Promise<void> {
  const ids = [...new Set(problems.map(({ file }) => /^packs\/([0-9a-f]{32})\.pack$/.exec(file)?.[1]))];
  const known = ids.filter((id) => id !== undefined);
  if (known.length === 0) return;
  for (const { id, objects, quarantine } of await repairPacks(session.store, known)) {
    const text = `${objects} objects could be read and were moved to a new pack; the damaged one is kept as ${quarantine}`;
    for (const problem of problems) if (problem.file === `packs/${id}.pack`) done.set(problem, text);
  }
}

/** Points whose names are lost with a transaction are found again by their tags. */
async function mendRefs(session: Session, problems: readonly StoreProblem[]): Promise<string> {
  const { store } = session;
  const { index } = await openSoundIndex(store);
  const salvaged = await salvageRefs(store);
  const refs = new Map(salvaged.refs);
  const points = [...refs].filter(([name]) => name.startsWith(POINTS) || name.startsWith(SAFETY_POINTS));
  const sequences = new Map(points.map(([, { id, sequence }]) => [id, sequence]));
  let found = 0;
  // A point that is found again takes its place behind the last one that was made before it.
  const { newest } = await listRefFiles(store.backend);
  let sequence = 0;
  for (const { name, id, folder } of await findTags(session, index)) {
    sequence = Math.max(sequence, sequences.get(id) ?? Math.min(sequence + 1, newest));
    if (sequences.has(id) || refs.has(folder + name)) continue;
    refs.set(folder + name, { id, sequence });
    found++;
  }
  await rebuildRefLog({ backend: store.backend, platform: store.platform, format: store.format, refs });
  for (const { file } of problems) await moveToQuarantine(store.backend, file);
  return `rebuilt: ${salvaged.refs.size} refs could be read, ${found} points were found by their tags`;
}

async function moveToQuarantine(backend: Backend, file: string): Promise<void> {
  const bytes = await backend.read(file);
  if (bytes === undefined) return;
  await backend.replace(`quarantine/${file.replaceAll('/', '-')}`, bytes);
  await backend.remove(file);
}

/** What safety points are made by; they must not become ordinary points, let alone the latest one. */
const SAFETY_TRIGGERS: readonly string[] = ['rollback', 'undo', 'redo'];

interface FoundTag {
  readonly name: string;
  readonly id: ObjectId;
  readonly createdAt: string;
  readonly folder: string;
}

/** All points whose tags are in the store, oldest first. */
async function findTags(session: Session, index: ObjectIndex) {
  const reader = new ObjectReader(session.store, index);
  const tags = new Map<string, FoundTag>();
  for (const segment of index.state.segments) {
    for (const entry of segment.entries()) {
      if (entry.kind !== kindNumber('tag') || tags.has(entry.id)) continue;
      try {
        const tag = parseTag((await reader.read(entry.id)).content, session.store.format);
        const { createdAt, trigger } = parseTagMessage(tag.message, entry.id);
        const folder = SAFETY_TRIGGERS.includes(trigger) ? SAFETY_POINTS : POINTS;
        tags.set(entry.id, { name: tag.name, id: entry.id, createdAt, folder });
      } catch (error) {
        if (!isSavepointError(error, 'OBJECT_CORRUPT', 'BLOCK_CORRUPT', 'PACK_CORRUPT', 'PACK_MISSING'))
          throw error;
      }
    }
  }
  return [...tags.values()].sort((left, right) => (left.createdAt < right.createdAt ? -1 : 1));
}
