// The conformance suite of state adapters on dpkg and apt in a Debian system without a network.
import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'vitest';
import { createDebianChroot } from '../fixtures/debian-chroot.js';
import { buildPackage } from '../fixtures/debian-package.js';
import { NODE, PROJECT } from '../fixtures/private-root.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { expectAllPassed, PATIENT, sceneWords } from './scene-results.js';

test(
  'packages conform',
  async () => {
    const debian = createDebianChroot(join(createTemporaryDirectory({ inMemory: true }), 'system'));
    const versions = [
      { name: 'demo', version: '1', files: { '/usr/share/demo/version': '1', '/etc/demo.conf': 'one' } },
      { name: 'demo', version: '2', files: { '/usr/share/demo/version': '2', '/etc/demo.conf': 'two' } },
      { name: 'extra', version: '1', files: { '/usr/bin/extra': '#!/bin/sh\n' } },
    ];
    for (const file of versions.map(buildPackage)) cpSync(file, join(debian.root, 'var/tmp', basename(file)));
    expectAllPassed(await debian.run([NODE, ...sceneWords(PROJECT, 'packages')], PATIENT));
  },
  PATIENT.timeoutMs,
);
