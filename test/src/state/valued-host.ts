// A component of the value adapter beside one of files that it depends on, with a store, gone when the test is.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Configuration, openSavepoint, type Savepoint } from 'savepoint';
import { onTestFinished } from 'vitest';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { collect } from '../../fixtures/saved-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { valueAdapter } from '../../fixtures/value-adapter.js';

export interface ValuedHost {
  readonly directory: string;
  /** The directory whose files are the values: a is 1, b is 2. */
  readonly values: string;
  /** A file of the same component. */
  readonly file: string;
  /** The root of the other component. */
  readonly app: string;
  readonly savepoint: Savepoint;
  configured(onError: 'abort' | 'continue', file?: string): Configuration;
  /** Sets these values, and removes all others. */
  set(wanted: Readonly<Record<string, string>>): void;
  live(): Record<string, string>;
  save(name: string, configuration?: Configuration): ReturnType<Savepoint['saveConfigured']>;
  diff(before: string, after: string, paths?: string[]): Promise<string[]>;
}

export async function createValuedHost(): Promise<ValuedHost> {
  const directory = createTemporaryDirectory();
  const [values, file, app] = [
    join(directory, 'values'),
    join(directory, 'values.conf'),
    join(directory, 'app'),
  ];
  const set = (wanted: Readonly<Record<string, string>>) => {
    for (const name of readdirSync(values)) rmSync(join(values, name));
    for (const [name, value] of Object.entries(wanted)) writeFileSync(join(values, name), value);
  };
  mkdirSync(values);
  mkdirSync(app);
  writeFileSync(join(app, 'main'), 'one');
  writeFileSync(file, 'comment');
  set({ a: '1', b: '2' });
  const store = join(directory, 'store');
  const savepoint = await openSavepoint({ store, create: true, adapters: [valueAdapter] });
  onTestFinished(() => savepoint.close());
  const configured = (onError: 'abort' | 'continue', ownFile = file) => {
    const own = { settings: { directory: values, file: ownFile }, after: ['app'], onError };
    const components = {
      app: { kind: 'files', paths: [app] },
      values: { kind: 'custom', adapter: 'values', ...own },
    };
    return parseConfiguration(JSON.stringify({ components }), 'savepoint.yaml');
  };
  return {
    ...{ directory, values, file, app, savepoint, configured, set },
    live: () =>
      Object.fromEntries(readdirSync(values).map((name) => [name, readFileSync(join(values, name), 'utf8')])),
    save: (name, configuration = configured('abort')) => savepoint.saveConfigured(configuration, { name }),
    diff: async (before, after, paths = []) =>
      (await collect(savepoint.diff({ before, after, paths }))).map(
        ({ kind, livePath }) => `${kind} ${livePath}`,
      ),
  };
}
