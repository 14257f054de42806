// Which directories are being read from front to back, file by file: how far in each of those that were read in lately.

const MOST_DIRECTORIES = 64;

export class DirectoryReading {
  private readonly reached = new Map<number, number>();

  /** Notes that `file` was read, and answers whether the one before it was nearer to the front. */
  advance(directory: number, file: number): boolean {
    const before = this.reached.get(directory);
    this.reached.delete(directory);
    this.reached.set(directory, file);
    if (this.reached.size > MOST_DIRECTORIES) {
      const [oldest] = this.reached.keys();
      this.reached.delete(oldest);
    }
    return before !== undefined && before < file;
  }
}
