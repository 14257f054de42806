// A point of a bundle in the store that took it in.
import type { BundledPoint } from './bundle-description.js';

export interface RestoredPoint extends BundledPoint {
  /** It came; was there already, and stays as it is; or was there, but removed. */
  readonly outcome: 'added' | 'present' | 'recovered';
}
