// The conformance suite of state adapters on users, groups, keys and capabilities of a Debian system.
import { join } from 'node:path';
import { test } from 'vitest';
import { createDebianChroot } from '../fixtures/debian-chroot.js';
import { SERVER } from '../fixtures/debian-system.js';
import { NODE, PROJECT } from '../fixtures/private-root.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { expectAllPassed, PATIENT, sceneWords } from './scene-results.js';

test(
  'security conforms',
  async () => {
    const debian = createDebianChroot(join(createTemporaryDirectory({ inMemory: true }), 'system'), {
      include: SERVER,
    });
    expectAllPassed(await debian.run([NODE, ...sceneWords(PROJECT, 'security')], PATIENT));
  },
  PATIENT.timeoutMs,
);
