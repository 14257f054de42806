// Texts and trees of git that no version of it, or only old ones, would write.
import { expect, test } from 'vitest';
import { parseGitIdentity, parseGitText, parseGitTree } from '#src/git/git-objects.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const ID = 'a'.repeat(20);

test.each([
  ['A U Thor <a@b> 1700000000 +0100', { name: 'A U Thor', email: 'a@b', timeSeconds: 1_700_000_000 }],
  ['A <a@b> -86400 +0000', { name: 'A', email: 'a@b', timeSeconds: -86_400 }],
  ['<a@b>1 +0000', { name: '', email: 'a@b', timeSeconds: 1 }],
  ['A\u2028B <a@b> 1 +0000', { name: 'A\u2028B', email: 'a@b', timeSeconds: 1 }],
  ['A <a@b>', undefined],
  ['', undefined],
])("'%s' is read as who and when", (text, identity) => {
  expect(parseGitIdentity(text)).toEqual(identity);
});

test('headers end at the first empty line', () => {
  const text = 'tree 1\ngpgsig -----BEGIN\n more\n -----END\nparent 2\nparent 3\n\nsubject\n\nparent 4\n';
  const { headers, message } = parseGitText(bytes(text));
  expect([headers.get('tree'), headers.get('parent')]).toEqual(['1', '2']);
  expect(message).toBe('subject\n\nparent 4\n');
  expect(parseGitText(bytes('tag v1\n')).message).toBe('');
});

test('a tree that is cut short, or has a name twice, is refused', () => {
  expect(parseGitTree(bytes(`100644 a\0${ID}`), 'sha1')).toHaveLength(1);
  expect(parseGitTree(bytes(`100644 a\0${ID.slice(1)}`), 'sha1')).toBe('a tree is cut short');
  expect(parseGitTree(bytes(`100644 a\0${ID}40000 a\0${ID}`), 'sha1')).toBe("a tree has two entries 'a'");
});
