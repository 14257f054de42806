// Where a tag's message ends and its signature begins.
import { expect, it } from 'vitest';
import { withoutSignature } from '#src/git/tag-signature.js';

it.each(['PGP SIGNATURE', 'PGP MESSAGE', 'SSH SIGNATURE', 'SIGNED MESSAGE'])('%s is one', (kind) => {
  const signature = `-----BEGIN ${kind}-----\nx\n-----END ${kind}-----\n`;
  expect(withoutSignature(`message\n\n${signature}`)).toBe('message\n\n');
});

it('the last one is the signature, as git has it', () => {
  const signature = '-----BEGIN SSH SIGNATURE-----\nx\n-----END SSH SIGNATURE-----\n';
  expect(withoutSignature(`a\n${signature}b\n${signature}`)).toBe(`a\n${signature}b\n`);
});

it('what only looks like one stays: in a line, or before what a point says of itself', () => {
  for (const message of [
    'see -----BEGIN PGP SIGNATURE-----\n',
    'a\n-----BEGIN PGP SIGNATURE-----\nb\n\nSavepoint-Summary: {}\n',
    '',
  ]) {
    expect(withoutSignature(message)).toBe(message);
  }
});
