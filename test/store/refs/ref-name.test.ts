// Names of refs: what git allows, in UTF-8, and what is refused with its reason.
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { checkRefName, findRefNameComplaint } from '#store/refs/ref-name.js';

const GOOD = [
  'points/a',
  'pins/before-update',
  'points/2024-05-01T10.20.30',
  'points/übergröße',
  'points/日本語',
  'points/a@b',
  'points/@',
  'points/{x}',
  'points/a.lock.b',
  'a/b/c/d',
  `points/${'ä'.repeat(96)}x`,
];

const BAD: readonly (readonly [string, string])[] = [
  ['', 'empty'],
  ['points', 'not in a folder'],
  ['points/\ud800', 'UTF-8'],
  ['points/\udc80', 'UTF-8'],
  [`points/${'ä'.repeat(97)}`, '200 bytes'],
  ['points/a\0', 'control'],
  ['points/a\n', 'control'],
  ['points/a\x7f', 'control'],
  ['points/a\u0085', 'control'],
  ['points/a b', 'blank'],
  ['points/a\u00a0b', 'blank'],
  ['points/a\u2028b', 'blank'],
  ...[...'~^:?*[\\'].map((character) => [`points/a${character}b`, 'one of'] as const),
  ['points/a..b', "'..'"],
  ['points/a@{1}', "'@{'"],
  ['/points', 'empty'],
  ['points/', 'empty'],
  ['points//a', 'empty'],
  ['points/.a', "starts with '.'"],
  ['.points/a', "starts with '.'"],
  ['points/-a', "starts with '-'"],
  ['points/a.lock', "'.lock'"],
  ['points.lock/a', "'.lock'"],
  ['points/a.', "ends with '.'"],
];

describe('a ref’s name', () => {
  it.each(GOOD)('may be %j', (name) => {
    expect(findRefNameComplaint(name)).toBeUndefined();
    checkRefName(name);
  });

  it.each(BAD)('may not be %j, and the error says why', (name, reason) => {
    const refusal = {
      code: 'INVALID_NAME',
      fields: expect.objectContaining({ name }),
      message: expect.stringContaining(reason),
    };
    expect(() => checkRefName(name)).toThrow(expect.objectContaining(refusal));
  });

  it('is always one that git takes, too', () => {
    const accepted = (name: string) => {
      try {
        execFileSync('git', ['check-ref-format', name]);
        return true;
      } catch (error) {
        if ((error as { status?: number }).status === 1) return false;
        throw error;
      }
    };
    for (const name of GOOD) expect(accepted(name), name).toBe(true);
    expect(accepted('points/a..b')).toBe(false);
  });
});
