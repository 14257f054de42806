// Mounts a point, or a whole store, as a read-only file system of this host, served by a thread of this process until it is
// unmounted: by this process, or by anyone else.
import { closeFuseDevice, type MountUser, openMount } from '../composition.js';
import { findPoint, type Point } from '../points.js';
import { requireLocated, type Session } from '../session.js';
import type { MountOptions } from './mount-options.js';
import { type MountPlace, mountAt, prepareMountPoint } from './mount-place.js';
import { MountServer } from './mount-server.js';
import { takeAway } from './unmount.js';

/** A mounted point, or store. */
export interface Mount {
  /** `undefined` where it is the whole store. */
  readonly point: Point | undefined;
  /** The real path of where it is mounted. */
  readonly directory: string;
  /** Settles once it is unmounted, whoever did that. Rejects where it can't be served any more. */
  readonly ended: Promise<void>;
  /**
   * Unmounts it, also where it is in use: those who use it, which it answers, get errors from then on. Nothing of it is
   * left then. Unmounting twice is fine.
   */
  unmount(): Promise<readonly MountUser[]>;
}

/**
 * Throws POINT_NOT_FOUND, COMPONENT_NOT_FOUND, PATH_NOT_FOUND where there is no `directory`, TARGET_CONFLICT where it can't be
 * mounted on, UNSUPPORTED or PERMISSION_DENIED where FUSE is not to be had, OBJECT_CORRUPT and the like where the point is
 * damaged.
 */
export async function mount(session: Session, named: string, options: MountOptions = {}): Promise<Mount> {
  requireLocated(session, 'A mount');
  const point = options.point === undefined ? undefined : await find(session, options.point);
  const directory = prepareMountPoint(named);
  const server = startServer(session, point, options);
  const place = await begin(server, {
    directory,
    source: `savepoint:${session.location}${point === undefined ? '' : `@${point.name}`}`,
    allowOther: options.allowOther === true,
  });
  const unmount = () => (place === undefined ? [] : takeAway(place));
  const letGo = session.hold(unmount);
  server.ended.then(letGo, letGo);
  try {
    await server.until('ready');
  } catch (error) {
    letGo();
    throw error;
  }
  return {
    ...{ point, directory, ended: server.ended },
    async unmount() {
      const users = unmount();
      await server.ended;
      return users;
    },
  };
}

async function find(session: Session, text: string): Promise<Point> {
  return findPoint(session, await session.store.openReader(), text);
}

function startServer(session: Session, point: Point | undefined, options: MountOptions): MountServer {
  const { component, cacheBytes, onUnreadable } = options;
  const what = {
    ...(point === undefined ? {} : { point: point.id }),
    ...(component === undefined ? {} : { component }),
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
  };
  return new MountServer(session, what, onUnreadable ?? (() => undefined));
}

/** Mounts, and has the server serve that; where it does not come to be, the server has ended. */
async function begin(
  server: MountServer,
  mount: Parameters<typeof openMount>[0],
): Promise<MountPlace | undefined> {
  try {
    await server.until('open');
    const descriptor = await openMount(mount);
    const close = () => closeFuseDevice(descriptor);
    server.ended.then(close, close);
    const place = mountAt(mount.directory);
    server.begin(descriptor);
    return place;
  } catch (error) {
    await server.stop();
    throw error;
  }
}
