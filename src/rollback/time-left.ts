// How long work still takes, by how fast it went of late: the last third of the time so far, as its parts differ in speed.

interface Sample {
  readonly atMs: number;
  readonly percent: number;
}

/** Before so long a time, or with so little done in it, a rate says nothing. */
const LEAST_MS = 2000;
const LEAST_PERCENT = 0.1;
const MOST_SAMPLES = 60;

export class TimeLeft {
  private readonly samples: Sample[] = [];
  private startedAtMs: number | undefined;

  /** Notes how far the work is; answers the seconds that are left, where that can be told. */
  note(atMs: number, percent: number): number | undefined {
    this.startedAtMs ??= atMs;
    const elapsedMs = atMs - this.startedAtMs;
    const { samples } = this;
    const last = samples.at(-1);
    if (last === undefined || atMs - last.atMs >= elapsedMs / MOST_SAMPLES) samples.push({ atMs, percent });
    const windowMs = Math.max(LEAST_MS, elapsedMs / 3);
    while (samples.length > 1 && samples[1].atMs <= atMs - windowMs) samples.shift();
    const [first] = samples;
    const gained = percent - first.percent;
    if (atMs - first.atMs < LEAST_MS || gained < LEAST_PERCENT) return undefined;
    return ((100 - percent) / gained) * ((atMs - first.atMs) / 1000);
  }
}
