// From differences to steps: what is made, replaced, re-attributed, removed or kept, within what was asked for.
import { describe, expect, it } from 'vitest';
import type { Change, ChangeKind } from '#src/diff.js';
import { type PlanOptions, planRestore } from '#src/plan-restore.js';
import type { ObjectId } from '#store/object-id.js';
import { attributesOf } from '../adapters/files/steps.js';

const ID = 'a'.repeat(64) as ObjectId;
type Attributes = ReturnType<typeof attributesOf>;
type Side = Partial<Attributes> | undefined;

function change(kind: ChangeKind, path: string, sides: { before?: Side; after?: Side } = {}): Change {
  const entryOf = (side: Side) => ({
    attributes: attributesOf(path, side),
    id: side?.type === 'directory' ? undefined : ID,
    directory: undefined,
  });
  const before = kind === 'added' ? undefined : entryOf(sides.before);
  const after = kind === 'removed' ? undefined : entryOf(sides.after);
  return { kind, path, before, after };
}

async function* inOrder(changes: readonly Change[]): AsyncGenerator<Change> {
  yield* changes;
}

async function plan(changes: readonly Change[], options: Partial<PlanOptions> = {}) {
  const where = { root: '/srv', typeAt: () => undefined };
  const all = { scope: [''], delete: false, unsaved: [], only: undefined, ...where, ...options };
  const { steps, kept } = await planRestore(inOrder(changes), all);
  return { steps: steps.map((step) => `${step.do} ${step.path}`), kept, plain: steps };
}

const FOLDER = { type: 'directory' } as const;

describe('a restore', () => {
  it('of no differences has no steps', async () => {
    expect(await plan([])).toMatchObject({ steps: [], kept: [] });
  });

  it('takes the place of what the live state does not show, unless that is a directory', async () => {
    const changes = [
      change('added', 'run'),
      change('added', 'folder', { after: FOLDER }),
      change('added', 'new', { after: FOLDER }),
      change('added', 'new/run'),
    ];
    const asked: string[] = [];
    const typeAt = (path: string) => {
      asked.push(path);
      return { '/srv/run': 'socket', '/srv/folder': 'directory' }[path];
    };
    const { steps } = await plan(changes, { typeAt });
    expect(steps).toEqual(['replace run', 'create folder', 'create new', 'create new/run']);
    expect(asked).toEqual(['/srv/run', '/srv/folder', '/srv/new']);
  });

  it('makes what is missing, replaces what differs, and leaves the rest', async () => {
    const { steps, plain } = await plan([
      change('added', 'd', { after: FOLDER }),
      change('added', 'd/a'),
      change('modified', 'b'),
      change('type', 'c', { before: { type: 'symlink' } }),
    ]);
    expect(steps).toEqual(['create d', 'create d/a', 'replace b', 'replace c']);
    expect(plain[2]).toMatchObject({ id: ID, overDirectory: false });
  });

  it('touches no content where only attributes differ', async () => {
    const { steps } = await plan([
      change('attributes', 'a', { before: { mode: 0o600 } }),
      change('attributes', '', { before: FOLDER, after: FOLDER }),
    ]);
    expect(steps).toEqual(['attributes a', 'attributes ']);
  });

  it('makes a file anew whose links or device differ', async () => {
    const { steps } = await plan([
      change('attributes', 'linked', { after: { link: 'a' } }),
      change('attributes', 'unlinked', { before: { link: 'a' } }),
      change('attributes', 'relinked', { before: { link: 'a' }, after: { link: 'b' } }),
      change('attributes', 'device', { before: { device: [1, 3] }, after: { device: [1, 5] } }),
      change('attributes', 'same', {
        before: { link: 'a', device: [1, 3] },
        after: { link: 'a', device: [1, 3] },
      }),
    ]);
    expect(steps).toEqual([
      'replace linked',
      'replace unlinked',
      'replace relinked',
      'replace device',
      'attributes same',
    ]);
  });

  it('keeps what the point does not have, unless it is to be removed', async () => {
    const changes = [
      change('removed', 'd', { before: FOLDER }),
      change('removed', 'd/a'),
      change('modified', 'e'),
    ];
    expect(await plan(changes)).toMatchObject({ steps: ['replace e'], kept: ['d', 'd/a'] });
    const removing = await plan(changes, { delete: true });
    expect(removing).toMatchObject({ steps: ['remove d', 'remove d/a', 'replace e'], kept: [] });
    expect(removing.plain[0]).toMatchObject({ type: 'directory' });
  });

  it('never removes what could not be saved, nor the way to it, nor what is in it', async () => {
    const changes = ['a', 'a/b', 'a/b/c', 'a/b2', 'd'].map((path) => change('removed', path));
    const { steps, kept } = await plan(changes, { delete: true, unsaved: ['a/b'] });
    expect({ steps, kept }).toEqual({ steps: ['remove a/b2', 'remove d'], kept: ['a', 'a/b', 'a/b/c'] });
  });

  it('puts a file in the place of a directory only where things may be removed', async () => {
    const changes = [change('type', 'd', { before: FOLDER }), change('removed', 'd/a')];
    const refusal = { code: 'TARGET_CONFLICT', fields: { path: '/srv/d' } };
    await expect(plan(changes)).rejects.toMatchObject(refusal);
    const { steps, plain } = await plan(changes, { delete: true });
    expect(steps).toEqual(['replace d', 'remove d', 'remove d/a']);
    expect(plain[0]).toMatchObject({ overDirectory: true });
  });

  it('puts a directory in the place of a file', async () => {
    const changes = [change('type', 'd', { after: FOLDER }), change('added', 'd/a')];
    expect((await plan(changes)).steps).toEqual(['replace d', 'create d/a']);
  });

  it('leaves a root alone that holds more than the component', async () => {
    const changes = [change('attributes', '', { before: FOLDER, after: FOLDER }), change('modified', 'a')];
    expect((await plan(changes, { only: ['a'] })).steps).toEqual(['replace a']);
  });
});

describe('a restore of some paths', () => {
  const scope = ['d/e', 'f'];

  it('touches nothing else but missing directories on the way', async () => {
    const { steps, kept } = await plan(
      [
        change('attributes', '', { before: FOLDER, after: FOLDER }),
        change('added', 'd', { after: FOLDER }),
        change('added', 'd/e', { after: FOLDER }),
        change('modified', 'd/e/a'),
        change('modified', 'd/ea'),
        change('removed', 'd/x'),
        change('removed', 'd/e/x'),
        change('modified', 'f'),
        change('modified', 'g'),
      ],
      { scope, delete: true },
    );
    expect(steps).toEqual(['create d', 'create d/e', 'replace d/e/a', 'remove d/e/x', 'replace f']);
    expect(kept).toEqual([]);
  });

  it('refuses to make its way through what is no directory any more', async () => {
    const changes = [change('type', 'd', { before: { type: 'symlink' }, after: FOLDER })];
    const refusal = { code: 'TARGET_CONFLICT', fields: { path: '/srv/d' } };
    await expect(plan(changes, { scope, delete: true })).rejects.toMatchObject(refusal);
    expect((await plan(changes, { scope: ['other'] })).steps).toEqual([]);
    expect((await plan(changes, { scope: ['d'] })).steps).toEqual(['replace d']);
  });

  it('links only to what is restored too: else a file stands alone', async () => {
    const changes = [
      change('added', 'd/e/in', { after: { link: 'd/e/first' } }),
      change('added', 'd/e/out', { after: { link: 'd/other' } }),
    ];
    const { plain } = await plan(changes, { scope });
    expect(plain.map((step) => 'attributes' in step && step.attributes.link)).toEqual([
      'd/e/first',
      undefined,
    ]);
  });
});
