// Commits and tags with other references: all else stays byte for byte, and signatures go.
import { expect, it } from 'vitest';
import { rewriteCommit, rewriteTag } from '#src/git/rewrite-commit.js';
import type { ObjectId } from '#store/object-id.js';

const id = (digit: string) => digit.repeat(40) as ObjectId;
const AUTHOR = 'author ä <a@b> 1 +0000\ncommitter ä <a@b> 1 +0000';
const bytes = (text: string) => Buffer.from(text, 'latin1');
const text = (content: Uint8Array) => Buffer.from(content).toString('latin1');

it('a commit with the same references is the same', () => {
  const content = bytes(`tree ${id('1')}\nparent ${id('2')}\n${AUTHOR}\ngpgsig x\n y\n\nmessage\xff\n`);
  expect(rewriteCommit(content, { tree: id('1'), parents: [id('2')] })).toBe(content);
});

it.each([
  { parents: [], becomes: '' },
  { parents: [id('3')], becomes: `parent ${id('3')}\n` },
  { parents: [id('2'), id('3')], becomes: `parent ${id('2')}\nparent ${id('3')}\n` },
])('a commit gets other references: $parents', ({ parents, becomes }) => {
  const signature = 'gpgsig -----BEGIN\n \n line\ngpgsig-sha256 x\n y\n';
  const content = bytes(
    `tree ${id('1')}\nparent ${id('2')}\n${AUTHOR}\n${signature}encoding x\n\nmess\0age\n\nparent x\xff\n`,
  );
  const expected = `tree ${id('1')}\n${becomes}${AUTHOR}\nencoding x\n\nmessage\n\nparent x\xff\n`;
  expect(text(rewriteCommit(content, { tree: id('1'), parents }))).toBe(expected);
});

it('a tag keeps its signature where it leads to the same object, and loses it where not', () => {
  const message = 'message\n\nSavepoint-Summary: {}\n';
  const signature = '-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----\n';
  const content = bytes(`object ${id('1')}\ntype commit\ntag x\ntagger x\n\n${message}${signature}`);
  expect(rewriteTag(content, { object: id('1') })).toBe(content);
  const rewritten = `object ${id('2')}\ntype commit\ntag x\ntagger x\n\n${message}`;
  expect(text(rewriteTag(content, { object: id('2') }))).toBe(rewritten);
});

it('what looks like a signature in the message of a point stays', () => {
  const message = 'a\n-----BEGIN PGP SIGNATURE-----\nb\n\nSavepoint-Summary: {}\n';
  const content = bytes(`object ${id('1')}\ntype commit\ntag x\ntagger x\n\n${message}`);
  const rewritten = `object ${id('2')}\ntype commit\ntag x\ntagger x\n\n${message}`;
  expect(text(rewriteTag(content, { object: id('2') }))).toBe(rewritten);
});
