// For a program that changes a system and has to be able to take that back: a recovery point of what is configured, an update
// that goes wrong, and rollbacks that are watched. It works on a small system of its own, which is gone at the end.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSavepointError, openRollbackSystem } from 'savepoint';

/** The components, each one file in a directory of its own. */
const FILES = { boot: 'loader.conf', settings: 'app.ini', data: 'orders.csv' };

/**
 * Makes the system, and the configuration that says what belongs to it.
 * @param {string} directory
 */
function makeSystem(directory) {
  for (const [name, file] of Object.entries(FILES)) {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, file), `${name}, version 1\n`);
  }
  const path = (/** @type {string} */ name) => JSON.stringify(join(directory, name));
  const config = join(directory, 'savepoint.yaml');
  writeFileSync(
    config,
    `components:
  boot:     { kind: files,  paths: [${path('boot')}], category: kernel, critical: true }
  settings: { kind: config, paths: [${path('settings')}] }
  data:     { kind: files,  paths: [${path('data')}], after: [settings] }
`,
  );
  return config;
}

/**
 * What goes wrong: an update that leaves nothing as it was.
 * @param {string} directory
 */
function update(directory) {
  for (const [name, file] of Object.entries(FILES))
    writeFileSync(join(directory, name, file), `${name}, version 2, which does not start\n`);
}

/**
 * @param {string} title
 * @param {string} directory
 */
function show(title, directory) {
  console.log(title);
  for (const [name, file] of Object.entries(FILES))
    console.log(`  ${readFileSync(join(directory, name, file), 'utf8').trim()}`);
}

/**
 * The whole story, in the order in which a program meets it.
 * @param {import('savepoint').RollbackSystem} system
 * @param {string} directory
 */
async function guardAnUpdate(system, directory) {
  const point = await system.createRecoveryPoint('Before update');
  update(directory);
  show('after the update:', directory);

  // Components are named, or taken by their category. The data stays as it is.
  const operation = system.executeRollback({
    scope: 'partial',
    point,
    components: ['kernel', 'configuration'],
  });
  for await (const { phase, percent } of operation.progress()) console.log(`  ${percent} % ${phase}`);
  const { outcome, leftNewer } = await operation.result;
  console.log(`rollback ${operation.id}: ${outcome}; newer than what it depends on: ${leftNewer.join(', ')}`);
  show('after the rollback of kernel and configuration:', directory);

  await system.emergencyRollback();
  show('after the emergency rollback:', directory);
  await system.undo();
  await system.undo();
  show('after undoing both:', directory);
  await system.rollbackConfiguration();
  show('after the rollback of the configuration alone:', directory);

  // Stopped before it is decided, a rollback has never happened.
  const stopped = system.executeRollback({ scope: 'full', point });
  stopped.abort();
  try {
    await stopped.result;
  } catch (error) {
    if (!isSavepointError(error, 'ABORTED')) throw error;
    console.log('a rollback was stopped, and nothing has changed');
  }
  for (const { kind, outcome: ending } of await system.operations()) console.log(`  ${kind}: ${ending}`);
}

const place = mkdtempSync(join(tmpdir(), 'rollback-system-'));
try {
  const config = makeSystem(place);
  const system = await openRollbackSystem({ store: join(place, 'store'), config, create: true });
  try {
    await guardAnUpdate(system, place);
  } finally {
    await system.close();
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
