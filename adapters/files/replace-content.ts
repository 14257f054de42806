// Gives a live file another content: it has its old or its new one at every instant, and keeps its owner, mode and attributes.
import { fsyncSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { closeDescriptor, createFile, openDirectory } from '../node/posix-directory.js';
import { removeFile, renameEntry } from '../node/posix-entry.js';
import { posixError } from '../node/posix-error.js';
import { readDescriptorStatus } from '../node/posix-status.js';
import type { FileAttributes } from './attributes.js';
import { readExtraAttributes } from './extra-attributes.js';
import { attributesAt } from './finish-directory.js';
import { openForReading } from './read-stable.js';
import { createStagingName } from './staging.js';
import { fileType, STATUS_WORDS, WORD } from './status-words.js';
import { applyAttributes, writeAll } from './write-file.js';

/** Durable when it returns. Throws TARGET_CONFLICT where there is no regular file, PERMISSION_DENIED, STORAGE_FULL. */
export function replaceContent(path: string, content: Uint8Array): void {
  const at = path.lastIndexOf('/');
  const [folder, name] = [path.slice(0, at) || '/', path.slice(at + 1)];
  const attributes = { ...attributesOf(path), ...now() };
  const directory = openDirectory(folder);
  const place = { directory, name: createStagingName() };
  try {
    const descriptor = createFile(place, 0o600);
    try {
      writeAll(descriptor, content, 0);
      applyAttributes(descriptor, attributes, { isNew: true });
      fsyncSync(descriptor);
    } catch (error) {
      removeFile(place);
      throw error;
    } finally {
      closeDescriptor(descriptor);
    }
    renameEntry({ from: place, to: { directory, name } });
    fsyncSync(directory);
  } finally {
    closeDescriptor(directory);
  }
}

function attributesOf(path: string): FileAttributes {
  const descriptor = openForReading(path);
  try {
    const words = new Int32Array(STATUS_WORDS);
    const errno = readDescriptorStatus(descriptor, words, 0);
    if (errno !== 0) throw posixError({ syscall: 'statx', errno, path });
    if (fileType(words[WORD.mode]) !== 'file') throw noFile(path);
    const { xattrs } = readExtraAttributes(descriptor, words) ?? {};
    return { ...attributesAt('', words, 0), ...(xattrs === undefined ? {} : { xattrs }) };
  } finally {
    closeDescriptor(descriptor);
  }
}

function now(): Pick<FileAttributes, 'modifiedSeconds' | 'modifiedNanoseconds'> {
  const milliseconds = Date.now();
  return {
    modifiedSeconds: Math.floor(milliseconds / 1000),
    modifiedNanoseconds: (milliseconds % 1000) * 1_000_000,
  };
}

function noFile(path: string): SavepointError {
  return new SavepointError('TARGET_CONFLICT', `${path} is no regular file; nothing was changed.`, {
    fields: { path },
  });
}
