// Signs texts as git does: by OpenSSH with a key in a file, in the namespace `git`, or by GnuPG with a key that it knows. What
// they ask for (a passphrase, a touch) is between them and their agents.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkAborted, SavepointError } from '../../store/errors.js';
import { runProgram } from '../system/run-program.js';

export interface SigningOptions {
  /** The file of an OpenSSH key (of a public one, its agent signs), or what GnuPG knows a key by. */
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
}

/** Somebody may have to type a passphrase, or to touch a key. */
const TIMEOUT_MS = 5 * 60_000;
const ARMOUR = '-----BEGIN ';

/** The armoured signature, with its last line break. Throws PROGRAM_MISSING or PROGRAM_FAILED, where there is none; ABORTED. */
export async function signText(text: Uint8Array, { key, signal }: SigningOptions): Promise<Uint8Array> {
  const [program, args] = signerOf(key);
  const result = await runProgram(program, args, { input: text, timeoutMs: TIMEOUT_MS, signal });
  checkAborted(signal);
  if (result.isMissing) throw noSigner(program, key);
  const { exitCode, stdout, stderr } = result;
  if (exitCode === 0 && stdout.subarray(0, ARMOUR.length).toString('latin1') === ARMOUR) return stdout;
  const why = result.timedOut ? 'it took longer than five minutes' : stderr;
  throw new SavepointError(
    'PROGRAM_FAILED',
    `${program} does not sign with the key ${key}: ${why}. Name the file of an OpenSSH key, or a secret key of 'gpg --list-secret-keys'; one with a passphrase takes an agent.`,
    { fields: { program, key } },
  );
}

function signerOf(key: string): ['ssh-keygen' | 'gpg', readonly string[]] {
  const isFile = statSync(resolve(key), { throwIfNoEntry: false })?.isFile() === true;
  return isFile
    ? ['ssh-keygen', ['-q', '-Y', 'sign', '-n', 'git', '-f', resolve(key)]]
    : ['gpg', ['--batch', '--detach-sign', '--armor', '--local-user', key]];
}

function noSigner(program: string, key: string): SavepointError {
  const debian = program === 'gpg' ? 'gnupg' : 'openssh-client';
  return new SavepointError(
    'PROGRAM_MISSING',
    `There is no ${program} here to sign with the key ${key}. Install it (Debian: ${debian}), or name the file of an OpenSSH key.`,
    { fields: { program, key } },
  );
}
