#!/usr/bin/env node
// The program `git-remote-savepoint`, which git starts for addresses such as savepoint::DIR: the points of the store in DIR as a
// repository to clone and to fetch from. They are exported into the store's cache, and git's own upload-pack serves them.
// Source: gitremote-helpers(7), "connect".
import { readSync, writeSync } from 'node:fs';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { serveToGit } from './serve-to-git.js';

const [remoteName = '', address = ''] = process.argv.slice(2);
const FAILED = 1;
/** By their numbers: Node's own streams would make them not wait, for git's service as well. */
const [STDIN, STDOUT, STDERR] = [0, 1, 2];

try {
  process.exitCode = await converse();
} catch (error) {
  if (!isSavepointError(error)) throw error;
  writeSync(STDERR, `savepoint: ${error.message}\n`);
  process.exitCode = FAILED;
}

async function converse(): Promise<number> {
  for (let line = readLine(); line !== undefined && line !== ''; line = readLine()) {
    const [command, service] = line.split(' ');
    if (command === 'capabilities') writeSync(STDOUT, 'connect\n\n');
    else if (command === 'connect' && service === 'git-receive-pack') throw notPushed();
    else if (command === 'connect')
      return serveToGit({ address, remoteName, service, onReady: () => writeSync(STDOUT, '\n') });
    else {
      throw new SavepointError(
        'UNSUPPORTED',
        `git asks for '${line}', which git-remote-savepoint does not know.`,
      );
    }
  }
  return 0;
}

/** Byte by byte: what stands behind the line is for whoever serves. `undefined` where git has gone. */
function readLine(): string | undefined {
  const bytes: number[] = [];
  const byte = new Uint8Array(1);
  while (readSync(STDIN, byte) === 1) {
    if (byte[0] === 0x0a) return Buffer.from(bytes).toString();
    bytes.push(byte[0]);
  }
  return undefined;
}

function notPushed(): SavepointError {
  return new SavepointError(
    'UNSUPPORTED',
    "Nothing can be pushed into a store: points are made by 'savepoint save', and of the tags of a repository by 'savepoint git import'.",
  );
}
