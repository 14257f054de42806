// Mounts a point as a memfs volume: read when it is looked at, written in memory alone. The store stays as it is.
import type { Volume } from 'memfs';
import type { Point } from '../points.js';
import type { Session } from '../session.js';
import { type OpenViewOptions, openView } from './open-view.js';
import { OpenPoint } from './point-entries.js';
import type { PointView } from './point-view.js';
import { LazyVolume } from './volume/lazy-volume.js';

/** What a volume was mounted from. */
export interface VolumeOrigin {
  readonly point: Point;
  readonly view: PointView;
  /** Of the store that has the point. */
  readonly storeId: string;
  /** The component whose root is the volume's; missing where each stands in a directory of its name. */
  readonly component: string | undefined;
}

const origins = new WeakMap<Volume, VolumeOrigin>();

/** What `volume` was mounted from; `undefined` for any other volume. */
export function originOf(volume: Volume): VolumeOrigin | undefined {
  return origins.get(volume);
}

/** A point as a volume. Whoever mounted it unmounts it; until then the store's packs are held. */
export class PointVolume extends LazyVolume {
  /** The point that it was mounted from. */
  readonly point: Point;
  readonly #letGo: () => void;

  constructor(open: OpenPoint, point: Point, letGo: () => void) {
    super(open.root());
    this.point = point;
    this.#letGo = letGo;
  }

  /** Lets go of the store. What was not read by then throws EIO; what was written stays. Unmounting twice is fine. */
  unmount(): void {
    this.#letGo();
  }

  [Symbol.dispose](): void {
    this.#letGo();
  }
}

/** Throws what `openView` throws. */
export async function mountPoint(
  session: Session,
  text: string,
  options: OpenViewOptions = {},
): Promise<PointVolume> {
  const { view, point } = await openView(session, text, options);
  const open = new OpenPoint(view);
  const volume = new PointVolume(
    open,
    point,
    session.hold(() => open.close()),
  );
  const storeId = session.store.settings.id;
  origins.set(volume, { view, point, storeId, component: options.component });
  return volume;
}
