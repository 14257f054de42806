// The conformance suite of state adapters on the running kernel, in namespaces of its own.
import { test } from 'vitest';
import { runCommand } from '../fixtures/run-command.js';
import { expectAllPassed, HERE, PATIENT, sceneWords } from './scene-results.js';

test(
  'the kernel conforms',
  async () => {
    const own = ['--propagation', 'private', '--net', '--mount', '--ipc', process.execPath];
    expectAllPassed(await runCommand('unshare', [...own, ...sceneWords(HERE, 'kernel')], PATIENT));
  },
  PATIENT.timeoutMs,
);
