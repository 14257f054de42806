// Adapters that fail in the middle of a rollback: what belongs to others goes on, what was changed goes back, and nothing is
// left that keeps the next operation from being begun.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSavepoint, type Savepoint, SavepointError, type StateAdapter } from 'savepoint';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { valueAdapter } from '../../fixtures/value-adapter.js';

let directory: string;

const at = (name: string) => join(directory, name);
const read = (name: string) => readFileSync(at(name), 'utf8');

beforeEach(() => {
  directory = createTemporaryDirectory();
  for (const name of ['one', 'two', 'app']) mkdirSync(at(name));
  write('1');
});

function write(value: string): void {
  for (const path of ['one/a', 'two/a', 'app/main']) writeFileSync(at(path), value);
}

const contents = () => ['one/a', 'two/a', 'app/main'].map(read);

async function open(adapters: readonly StateAdapter[]): Promise<Savepoint> {
  const savepoint = await openSavepoint({ store: at('store'), create: !existsSync(at('store')), adapters });
  onTestFinished(() => savepoint.close());
  return savepoint;
}

const configured = (onError: 'abort' | 'continue', neverRevert: string[] = []) =>
  parseConfiguration(
    JSON.stringify({
      components: {
        app: { kind: 'files', paths: [at('app')], neverRevert },
        one: { kind: 'custom', adapter: 'values', settings: { directory: at('one') }, onError },
        two: { kind: 'custom', adapter: 'values', settings: { directory: at('two') } },
      },
    }),
    'savepoint.yaml',
  );

const unreadable = () =>
  new SavepointError('STATE_UNREADABLE', 'The values do not answer; start them and repeat.', { fields: {} });

describe('a component that is refused before anything is decided', () => {
  it('leaves what others have staged', async () => {
    const adapter: StateAdapter = {
      ...valueAdapter,
      check: async (_, { component }) =>
        component === 'one' ? [{ object: 'value a', code: 'VALIDATION_FAILED', message: 'it is odd' }] : [],
      async apply(prepared, context) {
        if (!existsSync(join(context.staging(), 'prepared'))) throw unreadable();
        return valueAdapter.apply(prepared, context);
      },
    };
    const savepoint = await open([adapter]);
    const configuration = configured('continue');
    await savepoint.saveConfigured(configuration, { name: 'first' });
    write('2');
    const result = await savepoint.rollback('first', { configuration });
    expect(result).toMatchObject({ outcome: 'incomplete', problems: [{ component: 'one' }] });
    expect(contents()).toEqual(['2', '1', '1']);
  });
});

describe('state that can not be read any more when it has been put back', () => {
  it.each(['capture', 'capture and stage'])('goes back with everything else (%s)', async (what) => {
    const broken = { isIt: false };
    const adapter: StateAdapter = {
      ...valueAdapter,
      async *capture(context) {
        if (broken.isIt && context.component === 'one') throw unreadable();
        yield* valueAdapter.capture(context);
      },
      async stage(steps, context) {
        if (broken.isIt && what === 'capture and stage') throw unreadable();
        return valueAdapter.stage(steps, context);
      },
      async apply(prepared, context) {
        // It reads again once what it reads from is back.
        if (context.component === 'one') broken.isIt = !broken.isIt && context.attempt.endsWith('-1');
        return valueAdapter.apply(prepared, context);
      },
    };
    const savepoint = await open([adapter]);
    await savepoint.saveConfigured(configured('abort'), { name: 'first' });
    write('2');
    const result = await savepoint.rollback('first');
    const isLost = what === 'capture and stage';
    expect(result.outcome).toBe(isLost ? 'inconsistent' : 'reverted');
    // What can't be staged stays, and is named; all else is as before.
    expect(contents()).toEqual(isLost ? ['1', '1', '2'] : ['2', '2', '2']);
    expect(result.problems).toEqual(
      expect.arrayContaining([expect.objectContaining({ component: 'one', code: 'STATE_UNREADABLE' })]),
    );
  });
});

describe('a recovery', () => {
  const crash = async (during: Partial<StateAdapter>) => {
    const savepoint = await open([{ ...valueAdapter, ...during }]);
    await savepoint.saveConfigured(configured('abort'), { name: 'first' });
    write('2');
    await expect(savepoint.rollback('first')).rejects.toThrow('gone');
  };
  const gone = async () => {
    throw new Error('the process is gone');
  };

  it('of what is decided waits for the adapter', async () => {
    await crash({ apply: gone });
    const without = await open([]);
    await expect(without.recover()).rejects.toMatchObject({ code: 'ADAPTER_MISSING' });
    expect(contents()).toEqual(['2', '2', '1']);
    const { did, carried } = await (await open([valueAdapter])).recover();
    expect([did, carried?.outcome, contents()]).toEqual(['finished', 'done', ['1', '1', '1']]);
  });

  it('goes back with what it can where the adapter is lost for good', async () => {
    await crash({ apply: gone });
    const without = await open([]);
    const { did, carried } = await without.recover({ force: true });
    expect([did, carried?.outcome, contents()]).toEqual(['finished', 'inconsistent', ['2', '2', '2']]);
    expect(carried?.problems.map(({ code }) => code)).toContain('ADAPTER_MISSING');
    expect((await without.recover()).did).toBe('nothing');
    expect(readdirSync(at('store/staging'))).toEqual([]);
  });

  it('of what was given up needs no adapter, and names what is left', async () => {
    await crash({ check: gone, discard: gone });
    const { did, left } = await (await open([])).recover();
    expect([did, contents()]).toEqual(['tidied', ['2', '2', '2']]);
    expect(left?.map(({ component, code }) => `${component} ${code}`)).toEqual([
      'one ADAPTER_MISSING',
      'two ADAPTER_MISSING',
    ]);
  });
});

describe('a guarded change', () => {
  it('is refused where no watchdog could take it back', async () => {
    const savepoint = await open([valueAdapter]);
    const configuration = configured('abort');
    const change = { change: { command: ['touch', at('changed')] }, configuration };
    await expect(savepoint.guard(change)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      fields: { component: 'one', kind: 'values' },
    });
    expect(existsSync(at('changed'))).toBe(false);
    expect(await savepoint.list()).toEqual([]);
  });
});

describe('what an adapter can not take away', () => {
  it('keeps nothing else from being done, and is named', async () => {
    const adapter: StateAdapter = {
      ...valueAdapter,
      discard: async ({ component }) => {
        if (component === 'one') throw unreadable();
      },
    };
    const savepoint = await open([adapter]);
    await savepoint.saveConfigured(configured('abort'), { name: 'first' });
    write('2');
    const result = await savepoint.rollback('first');
    expect(result).toMatchObject({
      outcome: 'done',
      problems: [{ component: 'one', code: 'STATE_UNREADABLE' }],
    });
    expect(contents()).toEqual(['1', '1', '1']);
    expect(readdirSync(at('store/staging'))).toEqual([]);
    expect((await savepoint.undo()).outcome).toBe('done');
    rmSync(at('one/a'));
  });
});
