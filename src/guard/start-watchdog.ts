// Starts the watchdog of a guarded change where neither the end of this process, nor of its shell or session, reaches it, and
// starts it again should it be killed.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SavepointError } from '../../store/errors.js';
import { pause } from '../health/wait-for-health.js';
import type { Session } from '../session.js';
import { guardJournal } from './guard-journal.js';
import { unmarkedEnvironment } from './guard-mark.js';
import { type GuardBegin, isFinal } from './guard-record.js';

const ENTRY = fileURLToPath(new URL('./watchdog-process.js', import.meta.url));
const READY_MS = 20_000;
const POLL_MS = 50;
const CHECK_MS = 1000;
const SYSTEMD_MS = 10_000;

/** Where what a watchdog has to say goes that is nobody's to hear: a bug of ours. */
export const WATCHDOG_LOG = 'guard/watchdog.log';

/**
 * Answers once a watchdog is there, and sees to it that one is until it is released, or the change is over. Throws
 * UNSUPPORTED where none can be started.
 */
export async function keepWatchdog(session: Session, begin: GuardBegin): Promise<{ release(): void }> {
  await startWatchdog(session, begin);
  const timer = setInterval(() => {
    checkWatchdog(session, begin).catch(() => {
      // The store can't be read now; the next time it may be.
    });
  }, CHECK_MS);
  return { release: () => clearInterval(timer) };
}

/** Starts a watchdog unless there is one. */
export async function startWatchdog(session: Session, begin: GuardBegin): Promise<void> {
  if (await guardJournal.isWatched(session, begin)) return;
  await launch(session, begin);
  const deadlineMs = performance.now() + READY_MS;
  while (!(await guardJournal.isWatched(session, begin))) {
    const guarded = await guardJournal.readState(session, begin);
    if (guarded === undefined || isFinal(guarded.last)) return;
    if (performance.now() > deadlineMs) throw notStarted(session);
    await pause(POLL_MS);
  }
}

async function checkWatchdog(session: Session, begin: GuardBegin): Promise<void> {
  const guarded = await guardJournal.readState(session, begin);
  if (guarded === undefined || isFinal(guarded.last)) return;
  if (!(await guardJournal.isWatched(session, begin))) await launch(session, begin);
}

async function launch(session: Session, { id }: GuardBegin): Promise<void> {
  const words = [ENTRY, session.location, id];
  if (isOfSystemd() && (await runBySystemd(words, id))) return;
  const log = openSync(join(session.location, WATCHDOG_LOG), 'a');
  try {
    const child = spawn(process.execPath, words, {
      ...{ cwd: '/', detached: true, stdio: ['ignore', log, log], env: unmarkedEnvironment() },
    });
    // That it did not start shows in that it does not watch.
    child.on('error', () => {});
    child.unref();
  } finally {
    closeSync(log);
  }
}

/** Whether systemd runs this machine, and sees the same files and processes as we do. */
function isOfSystemd(): boolean {
  if (process.geteuid?.() !== 0 || !existsSync('/run/systemd/system')) return false;
  try {
    return ['mnt', 'pid'].every(
      (kind) => readlinkSync(`/proc/1/ns/${kind}`) === readlinkSync(`/proc/self/ns/${kind}`),
    );
  } catch {
    return false;
  }
}

/** As a unit of its own, with this environment: with the session that it was started in, logind may end all that is in that. */
function runBySystemd(words: readonly string[], id: string): Promise<boolean> {
  const unit = `savepoint-guard-${id.slice(0, 12)}-${randomBytes(4).toString('hex')}`;
  const environment = Object.entries(unmarkedEnvironment()).flatMap(([name, value = '']) =>
    /^\w+$/.test(name) && !/\n/.test(value) ? [`--setenv=${name}=${value}`] : [],
  );
  const args = ['--quiet', '--collect', `--unit=${unit}`, ...environment, '--', process.execPath, ...words];
  return new Promise((resolve) => {
    execFile('systemd-run', args, { timeout: SYSTEMD_MS }, (error) => resolve(error === null));
  });
}

function notStarted(session: Session): SavepointError {
  const log = join(session.location, WATCHDOG_LOG);
  return new SavepointError(
    'UNSUPPORTED',
    `The watchdog, which would take the change back, did not start within ${READY_MS / 1000} s; nothing was changed. ${log} may say why.`,
    { fields: { path: log } },
  );
}
