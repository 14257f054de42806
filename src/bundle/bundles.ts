// What the library offers of bundles. The code of each operation is loaded when it is first used.
import type { Session } from '../session.js';
import type { BundleTarget, CreateBundleOptions, CreatedBundle } from './create-bundle.js';
import type { BundleSource, OpenBundle } from './open-bundle.js';
import type { RestoreBundleOptions, RestoredBundle } from './restore-bundle.js';
import type { VerifiedBundle, VerifyBundleOptions } from './verify-bundle.js';

export interface SavepointBundles {
  /**
   * Writes points, with all that they hold, into a file that is there when it is whole, or into a stream. Throws
   * POINT_NOT_FOUND, USAGE, STORAGE_FULL, …; then there is no file.
   */
  create(
    target: BundleTarget,
    points: readonly string[],
    options?: CreateBundleOptions,
  ): Promise<CreatedBundle>;
  /** Takes the points of a bundle in; those that are here already stay as they are. Throws as `restoreBundle`. */
  restore(source: BundleSource | OpenBundle, options?: RestoreBundleOptions): Promise<RestoredBundle>;
  /** Checks every byte of a bundle, and says what is in it. Throws BUNDLE_CORRUPT and the like. */
  verify(source: BundleSource, options?: VerifyBundleOptions): Promise<VerifiedBundle>;
}

/**
 * A bundle of which only the beginning is read: which points it holds and which it builds on are known before a store is
 * made or opened for them. To be given to `restore`, or closed.
 */
export async function openBundle(source: BundleSource): Promise<OpenBundle> {
  return (await import('./open-bundle.js')).openBundle(source);
}

/** As `verify`, which needs no store. */
export async function verifyBundle(
  source: BundleSource,
  options: VerifyBundleOptions = {},
): Promise<VerifiedBundle> {
  return (await import('./verify-bundle.js')).verifyBundle(source, options);
}

export function bundlesOf(session: Session): SavepointBundles {
  return {
    create: async (target, points, options = {}) =>
      (await import('./create-bundle.js')).createBundle(session, { target, points }, options),
    restore: async (source, options = {}) =>
      (await import('./restore-bundle.js')).restoreBundle(session, source, options),
    verify: verifyBundle,
  };
}
