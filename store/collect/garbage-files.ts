// What garbage collection leaves in garbage/: marks, which name packs that nothing needed at some time, and gravestones
// of packs that were removed. A gravestone keeps an index that somebody held open meanwhile from missing its pack.
import type { ObjectId } from '../object-id.js';
import type { PackSource } from '../pack/pack-reader.js';
import { sealJson, unsealJson } from '../sealed-json.js';

const FOLDER = 'garbage';
const FORMAT = 1;
const MARK = /^garbage\/(mark-\d{8})\.json$/;
const GRAVESTONE = /^garbage\/([0-9a-f]{32})\.removed$/;

export interface GarbageMark {
  readonly name: string;
  /** When nothing needed the packs, in milliseconds since 1970. */
  readonly markedAtMs: number;
  readonly packs: readonly string[];
  /** Tags of removed points: they go with the packs. */
  readonly removed: readonly ObjectId[];
  /**
   * The writes that were under way when the mark could be seen: what they have found before may be in the packs. Missing
   * where the collection was interrupted in between: then nothing is removed for this mark.
   */
  readonly writers?: readonly string[];
}

/** What is in garbage/ besides gravestones; a mark that can't be read marks nothing, and removes nothing. */
export async function readMarks({ backend, platform }: PackSource): Promise<GarbageMark[]> {
  const marks: GarbageMark[] = [];
  for (const { name: file } of await backend.list(FOLDER)) {
    const name = MARK.exec(file)?.[1];
    const bytes = name === undefined ? undefined : await backend.read(file);
    if (name === undefined || bytes === undefined) continue;
    const mark = unsealJson<GarbageMark & { format: number }>(platform, bytes);
    if (mark !== undefined && mark.format <= FORMAT) marks.push({ ...mark, name });
  }
  return marks;
}

/** The packs that some mark names. */
export async function readMarkedPacks(source: PackSource): Promise<Set<string>> {
  return new Set((await readMarks(source)).flatMap(({ packs }) => packs));
}

/** Files of marks that are not as they were written. */
export async function findDamagedMarks({ backend, platform }: PackSource): Promise<string[]> {
  const damaged: string[] = [];
  for (const { name } of await backend.list(FOLDER)) {
    const bytes = MARK.test(name) ? await backend.read(name) : undefined;
    if (bytes !== undefined && unsealJson(platform, bytes) === undefined) damaged.push(name);
  }
  return damaged;
}

/** Makes the mark `mark`, under the next free name. */
export async function createMark(
  { backend, platform }: PackSource,
  mark: Omit<GarbageMark, 'name' | 'writers'>,
): Promise<GarbageMark> {
  const taken = (await backend.list(FOLDER)).map(({ name }) => Number(/mark-(\d{8})/.exec(name)?.[1] ?? 0));
  for (let number = Math.max(0, ...taken) + 1; ; number++) {
    const name = `mark-${String(number).padStart(8, '0')}`;
    const made = { ...mark, name };
    if (await backend.createExclusive(fileOf(name), sealJson(platform, { format: FORMAT, ...made })))
      return made;
  }
}

export async function replaceMark({ backend, platform }: PackSource, mark: GarbageMark): Promise<void> {
  await backend.replace(fileOf(mark.name), sealJson(platform, { format: FORMAT, ...mark }));
}

export async function removeMark({ backend }: PackSource, { name }: GarbageMark): Promise<void> {
  await backend.remove(fileOf(name));
}

function fileOf(name: string): string {
  return `${FOLDER}/${name}.json`;
}

export interface Gravestones {
  /** Ids of packs that were removed: whatever still names them means nothing. */
  readonly packs: ReadonlySet<string>;
  /** Whether anything at all was ever marked here, and is not forgotten yet. */
  readonly isCollected: boolean;
}

export async function listGravestones({ backend }: PackSource): Promise<Gravestones> {
  const files = await backend.list(FOLDER);
  const packs = files.map(({ name }) => GRAVESTONE.exec(name)?.[1]).filter((id) => id !== undefined);
  return { packs: new Set(packs), isCollected: files.length > 0 };
}

/** A gravestone must not hide a pack that is written later: as long as there are any, ids are made unlike all others. */
export async function findIdSalt(source: PackSource): Promise<string | undefined> {
  return (await listGravestones(source)).isCollected ? source.platform.randomHex(8) : undefined;
}

export async function createGravestone(
  { backend, platform }: PackSource,
  id: string,
  removedAtMs: number,
): Promise<void> {
  await backend.replace(gravestoneOf(id), sealJson(platform, { format: FORMAT, removedAtMs }));
}

/** When the pack was removed; 0 where the gravestone can't be read. */
export async function readGravestone({ backend, platform }: PackSource, id: string): Promise<number> {
  const bytes = (await backend.read(gravestoneOf(id))) ?? new Uint8Array();
  return unsealJson<{ removedAtMs: number }>(platform, bytes)?.removedAtMs ?? 0;
}

export async function removeGravestone({ backend }: PackSource, id: string): Promise<void> {
  await backend.remove(gravestoneOf(id));
}

function gravestoneOf(id: string): string {
  return `${FOLDER}/${id}.removed`;
}
