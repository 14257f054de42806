// Patterns of what a component leaves out. A pattern without a slash matches a name at any depth; one with a slash
// matches the path below the component's root, or the absolute path. What matches is left out with all below it.
import picomatch from 'picomatch';
import { SavepointError } from '../../store/errors.js';

/** Whether the file at `relativePath` (slash-separated, below the component's root) is left out. */
export type Exclude = (relativePath: string, name: string) => boolean;

/** The excludes of a component rooted at the absolute path `root`. Throws USAGE for a pattern that is empty. */
export function compileExcludes(patterns: readonly string[], root = '/'): Exclude | undefined {
  if (patterns.length === 0) return undefined;
  const byName: string[] = [];
  const byPath: string[] = [];
  for (const pattern of patterns) {
    const isBelow = pattern.startsWith(root.endsWith('/') ? root : `${root}/`);
    const relative = isBelow ? pattern.slice(root.length) : pattern;
    const trimmed = relative.replace(/^\.?\/+/, '').replace(/\/+$/, '');
    if (trimmed === '') {
      throw new SavepointError(
        'USAGE',
        `The exclude pattern '${pattern}' is empty; leave it out, or name a file.`,
      );
    }
    (trimmed.includes('/') || pattern.startsWith('/') ? byPath : byName).push(trimmed);
  }
  // Sets are as shells have them: [!a], [[:digit:]]. Names may have line breaks, which are characters like all others.
  const options = { dot: true, nonegate: true, posix: true, posixSlashes: true, flags: 's' };
  const matchesName = byName.length > 0 ? picomatch(byName, options) : () => false;
  const matchesPath = byPath.length > 0 ? picomatch(byPath, options) : () => false;
  return (relativePath, name) => matchesName(name) || matchesPath(relativePath);
}
