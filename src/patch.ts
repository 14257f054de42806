// One change as a unified diff in git's own form, which `git apply` and `patch -p1` take. Paths in it are live paths
// without the first slash, so that it applies in '/'.
import { type ChangeText, readChangeText, type TextSide } from './change-text.js';
import type { FileChange } from './diff-points.js';
import { quoteGitPath } from './git-path.js';
import { countChangedLines, diffLines, formatHunk, type Hunk, type LineCounts } from './line-hunks.js';
import type { Session } from './session.js';

/**
 * The text of `change`; empty where a patch has no words for it (a directory, an owner, a time), `undefined` where one
 * of its sides is not text. Bytes that are not UTF-8 are escaped as in names: `encodeName` gives them back. Throws
 * PATH_NOT_FOUND or PERMISSION_DENIED where a live file can't be read any more, and what reading objects throws.
 */
export async function patch(session: Session, change: FileChange): Promise<string | undefined> {
  const text = await readChangeText(session, change);
  if (text === undefined) return undefined;
  const path = change.document === undefined ? change.livePath.slice(1) : change.livePath;
  return partsOf(text)
    .map((part) => formatPart(part, path))
    .join('');
}

/** How many lines `change` adds and removes; `undefined` where one of its sides is not text. Throws as `patch` does. */
export async function countLines(session: Session, change: FileChange): Promise<LineCounts | undefined> {
  const text = await readChangeText(session, change);
  return text === undefined ? undefined : countChangedLines(partsOf(text).flatMap(hunksOf));
}

/** A symbolic link in the place of a file is another file: git tells of the end of one and the beginning of the other. */
function partsOf(text: ChangeText): ChangeText[] {
  const { before, after } = text;
  const isOther = before !== undefined && after !== undefined && isLink(before) !== isLink(after);
  return isOther
    ? [
        { before, after: undefined },
        { before: undefined, after },
      ]
    : [text];
}

function isLink({ mode }: TextSide): boolean {
  return mode === '120000';
}

function hunksOf({ before, after }: ChangeText): readonly Hunk[] {
  return diffLines(before?.text ?? '', after?.text ?? '');
}

const ABBREVIATED = 12;
const NO_ID = '0'.repeat(ABBREVIATED);

function formatPart(part: ChangeText, path: string): string {
  const { before, after } = part;
  if (before?.id === after?.id && before?.mode === after?.mode) return '';
  const [left, right] = [quoteGitPath(`a/${path}`), quoteGitPath(`b/${path}`)];
  const hunks = hunksOf(part);
  let text = `diff --git ${left} ${right}\n${formatModes(part)}`;
  if (before?.id !== after?.id) {
    const ids = [before, after].map((side) => side?.id.slice(0, ABBREVIATED) ?? NO_ID).join('..');
    text += `index ${ids}${before?.mode === after?.mode ? ` ${before?.mode}` : ''}\n`;
  }
  if (hunks.length > 0) {
    text += `--- ${before === undefined ? '/dev/null' : withTab(left)}\n`;
    text += `+++ ${after === undefined ? '/dev/null' : withTab(right)}\n`;
  }
  return text + hunks.map(formatHunk).join('');
}

function formatModes({ before, after }: ChangeText): string {
  if (before === undefined) return `new file mode ${after?.mode}\n`;
  if (after === undefined) return `deleted file mode ${before.mode}\n`;
  return before.mode === after.mode ? '' : `old mode ${before.mode}\nnew mode ${after.mode}\n`;
}

/** Where a name holds a blank, a tab says where it ends. */
function withTab(path: string): string {
  return path.includes(' ') && !path.startsWith('"') ? `${path}\t` : path;
}
