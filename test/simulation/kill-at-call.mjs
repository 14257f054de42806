// Preloaded into a process: counts its calls that change a file system, through node:fs and through the C library alike,
// and kills (or stops: KILL_SIGNAL) the process before or after the one that KILL_AT names (of those called KILL_NAME, where that is
// set). Says how many there were when the process ends.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { posixLibrary } from '#adapters/node/posix-library.js';

const killAt = Number(process.env.KILL_AT ?? 0);
const isAfter = process.env.KILL_WHEN === 'after';
const reportTo = process.env.KILL_REPORT;
const trace = process.env.KILL_TRACE;
const onlyName = process.env.KILL_NAME;
const signal = process.env.KILL_SIGNAL ?? 'SIGKILL';

let count = 0;

/** Calls through `call` are counted, where `changes` says of its arguments that something may change. */
function counted(name, call, changes = () => true) {
  return function counting(...args) {
    if ((onlyName !== undefined && name !== onlyName) || !changes(...args))
      return Reflect.apply(call, this, args);
    count++;
    if (trace !== undefined)
      traced.push(`${count} ${name} ${args.filter((each) => typeof each === 'string').join(' ')}`);
    if (count === killAt && !isAfter) process.kill(process.pid, signal);
    const result = Reflect.apply(call, this, args);
    if (count === killAt && isAfter) process.kill(process.pid, signal);
    return result;
  };
}

const traced = [];
/** Open files that tell of progress: how often that is told depends on the time, and the same call is to be met each time. */
const progress = new Set();
const isWriting = (_path, flags) => typeof flags === 'string' && /[wax+]/.test(flags);
const FILE_SYSTEM = ['linkSync', 'renameSync', 'unlinkSync', 'mkdirSync', 'rmdirSync', 'ftruncateSync'];
const MORE = ['chmodSync', 'fsync', 'fsyncSync', 'symlinkSync'];
const O_CREAT = fs.constants.O_CREAT;
const NATIVE = [
  ...['mkdirat', 'mknodat', 'unlinkat', 'renameat', 'renameat2', 'symlinkat', 'linkat', 'fchmod', 'fchown'],
  ...[
    'fchownat',
    'futimens',
    'utimensat',
    'syncfs',
    'lsetxattr',
    'fsetxattr',
    'lremovexattr',
    'fremovexattr',
  ],
];

if (isMainThread) {
  for (const name of [...FILE_SYSTEM, ...MORE]) fs[name] = counted(name, fs[name]);
  fs.writeSync = counted('writeSync', fs.writeSync, (descriptor) => !progress.has(descriptor));
  const open = counted('openSync', fs.openSync, isWriting);
  fs.openSync = (path, ...rest) => {
    const descriptor = open(path, ...rest);
    if (/\/progress-[0-9a-f]{32}\.jsonl$/.test(path)) progress.add(descriptor);
    else progress.delete(descriptor);
    return descriptor;
  };
  syncBuiltinESMExports();
  const { calls } = posixLibrary();
  for (const name of NATIVE) calls[name] = counted(name, calls[name]);
  calls.openat = counted('openat', calls.openat, (_directory, _path, flags) => (flags & O_CREAT) !== 0);
  process.on('exit', () => {
    if (reportTo !== undefined) fs.appendFileSync(reportTo, String(count));
    if (trace !== undefined) fs.appendFileSync(trace, `${traced.join('\n')}\n`);
  });
}
