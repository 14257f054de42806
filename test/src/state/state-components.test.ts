// Components that a state adapter has: rolling them back, and what goes wrong there.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Configuration,
  openSavepoint,
  type Savepoint,
  SavepointError,
  type StateAdapter,
} from 'savepoint';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { valueAdapter } from '../../fixtures/value-adapter.js';
import { createValuedHost, type ValuedHost } from './valued-host.js';

let host: ValuedHost;
let directory: string;
let file: string;
let app: string;
let savepoint: Savepoint;
let configuration: Configuration;

beforeEach(async () => {
  host = await createValuedHost();
  ({ directory, file, app, savepoint } = host);
  configuration = host.configured('abort');
});

const configured = (onError: 'abort' | 'continue', own?: string) => host.configured(onError, own);
const set = (wanted: Readonly<Record<string, string>>) => host.set(wanted);
const live = () => host.live();
const save = (name: string) => host.save(name, configuration);

describe('a component of a state adapter', () => {
  it('is rolled back with its files and what depends on it, undone and redone', async () => {
    await save('first');
    const before = live();
    set({ a: '10', c: '3' });
    writeFileSync(file, 'other');
    const changed = live();
    const plan = await savepoint.rollback('first', { dryRun: true });
    expect(plan.components[1].state?.steps.map(({ text }) => text)).toEqual([
      'set a from 10 to 1',
      'set b from nothing to 2',
      'set c from 3 to nothing',
      'read again',
    ]);
    expect(live()).toEqual(changed);
    expect((await savepoint.rollback('first')).outcome).toBe('done');
    expect(live()).toEqual(before);
    expect(readFileSync(file, 'utf8')).toBe('comment');
    expect((await savepoint.undo()).outcome).toBe('done');
    expect(live()).toEqual(changed);
    expect(readFileSync(file, 'utf8')).toBe('other');
    expect((await savepoint.redo()).outcome).toBe('done');
    expect(live()).toEqual(before);
    expect(existsSync(join(savepoint.location, 'staging', 'x'))).toBe(false);
    expect(readdirSync(join(savepoint.location, 'staging'))).toEqual([]);
  });

  it('is finished after a crash at its end, and nothing that was done by then is missed', async () => {
    const crash = { isDue: false };
    const crashing: StateAdapter = {
      ...valueAdapter,
      async apply(prepared, context) {
        const problems = await valueAdapter.apply(prepared, context);
        if (crash.isDue) throw new Error('the process is gone');
        return problems;
      },
    };
    const other = await openSavepoint({ store: savepoint.location, adapters: [crashing] });
    onTestFinished(() => other.close());
    await save('first');
    const before = live();
    set({ a: '10', c: '3' });
    mkdirSync(join(app, 'folder'));
    writeFileSync(join(app, 'folder', 'new'), 'new');
    crash.isDue = true;
    await expect(other.rollback('first')).rejects.toThrow('the process is gone');
    crash.isDue = false;
    expect(await other.recover()).toMatchObject({
      did: 'finished',
      carried: { outcome: 'done', problems: [] },
    });
    expect([live(), existsSync(join(app, 'folder'))]).toEqual([before, false]);
  });

  it('may have a file that is of another component, too: it goes back once, and with all that stands beside it', async () => {
    file = join(app, 'values.conf');
    writeFileSync(file, 'comment');
    configuration = configured('abort');
    await save('first');
    const before = statSync(app, { bigint: true }).mtimeNs;
    set({ a: '10', b: '2' });
    rmSync(file);
    writeFileSync(file, 'other');
    const result = await savepoint.rollback('first');
    expect(result).toMatchObject({ outcome: 'done', problems: [], displaced: [] });
    expect([live(), readFileSync(file, 'utf8')]).toEqual([{ a: '1', b: '2' }, 'comment']);
    expect(result.components.map(({ steps }) => steps.map(({ path }) => path))).toEqual([
      ['', 'values.conf'],
      [],
    ]);
    expect(statSync(app, { bigint: true }).mtimeNs).toBe(before);
    expect(readdirSync(app)).toEqual(['main', 'values.conf']);
    expect((await savepoint.undo()).outcome).toBe('done');
    expect(readFileSync(file, 'utf8')).toBe('other');
  });

  it('is told what it depends on when that alone changes', async () => {
    await save('first');
    writeFileSync(join(app, 'main'), 'two');
    const { components } = await savepoint.rollback('first');
    expect(components[1].state?.steps).toMatchObject([{ do: 'reread' }]);
    expect((await savepoint.rollback('first')).components[1].state?.steps).toEqual([]);
  });

  it('takes everything back where a value is refused, and names it', async () => {
    set({ a: 'refused', b: '2' });
    await save('first');
    set({ a: '1', b: '3' });
    writeFileSync(join(app, 'main'), 'two');
    const result = await savepoint.rollback('first');
    expect(result).toMatchObject({
      outcome: 'reverted',
      message: "values, value a: 'refused' is not taken",
      problems: expect.arrayContaining([
        { component: 'values', path: 'value a', code: 'STATE_REFUSED', message: "'refused' is not taken" },
      ]),
    });
    expect(live()).toEqual({ a: '1', b: '3' });
    expect(readFileSync(join(app, 'main'), 'utf8')).toBe('two');
  });

  it('leaves everything as it is where something does not stop', async () => {
    await save('first');
    set({ a: 'stuck', b: '3' });
    writeFileSync(join(app, 'main'), 'two');
    const result = await savepoint.rollback('first');
    expect(result).toMatchObject({
      outcome: 'reverted',
      problems: [{ path: 'value a', code: 'STATE_BUSY' }],
    });
    expect(live()).toEqual({ a: 'stuck', b: '3' });
    expect(readFileSync(join(app, 'main'), 'utf8')).toBe('two');
  });

  it('is left as it is, and the rest goes on, where its policy says so', async () => {
    configuration = configured('continue');
    await save('first');
    set({ a: 'stuck', b: '3' });
    writeFileSync(join(app, 'main'), 'two');
    const result = await savepoint.rollback('first');
    expect(result).toMatchObject({
      outcome: 'incomplete',
      problems: [{ path: 'value a', code: 'STATE_BUSY' }],
    });
    expect(live()).toEqual({ a: 'stuck', b: '3' });
    expect(readFileSync(join(app, 'main'), 'utf8')).toBe('one');
  });

  it('has to be as well afterwards as it was before', async () => {
    set({ a: '1', sick: 'yes' });
    await save('first');
    set({ a: '1' });
    const result = await savepoint.rollback('first');
    expect(result).toMatchObject({ outcome: 'reverted', message: 'values is not sound: it is sick' });
    expect(live()).toEqual({ a: '1' });
    set({ a: '2', sick: 'yes', sicker: 'yes' });
    expect((await savepoint.rollback('first', { force: true })).outcome).toBe('done');
  });

  it('goes back though it can not tell how well it is', async () => {
    const silent: StateAdapter = {
      ...valueAdapter,
      health: async () => {
        throw new SavepointError('STATE_UNREADABLE', 'nobody answers');
      },
    };
    const other = await openSavepoint({ store: savepoint.location, adapters: [silent] });
    onTestFinished(() => other.close());
    await save('first');
    set({ a: '9' });
    expect((await other.rollback('first')).outcome).toBe('done');
    expect(live()).toEqual({ a: '1', b: '2' });
  });

  it('needs its adapter, and says so', async () => {
    await save('first');
    const without = await openSavepoint({ store: savepoint.location });
    onTestFinished(() => without.close());
    await expect(without.rollback('first')).rejects.toMatchObject({
      code: 'ADAPTER_MISSING',
      fields: { component: 'values', kind: 'values' },
    });
    expect(await without.operations()).toMatchObject([
      { kind: 'save' },
      { kind: 'rollback', outcome: 'failed' },
    ]);
  });

  it('goes back with those that it has files in common with, where it goes back alone', async () => {
    const shared = join(app, 'values.conf');
    writeFileSync(shared, 'one');
    configuration = configured('continue', shared);
    set({ a: 'refused' });
    await save('first');
    set({ a: '1' });
    for (const name of ['main', 'values.conf']) writeFileSync(join(app, name), 'two');
    expect(await savepoint.rollback('first')).toMatchObject({ outcome: 'reverted' });
    expect(['main', 'values.conf'].map((name) => readFileSync(join(app, name), 'utf8'))).toEqual([
      'two',
      'two',
    ]);
    expect(live()).toEqual({ a: '1' });
  });

  it('leaves directories that only lead to its files', async () => {
    const inside = join(directory, 'new', 'values.conf');
    configuration = configured('abort', inside);
    await save('first');
    mkdirSync(join(directory, 'new'));
    writeFileSync(inside, 'new');
    expect((await savepoint.rollback('first')).outcome).toBe('done');
    expect([existsSync(inside), existsSync(join(directory, 'new'))]).toEqual([false, true]);
  });
});
