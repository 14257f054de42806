// What has to happen to one package, as steps carry it: what it is and what it is to be.
import type { JsonValue, StateStep } from '../state/state-adapter.js';
import { compareVersions } from './debian-version.js';
import { isBroken, isSettled, packageKey } from './dpkg-database.js';
import type { PackageDocument, SystemDocument } from './package-document.js';

export interface PackageChange {
  readonly kind: 'package';
  readonly from?: PackageDocument;
  /** Missing where nothing of it is to be left. */
  readonly to?: PackageDocument;
}

export interface SystemChange {
  readonly kind: 'architectures';
  readonly from: SystemDocument;
  readonly to: SystemDocument;
}

export type AptChange = PackageChange | SystemChange;

/** The step for a change; `undefined` where there is nothing to do. */
export function packageStep(change: PackageChange): StateStep | undefined {
  const named = change.to ?? change.from;
  if (named === undefined) return undefined;
  const action = actionOf(change);
  if (action === undefined) return undefined;
  return { object: `package ${packageKey(named)}`, ...action, data: change as unknown as JsonValue };
}

/** Whether its files have to come from an archive. */
export function needsArchive({ from, to }: PackageChange): boolean {
  if (to === undefined || to.state === 'config-files') return false;
  if (from === undefined || ['config-files', 'half-installed'].includes(from.state)) return true;
  return !isSameBuild(from, to) || lacksConffile(from, to);
}

export function isSameBuild(left: PackageDocument, right: PackageDocument): boolean {
  return (
    left.version === right.version &&
    left.architecture === right.architecture &&
    left.content === right.content
  );
}

/** The database is told of a configuration file only by an installation. */
export function lacksConffile(from: PackageDocument, to: PackageDocument): boolean {
  return Object.keys(to.conffiles).some((path) => from.conffiles[path] === undefined);
}

function actionOf(change: PackageChange): Pick<StateStep, 'do' | 'text'> | undefined {
  const { from, to } = change;
  const name = packageKey((to ?? from) as PackageDocument);
  if (to === undefined) {
    return { do: 'purge', text: `purge ${name} ${from?.version}, which was not there` };
  }
  if (to.state === 'config-files') {
    if (from?.state === 'config-files') return undefined;
    return { do: 'remove', text: `remove ${name} ${from?.version} and keep its configuration files` };
  }
  if (needsArchive(change)) return installAction(name, from, to);
  if (from !== undefined && !isSettled(from)) {
    return { do: 'configure', text: `bring the installation of ${name} ${to.version} to an end` };
  }
  const settings = changedSettings(from as PackageDocument, to);
  return settings.length === 0 ? undefined : { do: 'set', text: `${settings.join(', ')}: ${name}` };
}

function installAction(
  name: string,
  from: PackageDocument | undefined,
  to: PackageDocument,
): Pick<StateStep, 'do' | 'text'> {
  if (from === undefined || from.state === 'config-files') {
    return { do: 'install', text: `install ${name} ${to.version} again` };
  }
  const order = compareVersions(to.version, from.version);
  const was = isBroken({ ...from, flag: 'ok' }) ? `, which is ${from.state}` : '';
  if (order === 0) return { do: 'reinstall', text: `install ${name} ${to.version} again, as it was${was}` };
  const word = order > 0 ? 'upgrade' : 'downgrade';
  return { do: word, text: `${word} ${name} from ${from.version} to ${to.version}${was}` };
}

/** What differs besides its files. */
function changedSettings(from: PackageDocument, to: PackageDocument): string[] {
  const words: string[] = [];
  if (from.selection !== to.selection) {
    words.push(
      to.selection === 'hold'
        ? 'hold'
        : from.selection === 'hold'
          ? 'no longer hold'
          : `select to ${to.selection}`,
    );
  }
  if (from.automatic !== to.automatic) {
    words.push(to.automatic ? 'mark as installed automatically' : 'mark as installed by hand');
  }
  const paths = Object.keys({ ...from.conffiles, ...to.conffiles });
  if (paths.some((path) => from.conffiles[path] !== to.conffiles[path])) {
    words.push('record the configuration files as they came');
  }
  return words;
}
