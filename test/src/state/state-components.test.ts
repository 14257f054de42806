// Components that a state adapter has: saving, looking, comparing, restoring, rolling back, and what goes wrong there.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Configuration, openSavepoint, type Savepoint, type StateAdapter } from 'savepoint';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { collect } from '../../fixtures/saved-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { valueAdapter } from '../../fixtures/value-adapter.js';
import { waitFor } from '../../fixtures/wait-for.js';

let directory: string;
let values: string;
let file: string;
let app: string;
let savepoint: Savepoint;
let configuration: Configuration;

beforeEach(async () => {
  directory = createTemporaryDirectory();
  [values, file, app] = [join(directory, 'values'), join(directory, 'values.conf'), join(directory, 'app')];
  mkdirSync(values);
  mkdirSync(app);
  writeFileSync(join(app, 'main'), 'one');
  writeFileSync(file, 'comment');
  set({ a: '1', b: '2' });
  configuration = configured('abort');
  savepoint = await openSavepoint({
    store: join(directory, 'store'),
    create: true,
    adapters: [valueAdapter],
  });
  onTestFinished(() => savepoint.close());
});

function configured(onError: 'abort' | 'continue'): Configuration {
  const own = { settings: { directory: values, file }, after: ['app'], onError };
  const components = {
    app: { kind: 'files', paths: [app] },
    values: { kind: 'custom', adapter: 'values', ...own },
  };
  return parseConfiguration(JSON.stringify({ components }), 'savepoint.yaml');
}

function set(wanted: Readonly<Record<string, string>>): void {
  for (const name of readdirSync(values)) rmSync(join(values, name));
  for (const [name, value] of Object.entries(wanted)) writeFileSync(join(values, name), value);
}

function live() {
  return Object.fromEntries(
    readdirSync(values).map((name) => [name, readFileSync(join(values, name), 'utf8')]),
  );
}

const save = (name: string) => savepoint.saveConfigured(configuration, { name });
const diff = async (before: string, after: string, paths: string[] = []) =>
  (await collect(savepoint.diff({ before, after, paths }))).map(
    ({ kind, livePath }) => `${kind} ${livePath}`,
  );

describe('a component of a state adapter', () => {
  it('has documents beside its own files, and the same ids where the state is the same', async () => {
    const first = await save('first');
    const second = await save('second');
    expect(first.components[1]).toMatchObject({ name: 'values', kind: 'values', origin: '/' });
    expect(second.components[1].fingerprint).toBe(first.components[1].fingerprint);
    expect(await diff('first', 'second', ['values:state'])).toEqual([]);
    const { children } = await savepoint.showPath('first', 'values:state');
    expect(children?.map(({ name }) => name)).toEqual(['a', 'b']);
    const content = Buffer.concat(await collect(savepoint.cat('first', 'values:state/a')));
    expect(content.toString()).toBe('1');
    expect((await savepoint.showPath('first', file)).livePath).toBe(file);
    set({ a: '1', b: '3' });
    expect((await save('third')).components[1].fingerprint).not.toBe(first.components[1].fingerprint);
  });

  it('is compared document by document, with the live state too, and as a patch', async () => {
    await save('first');
    set({ a: '10', c: '3' });
    writeFileSync(file, 'other');
    const changes = await collect(
      savepoint.diff({ before: 'first', after: 'live', paths: ['values:state', file] }),
    );
    const found = changes.map(({ kind, livePath, document }) => `${kind} ${livePath} ${document}`);
    expect(found.filter((each) => !each.includes('directory'))).toEqual(
      expect.arrayContaining([
        ...['modified values:state/a state', 'removed values:state/b state', 'added values:state/c state'],
        `modified ${file} undefined`,
      ]),
    );
    expect(found).toHaveLength(4);
    const changed = changes.find(({ path }) => path === 'state/a');
    expect(changed && (await savepoint.patch(changed))).toContain('-1\n\\ No newline at end of file\n+10\n');
  });

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

  it('has documents of files that are behind a link', async () => {
    symlinkSync('values', join(directory, 'linked'));
    const linking: StateAdapter = {
      ...valueAdapter,
      async *capture() {
        yield { path: 'state/a', content: { file: join(directory, 'linked', 'a') } };
      },
    };
    const other = await openSavepoint({ store: savepoint.location, adapters: [linking] });
    onTestFinished(() => other.close());
    expect((await other.saveConfigured(configuration, { name: 'first' })).problems).toEqual([]);
    const content = Buffer.concat(await collect(other.cat('first', 'values:state/a')));
    expect(content.toString()).toBe('1');
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

  it('is restored elsewhere as files, and in place only as far as it is files', async () => {
    await save('first');
    set({ a: '10' });
    writeFileSync(file, 'other');
    await savepoint.restore('first', { paths: ['values:'], to: join(directory, 'elsewhere') });
    expect(readFileSync(join(directory, 'elsewhere', 'state', 'a'), 'utf8')).toBe('1');
    await expect(savepoint.restore('first', { paths: ['values:state/a'] })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
    const { components } = await savepoint.restore('first');
    expect(components.find(({ component }) => component === 'values')?.filesOnly).toBe(true);
    expect([live(), readFileSync(file, 'utf8')]).toEqual([{ a: '10' }, 'comment']);
  });

  it('can be found in all its versions', async () => {
    await save('first');
    set({ a: '10', b: '2' });
    await save('second');
    const found = await collect(savepoint.find('values:state/a'));
    expect(found.map(({ livePath, points }) => [livePath, points.length])).toEqual([
      ['values:state/a', 1],
      ['values:state/a', 1],
    ]);
  });

  it('is watched by the watchdog, which tells what changes', async () => {
    const stop = new AbortController();
    const events: string[] = [];
    const watching = savepoint.watch({
      configuration,
      signal: stop.signal,
      onEvent: (event) => {
        events.push(event.kind === 'changed' ? `${event.component}: ${event.object}` : event.kind);
      },
    });
    let round = 0;
    await waitFor(() => {
      set({ a: String(round++), b: '2' });
      return events.includes('values: value a');
    }, 'the change to be told');
    stop.abort();
    await watching;
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
});
