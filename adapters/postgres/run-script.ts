// Runs a text of SQL statements in a database, as pg_dump writes them, up to the first that fails.
import { randomBytes } from 'node:crypto';
import { SavepointError } from '../../store/errors.js';
import { writeFully } from '../node/write-fully.js';
import { killGroup } from '../system/run-program.js';
import type { ServerAccess } from './server-access.js';
import { statementError } from './server-error.js';

export interface Script {
  readonly database: string;
  readonly text: string;
  /** Of the session, before the text. */
  readonly settings: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

const MOST_ERROR_BYTES = 64 << 10;
/** `psql:<stdin>:LINE: ERROR:  SQLSTATE: MESSAGE`, as VERBOSITY=verbose prints it in every language. */
const FAILURE = /^psql:[^:]*:(\d+): \S+: {2}([0-9A-Z]{5}): (.*)$/m;

/** Throws what the server makes of the first statement that fails. */
export async function runScript(access: ServerAccess, script: Script): Promise<void> {
  const options = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-f', '-'];
  const program = await access.start('psql', { database: script.database, options });
  const { stdin, stdout, stderr, ended, pid } = program;
  let errors = '';
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => {});
  stdout.resume();
  stderr.on(
    'data',
    (piece: Buffer) => (errors = (errors + piece.toString('utf8')).slice(0, MOST_ERROR_BYTES)),
  );
  const kill = () => killGroup(pid);
  script.signal?.addEventListener('abort', kill);
  if (script.signal?.aborted === true) kill();
  try {
    const settings = script.settings.map((each) => `SET ${each};\n`).join('');
    await writeFully(stdin, `${settings}${await shielded(script.text, access)}`);
    stdin.end();
    const { exitCode } = await ended;
    if (exitCode !== 0) throw scriptError(errors, script);
  } finally {
    script.signal?.removeEventListener('abort', kill);
  }
}

/**
 * A text that somebody else's server has had a hand in must not command psql itself (CVE-2025-8714): from here on it takes no
 * command of its own, where it is new enough to know that word.
 */
async function shielded(text: string, access: ServerAccess): Promise<string> {
  if (!(await knowsRestrict(access))) return text;
  const key = randomBytes(16).toString('hex');
  return `\\restrict ${key}\n${text}\n\\unrestrict ${key}\n`;
}

/** The first release of each version that knows it; all of later ones do. */
const FIRST_TO_RESTRICT: Readonly<Record<number, number>> = { 13: 22, 14: 19, 15: 14, 16: 10, 17: 6 };
const VERSION = /\b(\d+)\.(\d+)\b/;

const known = new WeakMap<ServerAccess, Promise<boolean>>();

function knowsRestrict(access: ServerAccess): Promise<boolean> {
  const answer = known.get(access) ?? askVersion(access);
  known.set(access, answer);
  return answer;
}

async function askVersion(access: ServerAccess): Promise<boolean> {
  const { stdin, stdout, stderr, ended } = await access.startOffline('psql', ['--version']);
  const pieces: Buffer[] = [];
  stdout.on('data', (piece: Buffer) => pieces.push(piece));
  stderr.resume();
  stdin.end();
  await ended;
  const [, major = '', minor = ''] = VERSION.exec(Buffer.concat(pieces).toString('utf8')) ?? [];
  const first = FIRST_TO_RESTRICT[Number(major)];
  return first === undefined ? Number(major) > 17 : Number(minor) >= first;
}

function scriptError(said: string, { database }: Script): SavepointError {
  const [, line, code, message] = FAILURE.exec(said) ?? [];
  if (code !== undefined && message !== undefined)
    return statementError({ code, message: `${message} (line ${line} of the definitions)`, detail: said });
  return new SavepointError('STATE_UNREADABLE', `the connection to ${database} was cut: ${said.trim()}`, {
    fields: { database },
  });
}
