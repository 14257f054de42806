// Names in trees that git takes no part in, or takes for something of its own, and how they are written for it. A name that is
// escaped has another, harmless one in git, which `unescapeName` turns back; all other names stay as they are.
// Source: what git's fsck.c reports of names in trees, with path.c (is_ntfs_dotgit and the like) and utf8.c (is_hfs_dotgit).
import { TREE_MODES, type TreeMode } from '../../store/objects/tree.js';

const PREFIX = '%savepoint%';

/**
 * What git takes a name for, on some file system: its own repository, which no tree may hold, or a file that it reads, which may
 * be there with a content that it understands (`modules`, `attributes`) or as anything but a symbolic link (`ignore`, `mailmap`).
 */
export type GitName = 'repository' | 'modules' | 'attributes' | 'ignore' | 'mailmap';

/** `name` as it is written for git where it can't stay: without backslashes, and beginning with what no name of git begins with. */
export function escapeName(name: string): string {
  return PREFIX + name.replaceAll('%', '%25').replaceAll('\\', '%5c');
}

/** The name that `escapeName` made this one of; `name` itself where it is not one of those. */
export function unescapeName(name: string): string {
  if (!name.startsWith(PREFIX)) return name;
  const original = name.slice(PREFIX.length).replaceAll('%5c', '\\').replaceAll('%25', '%');
  const isOurs = escapeName(original) === name && mayNeedEscape(original);
  return isOurs ? original : name;
}

/**
 * Whether an entry can't have its name in a tree for git, whatever it holds. A file that git reads (`isReadByGit`) may need an
 * escaped name for its content, too.
 */
export function needsEscape({ name, mode }: { readonly name: string; readonly mode: TreeMode }): boolean {
  if (name.startsWith(PREFIX)) return true;
  const meaning = findGitName(name);
  if (meaning === undefined) return false;
  if (meaning === 'ignore' || meaning === 'mailmap') return mode === TREE_MODES.symlink;
  return meaning === 'repository' || mode === TREE_MODES.symlink || mode === TREE_MODES.directory;
}

function mayNeedEscape(name: string): boolean {
  return name.startsWith(PREFIX) || findGitName(name) !== undefined;
}

interface ReadFile {
  readonly meaning: GitName;
  /** Without the dot, in lower case. */
  readonly name: string;
  /** What NTFS may shorten it to where the plain short names are taken. */
  readonly shortName: string;
}

const READ_FILES: readonly ReadFile[] = [
  { meaning: 'modules', name: 'gitmodules', shortName: 'gi7eba' },
  { meaning: 'attributes', name: 'gitattributes', shortName: 'gi7d29' },
  { meaning: 'ignore', name: 'gitignore', shortName: 'gi250a' },
  { meaning: 'mailmap', name: 'mailmap', shortName: 'maba30' },
];

/** Nearly every name is ruled out by how it begins, and by having no backslash. */
const SUSPICIOUS = /^\.?[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]|^\.[gm]|^[^~]{0,6}~[1-9]|\\/i;

/** What git takes `name` for; `undefined` where that is nothing. */
export function findGitName(name: string): GitName | undefined {
  if (!SUSPICIOUS.test(name)) return undefined;
  const parts = partsByBackslash(name);
  if (isHfsName(name, 'git') || parts.some(isNtfsRepository)) return 'repository';
  // Of names behind a backslash, git looks for those of modules alone.
  if (parts.some((part) => isNtfsName(part, READ_FILES[0]))) return 'modules';
  return READ_FILES.find((file) => isHfsName(name, file.name) || isNtfsName(name, file))?.meaning;
}

/** The name, and what of it stands behind each backslash. */
function partsByBackslash(name: string): string[] {
  const parts = [name];
  for (let at = name.indexOf('\\'); at >= 0; at = name.indexOf('\\', at + 1)) parts.push(name.slice(at + 1));
  return parts;
}

function isNtfsRepository(name: string): boolean {
  return /^(?:\.git|git~1)[. ]*(?:$|[\\/:])/i.test(name);
}

function isNtfsName(name: string, file: ReadFile): boolean {
  const lower = asciiLower(name);
  const rest = (length: number) => /^[. ]*(?:$|:)/.test(lower.slice(length));
  if (lower.startsWith(`.${file.name}`)) return rest(file.name.length + 1);
  const isShort = lower.startsWith(file.name.slice(0, 6)) && /^~[1-4]/.test(lower.slice(6));
  if (isShort) return rest(8);
  return isFallBackName(lower, file.shortName) && rest(8);
}

/** Some first characters of the short name, a tilde and digits: eight in all. */
function isFallBackName(lower: string, shortName: string): boolean {
  const match = /^([^~]{0,6})~[1-9]\d*$/.exec(lower.slice(0, 8));
  return match !== null && lower.length >= 8 && shortName.startsWith(match[1]);
}

/** HFS+ leaves some characters out of account, and git stops reading at what is no character. */
function isHfsName(name: string, wanted: string): boolean {
  const whole = `.${wanted}`;
  let seen = 0;
  for (const character of name) {
    const code = character.codePointAt(0) as number;
    if (isIgnored(code)) continue;
    if (isEnd(code)) break;
    if (seen === whole.length || asciiLower(character) !== whole[seen]) return false;
    seen++;
  }
  return seen === whole.length;
}

function isIgnored(code: number): boolean {
  const isMark = (code >= 0x200c && code <= 0x200f) || (code >= 0x202a && code <= 0x202e);
  return isMark || (code >= 0x206a && code <= 0x206f) || code === 0xfeff;
}

/** A byte that is not UTF-8 (`decodeName` makes a surrogate of it), or U+FFFE and U+FFFF. */
function isEnd(code: number): boolean {
  return (code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff;
}

/** Letters of other scripts stay as they are: some of them have ASCII letters as their small ones. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
