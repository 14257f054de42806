// Reads a directory of a volume as it stands at one instant, without waiting. What nobody looked at is told by the ids of
// its trees; what was looked at and is as it was, too. Files are met in the order in which a capture meets them, so that
// of several names of a file the same one stands for it.
import { constants } from 'node:fs';
import { SavepointError } from '../../../store/errors.js';
import { decodeName, encodeName } from '../../../store/names.js';
import { isDocumentPath, plainDirectory } from '../../composition.js';
import { PointEntry } from '../point-entries.js';
import type { ViewNode } from '../point-view.js';
import type { CoreLink, CoreNode } from '../volume/core-classes.js';
import { LazyChildren, type Member } from '../volume/lazy-children.js';
import { isLazyNode } from '../volume/lazy-node.js';
import { originOfNode, presentIn } from './admit-links.js';
import { attributesOfNode, hasSameAttributes, type NodeAttributes } from './merge-attributes.js';
import type { VolumeContent, VolumeFile } from './volume-file.js';

export interface ReadVolumeOptions {
  /** Whether the store has what the volume was mounted from. Else everything is read, whatever nobody looked at, too. */
  readonly reuses: boolean;
  /** Whether files of these components may have other names than they had: all of them were looked at. */
  readonly disturbed: ReadonlySet<string>;
  /** Set where documents of a state adapter stand in it. */
  readonly hasDocuments: boolean;
}

const WHOLE = { offset: 0, lengthBytes: Number.MAX_SAFE_INTEGER };

/** `root` becomes the root of a component. Throws INVALID_NAME, and what reading objects throws. */
export function readVolume(root: CoreLink, options: ReadVolumeOptions): VolumeFile {
  return run(new VolumeReader(options).readRoot(root));
}

/** A directory that is being read: it gives those in it, gets what they are, and answers what it is itself. */
type Reading<T> = Generator<Reading<unknown>, T, unknown>;

/** Directories may be nested deeper than calls can be. */
function run<T>(first: Reading<T>): T {
  const open: Reading<unknown>[] = [first];
  let answer: unknown;
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { done, value } = last.next(answer);
    answer = undefined;
    if (done !== true) open.push(value as Reading<unknown>);
    else {
      open.pop();
      answer = value;
    }
  }
  return answer as T;
}

interface Place {
  readonly name: string;
  /** Relative to the component's root. */
  readonly path: string;
}

const ROOT: Place = { name: '.', path: '' };

class VolumeReader {
  /** The first name of each file that may have several. */
  private readonly firstNames = new Map<CoreNode, string>();

  constructor(private readonly options: ReadVolumeOptions) {}

  *readRoot(link: CoreLink): Reading<VolumeFile> {
    const node = link.getNode();
    const origin = originOfNode(node);
    const own = this.attributesOf(node, origin, ROOT) as NodeAttributes;
    const attributes = { name: ROOT.name, ...own };
    const isAsWas =
      origin !== undefined && isRootOfComponent(origin) && hasSameAttributes(own, origin.attributes);
    const content = (yield this.directory(link, origin, { ...ROOT, mayReuse: isAsWas })) as VolumeContent;
    return { attributes, owners: origin?.owners, origin, isSame: content.kind === 'tree', content };
  }

  /** `was` is what its name stood for in the point; a file that came under it by other ways knows itself what it was. */
  private readFile(link: CoreLink, was: ViewNode | undefined, place: Place): VolumeFile | undefined {
    const found = this.look(link, was, place);
    if (found === undefined) return undefined;
    const { node, origin, own } = found;
    const name = this.linkOf(node, origin, place);
    const attributes = { name: place.name, ...own, ...(name === undefined ? {} : { link: name }) };
    const content = this.content(node, origin, place);
    const isSame =
      origin !== undefined &&
      !isRootOfComponent(origin) &&
      content.kind !== 'bytes' &&
      hasSameAttributes(own, origin.attributes) &&
      origin.attributes.link === name;
    return { attributes, owners: origin?.owners, origin, isSame, content };
  }

  private *readDirectory(link: CoreLink, was: ViewNode | undefined, place: Place): Reading<VolumeFile> {
    const { origin, own } = this.look(link, was, place) as LookedAt;
    const mayReuse = origin !== undefined && !isRootOfComponent(origin);
    const content = (yield this.directory(link, origin, { ...place, mayReuse })) as VolumeContent;
    const isSame = mayReuse && content.kind !== 'directory' && hasSameAttributes(own, origin.attributes);
    return { attributes: { name: place.name, ...own }, owners: origin?.owners, origin, isSame, content };
  }

  /** `undefined` for what holds no state. */
  private look(link: CoreLink, was: ViewNode | undefined, place: Place): LookedAt | undefined {
    if (was === undefined) checkName(place);
    const node = link.getNode();
    const origin = was ?? originOfNode(node);
    const own = this.attributesOf(node, origin, place);
    return own === undefined ? undefined : { node, origin, own };
  }

  /** A name that nobody looked at: the file has no other, or none that changed. */
  private readEntry(entry: PointEntry, place: Place): VolumeFile {
    const { node } = entry;
    const base = baseOf(node, place);
    if (node.id === undefined) return { ...base, isSame: true, content: { kind: 'nothing' } };
    if (this.options.reuses) return { ...base, isSame: true, content: { kind: 'stored', id: node.id } };
    const read = () => entry.read(WHOLE);
    return { ...base, isSame: false, content: { kind: 'bytes', sizeBytes: entry.sizeBytes(), read } };
  }

  private *readDirectoryEntry(entry: PointEntry, place: Place): Reading<VolumeFile> {
    const { node } = entry;
    const base = baseOf(node, place);
    const { directory: ids } = node;
    if (this.options.reuses && ids !== undefined && !isRootOfComponent(node))
      return { ...base, isSame: true, content: { kind: 'tree', ids } };
    const listing = entry.children();
    const members = [...listing.keys()].map((name) => ({ name, link: undefined, entry: listing.get(name) }));
    const content = (yield this.filesOf(members, place.path)) as VolumeContent;
    return { ...base, isSame: false, content };
  }

  private attributesOf(
    node: CoreNode,
    origin: ViewNode | undefined,
    { name, path }: Place,
  ): NodeAttributes | undefined {
    checkTime(node, path);
    const own = attributesOfNode(node, origin?.attributes);
    if (!this.options.hasDocuments || own === undefined) return own;
    // What documents are, besides what they say, is the same for all of them.
    if (path !== '' && !isDocumentPath(path)) return own;
    const { name: _, ...plain } = plainDirectory(name);
    if (own.type === 'directory') return plain;
    return own.type === 'file' ? { ...plain, type: 'file', mode: 0o644 } : own;
  }

  private linkOf(node: CoreNode, origin: ViewNode | undefined, { path }: Place): string | undefined {
    if (origin !== undefined && !this.options.disturbed.has(origin.component ?? ''))
      return origin.attributes.link;
    const first = this.firstNames.get(node);
    if (first === undefined) this.firstNames.set(node, path);
    return first;
  }

  private content(node: CoreNode, origin: ViewNode | undefined, place: Place): VolumeContent {
    if (!node.isFile() && !node.isSymlink()) return { kind: 'nothing' };
    const isStored = isLazyNode(node) && node.hasOriginalContent();
    if (isStored && this.options.reuses && origin?.id !== undefined) return { kind: 'stored', id: origin.id };
    if (node.isFile()) return { kind: 'bytes', sizeBytes: node.getSize(), read: () => node.getBuffer() };
    const target = encodeName(node.symlink);
    if (target.length > LONGEST_TARGET_BYTES) throw endlessLink(place);
    return { kind: 'bytes', sizeBytes: target.length, read: () => target };
  }

  private *directory(
    link: CoreLink,
    origin: ViewNode | undefined,
    { path, mayReuse }: Pick<Place, 'path'> & { readonly mayReuse: boolean },
  ): Reading<VolumeContent> {
    const { children } = link;
    const ids = this.options.reuses && mayReuse ? origin?.directory : undefined;
    if (!(children instanceof LazyChildren)) {
      const members = [...presentIn(link)].map(([name, child]) => ({ name, link: child, entry: undefined }));
      return (yield this.filesOf(members, path)) as VolumeContent;
    }
    if (ids !== undefined && children.isUntouched()) return { kind: 'tree', ids };
    const content = (yield this.filesOf([...children.members()], path)) as VolumeContent;
    if (ids === undefined || content.kind !== 'directory' || children.hasOtherNames()) return content;
    for (const file of content.files.values()) if (!file.isSame) return content;
    return { kind: 'tree', ids };
  }

  private *filesOf(members: readonly Member[], path: string): Reading<VolumeContent> {
    const files = new Map<string, VolumeFile>();
    const sorted = [...members].sort((one, other) => (one.name < other.name ? -1 : 1));
    const placeOf = ({ name }: Member) => ({ name, path: path === '' ? name : `${path}/${name}` });
    for (const member of sorted) {
      const { link, entry } = member;
      if (isDirectory(member)) continue;
      const known = entry instanceof PointEntry ? entry : undefined;
      const place = placeOf(member);
      const file =
        link === undefined ? known && this.readEntry(known, place) : this.readFile(link, known?.node, place);
      if (file !== undefined) files.set(member.name, file);
    }
    for (const member of sorted) {
      const { link, entry } = member;
      if (!isDirectory(member)) continue;
      const known = entry instanceof PointEntry ? entry : undefined;
      const place = placeOf(member);
      const reading =
        link === undefined
          ? this.readDirectoryEntry(known as PointEntry, place)
          : this.readDirectory(link, known?.node, place);
      files.set(member.name, (yield reading) as VolumeFile);
    }
    return { kind: 'directory', files };
  }
}

/** A file of the volume, what it was, and what it has by now. */
interface LookedAt {
  readonly node: CoreNode;
  readonly origin: ViewNode | undefined;
  readonly own: NodeAttributes;
}

function baseOf(node: ViewNode, { name }: Place) {
  const attributes = { ...node.attributes, name, type: node.type };
  return { attributes, owners: node.owners, origin: node };
}

const LONGEST_NAME_BYTES = 255;
const LONGEST_TARGET_BYTES = 4095;

function endlessLink({ path }: Place): SavepointError {
  return new SavepointError(
    'INVALID_NAME',
    `'/${path}' can't be saved: it leads over more than ${LONGEST_TARGET_BYTES} bytes, which no symbolic link can.`,
    { fields: { path } },
  );
}

/** A volume takes names that no disk would. */
function checkName({ name, path }: Place): void {
  const bytes = encodeName(name);
  if (bytes.length <= LONGEST_NAME_BYTES && decodeName(bytes) === name && !name.includes('\0')) return;
  throw new SavepointError(
    'INVALID_NAME',
    `'${path}' can't be saved: its name is longer than 255 bytes, or has characters that no bytes stand for. Rename it.`,
    { fields: { path } },
  );
}

/** A volume takes times that no date can be, and does not know then which they were. */
function checkTime(node: CoreNode, path: string): void {
  if (isLazyNode(node) || !Number.isNaN(node.mtime.getTime())) return;
  throw new SavepointError(
    'UNSUPPORTED',
    `'/${path}' can't be saved: its time is none that a date can be. Give it another one by utimes.`,
    { fields: { path } },
  );
}

function isDirectory({ link, entry }: Member): boolean {
  const mode = link === undefined ? (entry?.mode ?? 0) : link.getNode().mode;
  return (mode & constants.S_IFMT) === constants.S_IFDIR;
}

/** The trees of a component's root tell of the root itself, those of other directories don't. */
export function isRootOfComponent({ component, file }: ViewNode): boolean {
  return component === undefined || file === `${component}/`;
}
