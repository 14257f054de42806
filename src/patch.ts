// One change as a unified diff in git's own form, which `git apply` and `patch -p1` take. Paths in it are live paths
// without the first slash, so that it applies in '/'.
import type { ObjectId } from '../store/object-id.js';
import { hashObject } from '../store/objects/object-header.js';
import { type ChangeContent, type ContentSide, readChangeContent, textOf } from './change-text.js';
import type { FileChange } from './diff-points.js';
import { quoteGitPath } from './git-path.js';
import { countChangedLines, diffLines, formatHunk, type Hunk, type LineCounts } from './line-hunks.js';
import type { Session } from './session.js';

export interface PatchOptions {
  /**
   * What becomes of binary contents: `named` says that they differ, `whole` has them as `git apply` takes them, with the
   * SHA-1 ids that it asks for. Where this is missing, a change that has some has no patch.
   */
  readonly binary?: 'named' | 'whole';
}

/**
 * The text of `change`; empty where a patch has no words for it (a directory, an owner, a time), `undefined` where one
 * of its sides is binary and nothing was said of that. Bytes that are not UTF-8 are escaped as in names: `encodeName` gives
 * them back. Throws PATH_NOT_FOUND or PERMISSION_DENIED where a live file can't be read any more, UNSUPPORTED where a
 * content is longer than a patch takes, and what reading objects throws.
 */
export async function patch(
  session: Session,
  change: FileChange,
  { binary }: PatchOptions = {},
): Promise<string | undefined> {
  const content = await readChangeContent(session, change, { whole: binary === 'whole' });
  const parts = partsOf(content);
  if (binary === undefined && parts.some(isBinary)) return undefined;
  const whole = binary === 'whole' && parts.some(isBinary) ? await wholeMeans(session) : undefined;
  return parts.map((part) => formatPart(part, change, isBinary(part) ? whole : undefined)).join('');
}

/** How many lines `change` adds and removes; `undefined` where one of its sides is binary. Throws as `patch` does. */
export async function countLines(session: Session, change: FileChange): Promise<LineCounts | undefined> {
  const parts = partsOf(await readChangeContent(session, change));
  return parts.some(isBinary) ? undefined : countChangedLines(parts.flatMap(hunksOf));
}

/** A symbolic link in the place of a file is another file: git tells of the end of one and the beginning of the other. */
function partsOf(content: ChangeContent): ChangeContent[] {
  const { before, after } = content;
  const isOther = before !== undefined && after !== undefined && isLink(before) !== isLink(after);
  return isOther
    ? [
        { before, after: undefined },
        { before: undefined, after },
      ]
    : [content];
}

function isLink({ mode }: ContentSide): boolean {
  return mode === '120000';
}

function isBinary({ before, after }: ChangeContent): boolean {
  return before?.isBinary === true || after?.isBinary === true;
}

function hunksOf({ before, after }: ChangeContent): readonly Hunk[] {
  return diffLines(before === undefined ? '' : textOf(before), after === undefined ? '' : textOf(after));
}

const ABBREVIATED = 12;
const SHA1_DIGITS = 40;

/** How a binary content is written; without it, it is only named. */
interface WholeMeans {
  readonly format: (before: Uint8Array, after: Uint8Array) => string;
  readonly idOf: (side: ContentSide) => ObjectId;
}

/** The ids are those that `git apply`, outside of a repository and in most, checks binary contents by. */
async function wholeMeans({ store: { platform } }: Session): Promise<WholeMeans> {
  const { formatBinaryPatch } = await import('./binary-patch.js');
  return {
    format: formatBinaryPatch,
    idOf: (side) => hashObject(platform, 'sha1', { kind: 'blob', content: contentOf(side) }),
  };
}

function formatPart(part: ChangeContent, change: FileChange, whole: WholeMeans | undefined): string {
  const { before, after } = part;
  const source = before !== undefined && after !== undefined ? change.oldLivePath : undefined;
  const hasSameContent = before?.id === after?.id;
  if (source === undefined && hasSameContent && before?.mode === after?.mode) return '';
  const hunks = hasSameContent || whole !== undefined || isBinary(part) ? [] : hunksOf(part);
  const paths = [pathIn(change, source ?? change.livePath), pathIn(change, change.livePath)];
  const quote = (path: string) => quoteGitPath(path, { blanks: hunks.length === 0 });
  const [left, right] = [quote(`a/${paths[0]}`), quote(`b/${paths[1]}`)];
  let text = `diff --git ${left} ${right}\n${formatModes(part)}`;
  if (source !== undefined) text += formatSource(change, paths.map(quote));
  if (hasSameContent) return text;
  text += formatIndex(part, whole);
  const oldName = before === undefined ? '/dev/null' : left;
  const newName = after === undefined ? '/dev/null' : right;
  if (whole !== undefined) return text + whole.format(contentOf(before), contentOf(after));
  if (isBinary(part)) return `${text}Binary files ${oldName} and ${newName} differ\n`;
  if (hunks.length > 0) text += `--- ${withTab(oldName)}\n+++ ${withTab(newName)}\n`;
  return text + hunks.map(formatHunk).join('');
}

function pathIn({ document }: FileChange, livePath: string): string {
  return document === undefined ? livePath.slice(1) : livePath;
}

function contentOf(side: ContentSide | undefined): Uint8Array {
  return side?.content ?? new Uint8Array();
}

function formatModes({ before, after }: ChangeContent): string {
  if (before === undefined) return `new file mode ${after?.mode}\n`;
  if (after === undefined) return `deleted file mode ${before.mode}\n`;
  return before.mode === after.mode ? '' : `old mode ${before.mode}\nnew mode ${after.mode}\n`;
}

/** `paths` are those of before and after, quoted where they have to be. */
function formatSource({ kind, similarity }: FileChange, paths: readonly string[]): string {
  const verb = kind === 'copied' ? 'copy' : 'rename';
  return `similarity index ${similarity}%\n${verb} from ${paths[0]}\n${verb} to ${paths[1]}\n`;
}

function formatIndex({ before, after }: ChangeContent, whole: WholeMeans | undefined): string {
  const idOf = whole?.idOf ?? (({ id }) => id.slice(0, ABBREVIATED));
  const none = '0'.repeat(whole === undefined ? ABBREVIATED : SHA1_DIGITS);
  const ids = [before, after].map((side) => (side === undefined ? none : idOf(side)));
  return `index ${ids.join('..')}${before?.mode === after?.mode ? ` ${before?.mode}` : ''}\n`;
}

/** Where a name holds a blank, a tab says where it ends. */
function withTab(path: string): string {
  return path.includes(' ') && !path.startsWith('"') ? `${path}\t` : path;
}
