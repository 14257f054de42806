// What is said of operations under way: of each phase that they go through, of how far they are, and never too much.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { emergencyRollback } from '#src/rollback/emergency.js';
import { recover } from '#src/rollback/recover.js';
import { rollback } from '#src/rollback/rollback.js';
import type { RollbackPhase, RollbackProgress } from '#src/rollback/rollback-progress.js';
import { undo } from '#src/rollback/undo.js';
import { killRollback } from '../../fixtures/rollback-process.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';

const FILES = 3000;

let tree: SavedTree;
let events: RollbackProgress[];
beforeEach(async () => {
  events = [];
  tree = await createSavedTree();
  fill('as it was');
  await tree.save('point');
});

function fill(content: string): void {
  for (let number = 0; number < FILES; number++) {
    const folder = join(tree.root, String(number % 30));
    if (number < 30) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${number}`), `${content} ${number}\n`.repeat(20));
  }
}

const onProgress = (progress: RollbackProgress) => void events.push(progress);

function phases(): RollbackPhase[] {
  return events.map(({ phase }) => phase).filter((phase, index, all) => phase !== all[index - 1]);
}

function expectMonotone(): void {
  const percents = events.map(({ percent }) => percent);
  expect(percents).toEqual([...percents].sort((left, right) => left - right));
  expect(percents.at(-1)).toBe(100);
}

const TO_THE_TARGET: readonly RollbackPhase[] = [
  ...(['preflight', 'safety-point', 'planning', 'staging', 'deciding'] as const),
  ...(['applying', 'verifying', 'validating'] as const),
];

describe('the progress of a rollback', () => {
  it('goes through each phase once, from 0 to 100, with counts, totals and names', async () => {
    fill('changed');
    const { operation } = await rollback(tree.session, 'point', { onProgress });
    expect(phases()).toEqual([...TO_THE_TARGET, 'ended']);
    expectMonotone();
    expect(events[0].percent).toBe(0);
    expect(new Set(events.map((event) => event.operation))).toEqual(new Set([operation]));
    expect(events.at(-1)).toMatchObject({ phase: 'ended', percent: 100, outcome: 'done' });
    const staging = events.find(({ phase }) => phase === 'staging');
    expect(staging).toMatchObject({ files: 0, totalFiles: FILES, bytes: 0 });
    expect(staging?.totalBytes).toBeGreaterThan(FILES * 200);
    const named = events.filter(({ path }) => path !== undefined);
    for (const { path, component } of named) {
      expect(component).toBe('tree');
      expect(existsSync(path as string), path).toBe(true);
    }
    for (const { files, totalFiles = files, bytes, totalBytes = bytes, at } of events) {
      expect(files).toBeLessThanOrEqual(totalFiles);
      expect(bytes).toBeLessThanOrEqual(totalBytes);
      expect(new Date(at).toISOString()).toBe(at);
    }
  });

  it('is plain data, and of a bounded number of events', async () => {
    fill('changed');
    const started = performance.now();
    await rollback(tree.session, 'point', { onProgress });
    const seconds = (performance.now() - started) / 1000;
    expect(events.length).toBeLessThanOrEqual(TO_THE_TARGET.length + 1 + seconds * 20);
    expect(JSON.parse(JSON.stringify(events))).toEqual(events);
  });

  it('says that everything goes back where the target is not reached', async () => {
    tree.write('fixed', 'as it was');
    await tree.save('next');
    tree.write('fixed', 'changed');
    let isFixed = false;
    const fixing = (progress: RollbackProgress) => {
      onProgress(progress);
      if (progress.phase !== 'applying' || isFixed) return;
      runTool('chattr', ['+i', join(tree.root, 'fixed')]);
      isFixed = true;
    };
    try {
      await rollback(tree.session, 'next', { onProgress: fixing });
    } finally {
      runTool('chattr', ['-i', join(tree.root, 'fixed')]);
    }
    expect(phases()).toEqual([...TO_THE_TARGET, 'reverting', 'ended']);
    expectMonotone();
    expect(events.at(-1)).toMatchObject({ outcome: 'reverted' });
  });

  it('ends too where the rollback fails before its decision, or changes nothing', async () => {
    const controller = new AbortController();
    const stopping = (progress: RollbackProgress) => {
      onProgress(progress);
      if (progress.phase === 'safety-point') controller.abort();
    };
    const options = { onProgress: stopping, signal: controller.signal };
    await expect(rollback(tree.session, 'point', options)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(phases()).toEqual(['preflight', 'safety-point', 'ended']);
    expect(events.at(-1)).toMatchObject({ outcome: 'failed', percent: 100 });
    events = [];
    await rollback(tree.session, 'point', { onProgress });
    expect(phases()).toEqual(['preflight', 'safety-point', 'planning', 'ended']);
  });

  it('of a dry run, of an undo and of an emergency is said too', async () => {
    fill('changed');
    await rollback(tree.session, 'point', { onProgress, dryRun: true });
    expect(phases()).toEqual(['planning', 'ended']);
    for (const start of [
      () => emergencyRollback(tree.session, { onProgress }),
      () => undo(tree.session, { onProgress }),
    ]) {
      events = [];
      await start();
      expect(phases()).toEqual([...TO_THE_TARGET, 'ended']);
      expectMonotone();
    }
  });

  it('does not keep a rollback from being done where whoever listens fails', async () => {
    fill('changed');
    const fail = () => {
      throw new Error('the listener is broken');
    };
    await expect(rollback(tree.session, 'point', { onProgress: fail })).rejects.toThrow('is broken');
    expect(readFileSync(join(tree.root, '0/file-0'), 'utf8')).toContain('as it was');
    expect(await recover(tree.session)).toEqual({ did: 'nothing' });
  });

  it('lets others in while steps are carried out', async () => {
    fill('changed');
    let [heard, isLetIn] = [0, false];
    const linger = ({ phase }: RollbackProgress) => {
      if (phase !== 'applying') return;
      if (heard === 0) setImmediate(() => (isLetIn = true));
      // So that there is something to be said at the next step, and it is time for others.
      const until = performance.now() + 60;
      if (++heard <= 4) while (performance.now() < until);
      if (heard === 4) expect(isLetIn).toBe(true);
    };
    await rollback(tree.session, 'point', { onProgress: linger });
    expect(heard).toBeGreaterThanOrEqual(4);
  });
});

describe('the progress of a recovery', () => {
  it('is that of what is left to do', async () => {
    fill('changed');
    killRollback(tree.session.location, { point: 'point', phase: 'applying' });
    const { did, operation } = await recover(tree.session, { onProgress });
    expect(did).toBe('finished');
    expect(phases()).toEqual(['applying', 'verifying', 'validating', 'ended']);
    expectMonotone();
    expect(events.at(-1)).toMatchObject({ operation, outcome: 'done' });
  });
});
