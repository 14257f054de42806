// A small store that has some of everything: small files, links and one in chunks; points that differ; merged packs,
// several index segments, a snapshot of the refs, caches. And what it holds, to compare with what a reader finds.
import { appendFileSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { componentsOfPaths } from '#src/components.js';
import { listPoints } from '#src/list.js';
import type { Point } from '#src/points.js';
import { save } from '#src/save.js';
import { createSession, openSession, type Session } from '#src/session.js';
import { isSavepointError } from '#store/errors.js';
import { openSoundIndex } from '#store/index/open-sound-index.js';
import type { ObjectFormat, ObjectId } from '#store/object-id.js';
import { createRandom, type SeededRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

export interface SmallStore {
  /** The store's directory, on a tmpfs. */
  readonly location: string;
  /** The tree as it was saved last. */
  readonly live: string;
  /** The names of its points, oldest first. */
  readonly points: readonly string[];
}

const SAVES = 20;
const LARGE_FILE_BYTES = 1_300_000;
/** So many changes of refs that the log of refs has a snapshot. */
const REF_CHANGES = 60;

/** Makes one, which is gone with the file's tests. */
export async function makeSmallStore(seed: number, format: ObjectFormat): Promise<SmallStore> {
  const directory = createTemporaryDirectory({ lifetime: 'file', tmpfsSizeBytes: 256 << 20 });
  const location = join(directory, 'store');
  const live = join(directory, 'live');
  const random = createRandom(`small store ${seed}`);
  makeTree(live, random);
  const session = await createSession(location, format);
  const points: string[] = [];
  for (let number = 0; number < SAVES; number++) {
    if (number === SAVES - 2) await changeRefs(session);
    changeTree(live, { number, random });
    const { point } = await save(session, componentsOfPaths([live]), { name: `point-${number}` });
    points.push(point.name);
  }
  await listPoints(session);
  await session.close();
  return { location, live, points };
}

function makeTree(live: string, random: SeededRandom): void {
  mkdirSync(join(live, 'folder/deep/deeper'), { recursive: true });
  mkdirSync(join(live, 'empty'));
  for (let i = 0; i < 12; i++)
    writeFileSync(join(live, 'folder', `small-${i}`), random.text(random.integer(4000)));
  for (let i = 0; i < 4; i++)
    writeFileSync(join(live, 'folder/deep/deeper', `noise-${i}`), random.bytes(2000));
  writeFileSync(join(live, 'large'), random.text(LARGE_FILE_BYTES));
  writeFileSync(join(live, 'empty-file'), '');
  symlinkSync('folder/small-1', join(live, 'link'));
  linkSync(join(live, 'folder/small-2'), join(live, 'hard-link'));
}

function changeTree(live: string, change: { number: number; random: SeededRandom }): void {
  const { number, random } = change;
  writeFileSync(join(live, 'folder', `small-${random.integer(12)}`), random.text(random.integer(4000)));
  writeFileSync(join(live, 'folder/deep', `new-${number}`), random.bytes(1000));
  if (number % 3 === 0) rmSync(join(live, 'folder/deep', `new-${number - 2}`), { force: true });
  if (number === 10) appendFileSync(join(live, 'large'), random.bytes(100));
}

async function changeRefs({ store }: Session): Promise<void> {
  const [[, { id }]] = (await store.refs.read()).refs;
  for (let number = 0; number < REF_CHANGES; number++) {
    const name = `heads/number-${number}`;
    await store.refs.update([{ name, expected: undefined, value: id }]);
  }
}

/** Everything that can be read from a store by name or id. */
export interface StoreContent {
  readonly refs: ReadonlyMap<string, ObjectId>;
  /** What `list` says of the points. */
  readonly points: ReadonlyMap<string, Point>;
  readonly objects: ReadonlyMap<ObjectId, { readonly kind: string; readonly content: Uint8Array }>;
}

export async function readContent(location: string): Promise<StoreContent> {
  const session = await openSession({ store: location });
  const { index } = await openSoundIndex(session.store);
  const reader = await session.store.openReader();
  const objects = new Map<ObjectId, { kind: string; content: Uint8Array }>();
  for (const segment of index.state.segments) {
    for (const { id } of segment.entries()) objects.set(id, await reader.read(id));
  }
  const refs = [...(await session.store.refs.read()).refs].map(([name, { id }]) => [name, id] as const);
  const points = (await listPoints(session)).map((point) => [point.name, point] as const);
  await session.close();
  return { refs: new Map(refs), points: new Map(points), objects };
}

/**
 * Reads all that `content` knows of; answers what is not as it was, where a coded error would have been in order, and
 * how many reads failed with one.
 */
export async function findWrongReads(
  location: string,
  content: StoreContent,
): Promise<{ wrong: string[]; failed: number }> {
  const wrong: string[] = [];
  let failed = 0;
  const attempt = async (check: () => Promise<void>) => {
    try {
      await check();
    } catch (error) {
      if (isSavepointError(error)) failed++;
      else wrong.push(`uncoded: ${error instanceof Error ? error.stack : error}`);
    }
  };
  await attempt(async () => {
    const session = await openSession({ store: location });
    await attempt(async () => void wrong.push(...(await findWrongRefs(session, content))));
    await attempt(async () => void wrong.push(...(await findWrongPoints(session, content))));
    const reader = await session.store.openReader();
    for (const [id, { kind, content: expected }] of content.objects) {
      await attempt(async () => {
        const found = await reader.read(id);
        if (found.kind !== kind || Buffer.compare(found.content, expected) !== 0)
          wrong.push(`object ${id} is not as it was`);
      });
    }
    await session.close();
  });
  return { wrong, failed };
}

async function findWrongRefs(session: Session, content: StoreContent): Promise<string[]> {
  const { refs } = await session.store.refs.read();
  const names = new Set([...refs.keys(), ...content.refs.keys()]);
  return [...names]
    .filter((name) => refs.get(name)?.id !== content.refs.get(name))
    .map((name) => `ref ${name}`);
}

/** A point that can't be read is listed, and says so. */
async function findWrongPoints(session: Session, content: StoreContent): Promise<string[]> {
  const listed = await listPoints(session);
  const wrong = listed.filter((point) => {
    return point.damaged === undefined && !isDeepStrictEqual(point, content.points.get(point.name));
  });
  if (listed.length !== content.points.size)
    wrong.push(...listed.filter(({ name }) => !content.points.has(name)));
  return wrong.map(({ name }) => `list says of ${name} what it did not`);
}
