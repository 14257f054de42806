// Runs the conformance suite of state adapters on one scene, in whichever root and namespaces it is started: `node run-scene.mjs
// FILE`, where FILE exports `adapter` and `openScene`. Prints a line of JSON for each test, with the error where it failed.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeStateAdapter } from '../../dist/src/conformance/describe-state-adapter.js';

const { adapter, openScene } = await import(pathToFileURL(resolve(process.argv[2])).href);
const tests = [];
const runner = {
  describe: (_, define) => define(),
  it: (name, test) => tests.push({ name, test }),
};
describeStateAdapter(runner, adapter, openScene);
for (const { name, test } of tests) {
  let error;
  try {
    await test();
  } catch (thrown) {
    error = thrown.stack ?? String(thrown);
  }
  console.log(JSON.stringify({ name, ...(error === undefined ? {} : { error }) }));
}
