// A store besides that of a saved tree, and what two stores hold of a point, for tests of what goes from one to the other.
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { cat } from '#src/cat.js';
import { listPoints } from '#src/list.js';
import { restore } from '#src/restore.js';
import { createSession, type Session } from '#src/session.js';
import { verify } from '#src/verify.js';
import type { ObjectFormat } from '#store/object-id.js';
import { expectSameTree } from '../../fixtures/compare-trees.js';
import { collect } from '../../fixtures/saved-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

export async function createSecondStore(format: ObjectFormat = 'sha256'): Promise<Session> {
  const session = await createSession(join(createTemporaryDirectory(), 'second'), format);
  onTestFinished(() => session.close());
  return session;
}

/** The points of a store by name and id, oldest first. */
export async function pointsOf(session: Session): Promise<(readonly [string, string])[]> {
  return (await listPoints(session)).map(({ name, id }) => [name, id] as const);
}

/** Every byte of the store is as it should be. */
export async function expectSound(session: Session): Promise<void> {
  expect((await verify(session, { data: true })).problems).toEqual([]);
}

/** The point `name` of a store restores to what is in `live`. */
export async function expectRestores(session: Session, name: string, live: string): Promise<void> {
  const to = join(createTemporaryDirectory(), 'restored');
  const { components } = await restore(session, name, { to });
  expect(components.flatMap(({ problems }) => problems)).toEqual([]);
  expectSameTree(live, to);
}

export async function contentOf(session: Session, point: string, path: string): Promise<string> {
  return Buffer.concat(await collect(cat(session, { point, path }))).toString();
}
