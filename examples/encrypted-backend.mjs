// A storage backend of one's own, for stores that lie where others can read: each file of the store is encrypted (AES-256-GCM)
// in a file of its own, whose name tells nothing either. For one process at a time: nothing tells others what is being written.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { checkStoredName, SavepointError } from 'savepoint';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param {string} directory @param {Buffer} key 32 bytes */
export function createEncryptedBackend(directory, key) {
  return new EncryptedBackend(directory, key);
}

/** The unfinished writes in each directory, and what they hold so far: they stay in memory until they are whole. */
const unfinished = new Map();

/** @implements {import('savepoint').Backend} */
class EncryptedBackend {
  #isClosed = false;
  #key;
  #own = new Set();

  /** @param {string} directory @param {Buffer} key */
  constructor(directory, key) {
    this.location = directory;
    this.#key = key;
    mkdirSync(directory, { recursive: true });
    if (!unfinished.has(directory)) unfinished.set(directory, new Set());
  }

  /** @param {string} name @param {{ offset: number, lengthBytes: number }} [range] */
  async read(name, range) {
    const found = this.#find(name);
    if (found === undefined || range === undefined) return found;
    return found.slice(range.offset, range.offset + range.lengthBytes);
  }

  /** @param {string} name */
  async size(name) {
    return this.#find(name)?.length;
  }

  /** @param {string} folder */
  async list(folder) {
    this.#check(folder);
    const files = [];
    for (const { name, content } of this.#all()) {
      if (name.startsWith(`${folder}/`)) files.push({ name, sizeBytes: content.length });
    }
    return files.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** @param {readonly string[]} names */
  async hold(names) {
    const held = new Map(names.map((name) => [name, this.#find(name)]));
    return {
      /** @param {string} name @param {{ offset: number, lengthBytes: number }} range */
      read: (name, { offset, lengthBytes }) => held.get(name)?.slice(offset, offset + lengthBytes),
      close: () => held.clear(),
    };
  }

  async createWriter() {
    this.#checkOpen();
    const writers = unfinished.get(this.location);
    const own = { name: randomBytes(8).toString('hex'), parts: /** @type {Buffer[]} */ ([]) };
    const end = () => writers.delete(own) && this.#own.delete(end);
    writers.add(own);
    this.#own.add(end);
    return {
      /** @param {Uint8Array} bytes */
      append: async (bytes) => {
        own.parts.push(Buffer.from(bytes));
      },
      /** @param {string} name */
      commit: async (name) => {
        this.#check(name);
        const content = Buffer.concat(own.parts);
        const before = this.#find(name);
        if (before === undefined) this.#write(name, content);
        else if (!content.equals(before)) throw clash(name);
        end();
      },
      abort: async () => void end(),
    };
  }

  /** @param {string} name @param {Uint8Array} bytes */
  async replace(name, bytes) {
    this.#check(name);
    this.#write(name, bytes);
  }

  /** @param {string} name @param {Uint8Array} bytes */
  async createExclusive(name, bytes) {
    if (this.#find(name) !== undefined) return false;
    this.#write(name, bytes);
    return true;
  }

  async listWriters() {
    this.#checkOpen();
    return [...unfinished.get(this.location)].map(({ name }) => name);
  }

  /** @param {string} name */
  async remove(name) {
    this.#check(name);
    rmSync(this.#pathOf(name), { force: true });
  }

  /** What a process that was killed has left is a temporary file, which nobody who lives is writing: a write is one step. */
  async removeAbandonedWrites() {
    this.#checkOpen();
    const left = readdirSync(this.location).filter((file) => file.endsWith('.new'));
    for (const file of left) rmSync(join(this.location, file), { force: true });
    return left.length;
  }

  async close() {
    this.#isClosed = true;
    for (const end of [...this.#own]) end();
  }

  #checkOpen() {
    if (this.#isClosed) throw new Error('The backend is closed.');
  }

  /** @param {string} name */
  #check(name) {
    this.#checkOpen();
    checkStoredName(name);
  }

  /** The file's name is a keyed hash of the stored one: the same for the same, and telling nothing. @param {string} name */
  #pathOf(name) {
    return join(this.location, createHmac('sha256', this.#key).update(name).digest('hex'));
  }

  /** @param {string} name */
  #find(name) {
    this.#check(name);
    const opened = this.#open(this.#pathOf(name));
    if (opened !== undefined && opened.name !== name) throw damaged(this.location, name);
    return opened?.content;
  }

  *#all() {
    for (const file of readdirSync(this.location)) {
      const opened = file.endsWith('.new') ? undefined : this.#open(join(this.location, file));
      if (opened !== undefined) yield opened;
    }
  }

  /** @param {string} path */
  #open(path) {
    let stored;
    try {
      stored = readFileSync(path);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
      throw new SavepointError('STORAGE_FAILED', `${path} can't be read.`, { cause: error });
    }
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, stored.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(stored.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const plain = Buffer.concat([
        decipher.update(stored.subarray(NONCE_BYTES + TAG_BYTES)),
        decipher.final(),
      ]);
      const nameBytes = plain.readUInt16BE(0);
      return {
        name: plain.toString('utf8', 2, 2 + nameBytes),
        content: new Uint8Array(plain.subarray(2 + nameBytes)),
      };
    } catch (error) {
      throw damaged(this.location, path, error);
    }
  }

  /** Under another name first, synced, then renamed: after a crash the old or the new content is there. @param {string} name @param {Uint8Array} content */
  #write(name, content) {
    const head = Buffer.alloc(2);
    head.writeUInt16BE(Buffer.byteLength(name));
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    const encrypted = Buffer.concat([
      cipher.update(head),
      cipher.update(name),
      cipher.update(content),
      cipher.final(),
    ]);
    const path = this.#pathOf(name);
    try {
      writeFileSync(`${path}.new`, Buffer.concat([nonce, cipher.getAuthTag(), encrypted]), { flush: true });
      renameSync(`${path}.new`, path);
      const directory = openSync(this.location, 'r');
      fsyncSync(directory);
      closeSync(directory);
    } catch (error) {
      throw new SavepointError('STORAGE_FAILED', `${name} can't be written in ${this.location}.`, {
        cause: error,
      });
    }
  }
}

/** @param {string} name */
function clash(name) {
  return new SavepointError('STORE_CORRUPT', `There is another ${name} already.`, { fields: { name } });
}

/** @param {string} location @param {string} what @param {unknown} [cause] */
function damaged(location, what, cause) {
  const message = `${what} in ${location} is damaged, or the key is another one.`;
  return new SavepointError('STORAGE_FAILED', message, { cause });
}
