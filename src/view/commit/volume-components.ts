// Which directories of a volume are components, and what is known of each: as they were mounted, or one that is named.
import type { Volume } from 'memfs';
import { SavepointError } from '../../../store/errors.js';
import type { ComponentRecord } from '../../point-record.js';
import { originOf, type VolumeOrigin } from '../mount-point.js';
import type { CoreLink } from '../volume/core-classes.js';
import { originOfNode, presentIn } from './admit-links.js';
import { isRootOfComponent } from './read-volume.js';

export interface VolumeScope {
  /**
   * The component that is saved. A volume of several components has it in the directory of its name; without it, all of
   * them are saved. A volume that was not mounted from a point needs it.
   */
  readonly component?: string;
  /** The directory of the volume that becomes the component's root; the volume's own where this is missing. */
  readonly path?: string;
  /**
   * Where a component that no point knows of belongs on a host: an absolute path. Where this is missing, it is `path`, or
   * a directory of the component's name.
   */
  readonly origin?: string;
}

export interface VolumeComponent {
  readonly root: CoreLink;
  /** As it was mounted, where it was; its counts and time are not those of the volume. */
  readonly record: ComponentRecord;
  /** Whether it was mounted as a component. */
  readonly isKnown: boolean;
}

/** Throws USAGE, INVALID_NAME, PATH_NOT_FOUND, and TARGET_CONFLICT where something is no directory. */
export function findComponents(volume: Volume, scope: VolumeScope): VolumeComponent[] {
  const origin = originOf(volume);
  const { root } = volume._core;
  const isOfSeveral = origin !== undefined && origin.component === undefined;
  const { component = origin?.component, path } = scope;
  if (component !== undefined) {
    const at = path ?? (isOfSeveral ? `/${component}` : '/');
    return [describe(directoryAt(volume, at), { origin, name: component, path: at, place: scope.origin })];
  }
  if (path !== undefined || !isOfSeveral) throw unnamed();
  const names = [...root.children.keys()].filter((name) => name !== '.' && name !== '..').sort();
  if (names.length === 0) throw new SavepointError('USAGE', 'The volume is empty: there is nothing to save.');
  return names.map((name) => {
    const at = `/${name}`;
    return describe(directoryAt(volume, at), { origin, name, path: at, place: undefined });
  });
}

interface Described {
  readonly origin: VolumeOrigin | undefined;
  readonly name: string;
  readonly path: string;
  readonly place: string | undefined;
}

const NAME = /^(?!savepoint\.json$)[A-Za-z0-9_][A-Za-z0-9._-]*$/;

function describe(root: CoreLink, { origin, name, path, place }: Described): VolumeComponent {
  if (!NAME.test(name)) {
    throw new SavepointError(
      'INVALID_NAME',
      `'${name}' can't name a component: use letters, digits, '_', '.' and '-', beginning with a letter, a digit or '_'.`,
      { fields: { name } },
    );
  }
  if (place !== undefined && !place.startsWith('/')) {
    throw new SavepointError('USAGE', `'${place}' can't be where ${name} belongs: name an absolute path.`, {
      fields: { component: name, origin: place },
    });
  }
  const was = originOfNode(root.getNode());
  const known =
    was !== undefined && isRootOfComponent(was)
      ? origin?.view.records().find((record) => record.name === was.component)
      : undefined;
  const fallback = path === '/' ? `/${name}` : path;
  const record = known ?? newRecord(place ?? fallback);
  const moved = { ...record, name, origin: place ?? record.origin };
  return { root, record: { ...moved, ...withNewNames(root, record) }, isKnown: known !== undefined };
}

function newRecord(origin: string): ComponentRecord {
  return {
    ...{ name: '', kind: 'files', category: 'filesystem', adapterVersion: 1, origin, oneFileSystem: false },
    ...{ capturedAt: '', consistency: 'crash', dependsOn: [], files: 0, directories: 0, bytes: 0 },
  };
}

/** A component that is limited to some paths is no longer without those that came. */
function withNewNames(root: CoreLink, { only, settings }: ComponentRecord): Pick<ComponentRecord, 'only'> {
  if (only === undefined || settings !== undefined) return {};
  const tops = new Set(only.map((path) => path.split('/', 1)[0]));
  const added = [...presentIn(root)].map(([name]) => name).filter((name) => !tops.has(name));
  return added.length === 0 ? {} : { only: [...only, ...added].sort() };
}

function directoryAt(volume: Volume, path: string): CoreLink {
  let link: CoreLink;
  try {
    link = volume._core.getResolvedLinkOrThrow(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new SavepointError('PATH_NOT_FOUND', `The volume has no ${path}; nothing was saved.`, {
      fields: { path },
      cause: error,
    });
  }
  if (link.getNode().isDirectory()) return link;
  throw new SavepointError(
    'TARGET_CONFLICT',
    `${path} is no directory, and a component is one: move it into one, or save another path as a component.`,
    { fields: { path } },
  );
}

function unnamed(): SavepointError {
  return new SavepointError(
    'USAGE',
    'Name the component that the volume is saved as: { component: NAME }, and the directory, if it is not all of it: { path }.',
  );
}
