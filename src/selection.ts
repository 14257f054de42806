// Which part of a point a user means by PATH: an absolute live path, or component:relative/path.
import { resolve } from 'node:path';
import { SavepointError } from '../store/errors.js';
import { isInside, joinPath } from './composition.js';
import type { FileEntry } from './directory-listing.js';
import { nearestNames } from './nearest-names.js';
import {
  findEntry,
  type PointComponent,
  readComponents,
  readDirectory,
  type TreeContext,
} from './point-tree.js';
import type { Point } from './points.js';

export interface SelectedPath {
  readonly component: string;
  /** Relative to the component's root; '' for all of it. */
  readonly path: string;
}

/** Throws COMPONENT_NOT_FOUND or PATH_NOT_FOUND, with the nearest names, where the point has no such path. */
export async function selectPath(
  context: TreeContext,
  components: ReadonlyMap<string, PointComponent>,
  text: string,
): Promise<SelectedPath> {
  const selected = parsePath(components, text);
  const component = components.get(selected.component) as PointComponent;
  if ((await findEntry(context, component, selected.path)) !== undefined) return selected;
  throw await noSuchPath(context, component, { text, path: selected.path });
}

/** As `selectPath`, for a path that the point need not have. */
export function parsePath(
  components: ReadonlyMap<string, Pick<PointComponent, 'record'>>,
  text: string,
): SelectedPath {
  const named = /^([A-Za-z0-9._-]+):(.*)$/s.exec(text);
  if (named !== null && !text.startsWith('/')) {
    if (components.has(named[1])) return { component: named[1], path: cleanPath(named[2]) };
    throw noSuchComponent(components, named[1]);
  }
  if (components.has(text)) return { component: text, path: '' };
  const absolute = resolve(text);
  const holding = [...components.values()].filter(({ record }) => holds(record, absolute));
  const nearest = holding.sort((left, right) => right.record.origin.length - left.record.origin.length)[0];
  if (nearest === undefined) throw outsideAll(components, absolute);
  return {
    component: nearest.record.name,
    path: absolute.slice(nearest.record.origin.length).replace(/^\/+/, ''),
  };
}

/** The paths selected in each component; all of every component where none is named. */
export async function selectPaths(
  context: TreeContext,
  components: ReadonlyMap<string, PointComponent>,
  texts: readonly string[],
): Promise<Map<string, string[]>> {
  if (texts.length === 0) return new Map([...components.keys()].map((name) => [name, ['']]));
  const selection = new Map<string, string[]>();
  for (const text of texts) {
    const { component, path } = await selectPath(context, components, text);
    selection.set(component, [...(selection.get(component) ?? []), path]);
  }
  return selection;
}

/** The file of `point` that a user means by `text`. Throws as `selectPath` does. */
export async function findSelected(
  context: TreeContext,
  point: Point,
  text: string,
): Promise<{ component: PointComponent; selected: SelectedPath; entry: FileEntry }> {
  const components = await readComponents(context, point);
  const selected = await selectPath(context, components, text);
  const component = components.get(selected.component) as PointComponent;
  const entry = (await findEntry(context, component, selected.path)) as FileEntry;
  return { component, selected, entry };
}

function holds(record: PointComponent['record'], absolute: string): boolean {
  if (!isInside(absolute, record.origin)) return false;
  if (record.only === undefined || absolute === record.origin) return true;
  return record.only.some((path) => isInside(absolute, joinPath(record.origin, path)));
}

function cleanPath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

function noSuchComponent(components: ReadonlyMap<string, unknown>, name: string): SavepointError {
  const known = [...components.keys()];
  const nearest = nearestNames(name, known);
  const hint = nearest.length > 0 ? `Did you mean ${nearest.join(' or ')}?` : `It has ${known.join(', ')}.`;
  return new SavepointError('COMPONENT_NOT_FOUND', `The point has no component '${name}'. ${hint}`, {
    fields: { component: name, nearest },
  });
}

function outsideAll(
  components: ReadonlyMap<string, Pick<PointComponent, 'record'>>,
  absolute: string,
): SavepointError {
  const origins = [...components.values()].map(({ record }) => record.origin);
  return new SavepointError(
    'PATH_NOT_FOUND',
    `The point does not hold ${absolute}. It holds ${origins.join(', ')}.`,
    {
      fields: { path: absolute, origins },
    },
  );
}

async function noSuchPath(
  context: TreeContext,
  component: PointComponent,
  wanted: { text: string; path: string },
): Promise<SavepointError> {
  const parts = wanted.path.split('/');
  let ids = component.ids;
  const known: string[] = [];
  for (const part of parts) {
    const { entries } = await readDirectory(context, ids);
    const next = entries.get(part);
    if (next?.directory === undefined) {
      known.push(...nearestNames(part, [...entries.keys()]));
      break;
    }
    ids = next.directory;
  }
  const hint = known.length > 0 ? ` Did you mean ${known.join(' or ')}?` : '';
  return new SavepointError('PATH_NOT_FOUND', `The point has no ${wanted.text}.${hint}`, {
    fields: { path: wanted.text, nearest: known },
  });
}
