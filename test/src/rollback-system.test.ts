// The library as it is used to guard a system: points of what is configured, and rollbacks that are watched and stopped.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { RollbackProgress } from '#src/rollback/rollback-progress.js';
import {
  openRollbackSystem,
  type RollbackRequest,
  type RollbackSystem,
  type RollbackSystemOptions,
} from '#src/rollback-system.js';
import { atPhase } from '../fixtures/rollback-process.js';
import { collect } from '../fixtures/saved-tree.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const NAMES = ['settings', 'boot', 'data'] as const;

let directory: string;
let config: string;
let system: RollbackSystem;
beforeEach(async () => {
  directory = createTemporaryDirectory();
  for (const name of NAMES) mkdirSync(join(directory, name));
  config = join(directory, 'savepoint.yaml');
  const at = (name: string) => `paths: [${join(directory, name)}]`;
  writeFileSync(
    config,
    `components:
  settings: { kind: config, ${at('settings')} }
  boot: { kind: files, category: kernel, ${at('boot')} }
  data: { kind: files, ${at('data')} }
`,
  );
  system = await open({ config });
  fill('as it was');
});

async function open(options: RollbackSystemOptions): Promise<RollbackSystem> {
  const opened = await openRollbackSystem({ store: join(directory, 'store'), create: true, ...options });
  onTestFinished(() => opened.close());
  return opened;
}

function fill(content: string): void {
  for (const name of NAMES) writeFileSync(join(directory, name, 'file'), content);
}

const contents = () => NAMES.map((name) => readFileSync(join(directory, name, 'file'), 'utf8'));

const phasesOf = (events: readonly RollbackProgress[]) => [...new Set(events.map(({ phase }) => phase))];

describe('recovery points', () => {
  it('are of the configured components, and listed', async () => {
    const first = await system.createRecoveryPoint('Before update', { name: 'first', tags: { by: 'test' } });
    expect(first).toMatchObject({
      ...{ name: 'first', message: 'Before update', tags: { by: 'test' } },
      components: ['settings', 'boot', 'data'],
    });
    await system.createRecoveryPoint(undefined, { components: ['configuration'], pin: true });
    const points = await system.listRecoveryPoints();
    expect(points.map(({ components }) => components.length)).toEqual([3, 1]);
    expect(points[0].id).toBe(first.id);
    expect(await system.savepoint.pins()).toEqual(new Set([points[1].id]));
  });

  it('are taken by what the configuration says by now', async () => {
    await system.createRecoveryPoint();
    writeFileSync(config, `components: { data: { kind: files, paths: [${join(directory, 'data')}] } }\n`);
    expect((await system.createRecoveryPoint()).components).toEqual(['data']);
  });

  it('need a configuration, and say what to do without', async () => {
    const unconfigured = await open({});
    await expect(unconfigured.createRecoveryPoint()).rejects.toMatchObject({
      code: 'COMPONENT_NOT_FOUND',
      message: expect.stringMatching(/config.*savepoint\.yaml.*savepoint\.save/),
    });
    const empty = await open({ config: { ...(await parsed()), components: [] } });
    await expect(empty.createRecoveryPoint()).rejects.toMatchObject({ code: 'COMPONENT_NOT_FOUND' });
  });

  it('are taken by a configuration that is handed over', async () => {
    const handed = await open({ config: await parsed() });
    expect((await handed.createRecoveryPoint()).components).toHaveLength(3);
  });
});

async function parsed() {
  const { readConfiguration } = await import('#src/savepoint.js');
  const configuration = await readConfiguration(config);
  if (configuration === undefined) throw new Error('there is no configuration');
  return configuration;
}

describe('a rollback', () => {
  it('is one of all components, or of those that are named', async () => {
    const point = await system.createRecoveryPoint();
    fill('changed');
    const partial: RollbackRequest = { scope: 'partial', point, components: ['kernel', 'configuration'] };
    const { outcome } = await system.executeRollback(partial).result;
    expect([outcome, ...contents()]).toEqual(['done', 'as it was', 'as it was', 'changed']);
    await system.executeRollback({ scope: 'full', point: point.name }).result;
    expect(contents()[2]).toBe('as it was');
    await system.undo();
    expect(contents()[2]).toBe('changed');
    await system.redo();
    expect(contents()[2]).toBe('as it was');
    expect(await system.recover()).toEqual({ did: 'nothing' });
  });

  it('of the configuration leaves all else alone', async () => {
    await system.createRecoveryPoint();
    fill('changed');
    await system.rollbackConfiguration();
    expect(contents()).toEqual(['as it was', 'changed', 'changed']);
  });

  it('in an emergency works whatever the configuration says', async () => {
    await system.createRecoveryPoint();
    fill('changed');
    writeFileSync(config, 'components: [broken');
    await expect(system.createRecoveryPoint()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await system.emergencyRollback();
    expect(new Set(contents())).toEqual(new Set(['as it was']));
  });

  it('is refused at once where its scope and components do not fit', async () => {
    const point = 'latest';
    const misfits = [
      { scope: 'full', point, components: ['data'] },
      { scope: 'partial', point },
      { scope: 'partial', point, components: [] },
      { scope: 'some', point },
    ] as RollbackRequest[];
    for (const request of misfits)
      expect(() => system.executeRollback(request)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('only says what it would do where that is all that is asked', async () => {
    const point = await system.createRecoveryPoint();
    fill('changed');
    const operation = system.executeRollback({ scope: 'full', point, dryRun: true });
    expect(phasesOf(await collect(operation.progress()))).toEqual(['planning', 'ended']);
    expect((await operation.result).components).toHaveLength(3);
    expect(contents()[0]).toBe('changed');
  });
});

describe('a rollback under way', () => {
  let point: string;
  beforeEach(async () => {
    point = (await system.createRecoveryPoint()).name;
    fill('changed');
  });

  it('has the id of its entry in the log, and tells all readers from the beginning on', async () => {
    const heard: RollbackProgress[] = [];
    const operation = system.executeRollback({
      ...{ scope: 'full', point },
      onProgress: (progress) => heard.push(progress),
    });
    operation.onProgress(() => undefined);
    const [first, second] = await Promise.all([collect(operation.progress()), collect(operation.progress())]);
    for (const events of [first, second, heard, await collect(operation.progress())]) {
      expect(phasesOf(events).slice(0, 2)).toEqual(['preflight', 'safety-point']);
      expect(events.at(-1)).toMatchObject({ phase: 'ended', percent: 100, operation: operation.id });
    }
    expect((await operation.result).operation).toBe(operation.id);
    expect((await system.operations()).at(-1)).toMatchObject({ id: operation.id, kind: 'rollback' });
  });

  it('goes on when a reader stops', async () => {
    const operation = system.executeRollback({ scope: 'full', point });
    for await (const _ of operation.progress()) break;
    expect((await operation.result).outcome).toBe('done');
  });

  it('that is aborted before its decision leaves everything as it was', async () => {
    for (const abort of ['by the operation', 'by the signal']) {
      const controller = new AbortController();
      const { signal } = controller;
      const operation = system.executeRollback({ scope: 'full', point, signal });
      operation.onProgress(
        atPhase('staging', () => (abort === 'by the signal' ? controller.abort() : operation.abort())),
      );
      await expect(collect(operation.progress())).rejects.toMatchObject({ code: 'ABORTED' });
      await expect(operation.result).rejects.toMatchObject({ code: 'ABORTED' });
      expect(new Set(contents())).toEqual(new Set(['changed']));
      expect((await system.operations()).at(-1)).toMatchObject({ id: operation.id, outcome: 'failed' });
    }
  });

  it('that is aborted after its decision is finished', async () => {
    const operation = system.executeRollback({ scope: 'full', point });
    operation.onProgress(atPhase('applying', () => operation.abort()));
    expect((await operation.result).outcome).toBe('done');
    expect(new Set(contents())).toEqual(new Set(['as it was']));
  });

  it('that fails throws to its readers, and harms nobody who does not ask', async () => {
    const unread = system.executeRollback({ scope: 'full', point: 'nosuch' });
    const operation = system.executeRollback({ scope: 'partial', point, components: ['nosuch'] });
    await expect(collect(operation.progress())).rejects.toMatchObject({ code: 'COMPONENT_NOT_FOUND' });
    await expect(collect(unread.progress())).rejects.toMatchObject({ code: 'POINT_NOT_FOUND' });
  });

  it('is over before the system is closed', async () => {
    const operation = system.executeRollback({ scope: 'full', point });
    await system.close();
    expect(new Set(contents())).toEqual(new Set(['as it was']));
    expect((await operation.result).outcome).toBe('done');
  });

  it('tells every listener, even where one of them fails, and then throws what failed', async () => {
    const operation = system.executeRollback({ scope: 'full', point });
    operation.onProgress(() => {
      throw new Error('the listener is broken');
    });
    await expect(collect(operation.progress())).rejects.toThrow('the listener is broken');
    expect((await system.operations()).at(-1)).toMatchObject({ id: operation.id, outcome: 'done' });
    expect(new Set(contents())).toEqual(new Set(['as it was']));
  });
});
