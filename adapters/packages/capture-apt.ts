// Captures the packages of dpkg and apt. Costly are the archives alone, and those are read once for each version of a package:
// what the last point has is not read again.
import { existsSync, readFileSync } from 'node:fs';
import { readOwnerNames } from '../files/owner-names.js';
import { encodeDocument } from '../state/json-document.js';
import type { CaptureContext, StateDocument, UnchangedDocuments } from '../state/state-adapter.js';
import { readProgram, runProgram } from '../system/run-program.js';
import { cachedArchive } from './cached-archive.js';
import { readExclusions } from './deviating-files.js';
import { isBroken } from './dpkg-database.js';
import {
  ARCHIVES,
  archivePath,
  DATA,
  ORIGINAL,
  PACKED,
  packagePath,
  piecePath,
  SYSTEM,
} from './package-document.js';
import { readFileLists } from './package-files.js';
import { readSettings } from './packages-settings.js';
import { type LivePackage, type LivePackages, readPackages } from './read-packages.js';
import { repackPackage } from './repack-package.js';

type Captured = StateDocument | UnchangedDocuments;

/** Files of dpkg that are put back by the scripts of packages, or not at all. */
const OBSERVED = { diversions: '/var/lib/dpkg/diversions', statoverride: '/var/lib/dpkg/statoverride' };

export async function* captureApt(context: CaptureContext): AsyncGenerator<Captured> {
  const live = await readPackages();
  yield { path: SYSTEM, content: encodeDocument({ ...live.system }) };
  for (const [key, { document }] of live.packages) {
    yield { path: packagePath(key), content: encodeDocument({ ...document }) };
  }
  yield* captureArchives(live, context);
  yield* observeDatabase();
}

async function* captureArchives(live: LivePackages, context: CaptureContext): AsyncGenerator<Captured> {
  const before = await keptArchives(context);
  const wanted = [...live.packages.values()].filter(hasFiles);
  const missing = wanted.filter(({ document }) => !before.has(archivePath(document)));
  if (missing.length === 0 && before.size === wanted.length && before.size > 0) {
    yield { path: ARCHIVES, content: 'as-before' };
    return;
  }
  for (const { document } of wanted) {
    const path = archivePath(document);
    if (before.has(path)) yield { path, content: 'as-before' };
  }
  yield* captureMissing(missing, live, context);
}

async function* captureMissing(
  missing: readonly LivePackage[],
  live: LivePackages,
  context: CaptureContext,
): AsyncGenerator<Captured> {
  const { repack } = readSettings(context.settings);
  let packing: Parameters<typeof repackPackage>[2] | undefined;
  for (const { dpkg, document } of missing) {
    const path = archivePath(document);
    const cached = cachedArchive(document);
    if (cached !== undefined) {
      yield { path: `${path}/${ORIGINAL}`, content: { file: cached } };
    } else if (repack) {
      packing ??= {
        ...{ info: live.info, lists: readFileLists(live.info), names: readOwnerNames() },
        isLeftOut: readExclusions(),
        report: (problem) => context.report(problem),
      };
      yield* repackPackage(dpkg, path, packing);
    }
  }
}

/** Whether its files are there as a whole. */
function hasFiles({ dpkg }: LivePackage): boolean {
  if (dpkg.flag === 'reinstreq') return false;
  return !isBroken(dpkg)
    ? dpkg.state !== 'config-files'
    : ['unpacked', 'half-configured'].includes(dpkg.state);
}

/** The paths of the archives that the last point has in full. */
async function keptArchives(context: CaptureContext): Promise<Set<string>> {
  const previous = await context.previous();
  const paths = previous === undefined ? [] : await previous.list(ARCHIVES);
  const archives = new Map<string, Set<string>>();
  for (const path of paths) {
    const archive = path
      .split('/')
      .slice(0, ARCHIVES.split('/').length + 1)
      .join('/');
    archives.set(archive, (archives.get(archive) ?? new Set()).add(path));
  }
  const whole = [...archives].filter(([archive, documents]) => isWhole(archive, documents));
  return new Set(whole.map(([archive]) => archive));
}

/** A file that could not be read when it was packed left no document, and so a gap before the last piece. */
function isWhole(archive: string, documents: ReadonlySet<string>): boolean {
  if (documents.has(`${archive}/${ORIGINAL}`)) return true;
  const pieces = [...documents].filter((path) => path.startsWith(`${archive}/${DATA}/`));
  return documents.has(`${archive}/${PACKED}`) && documents.has(piecePath(archive, pieces.length - 1));
}

async function* observeDatabase(): AsyncGenerator<StateDocument> {
  for (const [name, path] of Object.entries(OBSERVED)) {
    if (existsSync(path)) yield { path: `observed/apt/${name}`, content: readFileSync(path) };
  }
  const { exitCode, isMissing } = await runProgram('update-alternatives', ['--version']);
  if (isMissing || exitCode !== 0) return;
  const selections = await readProgram('update-alternatives', ['--get-selections']);
  yield { path: 'observed/apt/alternatives', content: new TextEncoder().encode(selections) };
}
