// Directories that were looked at lately, bounded by how many entries they have together. They stand in two halves: what
// is looked at comes into the newer one, and when that is full it becomes the older one, whose rest is let go of. So a
// look at what is kept costs one look into a map.
const MOST_ENTRIES = 200_000;

export class KeptListings<T extends ReadonlyMap<unknown, unknown>> {
  private newer = new Map<string, T>();
  private older = new Map<string, T>();
  private newerEntries = 0;

  constructor(private readonly mostEntries = MOST_ENTRIES) {}

  get(path: string, read: () => T): T {
    const known = this.newer.get(path);
    if (known !== undefined) return known;
    const listing = this.older.get(path) ?? read();
    if (this.newerEntries > 0 && this.newerEntries + listing.size >= this.mostEntries / 2) {
      this.older = this.newer;
      this.newer = new Map();
      this.newerEntries = 0;
    }
    this.newer.set(path, listing);
    this.newerEntries += listing.size + 1;
    return listing;
  }

  clear(): void {
    this.newer.clear();
    this.older.clear();
    this.newerEntries = 0;
  }
}
