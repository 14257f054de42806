// Makes routines, views, triggers and events of a database as they are wanted. What is so already is left alone: repeatable, and
// what somebody may do with a routine stays with it.
import { isSavepointError } from '../../store/errors.js';
import { aboutObject } from '../database/about-object.js';
import { ClientSession } from './client-session.js';
import { createStatement, type Definition, sessionSettings } from './definition-text.js';
import { quoteName } from './quote.js';
import { readPrograms } from './read-definitions.js';
import type { ServerAccess } from './server-access.js';

export interface ProgramMeans {
  readonly access: ServerAccess;
  readonly database: string;
  readonly isMariadb: boolean;
  readonly signal?: AbortSignal | undefined;
}

export async function putPrograms(wanted: readonly Definition[], means: ProgramMeans): Promise<void> {
  await inDatabase(means, async (session) => {
    const live = await readPrograms(session, means.database);
    for (const each of live)
      if (!wanted.some((other) => isSameName(each, other))) await dropProgram(session, each);
    const triggers = wanted.filter(isTrigger);
    const areTriggersSame = textOf(live.filter(isTrigger)) === textOf(triggers);
    // The order in which those of one table fire is that in which they were made.
    if (!areTriggersSame) for (const each of live.filter(isTrigger)) await dropProgram(session, each);
    for (const each of wanted) {
      const isSame =
        each.kind === 'trigger' ? areTriggersSame : live.some((other) => textOf([other]) === textOf([each]));
      if (isSame) continue;
      if (each.isBroken === true) await tryBroken(each, means);
      else await aboutObject(`${each.kind} ${each.name}`, () => makeProgram(session, each, means));
    }
  });
}

export function isTrigger({ kind }: Definition): boolean {
  return kind === 'trigger';
}

function isSameName(left: Definition, right: Definition): boolean {
  return left.kind === right.kind && left.name === right.name;
}

function textOf(definitions: readonly Definition[]): string {
  return JSON.stringify(definitions.map(({ isBroken: _, ...rest }) => Object.entries(rest).sort()));
}

/** Of a trigger, for the table that is `called` so. */
export async function makeProgram(
  session: ClientSession,
  definition: Definition,
  { isMariadb, called }: { readonly isMariadb: boolean; readonly called?: string },
): Promise<void> {
  const statement = createStatement(definition, called);
  const canReplace = definition.kind === 'view' || (isMariadb && definition.kind !== 'trigger');
  if (!canReplace) await dropProgram(session, definition);
  const settings = sessionSettings(speakable(definition));
  if (settings !== undefined) await session.run(settings);
  await session.run(
    canReplace ? statement.replace(/^CREATE (?!OR REPLACE)/i, 'CREATE OR REPLACE ') : statement,
  );
  await session.run("SET NAMES utf8mb4, sql_mode = '', time_zone = '+00:00'");
}

/** The server has told us its text in UTF-8: with anything but ASCII in it, that is what we have to speak. */
function speakable(definition: Definition): Definition {
  const { client, create } = definition;
  const isAscii = Buffer.byteLength(create) === create.length;
  return client === undefined || isAscii || client.startsWith('utf8')
    ? definition
    : { ...definition, client: 'utf8mb4' };
}

export async function dropProgram(session: ClientSession, { kind, name }: Definition): Promise<void> {
  await session.run(`DROP ${kind.toUpperCase()} IF EXISTS ${quoteName(name)}`);
}

/** It refers to what is not there; so it did in the point, where somebody must have made it before that was gone. */
async function tryBroken(definition: Definition, means: ProgramMeans): Promise<void> {
  try {
    await inDatabase(means, (session) => makeProgram(session, definition, means));
  } catch (error) {
    if (!isSavepointError(error, 'STATE_REFUSED')) throw error;
  }
}

export async function inDatabase<T>(
  {
    access,
    database,
    signal,
  }: Pick<ProgramMeans, 'access' | 'signal'> & { readonly database: string | undefined },
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const session = await ClientSession.open(access, { database, signal });
  try {
    const result = await work(session);
    await session.close();
    return result;
  } finally {
    session.kill();
  }
}
