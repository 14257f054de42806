// Whether units are enabled or masked is in links, which are files of the component and are put back with them. What is left
// for systemctl are links that last until the next start of the host, and such that no file of the component accounts for.
import { basename } from 'node:path';
import type { StateComparison } from '../state/state-adapter.js';
import { fragmentNames } from './unit-name.js';
import type { UnitRecord } from './unit-record.js';
import type { LinkChange } from './unit-step.js';

type LinkState = 'enabled' | 'masked';

export function compareLinks(
  change: { readonly name: string; readonly from: UnitRecord; readonly to: UnitRecord },
  { files, dependencies }: StateComparison,
): LinkChange[] {
  const [before, after] = [change.from.state.unitFile, change.to.state.unitFile];
  if (before === after) return [];
  const names = fragmentNames(change.name);
  const isInFiles = dependencies.length > 0 || files.some((path) => names.includes(basename(path)));
  const [was, is] = [linkOf(before), linkOf(after)];
  const changes = [...(was === undefined ? [] : [undo(was)]), ...(is === undefined ? [] : [make(is)])];
  return changes.filter(({ runtime }) => runtime || !isInFiles);
}

function linkOf(unitFile: string): { readonly state: LinkState; readonly runtime: boolean } | undefined {
  const [, state, runtime] = /^(enabled|masked)(-runtime)?$/.exec(unitFile) ?? [];
  return state === undefined ? undefined : { state: state as LinkState, runtime: runtime !== undefined };
}

function make({ state, runtime }: { state: LinkState; runtime: boolean }): LinkChange {
  return { verb: state === 'enabled' ? 'enable' : 'mask', runtime };
}

function undo({ state, runtime }: { state: LinkState; runtime: boolean }): LinkChange {
  return { verb: state === 'enabled' ? 'disable' : 'unmask', runtime };
}
