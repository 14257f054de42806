// The real files of units: unit files, drop-ins, the links that enable and mask them, and environment files. Whether a unit is
// enabled or masked is in these links, so it is put back with them. What is in /run goes with the next start, and is left out.
import { lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import picomatch from 'picomatch';
import { ABSENT, tolerate } from '../backends/storage-error.js';
import type { FileSelection, StateContext } from '../state/state-adapter.js';
import { askManager, askUnits } from './ask-systemd.js';
import { selectNames, unitSettings } from './select-units.js';
import type { UnitFacts } from './unit-facts.js';
import { dropInDirectories, fragmentNames, isTemplate, matchesUnit } from './unit-name.js';

/** Where administrators enable, mask and change units. */
const CONFIGURATION = '/etc/systemd/system';
const DEPENDENCIES = /\.(wants|requires|upholds)$/;
/** What other components or the kernel keep, or what is gone after a restart. */
const VOLATILE = /^\/(run|proc|sys|dev|tmp|var\/run)\//;

export async function selectUnitFiles(context: StateContext): Promise<FileSelection> {
  const options = { signal: context.signal };
  const names = await selectNames(context.settings, { ...options, templates: true });
  const units = await askUnits(
    names.filter((name) => !isTemplate(name)),
    options,
  );
  const { unitPath } = await askManager(options);
  const directories = [...new Set([CONFIGURATION, ...unitPath].map(canonical))].filter(
    (directory) => !isVolatile(directory),
  );
  const all = [...new Set([...names, ...units.map(({ id }) => id)])];
  const paths = [
    ...all.flatMap((name) => candidates(name, directories)),
    ...enablingLinks(new Set(all.flatMap(fragmentNames)), unitSettings(context.settings)),
    ...units.flatMap(definingFiles),
  ];
  const located = new Set(paths.map(locate));
  return { paths: withoutNested([...located].filter((path) => !isVolatile(path)).sort()) };
}

/** Its environment files as systemd names them, and where they really are. */
export function environmentFiles({ files }: UnitFacts): string[] {
  const { environment } = files;
  return [...new Set([...environment, ...environment.flatMap(expand).map(locate)])].sort();
}

/** Where its files are looked for by systemd, so that those that come later are seen as well. */
function candidates(name: string, directories: readonly string[]): string[] {
  const names = [...fragmentNames(name), ...dropInDirectories(name)];
  const own = ['wants', 'requires', 'upholds'].map((kind) => join(CONFIGURATION, `${name}.${kind}`));
  return [...directories.flatMap((directory) => names.map((each) => join(directory, each))), ...own];
}

/** What systemd has read it from, wherever that is. */
function definingFiles({ files }: UnitFacts): string[] {
  const { fragment, source, dropIns, environment } = files;
  // Other sources, such as /etc/fstab, are not the unit's alone.
  const script = source.startsWith('/etc/init.d/') ? [source] : [];
  const named = [fragment, ...script, ...dropIns].filter((path) => path.startsWith('/'));
  return [...named, ...environment.flatMap(expand)];
}

/** The links that have other units start these, and those that give them other names. */
function enablingLinks(names: ReadonlySet<string>, settings: readonly string[]): string[] {
  const entries = list(CONFIGURATION);
  const aliases = entries.filter((entry) =>
    names.has(basename(linkTarget(join(CONFIGURATION, entry)) ?? '')),
  );
  const links = entries
    .filter((entry) => DEPENDENCIES.test(entry))
    .flatMap((directory) =>
      list(join(CONFIGURATION, directory))
        .filter((entry) => names.has(entry) || settings.some((unit) => matchesUnit(entry, unit)))
        .map((entry) => join(CONFIGURATION, directory, entry)),
    );
  return [...aliases.map((entry) => join(CONFIGURATION, entry)), ...links];
}

/** The files that a pattern of systemd's stands for; a plain path stands for itself, be it there or not. */
function expand(pattern: string): string[] {
  const { base, isGlob } = picomatch.scan(pattern);
  if (!isGlob) return [pattern];
  const matches = picomatch(pattern, { dot: false, noextglob: true, nobrace: true });
  const depth = pattern.split('/').length;
  const below = (directory: string): string[] => {
    const paths = list(directory).map((entry) => join(directory, entry));
    return directory.split('/').length + 1 < depth ? paths.flatMap(below) : paths;
  };
  return below(base === '' ? '/' : base).filter((path) => matches(path));
}

function withoutNested(paths: readonly string[]): string[] {
  const known = new Set(paths);
  return paths.filter((path) => {
    for (let above = dirname(path); above !== dirname(above); above = dirname(above)) {
      if (known.has(above)) return false;
    }
    return true;
  });
}

function locate(path: string): string {
  return join(canonical(dirname(path)), basename(path));
}

function isVolatile(path: string): boolean {
  return VOLATILE.test(`${path}/`);
}

/** A directory by the name that no link stands in. */
function canonical(directory: string): string {
  const found = tolerate(ABSENT, () => realpathSync(directory));
  if (found !== undefined) return found;
  const above = dirname(directory);
  return above === directory ? directory : join(canonical(above), basename(directory));
}

function list(directory: string): string[] {
  return tolerate(ABSENT, () => readdirSync(directory)) ?? [];
}

function linkTarget(path: string): string | undefined {
  return tolerate(ABSENT, () => (lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined));
}
