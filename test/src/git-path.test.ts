// How paths are quoted in patches.
import { expect, test } from 'vitest';
import { quoteGitPath } from '#src/git-path.js';

test.each([
  ['a/plain-file_1.txt', 'a/plain-file_1.txt'],
  ['a/with space', 'a/with space'],
  ['a/!#$%&()*+,;<=>?@[]^`{|}~', 'a/!#$%&()*+,;<=>?@[]^`{|}~'],
  ['a/"', '"a/\\""'],
  ['a/\\', '"a/\\\\"'],
  ['\u0007\b\t\n\v\f\r', '"\\a\\b\\t\\n\\v\\f\\r"'],
  ['\u0001\u007f', '"\\001\\177"'],
  ['é', '"\\303\\251"'],
  ['a\udcff', '"a\\377"'],
])('%j is written %s', (path, quoted) => {
  expect(quoteGitPath(path)).toBe(quoted);
});
