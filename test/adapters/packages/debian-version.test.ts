// Versions are in the order in which dpkg has them.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { compareVersions } from '#adapters/packages/debian-version.js';

const VERSIONS = [
  ...['1.0', '1.0-1', '1.0-1~bpo1', '1.0~rc1-1', '1.0~~', '1.0+b1', '1.0a', '1.0.1', '1.00', '1.10', '1.9'],
  ...[
    '0:1.0',
    '1:0.1',
    '2:1',
    '9999999999999999999',
    '10000000000000000000',
    '1.0-a-1',
    '1-1.0',
    'a1',
    '1.0+dfsg-2',
  ],
];

it('is in agreement with dpkg', () => {
  for (const left of VERSIONS) {
    const later = VERSIONS.filter((right) => compareVersions(left, right) > 0);
    const script =
      'left=$1; shift; for right; do dpkg --compare-versions "$left" gt "$right" && echo "$right"; done; true';
    const { stdout } = spawnSync('sh', ['-c', script, 'sh', left, ...VERSIONS], { encoding: 'utf8' });
    expect(later, left).toEqual(stdout.split('\n').filter((line) => line !== ''));
  }
});
