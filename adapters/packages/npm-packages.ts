// Global packages of npm. They are nothing but files, so they are put back as files, all at once and without a network; what is
// recorded besides is their names and versions, for people.

import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '../../store/parse-json.js';
import { ABSENT, tolerate } from '../backends/storage-error.js';
import { encodeDocument, readDocument } from '../state/json-document.js';
import type {
  FileSelection,
  StateComparison,
  StateContext,
  StateDocument,
  StateProblem,
  StateStep,
} from '../state/state-adapter.js';
import { readProgram } from '../system/run-program.js';
import { readSettings } from './packages-settings.js';

const DOCUMENT = 'state/npm/packages.json';

interface NpmPackages {
  readonly prefix: string;
  /** Versions by name; of one that is a link to elsewhere, where it leads. */
  readonly packages: Readonly<Record<string, string>>;
}

export interface NpmChange {
  readonly kind: 'npm';
  readonly prefix: string;
  readonly name: string;
  readonly version?: string;
}

/** The tree of packages, and the links to their programs. */
export async function npmFiles(context: StateContext): Promise<FileSelection> {
  const prefix = await findPrefix(context);
  const bin = join(prefix, 'bin');
  const links = namesIn(bin).filter((name) =>
    linkTarget(join(bin, name))?.startsWith('../lib/node_modules/'),
  );
  return { paths: [modulesOf(prefix), ...links.map((name) => join(bin, name))] };
}

export async function* captureNpm(context: StateContext): AsyncGenerator<StateDocument> {
  const prefix = await findPrefix(context);
  yield { path: DOCUMENT, content: encodeDocument({ prefix, packages: readVersions(prefix) }) };
}

export async function compareNpm({ from, to, changed }: StateComparison): Promise<StateStep[]> {
  if (!changed.includes(DOCUMENT)) return [];
  const [was, is] = await Promise.all([
    readDocument<NpmPackages>(from, DOCUMENT),
    readDocument<NpmPackages>(to, DOCUMENT),
  ]);
  if (is === undefined) return [];
  const old = was?.packages ?? {};
  const names = Object.keys({ ...old, ...is.packages }).sort();
  return names
    .filter((name) => old[name] !== is.packages[name])
    .map((name) => {
      const [before, after] = [old[name], is.packages[name]];
      const change = {
        kind: 'npm',
        prefix: is.prefix,
        name,
        ...(after === undefined ? {} : { version: after }),
      };
      const text =
        after === undefined
          ? `remove the files of ${name} ${before}, which was not there`
          : before === undefined
            ? `put the files of ${name} ${after} back`
            : `put the files of ${name} ${after} back in place of ${before}`;
      const word = after === undefined ? 'remove' : before === undefined ? 'install' : 'replace';
      return { object: `npm package ${name}`, do: word, text, data: change };
    });
}

/** Their files are in place by now. */
export function verifyNpm(changes: readonly NpmChange[]): StateProblem[] {
  return changes.flatMap(({ prefix, name, version }) => {
    const found = readVersions(prefix)[name];
    if (found === version) return [];
    const message = `is ${found ?? 'not there'} below ${prefix}, and was to be ${version ?? 'gone'}: repeat the rollback when nobody runs npm.`;
    return [{ object: `npm package ${name}`, code: 'VALIDATION_FAILED', message }];
  });
}

async function findPrefix(context: StateContext): Promise<string> {
  const { npmPrefix } = readSettings(context.settings);
  return npmPrefix ?? (await readProgram('npm', ['prefix', '--global'])).trim();
}

function modulesOf(prefix: string): string {
  return join(prefix, 'lib/node_modules');
}

function readVersions(prefix: string): Record<string, string> {
  const modules = modulesOf(prefix);
  const names = namesIn(modules).flatMap((name) =>
    name.startsWith('@') ? namesIn(join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
  );
  const versions = names
    .filter((name) => !name.startsWith('.'))
    .map((name) => [name, findVersion(join(modules, name))] as const);
  return Object.fromEntries(
    versions.flatMap(([name, version]) => (version === undefined ? [] : [[name, version] as const])),
  );
}

function findVersion(directory: string): string | undefined {
  const target = linkTarget(directory);
  if (target !== undefined) return `link to ${target}`;
  const file = join(directory, 'package.json');
  if (!existsSync(file)) return undefined;
  const version = statedVersion(readFileSync(file, 'utf8'));
  return typeof version === 'string' ? version : 'of no version';
}

/** Whatever an author has written: it may be no object, or no JSON at all, and is the author's to mend. */
function statedVersion(text: string): unknown {
  try {
    return (parseJson(text) as { version?: unknown } | null)?.version;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function namesIn(directory: string): string[] {
  return tolerate(ABSENT, () => readdirSync(directory).sort()) ?? [];
}

function linkTarget(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
    ? readlinkSync(path)
    : undefined;
}
