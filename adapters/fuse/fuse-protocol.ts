// The FUSE protocol between the kernel and a file system, as far as one that is only read needs it; see fuse.h of Linux.
// All structures are of 8-byte-aligned, little-endian words.

/** What is answered where the kernel can do as much; it never uses more than that. */
export const PROTOCOL_MAJOR = 7;
export const PROTOCOL_MINOR = 36;
/** Linux 4.20: caches directories and links, and takes replies of more than 32 pages. */
export const OLDEST_MINOR = 28;

export const IN_HEADER_BYTES = 40;
export const OUT_HEADER_BYTES = 16;

/** Where the fields of a request's header stand, in 32-bit words. */
export const IN = { length: 0, opcode: 1, uniqueLow: 2, uniqueHigh: 3, nodeLow: 4, nodeHigh: 5 } as const;

export const OPCODE = {
  lookup: 1,
  forget: 2,
  getAttributes: 3,
  setAttributes: 4,
  readLink: 5,
  makeSymlink: 6,
  makeNode: 8,
  makeDirectory: 9,
  unlink: 10,
  removeDirectory: 11,
  rename: 12,
  link: 13,
  open: 14,
  read: 15,
  write: 16,
  statFileSystem: 17,
  release: 18,
  setXattr: 21,
  getXattr: 22,
  listXattr: 23,
  removeXattr: 24,
  initialize: 26,
  openDirectory: 27,
  readDirectory: 28,
  releaseDirectory: 29,
  access: 34,
  create: 35,
  destroy: 38,
  ioctl: 39,
  batchForget: 42,
  allocate: 43,
  readDirectoryPlus: 44,
  renameWith: 45,
  seek: 46,
  makeTemporary: 51,
} as const;

/** What the two sides agree on at the beginning (FUSE_INIT). */
export const INIT_FLAG = {
  asyncRead: 1 << 0,
  readDirectoryPlus: 1 << 13,
  readDirectoryPlusWhenUseful: 1 << 14,
  asyncDirect: 1 << 15,
  noOpen: 1 << 17,
  parallelDirectories: 1 << 18,
  posixAcl: 1 << 20,
  maxPages: 1 << 22,
  cacheSymlinks: 1 << 23,
  noOpenDirectory: 1 << 24,
  explicitInvalidation: 1 << 25,
} as const;

export const INIT_OUT_BYTES = 64;
export const ATTRIBUTES_BYTES = 88;
export const ENTRY_OUT_BYTES = 40 + ATTRIBUTES_BYTES;
export const ATTRIBUTES_OUT_BYTES = 16 + ATTRIBUTES_BYTES;
export const STATFS_OUT_BYTES = 80;
/** Of a directory entry without its name. */
export const DIRENT_BYTES = 24;

export const OPEN_FLAG = { keepCache: 1 << 1, cacheDirectory: 1 << 3 } as const;
