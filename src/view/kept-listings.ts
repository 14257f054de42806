// Directories that were looked at lately, bounded by how many entries they have together: the one that was not looked
// at for longest goes first.
const MOST_ENTRIES = 200_000;

export class KeptListings<T extends ReadonlyMap<unknown, unknown>> {
  private readonly kept = new Map<string, T>();
  private entries = 0;

  constructor(private readonly mostEntries = MOST_ENTRIES) {}

  get(path: string, read: () => T): T {
    const known = this.kept.get(path);
    if (known !== undefined) {
      this.kept.delete(path);
      this.kept.set(path, known);
      return known;
    }
    const listing = read();
    this.kept.set(path, listing);
    this.entries += listing.size + 1;
    for (const [oldest, { size }] of this.kept) {
      if (this.entries <= this.mostEntries || oldest === path) break;
      this.kept.delete(oldest);
      this.entries -= size + 1;
    }
    return listing;
  }

  clear(): void {
    this.kept.clear();
    this.entries = 0;
  }
}
