// Finds out where the contents of files stand, and arranges the writing of them by block, so that each block is read
// and decoded once.
import { SavepointError } from '../../store/errors.js';
import { hurting } from '../../store/hurt-content.js';
import type { Location, ObjectIndex } from '../../store/index/object-index.js';
import type { ObjectId } from '../../store/object-id.js';
import type { ObjectReader } from '../../store/object-reader.js';
import { contentLength } from '../../store/objects/object-header.js';
import { missingPack } from '../../store/pack/pack-reader.js';
import { RECIPE_FLAG, type Recipe } from '../../store/pack/record.js';
import type { FileAttributes } from './attributes.js';
import type { BlockWork, FilePart, RecordPlace, WholeFile } from './restore-batch.js';
import type { StagedStep } from './stage-plan.js';

export interface ContentSource {
  /** Best with all segments loaded where there is much to find. */
  readonly index: ObjectIndex;
  readonly reader: ObjectReader;
}

/** A large file, which is created first and then filled part by part. */
export interface LargeFile {
  readonly staged: StagedStep;
  readonly sizeBytes: number;
}

export interface LocatedFiles {
  /** In the order in which the blocks stand in the packs. */
  readonly work: readonly BlockWork[];
  readonly large: readonly LargeFile[];
  /** The sum of all contents. */
  readonly bytes: number;
  /** The same without the holes of sparse files. */
  readonly dataBytes: number;
}

/** Throws OBJECT_MISSING or PACK_MISSING, naming the first path that it hurts; nothing has been changed by then. */
export async function locateFiles(
  files: readonly StagedStep[],
  source: ContentSource,
): Promise<LocatedFiles> {
  const blocks = new BlockTable();
  const large: LargeFile[] = [];
  let [bytes, dataBytes] = [0, 0];
  const count = ({ step }: StagedStep, sizeBytes: number) => {
    bytes += sizeBytes;
    dataBytes += Math.min(sizeBytes, sumOf(step.attributes.data) ?? sizeBytes);
  };
  for (const staged of files) {
    const { path, attributes } = staged.step;
    const found = locate(source, staged.step.id, path);
    const location = found instanceof Promise ? await found : found;
    const record = recordPlace(location);
    if ((location.entry.kind & RECIPE_FLAG) === 0) {
      blocks.of(location).files.push({ ...record, path: staged.stagedPath, attributes });
      count(staged, contentLength({ kind: 'blob', lengthBytes: record.lengthBytes }));
      continue;
    }
    const recipe = (await source.reader.findRecipe(location.entry.id).catch((error) => {
      throw hurting(error, [path]);
    })) as Recipe;
    let position = 0;
    for (const chunk of recipe.chunks) {
      const part = await locate(source, chunk.id, path);
      blocks.of(part).parts.push({
        ...recordPlace(part),
        path: staged.stagedPath,
        position,
        data: attributes.data,
      });
      position += chunk.lengthBytes;
    }
    large.push({ staged, sizeBytes: recipe.sizeBytes });
    count(staged, recipe.sizeBytes);
  }
  return { work: blocks.work(), large, bytes, dataBytes };
}

function sumOf(ranges: FileAttributes['data']): number | undefined {
  return ranges?.reduce((sum, [, length]) => sum + length, 0);
}

/** The same work, where it is to be found by now. Throws OBJECT_MISSING or PACK_MISSING where it isn't any more. */
export async function locateAgain(
  work: readonly BlockWork[],
  source: ContentSource,
): Promise<readonly BlockWork[]> {
  const blocks = new BlockTable();
  for (const file of work.flatMap(({ files }) => files)) {
    const location = await locate(source, file.id, file.path);
    blocks.of(location).files.push({ ...file, ...recordPlace(location) });
  }
  for (const part of work.flatMap(({ parts }) => parts)) {
    const location = await locate(source, part.id, part.path);
    blocks.of(location).parts.push({ ...part, ...recordPlace(location) });
  }
  return blocks.work();
}

interface BlockContent {
  readonly location: Location;
  readonly files: WholeFile[];
  readonly parts: FilePart[];
}

/** What is to be written out of each block. */
class BlockTable {
  private readonly packs = new Map<string, Map<number, BlockContent>>();

  of(location: Location): BlockContent {
    const blocks = this.packs.get(location.packId) ?? new Map<number, BlockContent>();
    if (blocks.size === 0) this.packs.set(location.packId, blocks);
    const known = blocks.get(location.block.offset) ?? { location, files: [], parts: [] };
    if (known.files.length + known.parts.length === 0) blocks.set(location.block.offset, known);
    return known;
  }

  /** In the order in which the blocks stand in the packs. */
  work(): BlockWork[] {
    const all = [...this.packs.values()].flatMap((blocks) => [...blocks.values()]);
    return all.sort(comparePlaces).map(({ location, files, parts }) => ({
      block: { packId: location.packId, ...location.block },
      files,
      parts,
    }));
  }
}

function comparePlaces(left: { location: Location }, right: { location: Location }): number {
  if (left.location.packId !== right.location.packId)
    return left.location.packId < right.location.packId ? -1 : 1;
  return left.location.block.offset - right.location.block.offset;
}

function recordPlace({ entry }: Location): RecordPlace {
  return { id: entry.id, offset: entry.offset, lengthBytes: entry.lengthBytes };
}

/**
 * Looks up at once where the index is loaded: a promise for each of many files costs more than the look-up. Else the
 * reader does, which makes up for an index that is damaged or was merged meanwhile.
 */
function locate(
  { index, reader }: ContentSource,
  id: ObjectId | undefined,
  path: string,
): Location | Promise<Location> {
  if (id === undefined || index.isLoaded()) {
    return readable(id === undefined ? undefined : index.findLoaded(id), id, path);
  }
  return reader.locate(id).then((location) => readable(location, id, path));
}

function readable(location: Location | undefined, id: ObjectId | undefined, path: string): Location {
  if (location === undefined) {
    throw new SavepointError(
      'OBJECT_MISSING',
      `The content of ${path} is not in the store; nothing was changed. Run 'savepoint verify' to see what else is hurt, or leave the path out.`,
      { fields: { id, path } },
    );
  }
  if (!location.missing) return location;
  throw missingPack(location.packId);
}
