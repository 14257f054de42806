// The names of settings: one text for each path, and back.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatKey, parseKey } from '#adapters/config/key-path.js';

it.each([
  [['server', 'port'], 'server.port'],
  [['hosts', 0, 'name'], 'hosts[0].name'],
  [['a', 'b.c'], 'a."b.c"'],
  [['Match User git', 'X11Forwarding'], 'Match User git.X11Forwarding'],
  [['', '[x]', 'say "x"', ' y'], String.raw`""."[x]"."say \"x\""." y"`],
  [[0, 'a'], '[0].a'],
  [[], ''],
])('%j is %s', (path, key) => {
  expect(formatKey(path)).toBe(key);
  expect(parseKey(key)).toEqual(path);
});

it('no two paths have one text', () => {
  const name = fc.oneof(fc.string(), fc.constantFrom('a', 'a.b', '"', '[0]', '\\', '.', ' '));
  const path = fc.array(fc.oneof(name, fc.nat({ max: 9 })), { maxLength: 4 });
  fc.assert(
    fc.property(path, (segments) => {
      expect(parseKey(formatKey(segments))).toEqual(segments);
    }),
  );
});

it.each(['a..b', '.a', 'a.', 'a[', 'a[x]', 'a"b', '"a', 'a[0]b', String.raw`"\x"`, 'a. b'])(
  '%s is refused, with what a key looks like',
  (key) => {
    expect(() => parseKey(key)).toThrow(/is no key.*Write it like server\.port/);
  },
);
