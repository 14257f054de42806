// Writes trees anew for a repository, from the leaves up: with escaped names, and with the ids that objects have there.
import { assert } from '../../store/errors.js';
import type { HeldReader } from '../../store/held-reader.js';
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import { hashObject } from '../../store/objects/object-header.js';
import { encodeTree, parseTree, TREE_MODES, type TreeEntry } from '../../store/objects/tree.js';
import type { Platform } from '../../store/platform.js';
import type { IdMap } from './id-map.js';
import type { NameRules } from './name-rules.js';
import type { TreeSurvey } from './survey-trees.js';

export interface RewriteOptions {
  readonly held: HeldReader;
  readonly platform: Platform;
  readonly survey: Pick<TreeSurvey, 'isChanged'>;
  readonly rules: NameRules;
  readonly map: IdMap;
  readonly format: ObjectFormat;
  /** Whether the repository has the object, or will have. */
  readonly has: (id: ObjectId) => boolean;
  readonly write: (tree: { readonly id: ObjectId; readonly content: Uint8Array }) => void;
  readonly breathe: () => Promise<void> | undefined;
}

/** The id that `tree` has in the repository, when it and all that is below are written. */
export async function rewriteTree(options: RewriteOptions, tree: ObjectId): Promise<ObjectId> {
  const { held, platform, survey, rules, map, format } = options;
  if (!survey.isChanged(tree)) return tree;
  const known = map.get(tree);
  if (known !== undefined && options.has(known)) return known;
  await options.breathe();
  const entries: TreeEntry[] = [];
  for (const entry of parseTree(held.read(tree).content, held.source.format)) {
    const id =
      entry.mode === TREE_MODES.directory ? await rewriteTree(options, entry.id) : blobId(options, entry.id);
    entries.push({ mode: entry.mode, name: rules.nameOf(entry), id });
  }
  const content = encodeTree(entries, format);
  const id = hashObject(platform, format, { kind: 'tree', content });
  if (!options.has(id)) options.write({ id, content });
  map.set(tree, id);
  return id;
}

function blobId({ map, held, format }: RewriteOptions, id: ObjectId): ObjectId {
  if (format === held.source.format) return id;
  const translated = map.get(id);
  assert(translated !== undefined, 'a blob has no id in the repository');
  return translated;
}
