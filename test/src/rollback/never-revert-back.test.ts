// What stays as it is live stays so on the way back of a rollback that failed, too, whatever it is called by.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSavepoint } from 'savepoint';
import { expect, it, onTestFinished } from 'vitest';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

async function makeHost(settings: (app: string, link: string) => object) {
  const directory = createTemporaryDirectory();
  const app = join(directory, 'host', 'app');
  mkdirSync(app, { recursive: true });
  symlinkSync(join(directory, 'host'), join(directory, 'link'));
  const write = (main: string, data: string, port: number) => {
    writeFileSync(join(app, 'main'), main);
    writeFileSync(join(app, 'data'), data);
    writeFileSync(join(app, 'conf.json'), `${JSON.stringify({ main, port })}\n`);
  };
  const read = () => ['main', 'data', 'conf.json'].map((name) => readFileSync(join(app, name), 'utf8'));
  write('one', 'one', 1);
  const components = { app: { kind: 'files', ...settings(app, join(directory, 'link', 'app')) } };
  const configuration = parseConfiguration(JSON.stringify({ components }), 'savepoint.yaml');
  const savepoint = await openSavepoint({ store: join(directory, 'store'), create: true });
  onTestFinished(() => savepoint.close());
  await savepoint.saveConfigured(configuration, { name: 'first' });
  write('two', 'two', 2);
  return { savepoint, configuration, app, read };
}

it('is not taken back with the rest', async () => {
  const host = await makeHost((app) => ({
    paths: [app],
    neverRevert: [join(app, 'data'), `${join(app, 'conf.json')}#port`],
    // What goes on writing while the rollback is under way.
    validate: [
      `printf three > ${join(app, 'data')}; printf '{"main":"one","port":3}' > ${join(app, 'conf.json')}; exit 3`,
    ],
  }));
  const { outcome } = await host.savepoint.rollback('first', { configuration: host.configuration });
  expect(outcome).toBe('reverted');
  const [main, data, conf] = host.read();
  expect([main, data, JSON.parse(conf)]).toEqual(['two', 'three', { main: 'two', port: 3 }]);
});

it('is found by a path that leads through a link', async () => {
  const host = await makeHost((_, link) => ({
    paths: [link],
    neverRevert: [join(link, 'data')],
  }));
  const { outcome } = await host.savepoint.rollback('first', { configuration: host.configuration });
  expect([outcome, ...host.read().slice(0, 2)]).toEqual(['done', 'one', 'two']);
});

it.each([
  ['in neither version', () => {}],
  [
    'in a file that became a directory',
    (path: string) => {
      rmSync(path);
      mkdirSync(path);
    },
  ],
  [
    'in a file that became a link',
    (path: string) => {
      rmSync(path);
      symlinkSync('elsewhere', path);
    },
  ],
])('keeps nothing from going back that stands %s', async (_, change) => {
  const host = await makeHost((app) => ({
    paths: [app],
    neverRevert: [`${join(app, 'conf.json')}#absent`],
  }));
  change(join(host.app, 'conf.json'));
  const { outcome } = await host.savepoint.rollback('first', { configuration: host.configuration });
  expect([outcome, ...host.read()]).toEqual(['done', 'one', 'one', '{"main":"one","port":1}\n']);
});
