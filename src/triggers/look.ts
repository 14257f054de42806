// What a look at something that is watched tells.

export interface Look<Baseline> {
  /** What is wrong; `undefined` where nothing is. */
  readonly reason: string | undefined;
  /** What the next look compares with: what was told once is not told again. */
  readonly baseline: Baseline;
}
