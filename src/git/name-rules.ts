// Which entries of trees get another name for git: by their names, and, where git would read what is in them, by that.
import type { HeldReader } from '../../store/held-reader.js';
import type { ObjectId } from '../../store/object-id.js';
import { TREE_MODES, type TreeEntry } from '../../store/objects/tree.js';
import { escapeName, findGitName, needsEscape } from './escape-name.js';
import { isHarmlessAttributes, isHarmlessModules, MOST_READ_BYTES } from './harmless-content.js';

export class NameRules {
  /** What was found of contents, by meaning and id. */
  private readonly harmless = new Map<string, boolean>();

  constructor(private readonly held: HeldReader) {}

  /** The name that the entry has in git. Throws what reading its content throws. */
  nameOf(entry: TreeEntry): string {
    return needsEscape(entry) || this.holdsHarm(entry) ? escapeName(entry.name) : entry.name;
  }

  private holdsHarm({ name, mode, id }: TreeEntry): boolean {
    if (mode !== TREE_MODES.file && mode !== TREE_MODES.executable) return false;
    const meaning = findGitName(name);
    if (meaning !== 'modules' && meaning !== 'attributes') return false;
    const key = `${meaning} ${id}`;
    const known = this.harmless.get(key) ?? this.isHarmless(meaning, id);
    this.harmless.set(key, known);
    return !known;
  }

  private isHarmless(meaning: 'modules' | 'attributes', id: ObjectId): boolean {
    if (this.held.sizeBytes(id) > MOST_READ_BYTES) return false;
    const { content } = this.held.read(id);
    return meaning === 'modules' ? isHarmlessModules(content) : isHarmlessAttributes(content);
  }
}
