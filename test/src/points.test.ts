// Points as the refs of a store say them.
import { expect, test } from 'vitest';
import { findNamed, listAllPointRefs, POINTS, pointRefs, SAFETY_POINTS } from '#src/points.js';
import { forgetPoints, recoverPoint } from '#src/removed-points.js';
import { openSession } from '#src/session.js';
import { REMOVED } from '#store/collect/collect-context.js';
import type { ObjectId } from '#store/object-id.js';
import { createSavedTree } from '../fixtures/saved-tree.js';

const idOf = (number: number) => String(number).padStart(64, '0') as ObjectId;

function stateOf(...names: readonly string[]) {
  return {
    sequence: names.length,
    refs: new Map(names.map((name, at) => [name, { id: idOf(at + 1), sequence: at + 1 }])),
  };
}

test('points are listed by folder, those that came first first, without those that are removed', () => {
  const state = stateOf('points/b', 'safety/c', 'points/a', `pins/${idOf(1)}`, 'points/gone');
  state.refs.set(REMOVED + idOf(5), { id: idOf(5), sequence: 6 });
  const namesIn = (...folders: Parameters<typeof pointRefs>[1][]) =>
    pointRefs(state, ...folders).map(({ name }) => name);
  expect(namesIn(POINTS)).toEqual(['b', 'a']);
  expect(namesIn(POINTS, SAFETY_POINTS)).toEqual(['b', 'a', 'c']);
  expect(namesIn(SAFETY_POINTS, POINTS)).toEqual(['c', 'b', 'a']);
});

test('the points of one state are looked up once', () => {
  const state = stateOf('points/a', 'points/b');
  expect(pointRefs(state, POINTS)).toBe(pointRefs(state, POINTS));
});

test('a name is that of a point before that of a safety point, and of none that is removed', () => {
  const state = stateOf('safety/a', 'points/a', 'points/gone', 'safety/gone');
  state.refs.set(REMOVED + idOf(3), { id: idOf(3), sequence: 5 });
  expect(findNamed(state, 'a')).toEqual({ name: 'a', id: idOf(2) });
  expect(findNamed(state, 'gone')).toEqual({ name: 'gone', id: idOf(4) });
  expect(findNamed(state, 'b')).toBeUndefined();
});

test('what another process has published, removed or brought back is seen by the next look', async () => {
  const tree = await createSavedTree();
  tree.write('file', 'text');
  await tree.save('one');
  const namesNow = async () => (await listAllPointRefs(tree.session)).map(({ name }) => name);
  expect(await namesNow()).toEqual(['one']);
  const other = await openSession({ store: tree.session.location });
  try {
    await tree.save('two');
    await forgetPoints(other, ['one']);
    expect(await namesNow()).toEqual(['two']);
    await recoverPoint(other, 'one');
    expect(await namesNow()).toEqual(['one', 'two']);
  } finally {
    await other.close();
  }
});
