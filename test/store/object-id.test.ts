// Ids as text and as bytes, and what is no id.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ID_LENGTH_BYTES,
  type ObjectFormat,
  parseObjectId,
  readObjectId,
  writeObjectId,
} from '#store/object-id.js';

const FORMATS: ObjectFormat[] = ['sha1', 'sha256'];

describe.each(FORMATS)('an id of a %s store', (format) => {
  const bytesOfId = fc.uint8Array({ minLength: ID_LENGTH_BYTES[format], maxLength: ID_LENGTH_BYTES[format] });

  it('is the same as text and as bytes, at any offset', () => {
    fc.assert(
      fc.property(bytesOfId, fc.nat(9), (bytes, offset) => {
        const around = new Uint8Array(offset + bytes.length + 3).fill(0xaa);
        around.set(bytes, offset);
        const id = readObjectId(around, offset, format);
        expect(id).toBe(Buffer.from(bytes).toString('hex'));
        expect(parseObjectId(id, format)).toBe(id);
        const written = new Uint8Array(around.length).fill(0xaa);
        expect(writeObjectId(written, offset, id)).toBe(offset + bytes.length);
        expect(written).toEqual(around);
      }),
    );
  });

  it('is refused where it is too short, too long, or not in lower-case hexadecimal', () => {
    const id = '0123456789abcdef'.repeat(4).slice(0, ID_LENGTH_BYTES[format] * 2);
    const rest = id.slice(1);
    for (const wrong of ['', rest, `${id}0`, id.toUpperCase(), `g${rest}`, ` ${rest}`, `${rest}\n`]) {
      expect(() => parseObjectId(wrong, format), wrong).toThrow(
        expect.objectContaining({ code: 'INVALID_NAME' }),
      );
    }
    expect(parseObjectId(id, format)).toBe(id);
  });
});
