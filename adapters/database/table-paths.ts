// Where the documents of one table stand, below a path of its own.

export type TablePaths = ReturnType<typeof tablePaths>;

export function tablePaths(root: string) {
  return {
    root,
    /** What its rows are, and how many. */
    record: `${root}/table.json`,
    /** The names of its segments, in order. */
    order: `${root}/order`,
    rows: `${root}/rows`,
    segment: (name: string) => `${root}/rows/${name}`,
  };
}
