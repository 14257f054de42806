// Writes what a repository lacks of new points as one pack: first what can be copied, then what is written anew.
import { HeldReader } from '../../store/held-reader.js';
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import { hashObject } from '../../store/objects/object-header.js';
import { type BareRepository, createBreather, createPackingThreads, PackFile } from '../composition.js';
import type { Session } from '../session.js';
import { copyObjects } from './copy-objects.js';
import { CopyPlan } from './copy-plan.js';
import type { IdMap } from './id-map.js';
import { NameRules } from './name-rules.js';
import { rewriteTree } from './rewrite-trees.js';
import { createIdSet, TreeSurvey } from './survey-trees.js';

const HELD_CACHE_BYTES = 16 << 20;
/** How long signals and progress wait for other work. */
const BREATHE_MS = 50;
/** A commit and a tag each. */
const OBJECTS_OF_POINT = 2;

/** A tree that is to be in the repository; all of `base` is. */
export interface WantedTree {
  readonly tree: ObjectId;
  readonly base?: ObjectId | undefined;
}

export interface WriteOptions {
  readonly repository: BareRepository;
  readonly present: { has(id: ObjectId): boolean };
  readonly map: IdMap;
  readonly trees: readonly WantedTree[];
  readonly onProgress?: ((progress: GitExportProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface GitExportProgress {
  /** Of the contents that are new. */
  readonly bytes: number;
  readonly totalBytes: number;
}

/** For what builds on the trees. */
export interface ObjectSink {
  /** What a tree is called in the repository. */
  treeId(tree: ObjectId): Promise<ObjectId>;
  /** The content of an object of the store. */
  read(id: ObjectId): Uint8Array;
  /** Adds an object unless it is there; answers its id. */
  add(kind: 'commit' | 'tag', content: Uint8Array): ObjectId;
}

export interface WrittenObjects {
  readonly objects: number;
  readonly bytes: number;
  /** The pack's name; missing where nothing was new. */
  readonly pack?: string;
}

/**
 * Writes the trees, and what `finish` adds. The pack is durable in the end, and nothing refers to it yet; where anything is
 * thrown, there is none.
 */
export async function writeObjects(
  session: Session,
  options: WriteOptions,
  finish: (sink: ObjectSink) => Promise<void>,
): Promise<WrittenObjects> {
  const held = await HeldReader.open(session.store, { cacheBytes: HELD_CACHE_BYTES });
  try {
    return await write(session, { ...options, held, breathe: createBreather(BREATHE_MS) }, finish);
  } finally {
    held.close();
  }
}

interface WriteContext extends WriteOptions {
  readonly held: HeldReader;
  readonly breathe: () => Promise<void> | undefined;
}

async function write(
  session: Session,
  context: WriteContext,
  finish: (sink: ObjectSink) => Promise<void>,
): Promise<WrittenObjects> {
  const { held, repository, present, trees } = context;
  const { format, folder, packDirectory } = repository;
  const plan = new CopyPlan(held);
  const rules = new NameRules(held);
  const translates = format !== session.store.format;
  const survey = new TreeSurvey({ ...context, rules, plan, translates });
  for (const { tree, base } of trees) await survey.add(tree, base);
  const expectedObjects = plan.count + survey.changedCount + trees.length * OBJECTS_OF_POINT;
  const pack = await PackFile.begin({ folder, platform: session.store.platform, format, expectedObjects });
  try {
    await copy(session, context, { plan, pack });
    const added = createIdSet();
    const has = (id: ObjectId) => present.has(id) || added.has(id);
    const sink = sinkOf({ ...context, format, survey, rules, has }, (object) => {
      added.claim(object.id);
      pack.add(object);
    });
    for (const { tree } of trees) await sink.treeId(tree);
    await finish(sink);
    if (pack.entries.count === 0) {
      pack.discard();
      return { objects: 0, bytes: 0 };
    }
    const { name, bytes } = await pack.finish(packDirectory);
    return { objects: pack.entries.count, bytes, pack: name };
  } catch (error) {
    pack.discard();
    throw error;
  }
}

async function copy(
  session: Session,
  context: WriteContext,
  { plan, pack }: { readonly plan: CopyPlan; readonly pack: PackFile },
): Promise<void> {
  const { held, repository, map, present, signal } = context;
  const formats = { from: session.store.format, to: repository.format };
  const threads = createPackingThreads({
    ...{ platform: session.store.platform, formats },
    ...{ requests: plan.blockCount + plan.large.length * 4, inThread: !session.threads },
  });
  const totalBytes = plan.totalBytes;
  let bytes = 0;
  const onBytes = (more: number) => {
    bytes += more;
    context.onProgress?.({ bytes, totalBytes });
  };
  const has = (id: ObjectId) => present.has(id);
  try {
    await copyObjects({ held, plan, pack, threads, formats, map, has, onBytes, signal });
  } finally {
    await threads.end();
  }
}

function sinkOf(
  context: WriteContext & {
    readonly format: ObjectFormat;
    readonly survey: TreeSurvey;
    readonly rules: NameRules;
    readonly has: (id: ObjectId) => boolean;
  },
  add: PackFile['add'],
): ObjectSink {
  const { held, format, has } = context;
  const { platform } = held.source;
  const rewriting = {
    ...{ ...context, platform },
    write: ({ id, content }: { id: ObjectId; content: Uint8Array }) => add({ id, kind: 'tree', content }),
  };
  return {
    treeId: (tree) => rewriteTree(rewriting, tree),
    read: (id) => held.read(id).content,
    add(kind, content) {
      const id = hashObject(platform, format, { kind, content });
      if (!has(id)) add({ id, kind, content });
      return id;
    },
  };
}
