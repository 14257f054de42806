// Whether this host, when it boots, recovers a store by itself: by the unit that `savepoint install` writes. That is looked up
// in the files that systemd goes by, as asking it would take longer than all else that is asked before a change.
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { isBooted } from '../composition.js';
import { DEFAULT_LOCATION } from '../session.js';
import { nearestReal } from './boot-mounts.js';
import { type HostRoot, openHostRoot } from './host-root.js';
import { enablingLink, RECOVER_SERVICE, unitPath } from './installed-paths.js';
import { readCommandLine } from './unit-words.js';

export type BootRecoveryState =
  | 'ready'
  | 'not-installed'
  | 'not-enabled'
  /** The unit recovers another store. */
  | 'other-store'
  /** The unit runs a program that is not there. */
  | 'program-missing'
  /** systemd does not run this host, and what else may do it is not known. */
  | 'no-systemd'
  /** The unit can't be read. */
  | 'unknown';

export interface BootRecovery {
  readonly state: BootRecoveryState;
  /** What was found, for people. */
  readonly detail: string;
  /** What to do about it; missing where it is ready. */
  readonly remedy?: string;
}

export interface BootRecoveryOptions {
  /** The root directory of an image, instead of this host. */
  readonly root?: string;
  /** Whether systemd runs the host; found out unless set. */
  readonly runsSystemd?: boolean;
}

const UNIT = unitPath(RECOVER_SERVICE.name);
const LINK = enablingLink(RECOVER_SERVICE)?.path ?? '';

/** Of the store whose directory is `store`, an absolute path. */
export function findBootRecovery(
  store: string,
  { root, runsSystemd = isBooted() }: BootRecoveryOptions = {},
): BootRecovery {
  if (!runsSystemd) {
    const detail =
      "systemd does not run this machine, and whether anything else runs 'savepoint recover' when it boots is not known";
    const remedy = `Have 'savepoint --store ${store} recover' run when it boots, before its services.`;
    return { state: 'no-systemd', detail, remedy };
  }
  const found = examineUnit(openHostRoot(root), store);
  if (found.state === 'ready') return found;
  const place = store === DEFAULT_LOCATION ? '' : ` --store ${store}`;
  const remedy = `Run 'savepoint${place} install', which has the machine recover this store when it boots.`;
  return { ...found, remedy };
}

function examineUnit(host: HostRoot, store: string): BootRecovery {
  const text = readUnit(host.locate(UNIT));
  if (text === undefined) return { state: 'not-installed', detail: `there is no ${UNIT}` };
  if (text instanceof Error) return { state: 'unknown', detail: `${UNIT} can't be read: ${text.message}` };
  const words = recoverCommand(text);
  if (words === undefined)
    return { state: 'not-installed', detail: `${UNIT} does not run 'savepoint recover'` };
  const split = words.indexOf('--store');
  const other = words[split + 1];
  if (nearestReal(other) !== nearestReal(store))
    return { state: 'other-store', detail: `${UNIT} recovers the store in ${other}` };
  const missing = words
    .slice(0, split)
    .find((word) => word.startsWith('/') && !existsSync(host.locate(word)));
  if (missing !== undefined)
    return { state: 'program-missing', detail: `${UNIT} runs ${missing}, which is not there` };
  if (lstatSync(host.locate(LINK), { throwIfNoEntry: false }) === undefined)
    return { state: 'not-enabled', detail: `${RECOVER_SERVICE.name} is not enabled: there is no ${LINK}` };
  return { state: 'ready', detail: `${RECOVER_SERVICE.name} recovers this store when the machine boots` };
}

/** A unit that is masked is a link to /dev/null, and so empty. */
function readUnit(path: string): string | Error | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const failure = error as NodeJS.ErrnoException;
    if (failure.code === undefined) throw error;
    return ['ENOENT', 'ENOTDIR'].includes(failure.code) ? undefined : failure;
  }
}

/** The words of the line that recovers a store, of a unit that may have been edited. */
function recoverCommand(text: string): string[] | undefined {
  return text
    .split('\n')
    .filter((line) => line.startsWith('ExecStart='))
    .map((line) => readCommandLine(line.slice('ExecStart='.length)))
    .find((words) => words.at(-1) === 'recover' && words.includes('--store'));
}
