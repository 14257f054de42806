// Fixtures for vitest: each test gets a point as a volume of its own, which it may write to as it likes, and, if it asks for
// one, a directory in which the point is restored. The point is opened once for each test file. Exported as
// `savepoint/vitest`; nothing of vitest is loaded by it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFsFromVolume, type IFs } from 'memfs';
import type { TestContext } from 'vitest';
import type { Point } from '../points.js';
import { openSavepoint, type Savepoint } from '../savepoint.js';
import type { PointVolume } from '../view/mount-point.js';

export interface SavepointFixtureOptions {
  /** The store's directory, found as `openSavepoint` finds it where this is missing. */
  readonly store?: string;
  /**
   * Files and directories that are saved when the tests of a file begin, in a store of their own that is removed at their end.
   * The point is of these then.
   */
  readonly paths?: readonly string[];
  /** The point's name, the start of its id, `latest` or `latest~N`; `latest` unless set. */
  readonly point?: string;
  /** Only this component, which is the root; else each component stands in a directory of its name. */
  readonly component?: string;
}

/** What a test has with these fixtures. */
export interface SavepointContext {
  /** The open store, the same for all tests of a file. */
  readonly savepoint: Savepoint;
  readonly point: Point;
  /** The point, in memory: nothing that a test writes reaches another test, or the store. */
  readonly volume: PointVolume;
  /** The volume in the shape of `node:fs`, with `fs.promises`. */
  readonly fs: IFs;
  /**
   * A directory on disk with the files of the point, as the volume has them; removed after the test. It is restored, and
   * so entered into the store's operation log, for each test that asks for it.
   */
  readonly directory: string;
}

type Use<T> = (value: T) => Promise<void>;
/** A fixture, and the others that it needs. */
type Fixture<T, Needs extends keyof SavepointContext> = (
  context: Pick<SavepointContext, Needs> & TestContext,
  use: Use<T>,
) => Promise<void>;
type FileFixture<T, Needs extends keyof SavepointContext = never> = [
  fixture: (context: Pick<SavepointContext, Needs>, use: Use<T>) => Promise<void>,
  options: { scope: 'file' },
];

/** What `base.extend` of vitest takes. */
export interface SavepointFixtures {
  savepoint: FileFixture<Savepoint>;
  point: FileFixture<Point, 'savepoint'>;
  volume: Fixture<PointVolume, 'savepoint'>;
  fs: Fixture<IFs, 'volume'>;
  directory: Fixture<string, 'savepoint' | 'point'>;
}

/**
 * Fixtures of a point: `const test = base.extend<SavepointContext>(savepointFixture({ store, point }))`. A test that asks for
 * one fails with POINT_NOT_FOUND, COMPONENT_NOT_FOUND, STORE_NOT_FOUND, …, where the point can't be had.
 */
export function savepointFixture(options: SavepointFixtureOptions = {}): SavepointFixtures {
  const { component } = options;
  const mounted = new Mounted(options);
  return {
    savepoint: [
      // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it what a fixture needs
      async ({}, use) => withSavepoint(options, use),
      { scope: 'file' },
    ],
    point: [async ({ savepoint }, use) => use((await mounted.by(savepoint)).point), { scope: 'file' }],
    volume: async ({ savepoint }, use) => {
      const volume = (await mounted.by(savepoint)).fresh();
      try {
        await use(volume);
      } finally {
        volume.unmount();
      }
    },
    fs: async ({ volume }, use) => use(createFsFromVolume(volume)),
    directory: async ({ savepoint, point }, use) => {
      const directory = await mkdtemp(join(tmpdir(), 'savepoint-'));
      try {
        await restoreInto(directory, { savepoint, point, component });
        await use(directory);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}

/** The volume that all others are made from; closing the store unmounts it. */
class Mounted {
  private readonly volumes = new WeakMap<Savepoint, Promise<PointVolume>>();

  constructor(private readonly options: SavepointFixtureOptions) {}

  by(savepoint: Savepoint): Promise<PointVolume> {
    const { point = 'latest', component } = this.options;
    const known = this.volumes.get(savepoint);
    const volume = known ?? savepoint.mountPoint(point, component === undefined ? {} : { component });
    this.volumes.set(savepoint, volume);
    return volume;
  }
}

async function withSavepoint(options: SavepointFixtureOptions, use: Use<Savepoint>): Promise<void> {
  const { paths, store } = options;
  const own = paths === undefined ? undefined : await mkdtemp(join(tmpdir(), 'savepoint-'));
  try {
    const opened = own ?? store;
    const savepoint = await openSavepoint({
      create: own !== undefined,
      ...(opened === undefined ? {} : { store: opened }),
    });
    try {
      if (paths !== undefined) await savepoint.save(paths, { message: 'for tests' });
      await use(savepoint);
    } finally {
      await savepoint.close();
    }
  } finally {
    if (own !== undefined) await rm(own, { recursive: true, force: true });
  }
}

async function restoreInto(
  directory: string,
  from: { readonly savepoint: Savepoint; readonly point: Point; readonly component: string | undefined },
): Promise<void> {
  const { savepoint, point, component } = from;
  const restore = (paths: readonly string[], to: string) => savepoint.restore(point.id, { paths, to });
  if (component !== undefined) await restore([`${component}:`], directory);
  // A single component would be restored without a directory of its name.
  else for (const name of point.components) await restore([`${name}:`], join(directory, name));
}
