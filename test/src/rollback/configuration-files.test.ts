// Components of configuration: checked before they are put back, and in part left as they are live.
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openSavepoint, type Savepoint } from 'savepoint';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { endWatchdogs } from '../guard/end-watchdogs.js';

let directory: string;
let savepoint: Savepoint;

beforeEach(async () => {
  directory = createTemporaryDirectory();
  write('etc/app.yaml', '# of the app\nserver:\n  port: 80\ndb:\n  password: old\n');
  write('etc/secret', 'old');
  write('etc/plain', 'old');
  write('data/file', 'old');
  savepoint = await openSavepoint({ store: join(directory, 'store'), create: true });
  onTestFinished(() => savepoint.close());
});

const at = (path: string) => join(directory, path);
const read = (path: string) => readFileSync(at(path), 'utf8');

function write(path: string, content: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
}

function configured(etc: object = {}) {
  const components = {
    etc: { kind: 'config', paths: [at('etc')], ...etc },
    data: { kind: 'files', paths: [at('data')] },
  };
  return parseConfiguration(JSON.stringify({ components }), 'savepoint.yaml');
}

async function saveAnd(etc: object, changes: Readonly<Record<string, string>>) {
  const configuration = configured(etc);
  await savepoint.saveConfigured(configuration, { name: 'first' });
  for (const [path, content] of Object.entries(changes)) write(path, content);
  return configuration;
}

describe('what is never reverted', () => {
  const KEPT = () => ({ neverRevert: [at('etc/secret'), `${at('etc/app.yaml')}#db.password`] });

  it('stays as it is live, a file as a whole and a key by its value, in a rollback and its undo', async () => {
    const changed = '# changed\nserver:\n  port: 81\ndb:\n  password: "new"\n';
    await saveAnd(KEPT(), { 'etc/app.yaml': changed, 'etc/secret': 'new', 'etc/plain': 'new' });
    expect(await savepoint.rollback('first')).toMatchObject({ outcome: 'done', problems: [] });
    expect(read('etc/app.yaml')).toBe('# of the app\nserver:\n  port: 80\ndb:\n  password: "new"\n');
    expect([read('etc/secret'), read('etc/plain')]).toEqual(['new', 'old']);
    expect((await savepoint.undo()).outcome).toBe('done');
    expect([read('etc/app.yaml'), read('etc/secret'), read('etc/plain')]).toEqual([changed, 'new', 'new']);
  });

  it('goes back all the same, and that is said, where the live file can no longer be read by keys', async () => {
    await saveAnd(KEPT(), { 'etc/app.yaml': 'server: [\n' });
    const { outcome, components } = await savepoint.rollback('first');
    expect(outcome).toBe('done');
    expect(components.find(({ component }) => component === 'etc')?.notes).toEqual([
      expect.stringContaining('app.yaml#db.password could not be kept'),
    ]);
    expect(read('etc/app.yaml')).toContain('password: old');
  });

  it('keeps its directory where that would go', async () => {
    await savepoint.saveConfigured(configured(), { name: 'first' });
    write('etc/new/secret', 'new');
    write('etc/new/other', 'new');
    const configuration = configured({ neverRevert: [at('etc/new/secret')] });
    expect((await savepoint.rollback('first', { configuration })).outcome).toBe('done');
    expect(read('etc/new/secret')).toBe('new');
    expect(() => statSync(at('etc/new/other'))).toThrow();
  });

  it('stays as it is live where a guarded change is taken back, too', async () => {
    onTestFinished(() => endWatchdogs(savepoint.location));
    const script = `sed -i 's/80/81/; s/old/new/' ${at('etc/app.yaml')}; echo new >${at('etc/plain')}; exit 1`;
    const result = await savepoint.guard({
      configuration: configured(KEPT()),
      change: { command: ['sh', '-c', script] },
    });
    expect(result.state).toBe('reverted');
    expect(read('etc/app.yaml')).toBe('# of the app\nserver:\n  port: 80\ndb:\n  password: new\n');
    expect(read('etc/plain')).toBe('old');
  });

  it('can be no single key of a component that is swapped as a whole', async () => {
    await saveAnd({ ...KEPT(), swap: true, onError: 'abort' }, { 'etc/app.yaml': 'db:\n  password: new\n' });
    await expect(savepoint.rollback('first')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(read('etc/app.yaml')).toBe('db:\n  password: new\n');
  });
});

describe('configuration that would not parse', () => {
  const BROKEN = 'server: [80\n';

  async function saveBroken(etc: object) {
    write('etc/app.yaml', BROKEN);
    return saveAnd(etc, { 'etc/app.yaml': 'server: 80\n', 'data/file': 'new' });
  }

  it('is refused with file, line and reason before anything is changed', async () => {
    await saveBroken({ onError: 'abort' });
    await expect(savepoint.rollback('first')).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      message: expect.stringMatching(
        /^etc would not be sound: .*app\.yaml would not parse: .*app\.yaml:2:1: /,
      ),
      fields: { component: 'etc', path: at('etc/app.yaml') },
    });
    expect([read('etc/app.yaml'), read('data/file')]).toEqual(['server: 80\n', 'new']);
    expect(await savepoint.operations()).toMatchObject([{ kind: 'save' }, { outcome: 'failed' }]);
  });

  it('is left as it is, and the rest goes on, where its policy says so', async () => {
    await saveBroken({ onError: 'continue' });
    expect(await savepoint.rollback('first')).toMatchObject({
      outcome: 'incomplete',
      problems: [{ component: 'etc', path: at('etc/app.yaml'), code: 'VALIDATION_FAILED' }],
    });
    expect([read('etc/app.yaml'), read('data/file')]).toEqual(['server: 80\n', 'old']);
  });

  it('goes back where that is not to be checked, and in an undo', async () => {
    await saveBroken({ onError: 'abort', checkFormats: false });
    expect((await savepoint.rollback('first')).outcome).toBe('done');
    expect(read('etc/app.yaml')).toBe(BROKEN);
    expect((await savepoint.undo()).outcome).toBe('done');
    expect((await savepoint.redo()).outcome).toBe('done');
    expect(read('etc/app.yaml')).toBe(BROKEN);
  });

  it('is seen in a tree that is swapped as a whole, too', async () => {
    await saveBroken({ onError: 'abort', swap: true });
    await expect(savepoint.rollback('first')).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(read('etc/app.yaml')).toBe('server: 80\n');
  });
});
