// The C library through koffi: opened once a thread, on first use. Where it can't be, every function that needs it
// says UNSUPPORTED with the reason, or does what node:fs can do.
import { endianness } from 'node:os';
import { SavepointError } from '../../store/errors.js';
import { type Koffi, type KoffiLoader, requireKoffi } from './load-koffi.js';
import { ERRNO } from './posix-error.js';

const LIBRARIES = ['libc.so.6', 'libc.so'];

const PATH = 'const void *';
const SIGNATURES = {
  statx: ['int', 'int', PATH, 'int', 'unsigned int', 'void *'],
  openat: ['int', 'int', PATH, 'int', 'unsigned int'],
  getdents64: ['int64_t', 'int', 'void *', 'size_t'],
  close: ['int', 'int'],
  mkdirat: ['int', 'int', PATH, 'unsigned int'],
  mknodat: ['int', 'int', PATH, 'unsigned int', 'uint64_t'],
  unlinkat: ['int', 'int', PATH, 'int'],
  renameat: ['int', 'int', PATH, 'int', PATH],
  renameat2: ['int', 'int', PATH, 'int', PATH, 'unsigned int'],
  symlinkat: ['int', PATH, 'int', PATH],
  linkat: ['int', 'int', PATH, 'int', PATH, 'int'],
  readlinkat: ['int64_t', 'int', PATH, 'void *', 'size_t'],
  chmod: ['int', PATH, 'unsigned int'],
  fchmod: ['int', 'int', 'unsigned int'],
  fchown: ['int', 'int', 'unsigned int', 'unsigned int'],
  fchownat: ['int', 'int', PATH, 'unsigned int', 'unsigned int', 'int'],
  futimens: ['int', 'int', 'const void *'],
  utimensat: ['int', 'int', PATH, 'const void *', 'int'],
  syncfs: ['int', 'int'],
  lseek: ['int64_t', 'int', 'int64_t', 'int'],
  ioctl: ['int', 'int', 'unsigned long', 'void *'],
  llistxattr: ['int64_t', PATH, 'void *', 'size_t'],
  flistxattr: ['int64_t', 'int', 'void *', 'size_t'],
  lgetxattr: ['int64_t', PATH, PATH, 'void *', 'size_t'],
  fgetxattr: ['int64_t', 'int', PATH, 'void *', 'size_t'],
  lsetxattr: ['int', PATH, PATH, 'const void *', 'size_t', 'int'],
  fsetxattr: ['int', 'int', PATH, 'const void *', 'size_t', 'int'],
  lremovexattr: ['int', PATH, PATH],
  fremovexattr: ['int', 'int', PATH],
} as const;

export type NativeValue =
  | number
  | bigint
  | string
  | Uint8Array
  | Int32Array
  | BigInt64Array
  | null
  | readonly (string | null)[];

/** A bound function of the C library; answers -1 and sets errno where it fails. */
export type NativeCall = (...values: NativeValue[]) => number;

export interface PosixLibrary {
  readonly name: string;
  readonly calls: Readonly<Record<keyof typeof SIGNATURES, NativeCall>>;
  /** Functions that this C library lacks: their calls fail with ENOSYS. */
  readonly missing: readonly string[];
  /** A further function that answers with an int; `undefined` where this C library lacks it. */
  bind(name: string, parameters: readonly string[]): NativeCall | undefined;
  /** Why the last call of this thread failed; to be read before any other call. */
  errno(): number;
}

export interface PosixCapabilities {
  readonly available: boolean;
  /** Why nothing is available. */
  readonly reason?: string;
  readonly library?: string;
  readonly missing: readonly string[];
}

let attempt: { library?: PosixLibrary; failure?: SavepointError } | undefined;

/** This thread's C library; `undefined` where it can't be used. The first call decides, with the loader it brings. */
export function findPosixLibrary(load: KoffiLoader = requireKoffi): PosixLibrary | undefined {
  attempt ??= tryOpening(load);
  return attempt.library;
}

/** This thread's C library. Throws UNSUPPORTED where it can't be used. */
export function posixLibrary(): PosixLibrary {
  const library = findPosixLibrary();
  if (library === undefined) throw attempt?.failure;
  return library;
}

/** What of POSIX can be used here, for `doctor` and for what a report has to mention. */
export function posixCapabilities(): PosixCapabilities {
  const library = findPosixLibrary();
  if (library !== undefined) return { available: true, library: library.name, missing: library.missing };
  return {
    available: false,
    reason: String(attempt?.failure?.fields['reason']),
    missing: Object.keys(SIGNATURES),
  };
}

function tryOpening(load: KoffiLoader): { library?: PosixLibrary; failure?: SavepointError } {
  try {
    return { library: openLibrary(load()) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    const message = `POSIX calls that Node lacks can't be used here (${reason}): install the package koffi for this machine.`;
    return { failure: new SavepointError('UNSUPPORTED', message, { fields: { reason }, cause }) };
  }
}

function openLibrary(koffi: Koffi): PosixLibrary {
  // The structures that are read and filled by hand look like this only here.
  if (endianness() !== 'LE' || koffi.sizeof('long') !== 8)
    throw new Error('only 64-bit little-endian machines');
  const { library, name } = loadLibrary(koffi);
  const missing: string[] = [];
  const bound = Object.entries(SIGNATURES).map(([symbol, [result, ...parameters]]) => {
    if (hasSymbol(library, symbol)) return [symbol, library.func(symbol, result, parameters)];
    const substitute = symbol === 'mknodat' ? oldMknodat(library) : undefined;
    if (substitute === undefined) missing.push(symbol);
    return [symbol, substitute ?? lackingCall(koffi)];
  });
  return {
    ...{ name, missing, calls: Object.fromEntries(bound) },
    bind: (symbol, parameters) =>
      hasSymbol(library, symbol) ? library.func(symbol, 'int', [...parameters]) : undefined,
    errno: () => koffi.errno(),
  };
}

type Library = ReturnType<Koffi['load']>;

function loadLibrary(koffi: Koffi): { library: Library; name: string } {
  const failures: unknown[] = [];
  for (const name of LIBRARIES) {
    try {
      return { library: koffi.load(name), name };
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `neither ${LIBRARIES.join(' nor ')} loads`);
}

function hasSymbol(library: Library, symbol: string): boolean {
  try {
    library.symbol(symbol);
    return true;
  } catch {
    return false;
  }
}

/** Before version 2.33, glibc has mknodat only under this name, with a version first and the device by reference. */
function oldMknodat(library: Library): NativeCall | undefined {
  if (!hasSymbol(library, '__xmknodat')) return undefined;
  const call = library.func('__xmknodat', 'int', ['int', 'int', PATH, 'unsigned int', 'const void *']);
  return (directory, name, mode, device) =>
    call(0, directory, name, mode, BigUint64Array.of(BigInt(device as number)));
}

function lackingCall(koffi: Koffi): NativeCall {
  return () => {
    koffi.errno(ERRNO.ENOSYS);
    return -1;
  };
}
