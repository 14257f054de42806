// What a component leaves out, pattern by pattern.
import { describe, expect, it } from 'vitest';
import { compileExcludes } from '#adapters/files/exclude.js';

const ROOT = '/srv/app';

/** Whether the file at `path`, or a directory above it, is left out. */
function isLeftOut(pattern: string, path: string, root = ROOT): boolean {
  const excludes = compileExcludes([pattern], root);
  if (excludes === undefined) throw new Error('there is a pattern');
  const parts = path.split('/');
  return parts.some((name, depth) => excludes(parts.slice(0, depth + 1).join('/'), name));
}

describe('an exclude pattern', () => {
  it.each([
    [
      'a name',
      'cache',
      ['cache', 'a/cache', 'a/b/cache', 'cache/file'],
      ['cached', 'a/cache.txt', 'Cache', 'my-cache'],
    ],
    [
      'a name with a star',
      '*.log',
      ['x.log', 'a/x.log', '.log', 'a/.hidden.log'],
      ['x.log.1', 'log', 'a.logs'],
    ],
    ['a name with a question mark', 'core.?', ['core.1', 'a/core.x'], ['core.', 'core.12', 'core']],
    ['a name with a set', '[ab].txt', ['a.txt', 'x/b.txt'], ['c.txt', 'ab.txt']],
    ['a name with what is not in a set', '[!ab].txt', ['c.txt', '!.txt'], ['a.txt', 'x/b.txt']],
    ['a name with a class', '*.[[:digit:]]', ['log.1'], ['log.d', 'log.10', 'log.:']],
    ['names in braces', '{tmp,run}', ['tmp', 'x/run/y'], ['tmp2', 'runs']],
    ['a hidden name', '.git', ['.git', 'a/.git/config'], ['git', '.gitignore']],
    ['a path', 'var/log', ['var/log', 'var/log/x'], ['log', 'a/var/log', 'var/logs']],
    ['a path from the root', '/cache', ['cache', 'cache/x'], ['a/cache']],
    ['a path with a dot in front', './a/cache', ['a/cache'], ['b/a/cache']],
    ['an absolute path below the root', '/srv/app/cache', ['cache'], ['a/cache', 'srv/app/cache']],
    ['an absolute path of another root', '/srv/other/cache', ['srv/other/cache'], ['cache']],
    ['a directory with a slash behind', 'build/', ['build', 'a/build/x'], ['builds']],
    ['a path with a star', 'a/*', ['a/b', 'a/b/c', 'a/.hidden'], ['a', 'b/a/b']],
    [
      'any depth, below names with line breaks',
      '**/cache/**',
      ['a\nb/cache/x', 'cache/a\nb', 'a\u2028b/c/cache/d'],
      ['a\nb/x', 'a/\ncache'],
    ],
    ['a path that ends with any depth', 'a/**/b', ['a/\n/b', 'a/b'], ['a/\n/c']],
    ['any depth', '**/node_modules', ['node_modules', 'a/b/node_modules'], ['node_modules2']],
    ['all below', 'cache/**', ['cache/a', 'cache/a/b'], ['a/cache/b']],
    ['any depth in the middle', 'a/**/z', ['a/z', 'a/b/z', 'a/b/c/z'], ['z', 'b/a/z']],
    ['an exclamation mark', '!important', ['!important'], ['important', 'other']],
    ['a backslash for what is meant as it is', 'a\\*b', ['a*b'], ['axb']],
    ['blanks and letters of any script', 'Größe 世界', ['Größe 世界', 'a/Größe 世界'], ['Größe']],
  ])('of %s (%j) leaves out what it means and nothing else', (_, pattern, out, kept) => {
    expect(out.filter((path) => !isLeftOut(pattern, path))).toEqual([]);
    expect(kept.filter((path) => isLeftOut(pattern, path))).toEqual([]);
  });

  it('is taken as it is below a root that is the whole file system', () => {
    expect(isLeftOut('/proc', 'proc', '/')).toBe(true);
    expect(isLeftOut('/proc', 'a/proc', '/')).toBe(false);
    expect(isLeftOut('proc', 'a/proc', '/')).toBe(true);
  });

  it.each(['', '/', './', '//', `${ROOT}/`])(
    '%j is refused, as it would leave out nothing or everything',
    (pattern) => {
      expect(() => compileExcludes([pattern], ROOT)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    },
  );
});

describe('several patterns', () => {
  it('leave out what any of them does', () => {
    const excludes = compileExcludes(['*.log', 'a/b', '/c'], ROOT);
    const isOut = (path: string) => excludes?.(path, path.slice(path.lastIndexOf('/') + 1));
    expect(['x.log', 'd/x.log', 'a/b', 'c'].map(isOut)).toEqual([true, true, true, true]);
    expect(['a', 'b', 'd/c', 'd/a/b'].map(isOut)).toEqual([false, false, false, false]);
  });

  it('of none leave out nothing, and need not be asked', () => {
    expect(compileExcludes([], ROOT)).toBeUndefined();
  });
});
