// Says what this machine offers, what is missing for full service, and what to do about it. Works without a store, and
// changes nothing.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, opendirSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ErrorCode, isSavepointError } from '../store/errors.js';
import { openStore, type Store, type StoreEnvironment } from '../store/store.js';
import { findDamagedSettings } from '../store/store-settings.js';
import { createEnvironment, findMountObstacle, posixCapabilities } from './composition.js';
import { findBootRecovery } from './install/boot-recovery.js';
import { probeAttributes } from './probe-attributes.js';
import { findStoreLocation, type OpenOptions } from './session.js';
import { VERSION } from './version.js';

export type DoctorVerdict = 'yes' | 'degraded' | 'no';

export interface DoctorCheck {
  /** Stable: `runtime`, `codec`, `posix`, `privileges`, `attributes`, `access-control`, `store`, `index`, `access`, `space`, `boot`, `mount`, `git`. */
  readonly name: string;
  readonly ok: DoctorVerdict;
  /** What was found. */
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export interface DoctorReport {
  readonly savepoint: string;
  /** The store's directory, whether or not there is one. */
  readonly location: string;
  /** The worst of all checks. */
  readonly ok: DoctorVerdict;
  readonly checks: readonly DoctorCheck[];
}

export async function examine(options: OpenOptions = {}): Promise<DoctorReport> {
  const location = findStoreLocation(options.store);
  const environment = await createEnvironment({ location, readOnly: true });
  const place = nearestExisting(location);
  const checks = [
    checkRuntime(process.versions.node),
    checkCodec(environment.platform.codec.name),
    checkPosix(),
    checkPrivileges(),
    ...checkAttributes(place),
    ...(await checkStore(environment)),
    checkAccess(place, location),
    checkSpace(place),
    checkBootRecovery(location),
    checkMounting(),
    checkGit(),
  ];
  return { savepoint: VERSION, location, ok: worstOf(checks), checks };
}

function worstOf(checks: readonly DoctorCheck[]): DoctorVerdict {
  if (checks.some(({ ok }) => ok === 'no')) return 'no';
  return checks.some(({ ok }) => ok === 'degraded') ? 'degraded' : 'yes';
}

const OLDEST_RUNTIME = [20, 19];

function checkRuntime(version: string): DoctorCheck {
  const [major, minor] = version.split('.').map(Number);
  const isNewEnough =
    major > OLDEST_RUNTIME[0] || (major === OLDEST_RUNTIME[0] && minor >= OLDEST_RUNTIME[1]);
  const detail = `Node ${version} on ${process.platform} ${process.arch}`;
  if (isNewEnough) return { name: 'runtime', ok: 'yes', detail };
  return { name: 'runtime', ok: 'no', detail, remedy: `Use Node ${OLDEST_RUNTIME.join('.')} or later.` };
}

function checkCodec(codec: string): DoctorCheck {
  const detail = `zstd by ${codec}`;
  if (!codec.includes('zstd-codec')) return { name: 'codec', ok: 'yes', detail };
  const remedy =
    'Saves take longer this way: install libzstd (Debian: libzstd1), or use Node 22.15 or later.';
  return { name: 'codec', ok: 'degraded', detail, remedy };
}

function checkPosix(): DoctorCheck {
  const { available, library, missing, reason } = posixCapabilities();
  if (available && missing.length === 0)
    return { name: 'posix', ok: 'yes', detail: `all calls, by ${library}` };
  const detail = available
    ? `${library} lacks ${missing.join(', ')}`
    : `the C library can't be used: ${reason}`;
  const remedy =
    'Some metadata is not saved or restored (extended attributes, device nodes, full times): install koffi for this machine.';
  return { name: 'posix', ok: 'degraded', detail, remedy };
}

function checkPrivileges(): DoctorCheck {
  if (process.getuid?.() === 0)
    return { name: 'privileges', ok: 'yes', detail: 'root: every file can be read, and every owner set' };
  const detail = `user ${process.getuid?.()}: files of others may be unreadable, and owners are not restored`;
  return {
    name: 'privileges',
    ok: 'degraded',
    detail,
    remedy: 'Run as root to save and restore the whole system.',
  };
}

function checkAttributes(place: string): DoctorCheck[] {
  const probe = probeAttributes(place);
  const kinds = [
    { name: 'attributes', what: 'extended attributes', supports: probe.attributes },
    { name: 'access-control', what: 'access control lists', supports: probe.accessControl },
  ];
  return kinds.map(({ name, what, supports }): DoctorCheck => {
    if (supports === true) return { name, ok: 'yes', detail: `${place} takes ${what}` };
    const detail =
      supports === false
        ? `${place} takes no ${what}`
        : `whether ${place} takes ${what} can't be told: ${probe.reason}`;
    return { name, ok: 'degraded', detail, remedy: `Files that are restored there lose their ${what}.` };
  });
}

const STORE_REMEDIES: Readonly<Partial<Record<ErrorCode, string>>> = {
  STORE_CORRUPT: "Run 'savepoint verify --repair'.",
  STORE_NEWER: 'Use a newer savepoint.',
};

async function checkStore(environment: StoreEnvironment): Promise<DoctorCheck[]> {
  const { location } = environment.backend;
  try {
    const store = await openStore(environment);
    const { format, objectFormat, id } = store.settings;
    const detail = `${location}, format ${format}, ${objectFormat} ids, store ${id}`;
    return [{ name: 'store', ok: 'yes', detail, ...(await checkSettings(store)) }, await checkIndex(store)];
  } catch (error) {
    if (isSavepointError(error, 'STORE_NOT_FOUND')) {
      const remedy = `'savepoint init ${location}' makes one, and so does the first save.`;
      return [{ name: 'store', ok: 'degraded', detail: `there is none in ${location}`, remedy }];
    }
    if (!isSavepointError(error)) throw error;
    const remedy = STORE_REMEDIES[error.code] ?? 'See to it that it can be read, and repeat.';
    return [{ name: 'store', ok: 'no', detail: `${error.code}: ${error.message}`, remedy }];
  }
}

/** The settings stand in two files, either of which is enough; where one is hurt, the store hangs on the other. */
async function checkSettings(store: Store): Promise<Partial<DoctorCheck>> {
  const damaged = await findDamagedSettings(store, store.settings);
  if (damaged.length === 0) return {};
  const detail = `${damaged.join(', ')} in ${store.backend.location} is damaged or missing; the copy is sound`;
  return { ok: 'degraded', detail, remedy: "Run 'savepoint verify --repair'." };
}

async function checkIndex(store: Store): Promise<DoctorCheck> {
  const { segments, packs, missingPacks, problems } = (await store.openIndex()).state;
  const wrong = [
    ...missingPacks.map((id) => `pack ${id} is missing`),
    ...problems.map(({ file }) => `${file} is damaged`),
  ];
  if (wrong.length === 0)
    return { name: 'index', ok: 'yes', detail: `${packs.size} packs, ${segments.length} index segments` };
  return { name: 'index', ok: 'no', detail: wrong.join('; '), remedy: "Run 'savepoint verify --repair'." };
}

function checkAccess(place: string, location: string): DoctorCheck {
  const what = place === location ? location : `${place}, where ${location} would be made,`;
  if (!isAllowed(() => opendirSync(place).closeSync())) {
    return {
      ...{ name: 'access', ok: 'no', detail: `${what} can't be read` },
      remedy: 'Repeat as its owner, or as root.',
    };
  }
  if (isAllowed(() => accessSync(place, constants.W_OK))) {
    return { name: 'access', ok: 'yes', detail: `${what} can be read and written` };
  }
  const remedy =
    'Points can be looked at and restored, not taken: repeat as its owner, or remount it writable.';
  const ok = place === location ? 'degraded' : 'no';
  return { name: 'access', ok, detail: `${what} can't be written`, remedy };
}

function isAllowed(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false;
    throw error;
  }
}

const SCARCE_BYTES = 2 ** 30;

function checkSpace(place: string): DoctorCheck {
  const { bavail, bsize, blocks } = statfsSync(place);
  const freeBytes = bavail * bsize;
  const detail = `${describeBytes(freeBytes)} of ${describeBytes(blocks * bsize)} free at ${place}`;
  if (freeBytes >= SCARCE_BYTES) return { name: 'space', ok: 'yes', detail };
  return {
    name: 'space',
    ok: freeBytes === 0 ? 'no' : 'degraded',
    detail,
    remedy: 'Free some space, or keep the store elsewhere.',
  };
}

function describeBytes(bytes: number): string {
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function checkBootRecovery(location: string): DoctorCheck {
  const { detail, remedy } = findBootRecovery(location);
  if (remedy === undefined) return { name: 'boot', ok: 'yes', detail };
  const what = 'Rollbacks and guarded changes that a restart cuts short wait for it otherwise.';
  return { name: 'boot', ok: 'degraded', detail, remedy: `${remedy} ${what}` };
}

function checkMounting(): DoctorCheck {
  const obstacle = findMountObstacle();
  if (obstacle === undefined) return { name: 'mount', ok: 'yes', detail: 'points can be mounted, by FUSE' };
  const remedy =
    "Only needed for 'savepoint mount'; 'savepoint serve --webdav' does without. Users who are not root need fuse3.";
  return { name: 'mount', ok: 'degraded', detail: obstacle, remedy };
}

function checkGit(): DoctorCheck {
  try {
    const detail = execFileSync('git', ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return { name: 'git', ok: 'yes', detail };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const remedy = 'Only needed to hand points over to git: install git.';
    return { name: 'git', ok: 'degraded', detail: 'there is no git', remedy };
  }
}

/** `path`, or the nearest directory above it that is there. */
function nearestExisting(path: string): string {
  let place = path;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  return place;
}
