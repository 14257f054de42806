// Components that a state adapter has: saving, looking, comparing, finding, restoring, watching.
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Configuration, openSavepoint, type Savepoint, type StateAdapter } from 'savepoint';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { collect } from '../../fixtures/saved-tree.js';
import { valueAdapter } from '../../fixtures/value-adapter.js';
import { waitFor } from '../../fixtures/wait-for.js';
import { createValuedHost, type ValuedHost } from './valued-host.js';

let host: ValuedHost;
let directory: string;
let file: string;
let savepoint: Savepoint;
let configuration: Configuration;

beforeEach(async () => {
  host = await createValuedHost();
  ({ directory, file, savepoint } = host);
  configuration = host.configured('abort');
});

const set = (wanted: Readonly<Record<string, string>>) => host.set(wanted);
const live = () => host.live();
const diff = (...words: Parameters<ValuedHost['diff']>) => host.diff(...words);
const save = (name: string) => host.save(name, configuration);

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

  it('counts what is as before', async () => {
    const lazy: StateAdapter = {
      ...valueAdapter,
      async *capture(context) {
        const previous = await context.previous();
        const paths = (await previous?.list('state')) ?? [];
        for (const path of paths) yield { path, content: 'as-before' };
        if (paths.length === 0) yield* valueAdapter.capture(context);
      },
    };
    const other = await openSavepoint({ store: savepoint.location, adapters: [lazy] });
    onTestFinished(() => other.close());
    const first = await other.saveConfigured(configuration, { name: 'first' });
    const again = await other.saveConfigured(configuration, { name: 'again' });
    expect(again.newBytes).toBeLessThan(first.newBytes);
    // The clock, which the lazy one does not observe, and the file.
    expect([first.components[1].files, again.components[1].files]).toEqual([4, 3]);
  });
});
