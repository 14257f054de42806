// Which of a unit's files make it what it is, so that it has to be started anew when they change; the links that only enable it
// are none of them.
import { basename, dirname } from 'node:path';
import picomatch from 'picomatch';
import { dropInDirectories, fragmentNames } from './unit-name.js';
import type { ObservedUnit } from './unit-record.js';

const ENABLING = /\.(wants|requires|upholds)$/;

/** What kind of file of the unit `path` is; `undefined` where it does not define it. */
export function definingFile(
  path: string,
  unit: { readonly name: string; readonly records: readonly (ObservedUnit | undefined)[] },
): 'unit file' | 'drop-in' | 'environment file' | undefined {
  const directory = basename(dirname(path));
  if (ENABLING.test(directory)) return undefined;
  if (fragmentNames(unit.name).includes(basename(path))) return 'unit file';
  const dropIns = dropInDirectories(unit.name);
  if (dropIns.includes(directory) || dropIns.includes(basename(path))) return 'drop-in';
  const files = unit.records.flatMap((record) => record?.files ?? []);
  if (files.some(({ fragment, source }) => fragment === path || source === path)) return 'unit file';
  const environment = files.flatMap((each) => each.environment);
  const isNamed = environment.some(
    (each) => each === path || picomatch.isMatch(path, each, { nobrace: true }),
  );
  return isNamed ? 'environment file' : undefined;
}
