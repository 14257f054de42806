// The components of a volume as they stand at one instant.
import type { Volume } from 'memfs';
import { isSavepointError } from '../../../store/errors.js';
import { originOf } from '../mount-point.js';
import { admitLinks, findDisturbed, originOfNode } from './admit-links.js';
import { isRootOfComponent, readVolume } from './read-volume.js';
import { findComponents, type VolumeComponent, type VolumeScope } from './volume-components.js';
import type { VolumeFile } from './volume-file.js';

export interface ReadComponent extends VolumeComponent {
  readonly files: VolumeFile;
}

/** Answers at once. Throws what `findComponents` throws, INVALID_NAME, and what reading objects throws. */
export function readComponents(
  volume: Volume,
  scope: VolumeScope,
  { reuses }: { readonly reuses: boolean },
): ReadComponent[] {
  try {
    const components = findComponents(volume, scope);
    const disturbed = disturbedBy(volume, components, reuses);
    const view = originOf(volume)?.view;
    if (view !== undefined) admitLinks(volume._core.root, view, disturbed);
    return components.map((component) => {
      const hasDocuments = component.record.settings !== undefined;
      return { ...component, files: readVolume(component.root, { reuses, disturbed, hasDocuments }) };
    });
  } catch (error) {
    // A volume tells of what the store can't give as a disk would.
    const { cause } = error as Error;
    throw !isSavepointError(error) && isSavepointError(cause) ? cause : error;
  }
}

/** The components of which files may have other names than they had. */
function disturbedBy(volume: Volume, components: readonly VolumeComponent[], reuses: boolean): Set<string> {
  const view = originOf(volume)?.view;
  if (view === undefined) return new Set();
  const isInPlace = ({ root }: VolumeComponent) => {
    const origin = originOfNode(root.getNode());
    return origin === undefined || isRootOfComponent(origin);
  };
  if (reuses && components.every(isInPlace)) return findDisturbed(volume._core.root);
  return new Set(view.records().map(({ name }) => name));
}
