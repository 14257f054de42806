// Restore steps for tests, in few words.
import type { FileAttributes, StoredFileType } from '#adapters/files/attributes.js';
import type { RestoreStep } from '#adapters/files/restore-step.js';
import type { ObjectId } from '#store/object-id.js';

export function attributesOf(path: string, changes: Partial<FileAttributes> = {}): FileAttributes {
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    type: 'file',
    mode: 0o644,
    userId: 0,
    groupId: 0,
    modifiedSeconds: 1_700_000_000,
    modifiedNanoseconds: 1,
    ...changes,
  };
}

export interface MakeOptions {
  readonly type?: StoredFileType;
  readonly link?: string;
  readonly id?: ObjectId;
  readonly overDirectory?: boolean;
}

export function make(what: 'create' | 'replace', path: string, options: MakeOptions = {}) {
  const { type = 'file', link, id, overDirectory = false } = options;
  const attributes = attributesOf(path, { type, ...(link === undefined ? {} : { link }) });
  return { do: what, path, attributes, id, overDirectory } satisfies RestoreStep;
}

export const create = (path: string, options: MakeOptions = {}) => make('create', path, options);
export const replace = (path: string, options: MakeOptions = {}) => make('replace', path, options);

export function attribute(path: string, type: StoredFileType = 'file') {
  return { do: 'attributes', path, attributes: attributesOf(path, { type }) } satisfies RestoreStep;
}

export function remove(path: string, type: StoredFileType = 'file') {
  return { do: 'remove', path, type } satisfies RestoreStep;
}
