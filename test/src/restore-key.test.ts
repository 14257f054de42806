// Single keys of configuration files: put back alone, and compared.
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSavepoint, type Savepoint } from 'savepoint';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { collect } from '../fixtures/saved-tree.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const OLD = '# of the app\nserver:\n  port: 80 # the usual one\n  name: old\n';
const NEW = 'server:\n  name: new\n  port: 81\n  extra: yes\n';

let directory: string;
let file: string;
let savepoint: Savepoint;

beforeEach(async () => {
  directory = createTemporaryDirectory();
  file = join(directory, 'app.yaml');
  writeFileSync(file, OLD);
  writeFileSync(join(directory, 'odd#name'), 'old');
  savepoint = await openSavepoint({ store: join(createTemporaryDirectory(), 'store'), create: true });
  onTestFinished(() => savepoint.close());
  await savepoint.save([directory], { name: 'first' });
  writeFileSync(file, NEW);
  chmodSync(file, 0o640);
});

const restore = (...paths: string[]) => savepoint.restore('first', { paths });

describe('a single key', () => {
  it('is put back alone, and the file keeps its mode and all else', async () => {
    const { keys, components } = await restore(`${file}#server.port`);
    expect(keys).toEqual([
      { component: expect.any(String), livePath: file, key: 'server.port', changed: true },
    ]);
    expect(components).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe(NEW.replace('81', '80'));
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect((await restore(`${file}#server.port`)).keys[0].changed).toBe(false);
    expect(await savepoint.operations()).toMatchObject([
      { kind: 'save' },
      { kind: 'restore' },
      { kind: 'restore' },
    ]);
  });

  it('is put back with others of the same file, and one that the point lacks is removed', async () => {
    await restore(`${file}#server.port`, `${file}#server.extra`, `${file}#server.name`);
    expect(readFileSync(file, 'utf8')).toBe('server:\n  name: old\n  port: 80\n');
  });

  it('is only told of in a dry run', async () => {
    const { keys } = await savepoint.restore('first', { paths: [`${file}#server.port`], dryRun: true });
    expect(keys[0].changed).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(NEW);
  });

  it('is told from a name with a # in it', async () => {
    writeFileSync(join(directory, 'odd#name'), 'new');
    expect((await restore(join(directory, 'odd#name'))).keys).toEqual([]);
    expect(readFileSync(join(directory, 'odd#name'), 'utf8')).toBe('old');
  });

  it('can only be put back in place, in a file that is there and can be parsed', async () => {
    const paths = [`${file}#server.port`];
    const elsewhere = join(directory, 'elsewhere');
    await expect(savepoint.restore('first', { paths, to: elsewhere })).rejects.toMatchObject({
      code: 'USAGE',
    });
    await expect(restore(`${file}#server[`)).rejects.toMatchObject({ code: 'INVALID_NAME' });
    await expect(restore(`${directory}/odd#name#key`)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
    writeFileSync(file, 'server: [\n');
    await expect(restore(...paths)).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
      message: expect.stringMatching(/app\.yaml as it is now can't be read by keys: line 2, column 1/),
    });
    expect(readFileSync(file, 'utf8')).toBe('server: [\n');
  });
});

describe('a difference by keys', () => {
  it('is what is set, added and removed, and not what is only written otherwise', async () => {
    const changes = await collect(savepoint.diff({ before: 'first', after: 'live', paths: [file] }));
    const change = changes.find(({ livePath }) => livePath === file);
    expect(change && (await savepoint.diffKeys(change))).toEqual([
      { key: 'server.name', before: 'old', after: 'new' },
      { key: 'server.port', before: '80', after: '81' },
      { key: 'server.extra', after: 'yes' },
    ]);
    writeFileSync(file, 'server: { name: old, port: 80 }\n');
    const [written] = await collect(savepoint.diff({ before: 'first', after: 'live', paths: [file] }));
    expect(await savepoint.diffKeys(written)).toEqual([]);
  });

  it('is none where the format is not known, or the file can not be parsed', async () => {
    writeFileSync(join(directory, 'odd#name'), 'new');
    writeFileSync(file, 'server: [\n');
    const changes = await collect(savepoint.diff({ before: 'first', after: 'live' }));
    const files = changes.filter(({ kind }) => kind === 'modified');
    expect(await Promise.all(files.map((each) => savepoint.diffKeys(each)))).toEqual([undefined, undefined]);
  });
});
