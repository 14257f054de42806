// Writes everything that steps make into a staging directory: directories, contents block by block, links and nodes, each
// with its attributes. Nothing of it has its final name yet, and nothing is durable before the file system is synced.
import { ftruncateSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { checkAborted, isSavepointError, SavepointError } from '../../store/errors.js';
import { hurting } from '../../store/hurt-content.js';
import { openSoundIndex } from '../../store/index/open-sound-index.js';
import { decodeName } from '../../store/names.js';
import { missingPack, type PackSource } from '../../store/pack/pack-reader.js';
import { closeDescriptor, createFile } from '../node/posix-directory.js';
import { makeDirectory, makeFifo, makeNode, makeSymlink } from '../node/posix-entry.js';
import type { Place } from '../node/posix-place.js';
import { ThreadPool } from '../node/thread-pool.js';
import { attributeProblem } from './attribute-problem.js';
import { type ContentSource, type LargeFile, type LocatedFiles, locateAgain } from './locate-files.js';
import { OpenFolders } from './open-folders.js';
import type { BlockWork, RestoreReply, RestoreRequest } from './restore-batch.js';
import type { RestoreProblem } from './restore-step.js';
import type { RestoreStart } from './restore-worker.js';
import type { MakeStep, StagedStep, StagePlan } from './stage-plan.js';
import { writeBlocks } from './write-blocks.js';
import { applyAttributes } from './write-file.js';

const BATCH_BYTES = 4 << 20;
/** How often to look for what is not where it was: others merge packs once in many saves only. */
const MOST_ATTEMPTS = 8;

export interface StageOptions {
  readonly content: ContentSource;
  readonly source: PackSource;
  /** The store's directory, for threads of their own; without it the work is done in this thread. */
  readonly storeDirectory: string | undefined;
  /** Start no threads though it is known where the store is. */
  readonly inThread?: boolean;
  readonly onProgress?: (progress: StageProgress) => void;
  readonly signal?: AbortSignal;
}

/** How much of the contents is written. */
export interface StageProgress {
  readonly bytes: number;
  readonly totalBytes: number;
  /** Large ones are written in parts, all at once, and counted at the end. */
  readonly files: number;
  /** The file that was written last. */
  readonly path: string | undefined;
}

export interface Stage {
  readonly plan: StagePlan;
  readonly located: LocatedFiles;
  /** The descriptor of the staging directory. */
  readonly staging: number;
  /** Staged paths of special files that can't be made here are noted in it; where it is missing, the first ends it all. */
  readonly unmade?: Set<string>;
}

/**
 * Makes all that `stage` plans. Nobody else may enter the staging directory. Answers which
 * attributes could not be given; throws where content is missing or damaged, or the disk is full.
 */
export async function stageContents(options: StageOptions, stage: Stage): Promise<RestoreProblem[]> {
  const { plan, located, staging } = stage;
  const problems: RestoreProblem[] = [];
  const folders = new OpenFolders(staging);
  try {
    for (const { stagedPath } of plan.directories) makeDirectory(folders.placeOf(stagedPath), 0o700);
    for (const special of plan.specials) await stageSpecial(special, { folders, options, problems, stage });
    for (const { staged, sizeBytes } of located.large) createLarge(folders, staged, sizeBytes);
    const named = new Map([...plan.files].map(({ stagedPath, step }) => [stagedPath, step.path]));
    for (const { path, message } of await writeContents(options, stage, named)) {
      problems.push({ path: named.get(path) ?? path, code: 'ATTRIBUTES', message });
    }
    for (const large of located.large) finishLarge(folders, large, problems);
    const { bytes } = located;
    options.onProgress?.({ bytes, totalBytes: bytes, files: plan.files.length, path: undefined });
  } finally {
    folders.close();
  }
  return problems;
}

interface SpecialContext {
  readonly folders: OpenFolders;
  readonly options: StageOptions;
  readonly problems: RestoreProblem[];
  readonly stage: Stage;
}

async function stageSpecial(special: StagedStep, context: SpecialContext): Promise<void> {
  const { step, stagedPath } = special;
  const place = context.folders.placeOf(stagedPath);
  try {
    await makeSpecial(place, step, context.options);
  } catch (error) {
    // Devices take privilege, links and FIFOs a file system that has them: no reason to hold back everything else.
    const isOfTheFile = isSavepointError(error, 'PERMISSION_DENIED', 'UNSUPPORTED');
    if (!isOfTheFile || context.stage.unmade === undefined) throw error;
    context.stage.unmade.add(stagedPath);
    const { errno } = error.fields;
    const code = String(errno ?? error.code);
    const advice = `a ${step.attributes.type} can't be made here (${code}): that takes more privilege, or another file system`;
    context.problems.push({ path: step.path, code, message: errno === undefined ? error.message : advice });
    return;
  }
  const failed = applyAttributes(place, step.attributes, { isNew: true });
  if (failed.length > 0) context.problems.push(attributeProblem(step.path, failed));
}

async function makeSpecial(place: Place, step: MakeStep, { content }: StageOptions): Promise<void> {
  const { type, device } = step.attributes;
  if (type === 'symlink' && step.id !== undefined) {
    const target = (await content.reader.read(step.id)).content;
    requireTarget(step.path, target);
    makeSymlink(place, decodeName(target));
  } else if (type === 'fifo') makeFifo(place, 0o600);
  else {
    const [major, minor] = device ?? [0, 0];
    makeNode(place, (type === 'block-device' ? 0o060000 : 0o020000) | 0o600, { major, minor });
  }
}

/** PATH_MAX of Linux, without the NUL. */
const LONGEST_TARGET_BYTES = 4095;

/** What git has for the target of a link may be anything. */
function requireTarget(path: string, target: Uint8Array): void {
  if (target.length > 0 && target.length <= LONGEST_TARGET_BYTES && !target.includes(0)) return;
  throw new SavepointError(
    'UNSUPPORTED',
    `no symbolic link can lead where this one does: to nothing, past a NUL, or over more than ${LONGEST_TARGET_BYTES} bytes`,
    { fields: { path } },
  );
}

function createLarge(folders: OpenFolders, staged: StagedStep, sizeBytes: number): void {
  const descriptor = createFile(folders.placeOf(staged.stagedPath), 0o600);
  try {
    ftruncateSync(descriptor, sizeBytes);
  } finally {
    closeDescriptor(descriptor);
  }
}

function finishLarge(folders: OpenFolders, { staged }: LargeFile, problems: RestoreProblem[]): void {
  const failed = applyAttributes(folders.placeOf(staged.stagedPath), staged.step.attributes, { isNew: true });
  if (failed.length > 0) problems.push(attributeProblem(staged.step.path, failed));
}

/** Writes all file contents, block by block; what moves while this goes on is looked for anew. `named` has their paths. */
async function writeContents(
  options: StageOptions,
  { located, staging }: Stage,
  named: ReadonlyMap<string, string>,
): Promise<RestoreReply['problems']> {
  const problems: { path: string; message: string }[] = [];
  let [bytes, files] = [0, 0];
  let work = located.work;
  for (let attempt = 1; work.length > 0; attempt++) {
    const moved: BlockWork[] = [];
    await writeWork(options, { staging, work, named }, (reply, batch) => {
      problems.push(...reply.problems);
      moved.push(...reply.moved);
      bytes += reply.bytes;
      files += countFiles(batch) - countFiles(reply.moved);
      const last = batch[batch.length - 1];
      const path = named.get((last.files.at(-1) ?? last.parts.at(-1))?.path ?? '');
      options.onProgress?.({ bytes, totalBytes: located.bytes, files, path });
    });
    if (moved.length > 0 && attempt === MOST_ATTEMPTS) throw missingPack(moved[0].block.packId);
    work = moved.length === 0 ? [] : await findAgain(moved, options);
  }
  return problems;
}

function countFiles(work: readonly BlockWork[]): number {
  return work.reduce((sum, { files }) => sum + files.length, 0);
}

/** Others have merged packs: the index says by now where everything is. */
async function findAgain(
  moved: readonly BlockWork[],
  { source, content }: StageOptions,
): Promise<readonly BlockWork[]> {
  const { index } = await openSoundIndex(source);
  return locateAgain(moved, { index, reader: content.reader });
}

async function writeWork(
  options: StageOptions,
  {
    staging,
    work: all,
    named,
  }: { staging: number; work: readonly BlockWork[]; named: ReadonlyMap<string, string> },
  take: (reply: RestoreReply, batch: readonly BlockWork[]) => void,
): Promise<void> {
  const batches = batchesOf(all);
  if (options.storeDirectory === undefined || options.inThread === true || batches.length < 2) {
    for (const work of batches) {
      const reply = await writeBlocks(options.source, { staging, work }).catch(naming(work, named));
      take(reply, work);
    }
    return;
  }
  const startWith: RestoreStart = { directory: options.storeDirectory, format: options.source.format };
  const threads = new ThreadPool<RestoreRequest>({
    script: new URL('./restore-worker.js', import.meta.url),
    size: Math.max(1, Math.min(8, availableParallelism(), batches.length)),
    startWith: () => startWith,
    mostOutstanding: 3,
  });
  try {
    const running: Promise<void>[] = [];
    for (const work of batches) {
      await threads.ready();
      checkAborted(options.signal);
      const sent = threads.send({ staging, work }).catch(naming(work, named));
      running.push(sent.then((reply) => take(reply as RestoreReply, work)));
      running.at(-1)?.catch(() => undefined);
    }
    await Promise.all(running);
  } finally {
    await threads.terminate();
  }
}

/** Throws an error of one block on, with the paths of the files that have something in it. */
function naming(work: readonly BlockWork[], named: ReadonlyMap<string, string>): (error: unknown) => never {
  return (error) => {
    const { pack, offset } = isSavepointError(error) ? error.fields : {};
    const isHurt = ({ block }: BlockWork) => block.packId === pack && block.offset === offset;
    const hurt = work.filter(isHurt).flatMap(({ files, parts }) => [...files, ...parts]);
    const paths = new Set(hurt.map(({ path }) => named.get(path) ?? path));
    throw hurting(error, [...paths]);
  };
}

function batchesOf(work: readonly BlockWork[]): BlockWork[][] {
  const batches: BlockWork[][] = [];
  let bytes = BATCH_BYTES;
  for (const block of work) {
    if (bytes >= BATCH_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    batches[batches.length - 1].push(block);
    bytes += block.block.rawBytes;
  }
  return batches;
}
