// What a volume tells its watchers of a change, in memfs's own words (FsEvent in @jsonjoy.com/fs-core).
import type { Core, CoreChange, CoreLink } from './core-classes.js';

const KINDS = { created: 0, deleted: 1, modified: 2, attributes: 3, moved: 4 } as const;

export function tellChange(
  core: Core,
  kind: keyof typeof KINDS,
  { link, oldSteps }: { readonly link: CoreLink; readonly oldSteps?: string[] },
): void {
  const change = { type: KINDS[kind], steps: link.steps, node: link.getNode(), link, oldSteps };
  core.changes.emit(change as unknown as CoreChange);
}
