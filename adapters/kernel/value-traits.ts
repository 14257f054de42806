// What tells one area of plain values from another: where they are, what they are called and how they hang together. The name of a
// value is the path of its document below `state/<area>/`.
import type { KernelStep } from './kernel-area.js';

export interface ValueTraits {
  readonly area: string;
  /** As the steps name it: `sysctl vm.swappiness`. */
  objectOf(name: string): string;
  /** In a sentence: `vm.swappiness`. */
  labelOf(name: string): string;
  /** What it comes and goes with, as an object: a device, an interface. */
  groupOf(name: string): string;
  /** How a group that is gone comes back: the rest of a sentence. */
  readonly comesBack: string;
  /** What to do where the kernel does not take a value: a sentence. */
  remedyFor(name: string): string;
  /** The live value; `undefined` where there is none. */
  read(name: string): string | undefined;
  /** Answers why it was not taken, in words, or `undefined`. */
  write(name: string, value: string): string | undefined;
  /** Why it can't be written here at all, or `undefined`. */
  findObstacle(name: string): string | undefined;
  /** Which come first: lower ones. Of equal ones, those with a value other than 0, then by name. */
  rankOf?(name: string): number;
  /** Whether setting `name` makes the kernel set the other one too. */
  resets?(name: string, other: string): boolean;
  /** Why it can't be put back from one value to another, or `undefined`: the rest of a sentence. */
  findHindrance?(name: string, values: { readonly from: string; readonly to: string }): string | undefined;
  /** Whether a value that is not there may be once the earlier steps are done. */
  mayAppear?(name: string, earlier: readonly KernelStep[]): boolean;
  /** The name of a value that brings it along, or takes it away, where that changes. */
  ownerOf?(name: string): string | undefined;
  isLate?(name: string): boolean;
  /** Whether its value is not for everybody's eyes. */
  isSecret?(name: string): boolean;
}
