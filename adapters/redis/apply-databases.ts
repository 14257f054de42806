// Puts what was made ready into use: each database at once for everybody. Every function looks at the marks that stand in the
// databases, and so may be called again after a crash, be it ours or the server's.

import { SavepointError } from '../../store/errors.js';
import { asProblem } from '../database/about-object.js';
import type { ApplyContext, JsonValue, StateProblem } from '../state/state-adapter.js';
import { accessServer } from './access-server.js';
import { areAside, type FoundMarker, findMarkers, isOf, type Marker } from './attempt-marker.js';
import { changeKeys, inTransaction } from './change-keys.js';
import { isSameLibraries, readLibraries, replaceCommands } from './function-libraries.js';
import { inSession, type RedisSession } from './redis-session.js';
import { readRedisSettings } from './redis-settings.js';
import { exchangeDatabases, isStillReady, makeReady } from './spare-database.js';
import type { PreparedDatabase, PreparedServer } from './stage-databases.js';
import { stagedLibraries, stagedRows } from './staged-files.js';

export function applyDatabases(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]> {
  const all = prepared as unknown as PreparedServer;
  return withServer(all, context, async (session) => {
    const problems: StateProblem[] = [];
    for (const each of all.databases) {
      const object = `database ${each.database}`;
      problems.push(...(await asProblem(object, () => applyOne(each, session, { all, context }))));
      context.done({ object });
    }
    if (!all.functions) return problems;
    problems.push(...(await asProblem('functions', () => applyLibraries(session, context))));
    context.done({ object: 'functions' });
    return problems;
  });
}

interface ApplyMeans {
  readonly all: PreparedServer;
  readonly context: ApplyContext;
}

async function applyOne(each: PreparedDatabase, session: RedisSession, means: ApplyMeans): Promise<void> {
  const { attempt, component, takesBack } = means.context;
  const { database, way } = each;
  const markers = (await findMarkers(session)).filter((marker) => marker.database === database);
  const own = markers.find((marker) => isOf(marker, attempt, component));
  if (way === 'keep' || (own !== undefined && isDone(own))) return;
  const mark: Marker = { attempt, component, database, role: 'old', keys: 0, lasting: 0 };
  if (way === 'exchange') {
    await exchangeDatabases(session, await readyBeside(each, session, { ...means, own }), mark);
  } else if (way === 'back') {
    const aside = markers.find((marker) => isOf(marker, takesBack, component) && marker.role === 'old');
    if (aside === undefined) throw goneError(each, means.context);
    await exchangeDatabases(session, aside, { ...mark, role: 'spent' });
  } else {
    await session.call('SELECT', String(database));
    await changeKeys(session, {
      patterns: each.patterns ?? undefined,
      rows: stagedRows(means.context, database, 'to'),
      // What is taken back was never good: nobody wants what was written there.
      before: takesBack === undefined ? stagedRows(means.context, database, 'from') : undefined,
      mark: { ...mark, role: 'changed' },
    });
  }
}

function isDone({ role }: Marker): boolean {
  return role !== 'loading' && role !== 'ready';
}

/** What was made ready; made ready again where the server has lost it. */
async function readyBeside(
  { database }: PreparedDatabase,
  session: RedisSession,
  { all, context, own }: ApplyMeans & { readonly own: FoundMarker | undefined },
): Promise<FoundMarker> {
  if (own !== undefined && (await isStillReady(session, own))) return own;
  const except = all.databases.map((each) => each.database);
  const rows = () => stagedRows(context, database, 'to');
  const ready = await makeReady(
    session,
    { attempt: context.attempt, component: context.component, database, except, rows },
    own,
  );
  if (ready !== undefined) return ready;
  throw new SavepointError(
    'STATE_REFUSED',
    "the server has lost what was made ready, and no database of it is empty any more. Empty one, and run 'savepoint recover'.",
    { fields: { component: context.component, database } },
  );
}

function goneError({ database }: PreparedDatabase, { component, takesBack }: ApplyContext): SavepointError {
  return new SavepointError(
    'TARGET_CONFLICT',
    `what stood in database ${database} before the rollback is not where it was put (operation ${takesBack}): somebody has emptied or exchanged databases. Roll back to the safety point.`,
    { fields: { component, database } },
  );
}

async function applyLibraries(session: RedisSession, context: ApplyContext): Promise<void> {
  const libraries = stagedLibraries(context);
  if (isSameLibraries(await readLibraries(session), libraries)) return;
  await inTransaction(session, replaceCommands(libraries));
}

/** What somebody else has exchanged, or changed, since. */
export function verifyDatabases(prepared: JsonValue, context: ApplyContext): Promise<StateProblem[]> {
  const all = prepared as unknown as PreparedServer;
  return withServer(all, context, async (session) => {
    const problems: StateProblem[] = [];
    const markers = await findMarkers(session);
    for (const { database, way } of all.databases) {
      const own = markers.find(
        (each) => isOf(each, context.attempt, context.component) && each.database === database,
      );
      const isThere = way === 'keep' || (own !== undefined && isDone(own));
      const isHidden = areAside(markers.filter(({ at }) => at === database));
      if (isThere && !isHidden) continue;
      const message =
        'it is not the one that was put there: somebody else has emptied or exchanged it. Leave that to one of both, and repeat.';
      problems.push({ object: `database ${database}`, code: 'TARGET_CONFLICT', message });
    }
    if (all.functions && !isSameLibraries(await readLibraries(session), stagedLibraries(context))) {
      const message = "they are not the point's: somebody else has changed them. Look at FUNCTION LIST.";
      problems.push({ object: 'functions', code: 'TARGET_CONFLICT', message });
    }
    return problems;
  });
}

async function withServer(
  { databases, functions }: PreparedServer,
  context: ApplyContext,
  work: (session: RedisSession) => Promise<StateProblem[]>,
): Promise<StateProblem[]> {
  if (databases.length === 0 && !functions) return [];
  const access = accessServer(context.component, readRedisSettings(context));
  return inSession(access, { database: 0, signal: context.signal }, work);
}
