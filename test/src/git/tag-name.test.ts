// Points as tags: real git can have all of them at once, and each name comes back.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pointNameOf, tagNameOf } from '#src/git/tag-name.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const part = fc.constantFrom('a', 'b', '%', '%2F', '%25', 'é', '2026-11-26-120000');
const names = fc.uniqueArray(
  fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
  { maxLength: 8 },
);

it('every name of a point comes back from that of its tag, and no two points have one tag', () => {
  fc.assert(
    fc.property(names, (points) => {
      const all = new Set(points);
      const tags = points.map((name) => tagNameOf(name, all));
      expect(tags.map(pointNameOf)).toEqual(points);
      expect(new Set(tags).size).toBe(points.length);
    }),
  );
});

it('points whose names begin with those of others are tags beside them', () => {
  const points = new Set(['a', 'a/b', 'a/b/c', 'c/d', '50%']);
  const tags = [...points].map((name) => tagNameOf(name, points));
  expect(tags).toEqual(['a', 'a%2Fb', 'a%2Fb%2Fc', 'c/d', '50%25']);
  const cwd = createTemporaryDirectory();
  runTool('git', ['init', '--quiet'], { cwd });
  runTool('git', ['-c', 'user.name=x', '-c', 'user.email=x', 'commit', '--quiet', '--allow-empty', '-mx'], {
    cwd,
  });
  for (const tag of tags) runTool('git', ['tag', tag], { cwd });
  expect(runTool('git', ['tag'], { cwd }).toString().trim().split('\n')).toEqual([...tags].sort());
});

it('a tag that was made otherwise has its name as that of the point', () => {
  expect(pointNameOf('v1.0%')).toBe('v1.0%');
  expect(pointNameOf('a%2fb')).toBe('a%2fb');
});
