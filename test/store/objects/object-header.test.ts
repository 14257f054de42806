// The header that makes an object of a content: as git hashes it, and its length back from the length of the whole.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import type { ObjectFormat } from '#store/object-id.js';
import {
  contentLength,
  createObjectHasher,
  hashObject,
  LONGEST_HEADER_BYTES,
  OBJECT_KINDS,
  objectHeaderLength,
  writeObjectHeader,
} from '#store/objects/object-header.js';
import { GitRepository } from './git-repository.js';

const platform = await createNodePlatform();
const kind = fc.constantFrom(...OBJECT_KINDS);
const FORMATS: ObjectFormat[] = ['sha1', 'sha256'];

describe('an object’s header', () => {
  it('is git’s, and exactly as long as announced, from any offset', () => {
    fc.assert(
      fc.property(kind, fc.maxSafeNat(), fc.nat(20), (kind, sizeBytes, offset) => {
        const target = new Uint8Array(offset + LONGEST_HEADER_BYTES + 1).fill(0x2e);
        const end = writeObjectHeader(target, offset, { kind, sizeBytes });
        expect(Buffer.from(target.subarray(offset, end)).toString()).toBe(`${kind} ${sizeBytes}\0`);
        expect(end - offset).toBe(objectHeaderLength({ kind, sizeBytes }));
        const around = [...target.subarray(0, offset), ...target.subarray(end)];
        expect(around.every((byte) => byte === 0x2e)).toBe(true);
      }),
    );
  });

  it('tells the content’s length from the length of both, at every number of digits', () => {
    const around = [...Array(15).keys()].flatMap((digits) =>
      [-2, -1, 0, 1].map((near) => 10 ** digits + near),
    );
    for (const kind of OBJECT_KINDS) {
      for (const sizeBytes of around.filter((size) => size >= 0)) {
        const lengthBytes = objectHeaderLength({ kind, sizeBytes }) + sizeBytes;
        expect(contentLength({ kind, lengthBytes }), `${kind} ${sizeBytes}`).toBe(sizeBytes);
      }
    }
  });
});

describe.each(FORMATS)('an id of a %s store', (format) => {
  it('is what git hash-object prints, for contents of all lengths', () => {
    const git = new GitRepository(format);
    for (const length of [0, 1, 9, 10, 99, 100, 1000, 70_000]) {
      const content = new Uint8Array(length).fill(length);
      expect(hashObject(platform, format, { kind: 'blob', content })).toBe(git.write('blob', content));
    }
  });

  it('is the same for contents that are hashed piece by piece', () => {
    fc.assert(
      fc.property(kind, fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 5 }), (kind, pieces) => {
        const content = Buffer.concat(pieces);
        const hasher = createObjectHasher(platform, format, { kind, sizeBytes: content.length });
        for (const piece of pieces) hasher.update(piece);
        expect(hasher.digest()).toBe(hashObject(platform, format, { kind, content }));
      }),
    );
  });
});
