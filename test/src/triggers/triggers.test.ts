// What triggers find in logs, files and the store, and that they find each thing once.
import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TriggerRule } from '#src/configuration/configuration.js';
import { type ArmedTrigger, armTrigger, lookAtTrigger } from '#src/triggers/trigger.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

/** Looks again and again at what the rule is about. */
async function watch(rule: TriggerRule, tree?: SavedTree) {
  const { session } = tree ?? (await createSavedTree());
  let trigger: ArmedTrigger = await armTrigger(rule);
  return async () => {
    // A trigger is handed from process to process.
    const look = await lookAtTrigger(session, JSON.parse(JSON.stringify(trigger)));
    trigger = look.trigger;
    return look.reason;
  };
}

const log = (file: string, patterns?: string[]): TriggerRule => ({
  ...{ on: 'critical-log', do: 'revert', file },
  ...(patterns === undefined ? {} : { patterns }),
});

describe('a log', () => {
  it('tells of what is written since it is watched, once', async () => {
    const file = join(createTemporaryDirectory(), 'log');
    writeFileSync(file, 'FATAL: long ago\n');
    const look = await watch(log(file));
    expect(await look()).toBeUndefined();
    appendFileSync(file, 'all is well\nFATAL: out of luck\n');
    expect(await look()).toBe(`${file} says: FATAL: out of luck`);
    expect(await look()).toBeUndefined();
  });

  it('is read on where it is rotated, cut off, or not there yet', async () => {
    const file = join(createTemporaryDirectory(), 'log');
    const look = await watch(log(file, ['bröken \\d+']));
    expect(await look()).toBeUndefined();
    writeFileSync(file, 'bröken 1\n');
    expect(await look()).toContain('bröken 1');
    renameSync(file, `${file}.1`);
    writeFileSync(file, 'bröken 2, and much more than before\n');
    expect(await look()).toContain('bröken 2');
    truncateSync(file);
    appendFileSync(file, 'bröken 3\n');
    expect(await look()).toContain('bröken 3');
    rmSync(file);
    expect(await look()).toBeUndefined();
  });

  it('is understood though a line is not finished, or longer than any buffer', async () => {
    const file = join(createTemporaryDirectory(), 'log');
    const look = await watch(log(file, ['^start.*end$']));
    appendFileSync(file, `start${'x'.repeat(300_000)}`);
    expect(await look()).toBeUndefined();
    appendFileSync(file, 'end');
    expect(await look()).toMatch(/says: startx+…$/);
  });

  it('has to be a file', async () => {
    const directory = createTemporaryDirectory();
    await expect(armTrigger(log(directory))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('of the kernel tells of what is critical, and of what has a pattern', async () => {
    const mark = `savepoint-test-${process.pid}`;
    const rule = { on: 'critical-log', do: 'revert', patterns: [`^${mark} harmless but named`] } as const;
    const look = await watch(rule);
    appendFileSync('/dev/kmsg', `<6>${mark} harmless\n`);
    expect(await look()).toBeUndefined();
    appendFileSync('/dev/kmsg', `<6>${mark} harmless but named\n`);
    expect(await look()).toBe(`the kernel says: ${mark} harmless but named`);
    appendFileSync('/dev/kmsg', `<2>${mark} critical\n`);
    expect(await look()).toBe(`the kernel says: ${mark} critical`);
    expect(await look()).toBeUndefined();
  });
});

describe('watched files', () => {
  it('that lose their content or themselves are told once each; new ones, and new times, are not', async () => {
    const tree = await createSavedTree();
    tree.write('data/one', 'one');
    tree.write('data/deep/two', 'two');
    const rule = { on: 'corruption', do: 'revert', paths: [join(tree.root, 'data')], store: false } as const;
    const look = await watch(rule, tree);
    tree.write('data/one', 'one');
    tree.write('data/three', 'three');
    expect(await look()).toBeUndefined();
    tree.write('data/one', 'eno');
    expect(await look()).toBe(`${join(tree.root, 'data/one')} has another content`);
    tree.remove('data/deep/two');
    expect(await look()).toBe(`${join(tree.root, 'data/deep/two')} is gone`);
    expect(await look()).toBeUndefined();
  });

  it('have to be there', async () => {
    const rule = { on: 'corruption', do: 'revert', paths: ['/no/such/file'], store: false } as const;
    await expect(armTrigger(rule)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });
});

describe('a watched store', () => {
  it('that loses a pack is told once', async () => {
    const tree = await createSavedTree();
    tree.write('file', 'content');
    await tree.save('point');
    const look = await watch({ on: 'corruption', do: 'revert', paths: [], store: true }, tree);
    expect(await look()).toBeUndefined();
    tree.lose('packs', []);
    expect(await look()).toMatch(/^the store is damaged: /);
    expect(await look()).toBeUndefined();
  });
});
