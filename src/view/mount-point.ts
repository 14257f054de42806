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

/** What volumes of one point share: the last that is unmounted lets go of it. */
class MountedPoint {
  private volumes = 0;

  constructor(
    private readonly session: Session,
    readonly origin: VolumeOrigin,
  ) {}

  mount(): PointVolume {
    this.volumes++;
    const { view } = this.origin;
    const open = new OpenPoint(view, () => {
      this.volumes--;
      if (this.volumes === 0) view.reader.close();
    });
    const letGo = this.session.hold(() => open.close());
    const volume = new PointVolume(this, open, letGo);
    origins.set(volume, this.origin);
    return volume;
  }
}

/** A point as a volume. Whoever mounted it unmounts it; until then the store's packs are held. */
export class PointVolume extends LazyVolume {
  /** The point that it was mounted from. */
  readonly point: Point;
  readonly #mounted: MountedPoint;
  readonly #open: OpenPoint;
  readonly #letGo: () => void;

  constructor(mounted: MountedPoint, open: OpenPoint, letGo: () => void) {
    super(open.root());
    this.point = mounted.origin.point;
    this.#mounted = mounted;
    this.#open = open;
    this.#letGo = letGo;
  }

  /**
   * Another volume of the point, as that is, whatever was written to this one. What was read for one of them is not read again
   * for another; each is unmounted for itself. Throws USAGE where this one is unmounted.
   */
  fresh(): PointVolume {
    this.#open.use();
    return this.#mounted.mount();
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
  const storeId = session.store.settings.id;
  return new MountedPoint(session, { view, point, storeId, component: options.component }).mount();
}
