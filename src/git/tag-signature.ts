// The signature at the end of a tag's message, as git has it: armoured, by OpenPGP, OpenSSH or X.509.

const SIGNATURE = /^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----$/gm;
/** Behind it stands what a point says of itself: no signature is before that. */
const SUMMARY = '\nSavepoint-Summary: ';

/** The last beginning of a signature is that of the tag's, as git has it. */
export function withoutSignature(message: string): string {
  const start = message.lastIndexOf(SUMMARY) + 1;
  const begins = [...message.slice(start).matchAll(SIGNATURE)];
  const last = begins.at(-1);
  return last === undefined ? message : message.slice(0, start + last.index);
}
