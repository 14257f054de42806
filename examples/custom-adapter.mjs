// A state adapter of one's own in use: a deployment by git, and its settings, are two components that go back together. The
// adapter is a module (git-checkout-adapter.mjs) that savepoint.yaml names, so that the command line has it as well.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSavepoint, readConfiguration } from 'savepoint';

const directory = mkdtempSync(join(tmpdir(), 'savepoint-example-'));
const repository = join(directory, 'app');
const settings = join(directory, 'settings');
const file = join(directory, 'savepoint.yaml');

/** A release of the application, as a commit on a branch of its own. */
function release(version) {
  writeFileSync(join(repository, 'version'), `${version}\n`);
  const git = (...args) => execFileSync('git', ['-C', repository, ...args], { stdio: 'ignore' });
  git('add', '--all');
  git('-c', 'user.name=Example', '-c', 'user.email=example@example.org', 'commit', '--message', version);
}

const versionNow = () => readFileSync(join(repository, 'version'), 'utf8').trim();

try {
  mkdirSync(repository);
  mkdirSync(settings);
  execFileSync('git', ['init', '--quiet', '--initial-branch', 'main', repository]);
  writeFileSync(join(settings, 'app.json'), '{ "workers": 2 }\n');
  release('1.0');
  writeFileSync(
    file,
    `adapters: [${fileURLToPath(new URL('./git-checkout-adapter.mjs', import.meta.url))}]
components:
  code: { kind: custom, adapter: git-checkout, settings: { repositories: [${repository}] } }
  settings: { kind: config, paths: [${settings}], after: [code] }
`,
  );

  const savepoint = await openSavepoint({ store: join(directory, 'store'), create: true });
  const configuration = await readConfiguration(file);
  await savepoint.saveConfigured(configuration, { name: 'before-2.0' });

  release('2.0');
  writeFileSync(join(settings, 'app.json'), '{ "workers": 0 }\n');
  console.log(
    `Deployed ${versionNow()}, with settings ${readFileSync(join(settings, 'app.json'), 'utf8').trim()}`,
  );

  const { outcome, components } = await savepoint.rollback('before-2.0', { configuration });
  for (const { component, steps, state } of components) {
    const done = [
      ...steps.map((step) => `${step.do} ${step.path}`),
      ...(state?.steps ?? []).map(({ text }) => text),
    ];
    console.log(`${component}: ${done.join('; ')}`);
  }
  console.log(
    `Rolled back (${outcome}): ${versionNow()}, ${readFileSync(join(settings, 'app.json'), 'utf8').trim()}`,
  );

  await savepoint.undo();
  console.log(`Undone: ${versionNow()} again`);
  await savepoint.close();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
