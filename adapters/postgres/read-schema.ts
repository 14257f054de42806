// The definitions in a PostgreSQL database as SQL, by pg_dump: what is made before there is data, and what after.
import { SavepointError } from '../../store/errors.js';
import type { StartedProgram } from '../node/start-program.js';
import { writeFully } from '../node/write-fully.js';
import type { ServerAccess } from './server-access.js';

export interface SchemaText {
  readonly before: string;
  readonly after: string;
}

/** Of the instant of an exported snapshot. Throws PROGRAM_FAILED with what pg_dump says. */
export async function readSchema(
  access: ServerAccess,
  at: { readonly database: string; readonly snapshot: string; readonly lockTimeoutMs: number },
): Promise<SchemaText> {
  const options = [
    ...['-Fc', '-Z0', '--section=pre-data', '--section=post-data', `--snapshot=${at.snapshot}`],
    `--lock-wait-timeout=${at.lockTimeoutMs}`,
  ];
  const dumping = await access.start('pg_dump', { database: at.database, options });
  const archive = await outputOf(dumping, { program: 'pg_dump', access });
  const sectionOf = async (section: string) => {
    const program = await access.startOffline('pg_restore', [`--section=${section}`, '-f', '-']);
    const text = await outputOf(program, { program: 'pg_restore', access, input: archive });
    return withoutVersions(text.toString('utf8'));
  };
  return { before: await sectionOf('pre-data'), after: await sectionOf('post-data') };
}

async function outputOf(
  { stdin, stdout, stderr, ended }: StartedProgram,
  about: { readonly program: string; readonly access: ServerAccess; readonly input?: Buffer },
): Promise<Buffer> {
  const [pieces, errors]: [Buffer[], Buffer[]] = [[], []];
  stdout.on('data', (piece: Buffer) => pieces.push(piece));
  stderr.on('data', (piece: Buffer) => errors.push(piece));
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => {});
  if (about.input !== undefined) await writeFully(stdin, about.input);
  stdin.end();
  const { exitCode } = await ended;
  if (exitCode === 0) return Buffer.concat(pieces);
  const said = Buffer.concat(errors).toString('utf8').trim();
  throw new SavepointError(
    'PROGRAM_FAILED',
    `${about.program} could not read the definitions: ${said === '' ? `it ended with ${exitCode ?? 'a signal'}` : said}. Where it is older than the server, install the client programs of the server's version.`,
    { fields: { program: about.program, exitCode, output: said } },
  );
}

const VOLATILE = /^(?:-- Dumped (?:from database|by pg_dump) version .*|\\(?:un)?restrict [A-Za-z0-9]+)$/;

/** Equal definitions are equal text: no versions, and no keys that are made anew each time. */
function withoutVersions(text: string): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => line.startsWith('SET '));
  const last = lines.lastIndexOf('-- PostgreSQL database dump complete');
  return lines.filter((line, at) => (at > first && at < last) || !VOLATILE.test(line)).join('\n');
}
