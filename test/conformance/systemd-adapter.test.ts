// The conformance suite of state adapters on a systemd that is the first process of its machine.
import { join } from 'node:path';
import { test } from 'vitest';
import { createDebianChroot } from '../fixtures/debian-chroot.js';
import { NODE, PROJECT } from '../fixtures/private-root.js';
import { startSystemdMachine } from '../fixtures/systemd-machine.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { expectAllPassed, PATIENT, sceneWords } from './scene-results.js';

test(
  'systemd conforms',
  async () => {
    const root = join(createTemporaryDirectory({ inMemory: true }), 'system');
    createDebianChroot(root, { include: ['systemd'] });
    const machine = await startSystemdMachine(root);
    expectAllPassed(await machine.run([NODE, ...sceneWords(PROJECT, 'systemd')], PATIENT));
  },
  PATIENT.timeoutMs,
);
