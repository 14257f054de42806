// Points that came from elsewhere and say themselves what is to be run: nobody runs it without being told to.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createBundle } from '#src/bundle/create-bundle.js';
import { restoreBundle } from '#src/bundle/restore-bundle.js';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { emergencyRollback } from '#src/rollback/emergency.js';
import { rollback } from '#src/rollback/rollback.js';
import { redo, undo } from '#src/rollback/undo.js';
import { save } from '#src/save.js';
import { createSession, type Session } from '#src/session.js';
import { createSwappedTree, type SwappedTree, swappedComponents } from '../../fixtures/swapped-tree.js';

let tree: SwappedTree;
let other: Session;
/** What a validator of the point makes, if it is run. */
let proof: string;

beforeEach(async () => {
  tree = await createSwappedTree();
  proof = join(tree.directory, 'proof');
  tree.write('file', 'as it was');
  const validate = [`touch ${proof}`];
  await save(tree.session, swappedComponents([tree.root], { swap: false, validate }), { name: 'point' });
  tree.write('file', 'changed');
  other = await createSession(join(tree.directory, 'other'), 'sha256');
  onTestFinished(() => other.close());
  const target = join(tree.directory, 'point.bundle');
  await createBundle(tree.session, { target, points: ['point'] });
  await restoreBundle(other, target);
});

const content = () => readFileSync(tree.path('file'), 'utf8');

function configured(validate: readonly string[]) {
  const text = `components: { tree: { kind: files, paths: [${tree.root}], validate: ${JSON.stringify(validate)} } }`;
  return parseConfiguration(text, join(tree.directory, 'savepoint.yaml'));
}

describe('a rollback to a point that was taken in', () => {
  it('is refused where the point brings commands, which are named', async () => {
    await expect(rollback(other, 'point')).rejects.toMatchObject({
      code: 'UNTRUSTED',
      message: expect.stringContaining(`says itself what is to be run: tree: 'touch ${proof}'`),
      fields: { point: 'point', brought: [{ component: 'tree', commands: [`'touch ${proof}'`] }] },
    });
    expect([content(), existsSync(proof)]).toEqual(['changed', false]);
  });

  it('shows them when it is only tried', async () => {
    const { components } = await rollback(other, 'point', { dryRun: true });
    expect(components[0]?.notes).toEqual([expect.stringMatching(/with --trust: tree: 'touch .*proof'$/)]);
    expect(existsSync(proof)).toBe(false);
  });

  it('runs them where it is told to', async () => {
    expect((await rollback(other, 'point', { trust: true })).outcome).toBe('done');
    expect([content(), existsSync(proof)]).toEqual(['as it was', true]);
  });

  it('goes by the configuration where that has the component', async () => {
    const { outcome } = await rollback(other, 'point', { configuration: configured(['true']) });
    expect([outcome, content(), existsSync(proof)]).toEqual(['done', 'as it was', false]);
  });

  it('is undone and redone without a word: those points were made here', async () => {
    await rollback(other, 'point', { trust: true });
    expect((await undo(other)).outcome).toBe('done');
    expect((await redo(other)).outcome).toBe('done');
    expect(content()).toBe('as it was');
  });

  it('is passed over in an emergency', async () => {
    await expect(emergencyRollback(other)).rejects.toMatchObject({ code: 'UNTRUSTED' });
    await save(other, swappedComponents([tree.root], { swap: false }), { name: 'own' });
    tree.write('file', 'changed again');
    const target = join(tree.directory, 'point.bundle');
    await restoreBundle(other, target);
    expect((await emergencyRollback(other)).point.name).toBe('own');
    expect([content(), existsSync(proof)]).toEqual(['changed', false]);
  });
});

it('what was made here runs as ever', async () => {
  expect((await rollback(tree.session, 'point')).outcome).toBe('done');
  expect([content(), existsSync(proof)]).toEqual(['as it was', true]);
});
