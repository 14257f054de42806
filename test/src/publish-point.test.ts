// The names that the time gives to points.
import { expect, test, vi } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { forgetPoints } from '#src/removed-points.js';
import { save } from '#src/save.js';
import { createSavedTree } from '../fixtures/saved-tree.js';

test('points of one second have names of their own, also where some of them were removed', async () => {
  const tree = await createSavedTree();
  tree.write('file', 'text');
  vi.useFakeTimers({ now: new Date('2026-05-04T03:02:01Z'), toFake: ['Date'] });
  const saveNow = async () => (await save(tree.session, componentsOfPaths([tree.root]))).point.name;
  try {
    expect([await saveNow(), await saveNow()]).toEqual(['2026-05-04-030201', '2026-05-04-030201-2']);
    await forgetPoints(tree.session, ['2026-05-04-030201-2']);
    expect(await saveNow()).toBe('2026-05-04-030201-3');
  } finally {
    vi.useRealTimers();
  }
});
