// What is kept of a mount point: its mounts, the lowest first, each by what it takes to mount it again. Numbers that the kernel gives
// anew each time are left out.
import { isInside } from '../files/node-path.js';
import { type MountEntry, readMountTable } from './mount-table.js';

export type MountLayer = {
  readonly type: string;
  readonly source: string;
  /** The directory of the file system that is mounted. */
  readonly root: string;
  /** Where else it can be seen, for one that is bound from there. */
  readonly boundFrom?: string;
  readonly options: readonly string[];
  readonly superOptions: readonly string[];
};

export type MountPoint = { readonly point: string; readonly layers: readonly MountLayer[] };

/** The mount points at and below `paths`, by name. */
export function readMountPoints(paths: readonly string[]): MountPoint[] {
  const table = readMountTable();
  const points = new Map<string, MountLayer[]>();
  for (const entry of table) {
    if (!paths.some((path) => isInside(entry.point, path))) continue;
    const layers = points.get(entry.point) ?? [];
    layers.push(toLayer(entry, table));
    points.set(entry.point, layers);
  }
  return [...points]
    .map(([point, layers]) => ({ point, layers }))
    .sort((left, right) => (left.point < right.point ? -1 : 1));
}

/** As systemd writes the names of mount units: `srv-data` for /srv/data. */
export function mountDocument(point: string): string {
  const name = point.replace(/^\/+|\/+$/g, '');
  if (name === '') return '-';
  return [...Buffer.from(name, 'utf8')]
    .map((byte, index) => {
      const letter = String.fromCharCode(byte);
      if (letter === '/') return '-';
      const isPlain = /[A-Za-z0-9:_.]/.test(letter) && !(index === 0 && letter === '.');
      return isPlain ? letter : `\\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

/** Whether it is the document of a mount point at or below one of `paths`. */
export function isDocumentBelow(document: string, paths: readonly string[]): boolean {
  return paths.map(mountDocument).some((above) => {
    // A hyphen stands for nothing but a slash.
    return above === '-' || document === above || document.startsWith(`${above}-`);
  });
}

/** Whether they are mounts of the same thing, whatever their options. */
export function isSameMount(left: MountLayer, right: MountLayer): boolean {
  return left.type === right.type && left.source === right.source && left.root === right.root;
}

export function hasSameOptions(left: MountLayer, right: MountLayer): boolean {
  return (
    String(left.options) === String(right.options) && String(left.superOptions) === String(right.superOptions)
  );
}

function toLayer(entry: MountEntry, table: readonly MountEntry[]): MountLayer {
  const { type, source, root, options, superOptions } = entry;
  const boundFrom = findOrigin(entry, table);
  return { type, source, root, options, superOptions, ...(boundFrom === undefined ? {} : { boundFrom }) };
}

/** The path at which an earlier mount of the same file system shows the same directory. */
function findOrigin(entry: MountEntry, table: readonly MountEntry[]): string | undefined {
  const earlier = table.slice(0, table.indexOf(entry));
  const origin = earlier.find(({ device, root }) => device === entry.device && isInside(entry.root, root));
  if (origin === undefined) return undefined;
  const inside = entry.root.slice(origin.root === '/' ? 0 : origin.root.length);
  const path = `${origin.point === '/' ? '' : origin.point}${inside === '/' ? '' : inside}`;
  return path === '' ? '/' : path;
}
